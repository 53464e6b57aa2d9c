#include "fetch.h"

#include "bundle.h"
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "json.h"
#include "okx_id.h"
#include "okx_sign.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define RETRIES_MAX 3
/* OKX refuses a signature older or newer than 30 s; near that our clock needs mending anyway. */
#define SKEW_WARN_MS 25000

struct fetch_answer {
	struct fetch *fetch;
	struct plan_request question;
	char key[48];
	char path[HTTP_URL_MAX]; /* "/api/v5/...": what is signed */
	struct http_call call;
	struct okx_reply reply;
	struct okx_judgement judgement;
	unsigned retries;
	bool dropped; /* not to stand in raw */
};

void
fetch_init(struct fetch *f, const struct fetch_settings *settings, int state)
{
	*f = (struct fetch){.settings = *settings};
	f->answers = calloc(LIMIT_OKX_REPLIES, sizeof *f->answers);
	if (!f->answers)
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	for (size_t i = 0; i < LIMIT_OKX_REPLIES; i++) {
		f->answers[i].fetch = f;
		f->answers[i].call.context = &f->answers[i];
		buf_init(&f->answers[i].call.body, LIMIT_OKX_BODY_BYTES);
	}
	http_init(&f->http, settings->request_timeout_ms);
	f->http.loopback = span_starts(span_of(settings->base_url), SPAN_LIT("http://"));
	limiter_init(&f->limiter, state);
	plan_init(&f->plan);
	buf_init(&f->raw, LIMIT_BUNDLE_BYTES);
	buf_init(&f->attempts, 1 << 18);
	buf_init(&f->error_msg, 2048);
	buf_init(&f->scratch, 2 * (size_t)LIMIT_OKX_BODY_BYTES);
}

void
fetch_release(struct fetch *f)
{
	for (size_t i = 0; i < LIMIT_OKX_REPLIES; i++)
		buf_release(&f->answers[i].call.body);
	free(f->answers);
	http_release(&f->http);
	plan_release(&f->plan);
	buf_release(&f->raw);
	buf_release(&f->attempts);
	buf_release(&f->error_msg);
	buf_release(&f->scratch);
}

/* ---- one HTTP exchange ---- */

__attribute__((format(printf, 2, 3))) static void
add_header(struct http_call *c, const char *format, ...)
{
	va_list ap;
	int n;

	CHECK(c->headers_n < HTTP_HEADERS);
	va_start(ap, format);
	n = vsnprintf(c->headers[c->headers_n++], HTTP_HEADER_MAX, format, ap);
	va_end(ap);
	CHECK(n > 0 && n < HTTP_HEADER_MAX);
}

/* Just before sending: a signature of this very moment. */
static void
prepare(struct http_call *c)
{
	struct fetch_answer *a = c->context;
	const struct request *r = a->fetch->request;
	char timestamp[UTC_TEXT_MAX], sign[OKX_SIGN_MAX];

	c->headers_n = 0;
	add_header(c, "Accept: application/json");
	if (r->simulated)
		add_header(c, "x-simulated-trading: 1");
	if (!okx_endpoint_facts(a->question.endpoint)->secret)
		return;
	utc_print_ms_fixed(utc_now_us() / 1000, timestamp);
	okx_sign(r->keys.secret_key, span_of(timestamp), SPAN_LIT("GET"), span_of(a->path),
		 SPAN_LIT(""), sign);
	add_header(c, "OK-ACCESS-KEY: %.*s", (int)r->keys.api_key.len, r->keys.api_key.ptr);
	add_header(c, "OK-ACCESS-SIGN: %s", sign);
	add_header(c, "OK-ACCESS-TIMESTAMP: %s", timestamp);
	add_header(c, "OK-ACCESS-PASSPHRASE: %.*s", (int)r->keys.passphrase.len,
		   r->keys.passphrase.ptr);
}

static void
note_attempt(struct fetch_answer *a)
{
	struct buf *out = &a->fetch->attempts;

	if (out->len > 1)
		buf_byte(out, ',');
	buf_byte(out, '{');
	buf_json_member_string(out, "request", span_of(a->path));
	buf_json_member_u64(out, "status", a->call.status);
	if (a->reply.json)
		buf_json_member_string(out, "code", a->reply.code);
	buf_json_member_string(out, "class", span_of(okx_class_name(a->judgement.class)));
	buf_json_member_i64(out, "ms", a->call.took_us / 1000);
	buf_byte(out, '}');
	a->fetch->requests++;
	a->fetch->upstream_4xx += a->call.status >= 400 && a->call.status < 500;
	a->fetch->upstream_5xx += a->call.status >= 500;
}

