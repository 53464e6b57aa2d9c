/* okx-trades: an instrument's public trades, from a point in the past up to now and on (record(5)).
 */
#include "base_url.h"
#include "diag.h"
#include "filter.h"
#include "json.h"
#include "limit.h"
#include "okx_endpoint.h"
#include "okx_id.h"
#include "okx_ledger.h"
#include "public_get.h"
#include "stop.h"
#include "trades.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Trades asked for at once: history-trades gives no more. */
#define STEP 100
/* A live poll that fails this often in a row is no passing trouble. */
#define FAILURES_MAX 20

struct wish {
	struct span inst_id;
	uint64_t from_id; /* print trades after this id; 0: not stated */
	int64_t from_us;  /* or from this time on; -1: not stated */
};

struct tool {
	/* options */
	const char *inst;
	uint64_t from_id;
	int64_t from_us;
	bool follow;
	unsigned interval_ms;
	unsigned backoff_ms;
	int state;

	struct public_get get;
	struct trades_page page;
	struct filter *filter;
	struct buf out;
	uint64_t seq, count, in;
	uint64_t last; /* id printed last */
	size_t metric_trades, metric_gaps, metric_lag;
};

/* ---- printing ---- */

static void
emit(struct tool *t)
{
	filter_emit(t->filter, buf_span(&t->out));
	buf_clear(&t->out);
}

static void
print_gap(struct tool *t, struct span inst_id, uint64_t first, uint64_t last)
{
	diag(DIAG_WARNING, "gap", diag_span("symbol", inst_id), diag_u64("first", first),
	     diag_u64("last", last));
	trades_print_gap(inst_id, ++t->seq, first, last, &t->out);
	emit(t);
	metrics_count(&t->filter->metrics, t->metric_gaps, 1);
}

/* Everything in the page after the last id printed, up to `to`. A hole within it is one that OKX
 * itself has. */
static void
print_new(struct tool *t, struct span inst_id, uint64_t to)
{
	for (size_t i = trades_first_new(&t->page, t->last);
	     i < t->page.n && t->page.rows[i].id <= to; i++) {
		const struct trades_row *row = &t->page.rows[i];

		if (t->last && row->id > t->last + 1)
			print_gap(t, inst_id, t->last + 1, row->id - 1);
		trades_print(row, inst_id, ++t->seq, t->in, &t->out);
		emit(t);
		t->count++;
		t->last = row->id;
		metrics_count(&t->filter->metrics, t->metric_trades, 1);
		metrics_set(&t->filter->metrics, t->metric_lag, utc_now_us() / 1000 - row->ts_ms);
	}
}

/* ---- asking ---- */

static bool
ask(struct tool *t, enum okx_endpoint endpoint, const char *query)
{
	if (!public_get(&t->get, endpoint, query)) {
		diag(DIAG_WARNING, "failed",
		     diag_str("endpoint", okx_endpoint_facts(endpoint)->name),
		     diag_str("code", okx_class_name(t->get.judgement.class)),
		     diag_span("okx", t->get.judgement.code));
		return false;
	}
	trades_read(&t->get.reply, &t->page);
	if (t->page.unreadable)
		diag(DIAG_WARNING, "unreadable", diag_u64("rows", t->page.unreadable));
	return true;
}

static bool
ask_newest(struct tool *t, struct span inst_id)
{
	char query[128];

	snprintf(query, sizeof query, "instId=%.*s&limit=500", (int)inst_id.len, inst_id.ptr);
	return ask(t, OKX_TRADES, query);
}

/*
 * The trades of the next STEP ids: those older than last+STEP+1, newest first. Ids rise by one, so
 * all ids in between are in one page, whatever holes there are.
 */
static bool
ask_step(struct tool *t, struct span inst_id)
{
	char query[160];

	snprintf(query, sizeof query, "instId=%.*s&type=1&after=%" PRIu64 "&limit=100",
		 (int)inst_id.len, inst_id.ptr, t->last + STEP + 1);
	return ask(t, OKX_HISTORY_TRADES, query);
}

