/* okx-fetch: a verify request a line in, OKX's answers a line out (record(5)). */
#include "base_url.h"
#include "cache.h"
#include "chain.h"
#include "diag.h"
#include "digest.h"
#include "fetch.h"
#include "filter.h"
#include "json.h"
#include "leak.h"
#include "okx_endpoint.h"
#include "secret.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONTRACT_VERSION "jp-verify@1.0.0"
#define YEAR_S (366u * 86400)

struct tool {
	struct fetch_settings settings;
	struct fetch fetch;
	struct base_url base_url;
	int state;
	int64_t cache_max_age_ms;
	bool simulated;
	struct credentials standing;
	struct buf standing_memory, secrets;
	struct buf out, cached, error;
	size_t metric_requests, metric_4xx, metric_5xx, metric_cached;
};

/* ---- options ---- */

/* A buffer over locked memory: it never grows, so nothing is copied to the heap. */
static void
lock_buffer(struct buf *b)
{
	b->max = b->cap = LIMIT_SECRET_BYTES;
	b->ptr = secret_memory(LIMIT_SECRET_BYTES);
	b->len = 0;
}

static void
read_standing_keys(struct tool *t, const char *fd)
{
	char *memory = secret_memory(LIMIT_SECRET_BYTES);
	struct span json;
	const char *why;

	if (!secret_read_fd((int)tool_number("--key-fd", fd, 0, 1023), memory, LIMIT_SECRET_BYTES,
			    &json))
		tool_die(EXIT_CONFIG, "key", "--key-fd", strerror(errno));
	if (!request_parse_keys(json, &t->standing_memory, &t->standing, &why))
		tool_die(EXIT_CONFIG, "key", "--key-fd", why);
	secret_free(memory, LIMIT_SECRET_BYTES);
}

static int
open_state(const char *path)
{
	int fd;

	if (!path || !*path)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", path, strerror(errno));
	return fd;
}

static void
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	enum { STATE = 256, DEADLINE, TIMEOUT, BACKOFF, MAX_AGE, KEY_FD, SIMULATED, METRICS_FILE };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"deadline", required_argument, NULL, DEADLINE},
	    {"request-timeout", required_argument, NULL, TIMEOUT},
	    {"backoff", required_argument, NULL, BACKOFF},
	    {"cache-max-age", required_argument, NULL, MAX_AGE},
	    {"key-fd", required_argument, NULL, KEY_FD},
	    {"simulated", no_argument, NULL, SIMULATED},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	const char *state = getenv("TRADEPIPE_STATE"), *key_fd = NULL;

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: state = optarg; break;
		case DEADLINE:
			t->settings.deadline_ms =
			    (unsigned)tool_number("--deadline", optarg, 1, 600) * 1000;
			break;
		case TIMEOUT:
			t->settings.request_timeout_ms =
			    (unsigned)tool_number("--request-timeout", optarg, 10, 60000);
			break;
		case BACKOFF:
			t->settings.backoff_ms =
			    (unsigned)tool_number("--backoff", optarg, 1, 60000);
			break;
		case MAX_AGE:
			t->cache_max_age_ms =
			    (int64_t)tool_number("--cache-max-age", optarg, 0, YEAR_S) * 1000;
			break;
		case KEY_FD: key_fd = optarg; break;
		case SIMULATED: t->simulated = true; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	t->state = open_state(state);
	if (key_fd)
		read_standing_keys(t, key_fd);
}

/* ---- printing the record ---- */

static void
print_meta(struct tool *t, const struct request *r, int64_t now_ms)
{
	struct buf *out = &t->out;
	char at[UTC_TEXT_MAX];

	utc_print_ms(now_ms, at);
	buf_json_key(out, "meta");
	buf_byte(out, '{');
	buf_json_member_string(out, "exchange", SPAN_LIT("okx"));
	buf_json_member_string(out, "instId", r->inst_id);
	buf_json_member_string(out, "ordId", r->ord_id);
	buf_json_member_string(out, "verifiedAt", span_of(at));
	buf_json_member_bool(out, "live", r->live);
	buf_json_member_bool(out, "fresh", r->fresh);
	buf_json_member_raw(out, "requestId", r->request_id.ptr ? r->request_id : SPAN_LIT("null"));
	buf_json_member_string(out, "version", SPAN_LIT(CONTRACT_VERSION));
	buf_json_member_string(out, "host", t->base_url.site);
	buf_json_member_bool(out, "simulated", r->simulated);
	buf_byte(out, '}');
}

static void
print_skew(struct buf *out, const struct fetch *f)
{
	static const char *const names[] = {"before", "after"};

	buf_json_key(out, "clockSkewMs");
	buf_byte(out, '{');
	for (int i = 0; i < 2; i++) {
		if (f->has_skew[i])
			buf_json_member_i64(out, names[i], f->skew_ms[i]);
		else
			buf_json_member_raw(out, names[i], SPAN_LIT("null"));
	}
	buf_byte(out, '}');
}

