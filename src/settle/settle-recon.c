/* settle-recon: settle's receipts against what the chains say. */
#include "child.h"
#include "config.h"
#include "diag.h"
#include "filter.h"
#include "json.h"
#include "number.h"
#include "recon.h"
#include "sandbox.h"
#include "utc.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct against {
	const char *config_name, *metrics_file;
	/* of --from-height: [CHAIN=]N */
	const char *from_heights[CONFIG_CHAINS_MAX];
	size_t from_heights_n;
	struct config config;
	struct recon recon;
	struct filter *filter;
	struct child child;
	struct buf request, answer, out;
	bool answered, gave_up;
	const struct config_chain *chain;
	uint64_t differences, booked, on_chain;
	size_t metric[CONFIG_CHAINS_MAX];
};

/* ---- asking ---- */

static bool
take_answer(void *context, const struct child_request *q, struct span line)
{
	struct against *a = context;
	struct span id;
	uint64_t got;

	buf_clear(&a->answer);
	if (!line.ptr) {
		a->gave_up = true;
		return true;
	}
	if (json_check(line, NULL) != JSON_OK || !json_find(json_trim(line), "id", &id) ||
	    !number_u64(id, &got) || got != q->id)
		return false;
	buf_add(&a->answer, json_trim(line));
	a->answered = true;
	return true;
}

static void
open_request(struct against *a, const char *op)
{
	buf_clear(&a->request);
	buf_byte(&a->request, '{');
	buf_json_member_string(&a->request, "op", span_of(op));
	buf_json_member_u64(&a->request, "id", child_id(&a->child));
}

static void
wait_for_answer(struct against *a)
{
	while (!a->answered && !a->gave_up) {
		struct pollfd p = {.fd = a->child.from.fd, .events = POLLIN};
		int64_t now = utc_monotonic_us();

		child_flush(&a->child, now);
		if (a->child.pid != 0 && poll(&p, 1, 100) < 0 && errno != EINTR)
			tool_die(EXIT_TEMP, "poll", NULL, strerror(errno));
		if (a->child.pid != 0 && p.revents)
			child_read(&a->child, now);
		child_watch(&a->child, now);
	}
}

/* The answer, ok or not; dies with 111 where none is to be had in three tries. */
static struct span
ask(struct against *a, const char *op)
{
	buf_byte(&a->request, '}');
	for (int i = 0; i < 3; i++) {
		while (!child_ready(&a->child, utc_monotonic_us()))
			poll(NULL, 0, 50);
		a->answered = a->gave_up = false;
		child_ask(&a->child, 0, NULL, buf_span(&a->request), utc_monotonic_us());
		wait_for_answer(a);
		if (a->answered)
			return buf_span(&a->answer);
	}
	tool_die(EXIT_TEMP, "adapter", op, "does not answer");
}

static bool
is_ok(struct span answer)
{
	struct span ok;

	return json_find(answer, "ok", &ok) && json_is_true(ok);
}

static bool
is_unsupported(struct span answer)
{
	struct span error, code;

	return json_find(answer, "error", &error) && json_type(error) == JSON_OBJECT &&
	       json_find(error, "code", &code) && span_is(code, "\"UNSUPPORTED\"");
}

static _Noreturn void
no_answer(const struct against *a, struct span answer)
{
	struct span error = {"", 0}, msg, plain = {"no words", 8};

	if (json_find(answer, "error", &error) && json_type(error) == JSON_OBJECT &&
	    json_find(error, "msg", &msg))
		json_plain(msg, &plain);
	diag(DIAG_ERROR, "adapter", diag_str("chain", a->chain->name), diag_span("why", plain));
	exit(EXIT_TEMP);
}

/* ---- differences ---- */

static void
print_difference(void *context, const struct recon_difference *d)
{
	struct against *a = context;
	struct buf *out = &a->out;

	a->differences++;
	buf_clear(out);
	buf_str(out, "{\"type\":\"recon\"");
	buf_json_member_string(out, "result", span_of(recon_result_name(d->result)));
	buf_json_member_string(out, "chain", span_of(a->chain->name));
	buf_json_member_string(out, "asset", span_of(a->chain->asset));
	if (d->leg) {
		buf_json_member_string(out, "leg", span_of(d->leg->id));
		buf_json_member_string(out, "status", span_of(leg_status_name(d->leg->status)));
		buf_json_member_string(out, "booked", span_of(d->leg->amount));
	}
	if (d->tx_id.ptr)
		buf_json_member_string(out, "txId", d->tx_id);
	if (d->to.ptr)
		buf_json_member_string(out, "to", d->to);
	if (d->amount.ptr && d->result != RECON_MISSING)
		buf_json_member_string(out, "amount", d->amount);
	if (d->height)
		buf_json_member_u64(out, "height", d->height);
	buf_byte(out, '}');
	filter_emit(a->filter, buf_span(out));
}