/* The id before the first trade at or after the time; 0 when the history does not reach back that
 * far. */
static bool
find_start(struct tool *t, struct span inst_id, int64_t from_us, uint64_t *before)
{
	char query[160];
	int64_t ms = (from_us + 999) / 1000;

	*before = 0;
	snprintf(query, sizeof query, "instId=%.*s&type=2&after=%" PRId64 "&limit=100",
		 (int)inst_id.len, inst_id.ptr, ms);
	if (!ask(t, OKX_HISTORY_TRADES, query))
		return false;
	for (size_t i = 0; i < t->page.n; i++)
		if (t->page.rows[i].ts_ms < ms)
			*before = t->page.rows[i].id;
	return true;
}

/* Print everything from the last id on up to `to` by steps through the history. */
static bool
catch_up(struct tool *t, struct span inst_id, uint64_t to)
{
	while (t->last < to && !stop_requested()) {
		uint64_t end = t->last + STEP < to ? t->last + STEP : to;

		if (!ask_step(t, inst_id))
			return false;
		print_new(t, inst_id, end);
		if (t->filter->out.error)
			return false;
		/* OKX had none of the ids up to here: say so, and go on behind them */
		if (t->last < end) {
			print_gap(t, inst_id, t->last + 1, end);
			t->last = end;
		}
	}
	return true;
}

/* From the wish's start to the newest trade there is. */
static bool
history(struct tool *t, const struct wish *w)
{
	uint64_t newest;

	t->last = w->from_id;
	if (w->from_us >= 0 && !find_start(t, w->inst_id, w->from_us, &t->last))
		return false;
	if (!ask_newest(t, w->inst_id))
		return false;
	if (t->page.n == 0)
		return true;
	newest = t->page.rows[t->page.n - 1].id;
	/* no start given, or one before all history: begin with the oldest of the newest page */
	if (t->last == 0)
		t->last = t->page.rows[0].id - 1;
	if (t->last + 1 < t->page.rows[0].id && !catch_up(t, w->inst_id, t->page.rows[0].id - 1))
		return false;
	if (t->last + 1 < t->page.rows[0].id || t->page.n == 0 ||
	    t->page.rows[t->page.n - 1].id != newest)
		return catch_up(t, w->inst_id,
				newest); /* the page has been used for history: ask on */
	print_new(t, w->inst_id, newest);
	return true;
}

/* ---- state: the id printed last, so that a restart goes on behind it
 * ---------------------------------------------------------------- */

static void
state_name(struct span inst_id, char name[96])
{
	snprintf(name, 96, "trades-%.*s", (int)inst_id.len, inst_id.ptr);
}

static uint64_t
load_state(const struct tool *t, struct span inst_id)
{
	char name[96], text[32] = "";
	uint64_t id = 0;
	int fd;

	state_name(inst_id, name);
	fd = t->state >= 0 ? openat(t->state, name, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof text - 1) < 0 ||
	    !okx_id_parse((struct span){text, strcspn(text, "\n")}, &id))
		id = 0;
	close(fd);
	return id;
}

/* After the output is out: a crash in between repeats a few trades (their ids tell), it never loses
 * one. */
static void
save_state(struct tool *t, struct span inst_id)
{
	char name[96], temporary[104], text[32];
	int n = snprintf(text, sizeof text, "%" PRIu64 "\n", t->last), fd;

	if (t->state < 0 || t->last == 0 || !line_flush(&t->filter->out))
		return;
	state_name(inst_id, name);
	snprintf(temporary, sizeof temporary, "%s.tmp", name);
	fd = openat(t->state, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || !write_all(fd, (struct span){text, (size_t)n}) || fdatasync(fd) != 0 ||
	    renameat(t->state, temporary, t->state, name) != 0)
		diag(DIAG_WARNING, "state", diag_str("file", name), diag_errno(errno));
	if (fd >= 0)
		close(fd);
}