/* fetch is NULL when OKX was not asked. */
static void
print_perf(struct tool *t, const struct fetch *f, bool cached, int64_t took_us)
{
	struct buf *out = &t->out;
	int64_t reset_us = f && f->limiter.reset_us ? f->limiter.reset_us - utc_now_us() : 0;

	buf_json_key(out, "perf");
	buf_byte(out, '{');
	buf_json_member_i64(out, "okxRttMs", f ? f->http.busy_us / 1000 : 0);
	buf_json_member_i64(out, "totalMs", took_us / 1000);
	buf_json_member_bool(out, "cache", cached);
	if (f && f->limiter.remaining != UINT32_MAX) {
		buf_json_key(out, "rateLimit");
		buf_byte(out, '{');
		buf_json_member_u64(out, "remaining", f->limiter.remaining);
		buf_json_member_i64(out, "resetSec",
				    reset_us > 0 ? (reset_us + 999999) / 1000000 : 0);
		buf_byte(out, '}');
	} else {
		buf_json_member_raw(out, "rateLimit", SPAN_LIT("null"));
	}
	if (f) {
		buf_json_member_i64(out, "waitMs", f->http.waiting_us / 1000);
		print_skew(out, f);
		buf_json_member_raw(out, "attempts", buf_span(&f->attempts));
	}
	buf_byte(out, '}');
}

/* The request without the error that it came with: it is printed in its place, at the end. */
static struct span
without_error(struct tool *t, const struct request *r)
{
	struct json_walk w = json_walk(r->text);
	struct span key, value;

	if (!r->error.ptr)
		return r->text;
	buf_clear(&t->cached);
	buf_byte(&t->cached, '{');
	while (json_next_member(&w, &key, &value)) {
		if (json_key_is(key, "error"))
			continue;
		if (t->cached.len > 1)
			buf_byte(&t->cached, ',');
		buf_add(&t->cached, (struct span){key.ptr - 1, key.len + 2});
		buf_byte(&t->cached, ':');
		buf_add(&t->cached, value);
	}
	buf_byte(&t->cached, '}');
	return buf_span(&t->cached);
}

/* The request's own members, without anything secret and without what only the chain may add. */
static void
begin_record(struct tool *t, const struct request *r)
{
	buf_clear(&t->out);
	if (r->text.ptr && !r->forged) {
		leak_strip(without_error(t, r), &t->out);
		if (r->error.ptr)
			secret_wipe(t->cached.ptr, t->cached.len);
		if (buf_ok(&t->out))
			t->out.len--; /* the closing brace comes later */
	} else {
		buf_byte(&t->out, '{');
	}
}

/* Nothing that left the request may be in the record, wherever a caller or OKX may have put it. */
static bool
leaks(const struct tool *t, const struct request *r)
{
	const struct span secrets[] = {r->keys.api_key, r->keys.secret_key, r->keys.passphrase};

	return leak_found(buf_span(&t->out), secrets, 3);
}

static void
print_record(struct tool *t, const struct request *r, struct span raw, const struct fetch *f,
	     bool cached, int64_t took_us)
{
	begin_record(t, r);
	print_meta(t, r, utc_now_us() / 1000);
	buf_json_member_raw(&t->out, "raw", raw);
	print_perf(t, f, cached, took_us);
	buf_json_member_raw(&t->out, "error",
			    t->error.len ? buf_span(&t->error) : SPAN_LIT("null"));
	buf_byte(&t->out, '}');
}

static void
set_error(struct tool *t, const char *code, struct span msg, const char *hint)
{
	buf_clear(&t->error);
	chain_error(code, msg, hint, &t->error);
}

/* The last look before a record goes out. */
static enum filter_verdict
emit(struct filter *f, const struct line *in, struct request *r, struct span raw, bool cached,
     int64_t took_us, bool asked)
{
	struct tool *t = f->context;
	bool failed = t->error.len > 0;

	print_record(t, r, raw, asked ? &t->fetch : NULL, cached, took_us);
	if (!buf_ok(&t->out) || leaks(t, r)) {
		const char *why = buf_ok(&t->out)
				      ? "a secret stood where it would have been printed"
				      : "the record is too large";

		diag(DIAG_ERROR, "withheld", diag_u64("line", in->number), diag_str("why", why));
		set_error(t, "BAD_REQUEST", span_of(why),
			  "put keys nowhere but in apiKey, secretKey and passphrase");
		r->forged = true; /* leave the request's own members out */
		r->request_id = (struct span){0};
		print_record(t, r, SPAN_LIT("{}"), NULL, false, took_us);
		failed = true;
	}
	filter_emit(f, buf_span(&t->out));
	return failed ? FILTER_NO : FILTER_YES;
}

/* ---- one request ---- */

static enum filter_verdict
refuse(struct filter *f, const struct line *in, struct request *r,
       const struct request_fault *fault)
{
	struct tool *t = f->context;
	char msg[256];
	int n = snprintf(msg, sizeof msg, "line %" PRIu64 " offset %zu: %s: %s", in->number,
			 fault->offset, fault->what, fault->why);

	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_u64("off", fault->offset),
	     diag_str("code", "BAD_REQUEST"), diag_str("what", fault->what),
	     diag_str("why", fault->why));
	set_error(t, "BAD_REQUEST",
		  (struct span){msg, (size_t)n < sizeof msg ? (size_t)n : sizeof msg - 1},
		  "see record(5) for the form of a verify request");
	return emit(f, in, r, SPAN_LIT("{}"), false, 0, false);
}

