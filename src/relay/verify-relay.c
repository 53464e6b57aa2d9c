/* verify-relay: pass verify requests on to jp-verify, and believe no answer (verify-relay(1)). */
#include "ask.h"
#include "base_url.h"
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "filter.h"
#include "held.h"
#include "json.h"
#include "leak.h"
#include "limit.h"
#include "post.h"
#include "relayed.h"
#include "secret.h"
#include "setting.h"
#include "sign.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define TARGET_PATH "/api/verify"
#define WHY_MAX 200

struct relay {
	/* options */
	bool local_only;
	bool has_command;
	bool sign_v2;
	unsigned deadline_ms, target_ms, connect_ms;
	const char *secret_file, *authority_file;
	int secret_fd;

	struct base_url base;
	char url[BASE_URL_MAX + sizeof TARGET_PATH];
	struct span secret; /* NULL: unsigned */
	struct held command, checker;
	struct post post;

	/* the request in hand */
	struct ask ask;
	struct buf secrets, client_meta;
	struct buf flat[2]; /* one answer of the target, one of the command */
	struct buf out, error;
	char why[WHY_MAX];
	int64_t begun_us;

	size_t metric_asked, metric_fallbacks, metric_refused;
};

/* ---- checking an answer
 * -------------------------------------------------------------------------------------------------------
 */

/* merkle-verify says {"type":"verification","result":"good",...} of a record that holds. */
static const char *
recompute(struct relay *t, struct span record, int64_t deadline_us)
{
	struct span verdict, result, failed;
	const char *why = held_ask(&t->checker, record, deadline_us, &verdict);

	if (why || json_check(verdict, NULL) != JSON_OK || json_type(verdict) != JSON_OBJECT)
		return "its evidence could not be checked: merkle-verify failed";
	if (json_find(verdict, "result", &result) && span_is(result, "\"good\""))
		return NULL;
	if (!json_find(verdict, "failed", &failed) || !json_plain(failed, &failed))
		failed = SPAN_LIT("nobody can tell");
	snprintf(t->why, sizeof t->why, "its evidence does not hold: %.*s", (int)failed.len,
		 failed.ptr);
	return t->why;
}

/* NULL when the answer can be passed on; *record is it. */
static const char *
check(struct relay *t, struct span body, unsigned status, int64_t deadline_us, struct buf *room,
      struct chain_record *record)
{
	struct span line;
	enum relayed_fault fault = relayed_flatten(body, room, &line);

	if (fault == RELAYED_FINE)
		fault = relayed_check(&t->ask, line, status, utc_now_us(), record);
	return fault == RELAYED_FINE ? recompute(t, record->text, deadline_us)
				     : relayed_fault_text(fault);
}

/* ---- printing
 * ---------------------------------------------------------------------------------------------------------------
 */

static int64_t
since_ms(const struct relay *t)
{
	return (utc_monotonic_us() - t->begun_us) / 1000;
}

static enum filter_verdict
pass_on(struct filter *f, const struct chain_record *r, const char *target, const char *why)
{
	struct relay *t = f->context;
	struct relayed_mark mark = {target, why, since_ms(t)};

	buf_clear(&t->out);
	relayed_mark(&t->ask, r, &mark, &t->out);
	CHECK(buf_ok(&t->out));
	filter_emit(f, buf_span(&t->out));
	return chain_has_error(r) ? FILTER_NO : FILTER_YES;
}

static void
print_value(struct buf *out, const char *name, struct span value, const char *otherwise)
{
	buf_json_member_raw(out, name, value.ptr ? value : span_of(otherwise));
}

static void
print_meta(struct relay *t)
{
	struct buf *out = &t->out;
	char at[UTC_TEXT_MAX], version[64];

	utc_print_ms(utc_now_us() / 1000, at);
	snprintf(version, sizeof version, "verify-relay@%s", tool_version);
	buf_json_key(out, "meta");
	buf_byte(out, '{');
	buf_json_member_string(out, "exchange", SPAN_LIT("okx"));
	print_value(out, "instId", t->ask.inst_id, "null");
	print_value(out, "ordId", t->ask.ord_id, "null");
	buf_json_member_string(out, "verifiedAt", span_of(at));
	print_value(out, "live", t->ask.live, "true");
	print_value(out, "fresh", t->ask.fresh, "false");
	print_value(out, "requestId", t->ask.request_id, "null");
	buf_json_member_string(out, "version", span_of(version));
	buf_byte(out, '}');
}