/* Our clock against OKX's: the reading was made halfway between sending and receiving, as far as
 * anybody can tell. */
static void
measure_skew(struct fetch_answer *a)
{
	struct fetch *f = a->fetch;
	struct json_walk w = json_walk(a->reply.data);
	struct span row;
	int64_t server_ms;
	int which = a == &f->answers[0] ? 0 : 1;

	if (!json_next_element(&w, &row) || json_type(row) != JSON_OBJECT ||
	    !utc_parse_ms_digits(okx_row_text(row, "ts"), &server_ms))
		return;
	f->skew_ms[which] = (a->call.sent_ms + a->call.received_ms) / 2 - server_ms;
	f->has_skew[which] = true;
}

static int64_t
jitter_ms(int64_t up_to)
{
	uint32_t r = 0;

	if (up_to <= 0 || getrandom(&r, sizeof r, 0) != sizeof r)
		return 0;
	return (int64_t)(r % (uint64_t)(up_to + 1));
}

/* When to try again, or 0 for not at all. */
static int64_t
retry_at_us(struct fetch_answer *a)
{
	struct fetch *f = a->fetch;
	unsigned allowed = a->judgement.retry == OKX_RETRY_YES	  ? RETRIES_MAX
			   : a->judgement.retry == OKX_RETRY_ONCE ? 1
								  : 0;
	int64_t wait_ms = (int64_t)f->settings.backoff_ms << a->retries, now = utc_now_us(), at;

	if (a->retries >= allowed)
		return 0;
	at = now + (wait_ms + jitter_ms(wait_ms / 4)) * 1000;
	if (a->judgement.class == OKX_RATE_LIMIT)
		limiter_punish(&f->limiter, a->question.endpoint, at);
	/* no use in beginning what cannot end in time */
	if (utc_monotonic_us() + (at - now) >= f->deadline_us)
		return 0;
	a->retries++;
	return at;
}

static enum http_verdict
done(struct http_call *c)
{
	struct fetch_answer *a = c->context;
	int64_t at;

	a->reply = (struct okx_reply){.endpoint = a->question.endpoint,
				      .query = span_of(a->question.query),
				      .http_status = c->status,
				      .code = {"", 0}};
	okx_reply_read_body(c->transport == OKX_ANSWERED ? buf_span(&c->body) : SPAN_LIT(""),
			    &a->reply);
	okx_judge(c->transport, c->detail, &a->reply, buf_span(&c->body), &a->judgement);
	note_attempt(a);
	if (a->judgement.class == OKX_FINE && a->question.endpoint == OKX_TIME)
		measure_skew(a);
	at = retry_at_us(a);
	if (at == 0)
		return HTTP_FINISHED;
	c->send_at_us = limiter_take(&a->fetch->limiter, a->question.endpoint, at);
	return HTTP_AGAIN;
}

/* ---- errors ---- */

/* The first error is the cause; later ones follow from it. */
static void
set_error(struct fetch *f, enum okx_class class, const char *hint)
{
	if (f->error != OKX_FINE)
		return;
	f->error = class;
	f->error_hint = hint;
}

static void
note_error(struct fetch *f, const struct fetch_answer *a)
{
	const char *endpoint = okx_endpoint_facts(a->question.endpoint)->name;

	if (f->error != OKX_FINE)
		return;
	set_error(f, a->judgement.class, a->judgement.hint);
	if (a->judgement.code.len) {
		buf_str(&f->error_msg, "OKX ");
		buf_add(&f->error_msg, a->judgement.code);
		buf_str(&f->error_msg, ": ");
		if (a->reply.msg.ptr && a->reply.msg.len < 600)
			json_decode(a->reply.msg, &f->error_msg);
	} else {
		buf_str(&f->error_msg, a->judgement.reason ? a->judgement.reason : "refused");
	}
	buf_str(&f->error_msg, " (");
	buf_str(&f->error_msg, endpoint);
	if (a->call.status) {
		buf_str(&f->error_msg, ", HTTP ");
		buf_u64(&f->error_msg, a->call.status);
	}
	buf_byte(&f->error_msg, ')');
	if (span_is(a->judgement.code, "50102") && f->has_skew[0]) {
		snprintf(f->hint_room, sizeof f->hint_room,
			 "our clock is %" PRId64 " ms %s OKX's: set it by NTP",
			 (int64_t)llabs(f->skew_ms[0]), f->skew_ms[0] < 0 ? "behind" : "before");
		f->error_hint = f->hint_room;
	}
}