/* live (the default): an answer of the last --cache-max-age seconds; not live: any; fresh and
 * noCache: none. */
static bool
serve_cached(struct tool *t, const struct request *r, const char *name, struct span *raw)
{
	int64_t max_age_ms = r->live ? t->cache_max_age_ms : (int64_t)YEAR_S * 1000;

	if (r->fresh || r->no_cache)
		return false;
	return cache_read(t->state, name, utc_now_us() / 1000, max_age_ms, &t->cached, raw);
}

static void
count(struct filter *f)
{
	struct tool *t = f->context;

	metrics_count(&f->metrics, t->metric_requests, t->fetch.requests);
	metrics_count(&f->metrics, t->metric_4xx, t->fetch.upstream_4xx);
	metrics_count(&f->metrics, t->metric_5xx, t->fetch.upstream_5xx);
	t->fetch.requests = t->fetch.upstream_4xx = t->fetch.upstream_5xx = 0;
}

static enum filter_verdict
fetch_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct request r = {.simulated = t->simulated};
	struct request_fault fault = {"TOO_LONG", "longer than a request may be",
				      LIMIT_REQUEST_BYTES};
	int64_t begun_us = utc_monotonic_us();
	char name[CACHE_NAME_MAX];
	struct span raw;
	enum filter_verdict verdict;

	buf_clear(&t->error);
	if (too_long) {
		r.uid = (struct span){"", 0};
		return refuse(f, in, &r, &fault);
	}
	if (!request_parse(in->text, &t->standing, &t->secrets, &r, &fault)) {
		if (!r.error.ptr)
			return refuse(f, in, &r, &fault);
		buf_add(&t->error, r.error);
		return emit(f, in, &r, SPAN_LIT("{}"), false, 0, false);
	}
	cache_name(&r, t->base_url.site, name);
	if (serve_cached(t, &r, name, &raw)) {
		metrics_count(&f->metrics, t->metric_cached, 1);
		return emit(f, in, &r, raw, true, utc_monotonic_us() - begun_us, false);
	}
	fetch_run(&t->fetch, &r);
	count(f);
	if (t->fetch.error != OKX_FINE) {
		set_error(t, okx_class_name(t->fetch.error), buf_span(&t->fetch.error_msg),
			  t->fetch.error_hint);
		diag(DIAG_WARNING, "failed", diag_u64("line", in->number),
		     diag_str("code", okx_class_name(t->fetch.error)),
		     diag_span("why", buf_span(&t->fetch.error_msg)));
	} else if (!r.no_cache) {
		cache_write(t->state, name, utc_now_us() / 1000, buf_span(&t->fetch.raw),
			    &t->cached);
	}
	verdict =
	    emit(f, in, &r, buf_span(&t->fetch.raw), false, utc_monotonic_us() - begun_us, true);
	secret_wipe(t->secrets.ptr, t->secrets.cap);
	return verdict;
}

/* ---- start ---- */

int
main(int argc, char **argv)
{
	static struct tool tool = {
	    .settings = {.deadline_ms = 18000, .request_timeout_ms = 6000, .backoff_ms = 2000},
	    .cache_max_age_ms = 300000,
	};
	static struct filter filter = {
	    .step = fetch_line, .context = &tool, .line_max = LIMIT_REQUEST_BYTES};

	tool_start(TOOL_SECRETS);
	lock_buffer(&tool.standing_memory);
	lock_buffer(&tool.secrets);
	parse_options(&tool, &filter, argc, argv);
	base_url_read("OKX_BASE_URL", OKX_SITE, &tool.base_url);
	tool.settings.base_url = tool.base_url.text;
	buf_init(&tool.out, LIMIT_BUNDLE_BYTES);
	buf_init(&tool.cached, LIMIT_BUNDLE_BYTES);
	buf_init(&tool.error, 4096);
	digest_init();
	filter_init(&filter, secret_memory(LIMIT_REQUEST_BYTES + 1));
	fetch_init(&tool.fetch, &tool.settings, tool.state);
	tool.metric_requests = metrics_add(&filter.metrics, "tradepipe_okx_requests_total",
					   "counter", "HTTP requests to OKX.", NULL);
	tool.metric_4xx = metrics_add(&filter.metrics, "tradepipe_okx_responses_total", "counter",
				      "Responses by class.", "class=\"4xx\"");
	tool.metric_5xx = metrics_add(&filter.metrics, "tradepipe_okx_responses_total", "counter",
				      "Responses by class.", "class=\"5xx\"");
	tool.metric_cached = metrics_add(&filter.metrics, "tradepipe_okx_cache_hits_total",
					 "counter", "Requests served from the cache.", NULL);
	filter_sandbox_network(&filter, tool.state);
	return filter_run(&filter);
}