static void
print_sum(struct against *a)
{
	struct buf *out = &a->out;

	buf_clear(out);
	buf_str(out, "{\"type\":\"recon\"");
	buf_json_member_string(out, "result", span_of(a->differences ? "different" : "equal"));
	buf_json_member_string(out, "chain", span_of(a->chain->name));
	buf_json_member_string(out, "asset", span_of(a->chain->asset));
	buf_json_member_u64(out, "bookedCount", a->booked);
	buf_json_member_u64(out, "chainCount", a->on_chain);
	buf_json_member_u64(out, "differences", a->differences);
	buf_byte(out, '}');
	filter_emit(a->filter, buf_span(out));
}

/* ---- a chain ---- */

static bool
text(struct span object, const char *name, struct span *out)
{
	struct span value;

	*out = (struct span){0};
	return json_find(object, name, &value) && json_plain(value, out);
}

static uint64_t
take_transfers(struct against *a, struct span answer)
{
	struct span list, one, value, tx_id, to, amount;
	struct json_walk w;
	uint64_t height = 0, up_to = 0;

	if (!json_find(answer, "transfers", &list) || json_type(list) != JSON_ARRAY ||
	    !json_find(answer, "toHeight", &value) || !number_u64(value, &up_to))
		no_answer(a, answer);
	w = json_walk(list);
	while (json_next_element(&w, &one)) {
		if (json_type(one) != JSON_OBJECT || !text(one, "txId", &tx_id) ||
		    !text(one, "to", &to) || !text(one, "amount", &amount) ||
		    !json_find(one, "height", &value) || !number_u64(value, &height))
			no_answer(a, answer);
		a->on_chain++;
		recon_transfer(&a->recon, a->chain->name, tx_id, to, amount, height);
	}
	return up_to;
}

/* Nodes that cannot list what a wallet paid are asked for each transaction of the books; any node
 * for those with which the wallet took from a payer, as these are not the wallet's payments. */
static void
poll_legs(struct against *a, bool pulls_only)
{
	for (size_t i = 0; i < a->recon.legs_n; i++) {
		struct recon_leg *l = a->recon.legs[i];
		struct span answer, status, moved;

		if (l->status != LEG_CONFIRMED || strcmp(l->chain, a->chain->name) != 0)
			continue;
		if (pulls_only && !l->payer)
			continue;
		open_request(a, "poll");
		buf_json_member_string(&a->request, "job", span_of(l->id));
		buf_json_member_string(&a->request, "asset", span_of(l->asset));
		buf_json_member_string(&a->request, "to", span_of(l->to));
		buf_json_member_string(&a->request, "amount", span_of(l->amount));
		if (l->payer)
			buf_json_member_string(&a->request, "payer", span_of(l->payer));
		buf_json_key(&a->request, "versions");
		buf_str(&a->request, "[{");
		buf_json_member_string(&a->request, "txId", span_of(l->tx_id));
		buf_str(&a->request, ",\"kind\":\"pay\",\"spends\":[],\"expiry\":null}]");
		answer = ask(a, "poll");
		if (!is_ok(answer))
			no_answer(a, answer);
		if (!text(answer, "status", &status) || !span_is(status, "mined") ||
		    !text(answer, "moved", &moved))
			continue;
		a->on_chain++;
		recon_transfer(&a->recon, a->chain->name, span_of(l->tx_id), span_of(l->to), moved,
			       0);
	}
}

/* The last that was said of this chain, or of all. */
static uint64_t
from_height(const struct against *a)
{
	uint64_t from = 0;

	for (size_t i = 0; i < a->from_heights_n; i++) {
		const char *said = a->from_heights[i], *equals = strchr(said, '=');
		size_t n = equals ? (size_t)(equals - said) : 0;

		if (!equals ||
		    (strlen(a->chain->name) == n && strncmp(said, a->chain->name, n) == 0))
			from =
			    tool_number("--from-height", equals ? equals + 1 : said, 0, INT64_MAX);
	}
	return from;
}