/* The order is nowhere: say whether it can still be anywhere. */
static void
note_missing(struct fetch *f, int64_t now_ms)
{
	int64_t made_ms = okx_id_ms(f->plan.id);
	char at[UTC_TEXT_MAX];

	if (f->error != OKX_FINE)
		return;
	if (made_ms >= 0 && now_ms - made_ms > OKX_MONTHS_MS && made_ms < now_ms) {
		utc_print_ms(made_ms, at);
		snprintf(f->hint_room, sizeof f->hint_room,
			 "the id was made at %s and OKX keeps orders for three months: ask OKX for "
			 "the quarterly bills archive",
			 at);
		set_error(f, OKX_NOT_FOUND, f->hint_room);
	} else {
		set_error(f, OKX_NOT_FOUND,
			  "check that ordId and instId belong together and to this account; a "
			  "canceled order that never filled is kept for 2 hours");
	}
	buf_str(&f->error_msg,
		"no such order in trade/order, orders-history and orders-history-archive");
}

/* A request that names another account than its key's must not get that account's answers under the
 * wrong name. */
static bool
check_uid(struct fetch *f)
{
	struct span uid = f->plan.ledger.config.ptr ? okx_row_text(f->plan.ledger.config, "uid")
						    : (struct span){"", 0};

	if (f->request->uid.len == 0 || !f->plan.ledger.config.ptr ||
	    span_equal(uid, f->request->uid))
		return true;
	for (size_t i = 0; i < f->answers_n; i++)
		f->answers[i].dropped = f->answers[i].question.endpoint != OKX_TIME &&
					f->answers[i].question.endpoint != OKX_CONFIG;
	set_error(f, OKX_BAD_REQUEST,
		  "leave uid out, or give the key of the account that it names");
	buf_str(&f->error_msg, "uid is not that of the key's account (account/config)");
	return false;
}

/* Whether what was answered leaves something to ask. */
static bool
may_go_on(struct fetch *f, size_t first)
{
	bool go_on = true;

	for (size_t i = first; i < f->answers_n; i++) {
		const struct fetch_answer *a = &f->answers[i];
		enum okx_class class = a->judgement.class;
		bool lookup = a->question.endpoint == OKX_ORDER ||
			      a->question.endpoint == OKX_INSTRUMENTS ||
			      a->question.endpoint == OKX_POSITIONS;

		if (class == OKX_FINE || (class == OKX_NOT_FOUND && lookup))
			continue;
		note_error(f, a);
		/* without key or order there is nothing to go on with; without one ledger the rest
		 * is still evidence */
		if (class == OKX_AUTH_ERROR ||
		    (a->question.endpoint == OKX_ORDER && !plan_order(&f->plan)) ||
		    a->question.endpoint == OKX_CONFIG)
			go_on = false;
	}
	return go_on;
}

/* ---- the run ---- */

static void
name_answer(struct fetch *f, struct fetch_answer *a)
{
	const char *name = okx_endpoint_facts(a->question.endpoint)->name;
	size_t same = 1;

	for (const struct fetch_answer *b = f->answers; b < a; b++)
		same += b->question.endpoint == a->question.endpoint;
	if (same == 1)
		snprintf(a->key, sizeof a->key, "%s", name);
	else
		snprintf(a->key, sizeof a->key, "%s#%zu", name, same);
	snprintf(a->path, sizeof a->path, "/api/v5/%s%s%s", name, a->question.query[0] ? "?" : "",
		 a->question.query);
	CHECK((size_t)snprintf(a->call.url, sizeof a->call.url, "%s%s", f->settings.base_url,
			       a->path) < sizeof a->call.url);
}