/* ---- live ---- */

static bool
poll_once(struct tool *t, struct span inst_id)
{
	if (!ask_newest(t, inst_id))
		return false;
	if (t->page.n == 0)
		return true;
	/* more trades between two looks than one page holds */
	if (t->last && t->page.rows[0].id > t->last + 1) {
		uint64_t to = t->page.rows[0].id - 1;

		return catch_up(t, inst_id, to) && ask_newest(t, inst_id) &&
		       (print_new(t, inst_id, UINT64_MAX), true);
	}
	print_new(t, inst_id, UINT64_MAX);
	return true;
}

static enum exit_status
follow(struct tool *t, struct span inst_id)
{
	unsigned failures = 0;

	while (!stop_requested()) {
		if (poll_once(t, inst_id))
			failures = 0;
		else if (++failures >= FAILURES_MAX)
			return EXIT_TEMP;
		if (!line_flush(&t->filter->out))
			return EXIT_TEMP;
		save_state(t, inst_id);
		metrics_write_sometimes(&t->filter->metrics);
		stop_poll(NULL, 0, (int)t->interval_ms);
	}
	return EXIT_YES;
}

static void
print_end(struct tool *t)
{
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", SPAN_LIT("end"));
	buf_json_member_u64(&t->out, "count", t->count);
	buf_byte(&t->out, '}');
	emit(t);
	t->count = 0;
}

/* ---- requests on stdin ---- */

static bool
is_inst_id(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
		      (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || (s.ptr[i] && strchr("-_", s.ptr[i]))))
			return false;
	return s.len >= 3 && s.len <= 64;
}

static const char *
read_wish(struct span line, struct wish *w, size_t *offset)
{
	static const char *const names[] = {"instId", "fromId", "from"};
	struct span member[3], text;
	enum json_error e = json_check(line, offset);

	if (e != JSON_OK)
		return json_error_text(e);
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT || !json_pick(line, names, 3, member, NULL))
		return "a JSON object with instId is wanted";
	if (!member[0].ptr || !json_plain(member[0], &w->inst_id) || !is_inst_id(w->inst_id))
		return "instId: an instrument such as \"BTC-USDT\" is wanted";
	if (member[1].ptr && (!json_plain(member[1], &text) || !okx_id_parse(text, &w->from_id)))
		return "fromId: a trade id, a string of digits, is wanted";
	if (member[2].ptr && (!json_plain(member[2], &text) || !utc_parse_us(text, &w->from_us)))
		return "from: a time such as \"2026-01-31T00:00:00Z\" is wanted";
	return NULL;
}

static enum filter_verdict
reject(struct tool *t, const struct line *in, const char *reason, const char *why)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("code", reason),
	     diag_str("why", why));
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", SPAN_LIT("reject"));
	buf_json_member_u64(&t->out, "seq", ++t->seq);
	buf_json_member_u64(&t->out, "in", in->number);
	buf_json_member_string(&t->out, "reason", span_of(reason));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_json_member_string(
	    &t->out, "input",
	    (struct span){in->text.ptr, in->text.len < 1000 ? in->text.len : 1000});
	buf_byte(&t->out, '}');
	emit(t);
	return FILTER_NO;
}

static enum filter_verdict
trades_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct wish w = {.from_us = -1};
	size_t offset;
	const char *why =
	    too_long ? "longer than a request may be" : read_wish(in->text, &w, &offset);

	t->in = in->number;
	if (why)
		return reject(t, in, "BAD_REQUEST", why);
	if (!history(t, &w))
		return f->out.error ? FILTER_NO
				    : reject(t, in, okx_class_name(t->get.judgement.class),
					     "OKX did not give the trades");
	print_end(t);
	return FILTER_YES;
}

/* ---- start ---- */