static void
compare_chain(struct against *a)
{
	uint64_t from = from_height(a), tip = 0;
	struct span answer, value;
	bool listed = true;

	open_request(a, "height");
	answer = ask(a, "height");
	if (!is_ok(answer) || !json_find(answer, "height", &value) || !number_u64(value, &tip))
		no_answer(a, answer);
	while (from <= tip) {
		open_request(a, "transfers");
		buf_json_member_string(&a->request, "asset", span_of(a->chain->asset));
		buf_json_member_u64(&a->request, "fromHeight", from);
		buf_json_member_u64(&a->request, "toHeight", tip);
		answer = ask(a, "transfers");
		if (is_unsupported(answer)) {
			listed = false;
			break;
		}
		if (!is_ok(answer))
			no_answer(a, answer);
		from = take_transfers(a, answer) + 1;
	}
	poll_legs(a, listed);
	recon_finish(&a->recon, a->chain->name);
}

static void
count_booked(struct against *a)
{
	a->booked = 0;
	for (size_t i = 0; i < a->recon.legs_n; i++)
		a->booked += a->recon.legs[i]->status == LEG_CONFIRMED &&
			     strcmp(a->recon.legs[i]->chain, a->chain->name) == 0;
}

static enum filter_verdict
compare(struct filter *f, bool at_end)
{
	struct against *a = f->context;
	bool equal = true;

	if (!at_end)
		return FILTER_YES;
	for (size_t i = 0; i < a->config.chains_n; i++) {
		a->chain = &a->config.chains[i];
		a->differences = a->on_chain = 0;
		child_init(&a->child, a->chain->name, a->chain->adapter, a->chain->timeout_us);
		a->child.answer = take_answer;
		a->child.context = a;
		count_booked(a);
		compare_chain(a);
		child_stop(&a->child);
		print_sum(a);
		metrics_set(&f->metrics, a->metric[i], (int64_t)a->differences);
		equal = equal && a->differences == 0;
	}
	return equal ? FILTER_YES : FILTER_NO;
}

static enum filter_verdict
step(struct filter *f, const struct line *in, bool too_long)
{
	struct against *a = f->context;
	const char *why =
	    too_long ? "longer than a line may be" : recon_receipt(&a->recon, in->text);

	if (!why)
		return FILTER_YES;
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("why", why));
	return FILTER_NO;
}

/* ---- start ---- */

static void
parse_options(struct against *a, int argc, char **argv)
{
	enum { CONFIG = 256, FROM_HEIGHT, METRICS_FILE };
	static const struct option options[] = {
	    {"config", required_argument, NULL, CONFIG},
	    {"from-height", required_argument, NULL, FROM_HEIGHT},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0}};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case CONFIG: a->config_name = optarg; break;
		case FROM_HEIGHT:
			if (a->from_heights_n == CONFIG_CHAINS_MAX)
				tool_usage("once a chain at most", "--from-height");
			a->from_heights[a->from_heights_n++] = optarg;
			break;
		case METRICS_FILE: a->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (!a->config_name)
		tool_usage("is wanted", "--config");
	/* numbers that are none are told of before anything is asked */
	for (size_t i = 0; i < a->from_heights_n; i++) {
		const char *said = a->from_heights[i], *equals = strchr(said, '=');

		tool_number("--from-height", equals ? equals + 1 : said, 0, INT64_MAX);
	}
}

static void
skip_line(void *context, struct span line)
{
	(void)context;
	(void)line;
}

int
main(int argc, char **argv)
{
	static struct against a;
	struct filter f = {
	    .step = step, .finish = compare, .context = &a, .line_max = LIMIT_LINE_BYTES};
	uint64_t secret[2];

	tool_start(TOOL_DURABLE); /* an adapter that dies is no reason to die */
	parse_options(&a, argc, argv);
	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	config_read(&a.config, a.config_name, skip_line, NULL);
	recon_init(&a.recon, secret);
	a.recon.differs = print_difference;
	a.recon.context = &a;
	a.filter = &f;
	f.metrics_file = a.metrics_file;
	buf_init(&a.request, LIMIT_LINE_BYTES);
	buf_init(&a.answer, LIMIT_LINE_BYTES);
	buf_init(&a.out, LIMIT_LINE_BYTES);
	filter_init(&f, NULL);
	for (size_t i = 0; i < a.config.chains_n; i++) {
		char *labels;

		if (asprintf(&labels, "chain=\"%s\"", a.config.chains[i].name) < 0)
			tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
		a.metric[i] = metrics_add(&f.metrics, "dex_settlement_recon_differences", "gauge",
					  "Differences between books and chain.", labels);
	}
	sandbox_doors(1);
	return filter_run(&f);
}