static void
run_batch(struct fetch *f, const struct plan_request batch[], size_t n, unsigned wait_ms)
{
	struct http_call *calls[PLAN_BATCH];
	size_t first = f->answers_n;
	int64_t now = utc_now_us() + (int64_t)wait_ms * 1000;

	for (size_t i = 0; i < n; i++) {
		struct fetch_answer *a = &f->answers[f->answers_n++];

		a->question = batch[i];
		a->retries = 0;
		a->dropped = false;
		name_answer(f, a);
		a->call.send_at_us = limiter_take(&f->limiter, a->question.endpoint, now);
		calls[i] = &a->call;
	}
	http_run(&f->http, calls, n, f->deadline_us, prepare, done);
	for (size_t i = first; i < f->answers_n; i++)
		plan_reply(&f->plan, &f->answers[i].question, &f->answers[i].reply);
}

static void
print_raw(struct fetch *f)
{
	buf_clear(&f->raw);
	buf_byte(&f->raw, '{');
	for (size_t i = 0; i < f->answers_n; i++) {
		const struct fetch_answer *a = &f->answers[i];
		char request[HTTP_URL_MAX + 8];
		struct bundle_reply r = {.key = a->key,
					 .request = request,
					 .body = buf_span(&a->call.body),
					 .status = a->call.status,
					 .fetched_ms = a->call.received_ms};

		if (a->dropped)
			continue;
		snprintf(request, sizeof request, "GET %s", a->path);
		bundle_append(&r, &f->raw, &f->scratch);
	}
	buf_byte(&f->raw, '}');
}

static void
begin(struct fetch *f, const struct request *r)
{
	unsigned char digest[SHA256_BYTES];

	f->request = r;
	f->answers_n = 0;
	f->error = OKX_FINE;
	f->error_hint = NULL;
	f->has_skew[0] = f->has_skew[1] = false;
	buf_clear(&f->error_msg);
	buf_clear(&f->attempts);
	buf_byte(&f->attempts, '[');
	http_reset_clock(&f->http);
	hmac_sha256(r->keys.api_key, &SPAN_LIT("tradepipe limits v1"), 1, digest);
	limiter_use_key(&f->limiter, digest);
	plan_start(&f->plan, r->inst_id, r->ord_id);
	f->deadline_us = utc_monotonic_us() + (int64_t)f->settings.deadline_ms * 1000;
}

/* OKX's time now, as far as we know it. */
static int64_t
server_now_ms(const struct fetch *f)
{
	return utc_now_us() / 1000 - (f->has_skew[0] ? f->skew_ms[0] : 0);
}

static void
warn_of_skew(const struct fetch *f)
{
	for (int i = 0; i < 2; i++)
		if (f->has_skew[i] && llabs(f->skew_ms[i]) > SKEW_WARN_MS)
			diag(DIAG_WARNING, "clock", diag_u64("skew_ms", f->skew_ms[i]),
			     diag_str("why", "our clock is far from OKX's: set it by NTP"));
}

void
fetch_run(struct fetch *f, const struct request *r)
{
	struct plan_request batch[PLAN_BATCH];
	unsigned wait_ms;
	size_t n;

	begin(f, r);
	while ((n = plan_next(&f->plan, server_now_ms(f), batch, &wait_ms)) > 0) {
		size_t first = f->answers_n;

		if (utc_monotonic_us() >= f->deadline_us) {
			set_error(f, OKX_TIMEOUT,
				  "OKX is slow or its limits are used up: retry, or allow more "
				  "(--deadline)");
			if (f->error_msg.len == 0)
				buf_str(&f->error_msg,
					"the time allowed for the whole request is used up");
			break;
		}
		run_batch(f, batch, n, wait_ms);
		if (!check_uid(f) || !may_go_on(f, first))
			plan_give_up(&f->plan, f->error != OKX_NETWORK && f->error != OKX_TIMEOUT);
	}
	if (!plan_order(&f->plan))
		note_missing(f, server_now_ms(f));
	if (f->plan.cut && f->error == OKX_FINE) {
		set_error(f, OKX_INTERNAL,
			  "the position has more rows than a bundle holds: its verdict cannot be "
			  "complete");
		buf_str(&f->error_msg, "more pages than a bundle holds");
	}
	buf_byte(&f->attempts, ']');
	warn_of_skew(f);
	print_raw(f);
}