static void
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	enum { INST = 256, FROM_ID, FROM, FOLLOW, INTERVAL, BACKOFF, STATE, METRICS_FILE };
	static const struct option options[] = {
	    {"inst", required_argument, NULL, INST},
	    {"from-id", required_argument, NULL, FROM_ID},
	    {"from", required_argument, NULL, FROM},
	    {"follow", no_argument, NULL, FOLLOW},
	    {"interval", required_argument, NULL, INTERVAL},
	    {"backoff", required_argument, NULL, BACKOFF},
	    {"state", required_argument, NULL, STATE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	const char *state = NULL;

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case INST: t->inst = optarg; break;
		case FROM_ID:
			t->from_id = tool_number("--from-id", optarg, 1, UINT64_MAX - 1000);
			break;
		case FROM:
			if (!utc_parse_us(span_of(optarg), &t->from_us))
				tool_usage("a time such as 2026-01-31T00:00:00Z is wanted",
					   "--from");
			break;
		case FOLLOW: t->follow = true; break;
		case INTERVAL:
			t->interval_ms = (unsigned)tool_number("--interval", optarg, 20, 3600000);
			break;
		case BACKOFF:
			t->backoff_ms = (unsigned)tool_number("--backoff", optarg, 1, 60000);
			break;
		case STATE: state = optarg; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (!t->inst && (t->follow || t->from_id || t->from_us >= 0 || state))
		tool_usage("goes with --inst", "--follow, --from-id, --from, --state");
	if (t->inst && !is_inst_id(span_of(t->inst)))
		tool_usage("an instrument such as BTC-USDT is wanted", "--inst");
	if (state) {
		t->state = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (t->state < 0)
			tool_die(EXIT_CONFIG, "state", state, strerror(errno));
	}
}

static int
run_inst(struct tool *t)
{
	struct wish w = {.inst_id = span_of(t->inst), .from_id = t->from_id, .from_us = t->from_us};
	uint64_t resumed = load_state(t, w.inst_id);
	enum exit_status status = EXIT_YES;

	if (resumed && !t->from_id && t->from_us < 0)
		w.from_id = resumed;
	if (!history(t, &w))
		status = EXIT_TEMP;
	save_state(t, w.inst_id);
	if (status == EXIT_YES && t->follow)
		status = follow(t, w.inst_id);
	if (status == EXIT_YES && !t->follow)
		print_end(t);
	status = tool_flush(&t->filter->out, status);
	metrics_write(&t->filter->metrics);
	return (int)tool_finish(status);
}

int
main(int argc, char **argv)
{
	static struct tool tool = {
	    .from_us = -1, .interval_ms = 1000, .backoff_ms = 2000, .state = -1};
	static struct filter filter = {
	    .step = trades_line, .context = &tool, .line_max = LIMIT_REQUEST_BYTES};
	struct base_url base_url;

	tool_start(TOOL_PLAIN);
	parse_options(&tool, &filter, argc, argv);
	base_url_read("OKX_BASE_URL", OKX_SITE, &base_url);
	tool.filter = &filter;
	buf_init(&tool.out, 8192);
	filter_init(&filter, NULL);
	tool.metric_trades = metrics_add(&filter.metrics, "tradepipe_trades_total", "counter",
					 "Trades printed.", NULL);
	tool.metric_gaps = metrics_add(&filter.metrics, "tradepipe_trade_gaps_total", "counter",
				       "Runs of trade ids that OKX does not have.", NULL);
	tool.metric_lag = metrics_add(&filter.metrics, "dex_trade_ingest_lag", "gauge",
				      "Milliseconds from the last trade to its printing.", NULL);
	public_get_init(&tool.get, base_url.text, tool.state);
	tool.get.backoff_ms = tool.backoff_ms;
	filter_sandbox_network(&filter, tool.state);
	if (tool.inst)
		return run_inst(&tool);
	return filter_run(&filter);
}