/* An answer of our own: the members of the contract, an error, and no evidence, as there is nothing
 * to prove. */
static enum filter_verdict
answer_with(struct filter *f, struct span error, const char *target, const char *why)
{
	struct relay *t = f->context;
	struct relayed_mark mark = {target, why, since_ms(t)};
	struct buf *out = &t->out;

	buf_clear(out);
	buf_byte(out, '{');
	if (t->ask.client_meta.ptr)
		buf_json_member_raw(out, "clientMeta", t->ask.client_meta);
	print_meta(t);
	buf_json_member_raw(out, "normalized", SPAN_LIT("null"));
	buf_json_member_raw(out, "raw", SPAN_LIT("{}"));
	buf_json_key(out, "perf");
	buf_byte(out, '{');
	buf_json_member_i64(out, "okxRttMs", 0);
	buf_json_member_i64(out, "totalMs", mark.relay_ms);
	buf_json_member_bool(out, "cache", false);
	buf_json_member_raw(out, "rateLimit", SPAN_LIT("null"));
	relayed_print_mark(&mark, out);
	buf_byte(out, '}');
	buf_json_member_raw(out, "error", error);
	buf_byte(out, '}');
	/* a caller may have put a key where a label belongs */
	if (!buf_ok(out) || leak_found(buf_span(out), t->ask.secrets, 3)) {
		static const char misplaced[] =
		    "{\"code\":\"BAD_REQUEST\",\"msg\":\"a key stood where it would have been "
		    "printed\",\"hint\":\"put keys nowhere but in apiKey, secretKey and "
		    "passphrase\"}";

		t->ask = (struct ask){0};
		return answer_with(f, SPAN_LIT(misplaced), target, NULL);
	}
	filter_emit(f, buf_span(out));
	return FILTER_NO;
}

static enum filter_verdict
answer_error(struct filter *f, const char *code, const char *msg, const char *hint,
	     const char *target, const char *why)
{
	struct relay *t = f->context;

	buf_clear(&t->error);
	chain_error(code, span_of(msg), hint, &t->error);
	return answer_with(f, buf_span(&t->error), target, why);
}

/* The answer came, and is not to be trusted: nobody else is asked, for this must be seen. */
static enum filter_verdict
refuse_answer(struct filter *f, const struct line *in, const char *target, const char *before,
	      const char *why)
{
	struct relay *t = f->context;
	char msg[WHY_MAX + 80];

	metrics_count(&f->metrics, t->metric_refused, 1);
	diag(DIAG_ERROR, "answer-refused", diag_u64("line", in->number), diag_str("target", target),
	     diag_str("why", why));
	snprintf(msg, sizeof msg, "the answer of %s was refused: %s", target, why);
	return answer_error(
	    f, "REMOTE_5XX", msg,
	    "nothing was stored; look at the service that answered before you ask it again", target,
	    before);
}

/* ---- asking
 * -----------------------------------------------------------------------------------------------------------------
 */

struct reply {
	const char *lost;   /* not NULL: a transport failure or 5xx, and its reason */
	const char *code;   /* the error code for it when nobody else can be asked */
	const char *refuse; /* not NULL: the answer is not to be trusted */
	bool has_record;
	struct chain_record record;
};

static struct post_answer
post_request(struct relay *t, unsigned timeout_ms)
{
	struct sign_headers headers = {.n = 0};
	unsigned char nonce[SIGN_NONCE_BYTES];
	struct post_answer a;

	if (t->secret.ptr && t->sign_v2) {
		CHECK(getrandom(nonce, sizeof nonce, 0) == sizeof nonce);
		sign_v2(t->secret, utc_now_us() / 1000000, nonce, "POST", TARGET_PATH, t->ask.text,
			&headers);
	} else if (t->secret.ptr) {
		sign_v1(t->secret, t->ask.text, &headers);
	}
	a = post_send(&t->post, t->ask.text, &headers, timeout_ms);
	return a;
}

/* A status that no verify record came with: the service in front of the pipeline speaks. */
static const char *
status_text(struct relay *t, unsigned status, const char *hint)
{
	snprintf(t->why, sizeof t->why, "HTTP %u%s", status, hint);
	return t->why;
}

static void
read_lost(struct relay *t, const struct post_answer *a, struct reply *r)
{
	struct span code;

	if (a->result == POST_TIMED_OUT || a->result == POST_FAILED) {
		r->code = a->result == POST_TIMED_OUT ? "TIMEOUT" : "NETWORK";
		r->lost = a->detail;
		return;
	}
	r->code = "REMOTE_5XX";
	r->lost = status_text(t, a->status, "");
	if (r->has_record && json_find(r->record.error, "code", &code) && json_plain(code, &code))
		snprintf(t->why, sizeof t->why, "HTTP %u %.*s", a->status, (int)code.len, code.ptr);
	r->lost = t->why;
}

static struct reply
ask_target(struct relay *t, int64_t deadline_us)
{
	int64_t left_ms = (deadline_us - utc_monotonic_us()) / 1000;
	unsigned timeout_ms = left_ms < (int64_t)t->target_ms ? (unsigned)left_ms : t->target_ms;
	struct post_answer a = post_request(t, timeout_ms ? timeout_ms : 1);
	struct reply r = {0};
	const char *why = NULL;

	if (a.result == POST_TOO_LONG) {
		r.refuse = relayed_fault_text(RELAYED_TOO_LONG);
		return r;
	}
	if (a.result == POST_ANSWERED)
		why = check(t, a.body, a.status, deadline_us, &t->flat[0], &r.record);
	r.has_record = a.result == POST_ANSWERED && !why;
	if (a.result != POST_ANSWERED || a.status >= 500)
		read_lost(t, &a, &r);
	else if (why && (a.status == 401 || a.status == 403))
		r.refuse = status_text(t, a.status, ": the secret here and there must be the same");
	else if (why && (a.status < 200 || a.status >= 300) && json_check(a.body, NULL) != JSON_OK)
		r.refuse = status_text(t, a.status, ", and no record");
	else
		r.refuse = why;
	return r;
}

static enum filter_verdict
ask_command(struct filter *f, const struct line *in, const struct reply *before,
	    int64_t deadline_us)
{
	struct relay *t = f->context;
	const char *lost = before ? before->lost : NULL, *why;
	char reason[WHY_MAX], msg[2 * WHY_MAX];
	struct chain_record record;
	struct span line;

	/* the reason is still wanted when checking has used its place */
	snprintf(reason, sizeof reason, "%s", lost ? lost : "");
	why = held_ask(&t->command, t->ask.text, deadline_us, &line);
	if (why && before && before->has_record)
		return pass_on(f, &before->record, "jp", NULL);
	if (why) {
		snprintf(msg, sizeof msg, "the local pipeline failed: %s", why);
		return answer_error(f, "INTERNAL", msg, "see the log of this service", "local",
				    lost ? reason : NULL);
	}
	why = check(t, line, 0, deadline_us, &t->flat[1], &record);
	if (why)
		return refuse_answer(f, in, "local", lost ? reason : NULL, why);
	return pass_on(f, &record, "local", lost ? reason : NULL);
}

static enum filter_verdict
fall_back(struct filter *f, const struct line *in, const struct reply *r, int64_t deadline_us)
{
	struct relay *t = f->context;
	char msg[WHY_MAX + 80];

	diag(DIAG_WARNING, t->has_command ? "fallback" : "lost", diag_u64("line", in->number),
	     diag_str("code", r->code), diag_str("why", r->lost));
	if (t->has_command) {
		metrics_count(&f->metrics, t->metric_fallbacks, 1);
		return ask_command(f, in, r, deadline_us);
	}
	if (r->has_record)
		return pass_on(f, &r->record, "jp", NULL);
	snprintf(msg, sizeof msg, "no answer of jp-verify: %s", r->lost);
	return answer_error(f, r->code, msg, "is it up? see JP_VERIFY_BASE_URL", "jp", NULL);
}

/* ---- one request
 * ------------------------------------------------------------------------------------------------------------
 */

static enum filter_verdict
refuse_request(struct filter *f, const struct line *in, const struct ask_fault *fault)
{
	struct relay *t = f->context;
	char msg[256];

	snprintf(msg, sizeof msg, "line %" PRIu64 " offset %zu: %s: %s", in->number, fault->offset,
		 fault->what, fault->why);
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_u64("off", fault->offset),
	     diag_str("code", "BAD_REQUEST"), diag_str("what", fault->what),
	     diag_str("why", fault->why));
	return answer_error(f, "BAD_REQUEST", msg, "see record(5) for the form of a verify request",
			    t->local_only ? "local" : "jp", NULL);
}

static enum filter_verdict
relay_request(struct filter *f, const struct line *in)
{
	struct relay *t = f->context;
	int64_t deadline_us = t->begun_us + (int64_t)t->deadline_ms * 1000;
	struct reply r;

	if (t->ask.error.ptr)
		return answer_with(f, t->ask.error, t->local_only ? "local" : "jp", NULL);
	if (t->local_only)
		return ask_command(f, in, NULL, deadline_us);
	metrics_count(&f->metrics, t->metric_asked, 1);
	r = ask_target(t, deadline_us);
	if (r.refuse)
		return refuse_answer(f, in, "jp", NULL, r.refuse);
	if (r.lost)
		return fall_back(f, in, &r, deadline_us);
	return pass_on(f, &r.record, "jp", NULL);
}

static enum filter_verdict
relay_line(struct filter *f, const struct line *in, bool too_long)
{
	struct relay *t = f->context;
	struct ask_fault fault = {"TOO_LONG", "longer than a request may be", LIMIT_REQUEST_BYTES};
	enum filter_verdict verdict;

	t->begun_us = utc_monotonic_us();
	t->ask = (struct ask){0};
	if (too_long || !ask_read(in->text, &t->secrets, &t->client_meta, &t->ask, &fault))
		verdict = refuse_request(f, in, &fault);
	else
		verdict = relay_request(f, in);
	secret_wipe(t->secrets.ptr, t->secrets.cap);
	return verdict;
}

/* ---- start
 * ---------------------------------------------------------------------------------------------------------------------
 */

static bool
read_target(const char *text)
{
	if (strcmp(text, "local") != 0 && strcmp(text, "jp") != 0)
		tool_usage("local or jp", "--target");
	return strcmp(text, "local") == 0;
}

static bool
read_version(const char *text, const char *from)
{
	if (strcmp(text, "v1") != 0 && strcmp(text, "v2") != 0)
		tool_die(EXIT_CONFIG, "settings", from, "v1 or v2");
	return strcmp(text, "v2") == 0;
}

static void
parse_options(struct relay *t, struct filter *f, int argc, char **argv)
{
	enum {
		TARGET = 256,
		SECRET_FILE,
		SECRET_FD,
		SIGN,
		CA,
		DEADLINE,
		TARGET_TIMEOUT,
		CONNECT,
		METRICS_FILE
	};
	static const struct option options[] = {
	    {"target", required_argument, NULL, TARGET},
	    {"secret-file", required_argument, NULL, SECRET_FILE},
	    {"secret-fd", required_argument, NULL, SECRET_FD},
	    {"sign", required_argument, NULL, SIGN},
	    {"ca", required_argument, NULL, CA},
	    {"deadline", required_argument, NULL, DEADLINE},
	    {"target-timeout", required_argument, NULL, TARGET_TIMEOUT},
	    {"connect-timeout", required_argument, NULL, CONNECT},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	const char *sign = setting("JP_VERIFY_SIGNATURE"), *time = setting("JP_VERIFY_TIMEOUT");

	t->authority_file = setting("JP_VERIFY_CA_FILE");
	if (sign)
		t->sign_v2 = read_version(sign, "JP_VERIFY_SIGNATURE");
	if (time)
		t->target_ms = (unsigned)tool_number("JP_VERIFY_TIMEOUT", time, 1, 600) * 1000;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case TARGET: t->local_only = read_target(optarg); break;
		case SECRET_FILE: t->secret_file = optarg; break;
		case SECRET_FD:
			t->secret_fd = (int)tool_number("--secret-fd", optarg, 3, 1023);
			break;
		case SIGN: t->sign_v2 = read_version(optarg, "--sign"); break;
		case CA: t->authority_file = optarg; break;
		case DEADLINE:
			t->deadline_ms = (unsigned)tool_number("--deadline", optarg, 1, 600) * 1000;
			break;
		case TARGET_TIMEOUT:
			t->target_ms =
			    (unsigned)tool_number("--target-timeout", optarg, 1, 600) * 1000;
			break;
		case CONNECT:
			t->connect_ms =
			    (unsigned)tool_number("--connect-timeout", optarg, 10, 60000);
			break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	t->has_command = optind < argc;
	if (t->local_only && !t->has_command)
		tool_usage("needs a COMMAND", "--target local");
}

/* Who we are to the target, and who it must be to us. */
static void
read_trust(struct relay *t, struct post_settings *post)
{
	base_url_read("JP_VERIFY_BASE_URL", "http://127.0.0.1:8082", &t->base);
	t->secret = setting_secret(t->secret_fd, t->secret_file);
	if (t->secret.ptr && t->secret.len < SIGN_SECRET_MIN)
		tool_die(EXIT_CONFIG, "secret", NULL, "shorter than 32 bytes");
	if (!t->secret.ptr && !t->base.loopback && !t->local_only)
		tool_die(EXIT_CONFIG, "secret", "JP_VERIFY_HMAC_SECRET_FILE",
			 "needed for a target that is not on this machine");
	snprintf(t->url, sizeof t->url, "%s%s", t->base.text, TARGET_PATH);
	*post = (struct post_settings){.url = t->url,
				       .plain = t->base.plain,
				       .connect_timeout_ms = t->connect_ms,
				       .authority = setting_authority(t->authority_file)};
}

static void
add_metrics(struct relay *t, struct metrics *m)
{
	t->metric_asked = metrics_add(m, "tradepipe_relay_requests_total", "counter",
				      "Requests passed on to the target.", NULL);
	t->metric_fallbacks =
	    metrics_add(m, "tradepipe_relay_fallbacks_total", "counter",
			"Requests that the local pipeline was asked for instead.", NULL);
	t->metric_refused = metrics_add(m, "tradepipe_relay_refused_total", "counter",
					"Answers that were not to be trusted.", NULL);
}

int
main(int argc, char **argv)
{
	static struct relay relay = {
	    .deadline_ms = 50000, .target_ms = 25000, .connect_ms = 3000, .secret_fd = -1};
	static struct filter filter = {
	    .step = relay_line, .context = &relay, .line_max = LIMIT_REQUEST_BYTES};
	static char checker_name[] = "merkle-verify";
	char *checker[] = {checker_name, NULL};
	const struct held *const earlier[] = {&relay.checker};
	struct post_settings post;
	int status;

	tool_start(TOOL_SECRETS);
	parse_options(&relay, &filter, argc, argv);
	setting_close_on_exec(relay.secret_fd);
	/* before any secret is read, and before starting programs is given up */
	held_start(&relay.checker, checker, NULL, 0);
	if (relay.has_command)
		held_start(&relay.command, argv + optind, earlier, 1);
	read_trust(&relay, &post);
	digest_init();
	post_init(&relay.post, &post);
	buf_init(&relay.out, LIMIT_BUNDLE_BYTES + 4096 + LIMIT_REQUEST_BYTES);
	buf_init(&relay.error, 8192);
	buf_init(&relay.client_meta, LIMIT_REQUEST_BYTES);
	for (int i = 0; i < 2; i++)
		buf_init(&relay.flat[i], LIMIT_BUNDLE_BYTES);
	relay.secrets.max = relay.secrets.cap = LIMIT_SECRET_BYTES;
	relay.secrets.ptr = secret_memory(LIMIT_SECRET_BYTES);
	filter_init(&filter, secret_memory(LIMIT_REQUEST_BYTES + 1));
	add_metrics(&relay, &filter.metrics);
	filter_sandbox_network(&filter, -1);
	status = filter_run(&filter);
	held_end(&relay.checker);
	if (relay.has_command)
		held_end(&relay.command);
	post_release(&relay.post);
	return status;
}
