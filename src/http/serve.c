/* serve: the requests of one connection, one after the other. */
#include "check.h"
#include "command.h"
#include "diag.h"
#include "hex.h"
#include "json.h"
#include "line.h"
#include "service.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define US INT64_C(1000000)

#define SEED_BYTES 12

/* One request on its way to its answer. */
struct exchange {
	const struct service *service;
	struct service_room *room;
	struct conn *conn;
	const struct peer *peer;
	const unsigned char *seed;
	size_t number; /* of the request in its connection */
	struct http_request request;
	struct route_match match;
	size_t route; /* index, or routes.n */
	int64_t begun_us;
	char id[65];
	bool readable;	/* the head was */
	bool doubtful;	/* where the next request begins */
	bool is_signed; /* it carries a signature that looks like one */
	struct reply reply;
	const char *reason;
	const char *key;
	size_t body_read;
};

/* ---- answers of our own --------------------------------------------------------------------- */

static void
answer_with(struct exchange *x, unsigned status, struct span type)
{
	x->reply.status = status;
	x->reply.type = type;
	x->reply.body = buf_span(&x->room->answer);
}

/* Always false: what checks return that have refused. */
static bool
refuse_as(struct exchange *x, unsigned status, enum answer_code code, const char *msg,
	  const char *hint)
{
	buf_clear(&x->room->answer);
	answer_error(code, msg, hint, &x->room->answer);
	answer_with(x, status, SPAN_LIT("application/json"));
	x->reason = x->reason ? x->reason : msg;
	return false;
}

static bool
refuse(struct exchange *x, unsigned status, const char *msg, const char *hint)
{
	return refuse_as(x, status, ANSWER_BAD_REQUEST, msg, hint);
}

/* One body for every reason; which one it was is for the log. */
static bool
refuse_unsigned(struct exchange *x, const char *why)
{
	x->reason = why;
	x->reply.challenge = true;
	return refuse_as(x, 401, ANSWER_AUTH_ERROR, "the request is not signed as it must be",
			 "check the shared secret, the clock, and what is signed");
}

static bool
fail(struct exchange *x, enum answer_code code, const char *msg, const char *hint)
{
	return refuse_as(x, answer_code_status(code), code, msg, hint);
}

/* ---- what can be said before the body ------------------------------------------------------- */

static bool
find_route(struct exchange *x)
{
	enum route_found found =
	    routes_match(&x->service->routes, x->request.method, x->request.path, &x->match);

	switch (found) {
	case ROUTE_FOUND: x->route = x->match.index; return true;
	case ROUTE_NO_PATH: return fail(x, ANSWER_NOT_FOUND, "nothing is here", "look at the path");
	case ROUTE_NO_METHOD: break;
	}
	x->reply.allow = !x->match.get ? "POST" : !x->match.post ? "GET, HEAD" : "GET, HEAD, POST";
	return refuse(x, 405, "the path does not take this method", "see Allow");
}

/* A page of somebody else's that makes a browser send this? */
static bool
check_origin(struct exchange *x)
{
	struct span origin = x->request.fields[HTTP_ORIGIN], host = x->request.fields[HTTP_HOST];
	size_t scheme = span_find(origin, SPAN_LIT("://"));

	if (x->request.method != HTTP_POST || !origin.ptr)
		return true;
	if (scheme < origin.len) {
		origin.ptr += scheme + 3;
		origin.len -= scheme + 3;
	}
	if (span_equal(origin, host))
		return true;
	return refuse(x, 403, "the request comes from another site's page",
		      "open the page of this service itself");
}

static bool
check_length(struct exchange *x)
{
	const struct route *r = x->match.route;

	if (x->request.length > r->body_max)
		return refuse(x, 413, "the body is longer than it may be here", "send less");
	/* it may have sent one all the same, which would be read as the next request */
	x->doubtful = r->body_max && !x->request.fields[HTTP_CONTENT_LENGTH].ptr;
	if (x->doubtful)
		return refuse(x, 411, "the request needs a body", "send Content-Length and a body");
	return true;
}

static bool
check_type(struct exchange *x)
{
	struct span type = x->request.fields[HTTP_CONTENT_TYPE];

	if (!x->match.route->json)
		return true;
	type.len = span_find(type, SPAN_LIT(";"));
	while (type.len && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
		type.len--;
	if (http_text_is(type, "application/json"))
		return true;
	return refuse(x, 415, "the body must be JSON", "send Content-Type: application/json");
}

/* Somebody on this machine who asks for a name of this machine's: not a browser that a foreign name
 * was led here. */
static bool
admit_local(struct exchange *x)
{
	if (!x->peer->loopback)
		return refuse_unsigned(x, "not signed, and not of this machine");
	if (peer_host_is_local(x->request.fields[HTTP_HOST], x->service->hosts,
			       x->service->hosts_n))
		return true;
	return refuse(x, 421, "the service is not known by this name",
		      "use localhost, or let the operator give --host");
}

static bool
admit(struct exchange *x)
{
	enum route_access access = x->match.route->access;
	enum signature_verdict v;

	if (access == ROUTE_OPEN)
		return true;
	if (x->service->secrets->keys.n == 0)
		return admit_local(x);
	v = signature_shape(&x->request, access == ROUTE_SIGN_2);
	if (v == SIGNATURE_ABSENT && access == ROUTE_LOCAL)
		return admit_local(x);
	if (v != SIGNATURE_GOOD)
		return refuse_unsigned(x, signature_reason(v));
	x->is_signed = true;
	return true;
}

/* ---- the body ------------------------------------------------------------------------------- */

static int64_t
after(unsigned seconds)
{
	return utc_monotonic_us() + seconds * US;
}

static bool
send_continue(struct exchange *x)
{
	struct span text = SPAN_LIT("HTTP/1.1 100 Continue\r\n\r\n");

	if (!x->request.expects_continue || x->conn->len > x->request.head_len)
		return true;
	return conn_write(x->conn, text, (struct span){0}, after(x->service->write_timeout)) ==
	       CONN_OK;
}

static bool
read_body(struct exchange *x)
{
	unsigned seconds = x->service->body_timeout + (x->request.length >> 16);
	enum conn_status s = CONN_OK;

	buf_clear(&x->room->body);
	if (x->request.length == 0)
		return true;
	if (send_continue(x))
		s = conn_read_body(x->conn, x->request.head_len, x->request.length, after(seconds),
				   &x->room->body);
	x->body_read = x->room->body.len;
	if (s == CONN_OK && x->body_read == x->request.length)
		return true;
	if (s == CONN_LATE)
		return refuse_as(x, 408, ANSWER_TIMEOUT, "the body did not come in time",
				 "send it faster");
	return refuse(x, 400, "the body ended early", "send what Content-Length says");
}

static bool
check_nonce(struct exchange *x, int64_t now_s)
{
	if (!x->request.fields[HTTP_X_SIGNATURE_V2].ptr)
		return true;
	switch (nonces_use(&x->service->nonces, x->request.fields[HTTP_X_NONCE], now_s,
			   now_s + SIGNATURE_NONCE_S)) {
	case NONCE_NEW: return true;
	case NONCE_USED:
		return fail(x, ANSWER_CONFLICT, "the nonce was used before",
			    "sign each request with a new one");
	case NONCE_FULL:
	case NONCE_FAILED: break;
	}
	return fail(x, ANSWER_UNAVAILABLE, "nonces cannot be kept", "try again later");
}

static bool
check_signature(struct exchange *x)
{
	const struct service *s = x->service;
	int64_t now_s = utc_now_us() / US;
	enum signature_verdict v;
	size_t key = 0;

	if (!x->is_signed)
		return true;
	v = signature_check(&s->secrets->keys, &x->request, buf_span(&x->room->body), now_s, &key);
	if (v != SIGNATURE_GOOD)
		return refuse_unsigned(x, signature_reason(v));
	x->key = s->counters.key_ids[key];
	counters_signed(&s->counters, key);
	return check_nonce(x, now_s);
}

/* Valid JSON has line feeds only between tokens: as blanks it is one line. */
static bool
take_json(struct exchange *x)
{
	struct buf *body = &x->room->body;
	size_t offset = 0;
	enum json_error e;
	char msg[160];

	if (!x->match.route->json)
		return true;
	e = json_check(buf_span(body), &offset);
	if (e != JSON_OK) {
		snprintf(msg, sizeof msg, "the body is not JSON: %s, at byte %zu",
			 json_error_text(e), offset);
		x->reason = "the body is not JSON";
		return refuse(x, 400, msg, "send one JSON value in UTF-8");
	}
	for (size_t i = 0; i < body->len; i++)
		if (body->ptr[i] == '\n' || body->ptr[i] == '\r')
			body->ptr[i] = ' ';
	buf_byte(body, '\n');
	return true;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
act_file(struct exchange *x)
{
	const struct route *r = x->match.route;
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	struct buf *out = &x->room->answer;
	char name[ROUTES_LINE_BYTES + 1];
	struct stat st = {0};
	ssize_t n = 0;
	int fd;

	snprintf(name, sizeof name, "%.*s", (int)r->file.len, r->file.ptr);
	fd = (int)syscall(SYS_openat2, x->service->root, name, &how, sizeof how);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= SERVICE_FILE_BYTES) {
		size_t size = (size_t)st.st_size;

		while (out->len < size && buf_room(out, size - out->len) &&
		       (n = read(fd, out->ptr + out->len, size - out->len)) > 0)
			buf_grown(out, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 || !S_ISREG(st.st_mode) || st.st_size > SERVICE_FILE_BYTES ||
	    out->len != (size_t)st.st_size) {
		diag(DIAG_ERROR, "file", diag_str("name", name), diag_errno(fd < 0 ? errno : EIO));
		fail(x, ANSWER_INTERNAL, "a file of the service is missing", "tell the operator");
		return;
	}
	x->reply.csp = r->csp;
	if (!r->csp.ptr && span_starts(r->type, SPAN_LIT("text/html")))
		x->reply.csp = SPAN_LIT("default-src 'self'; base-uri 'none'; "
					"frame-ancestors 'none'; form-action 'none'");
	answer_with(x, 200, r->type);
}

static void
act_metrics(struct exchange *x)
{
	struct buf text;

	buf_init(&text, COUNTERS_TEXT_BYTES);
	counters_print(&x->service->counters, &text);
	buf_add(&x->room->answer, buf_span(&text));
	CHECK(buf_ok(&text));
	buf_release(&text);
	answer_with(x, 200, SPAN_LIT("text/plain; version=0.0.4; charset=utf-8"));
}

/* A command has ended without an answer that counts. */
static void
answer_for_command(struct exchange *x, enum answer_end end, int status)
{
	static char reason[80];
	enum answer_code code = answer_of_end(end, status);
	static const char *const ends[] = {[END_STATUS] = "the command left no answer: status",
					   [END_SIGNAL] = "the command was ended: signal",
					   [END_LATE] = "the command was not done in time: status",
					   [END_FLOOD] = "the command printed too much: status"};

	snprintf(reason, sizeof reason, "%s %d", ends[end], status);
	x->reason = reason;
	if (code == ANSWER_NOT_FOUND)
		fail(x, code, "there is no such thing", "look at the id");
	else if (code == ANSWER_BAD_REQUEST)
		fail(x, code, "the request asks for what cannot be", "look at its values");
	else if (code == ANSWER_UNAVAILABLE)
		fail(x, code, "the service cannot do it now", "try again later");
	else if (code == ANSWER_TIMEOUT)
		fail(x, code, "it took too long", "try again later");
	else
		fail(x, code, "the service failed", "tell the operator");
}

static void
answer_of_command(struct exchange *x, enum answer_end end, int status)
{
	const struct route *r = x->match.route;
	struct span printed = buf_span(&x->room->printed);
	enum answer_code code;

	if (end != END_STATUS || (status != 0 && status != 1 && status != 100) ||
	    (r->type.ptr && status != 0) || (!r->type.ptr && printed.len == 0 && !r->array) ||
	    (printed.len == 0 && status == 100)) {
		answer_for_command(x, end, status);
		return;
	}
	if (r->type.ptr) {
		buf_add(&x->room->answer, printed);
		answer_with(x, 200, r->type);
		return;
	}
	if (!answer_take(printed, r->array, &x->room->answer)) {
		x->reason = "the command printed what it must not";
		fail(x, ANSWER_INTERNAL, "the service failed", "tell the operator");
		return;
	}
	code = answer_code_of(json_trim(buf_span(&x->room->answer)));
	counters_answer(&x->service->counters, code);
	x->reason = code == ANSWER_FINE ? NULL : answer_code_name(code);
	answer_with(x, answer_code_status(code), SPAN_LIT("application/json"));
}

/* The service's variables and the request's own. */
static void
fill_environment(struct exchange *x, char *out[], char room[3][128])
{
	size_t n = x->service->environment_n;

	memcpy(out, x->service->environment, n * sizeof out[0]);
	snprintf(room[0], sizeof room[0], "REQUEST_METHOD=%s", http_method_name(x->request.method));
	snprintf(room[1], sizeof room[1], "REQUEST_ID=%s", x->id);
	snprintf(room[2], sizeof room[2], "REMOTE_ADDR=%s", x->peer->ip);
	for (size_t i = 0; i < 3; i++)
		out[n + i] = room[i];
	out[n + 3] = NULL;
}

static void
act_run(struct exchange *x)
{
	char *argv[ROUTE_WORDS + 1], *environment[SERVICE_ENVIRONMENT + 4], room[3][128], *at;
	struct command c = {.argv = argv,
			    .environment = environment,
			    .body = buf_span(&x->room->body),
			    .deadline_us = after(x->match.route->timeout_s)};
	enum answer_end end;
	const char *why;
	int status;
	size_t n;

	buf_clear(&x->room->arguments);
	buf_clear(&x->room->printed);
	why = route_arguments(&x->match, x->request.query, &x->room->arguments, &n);
	if (why) {
		refuse(x, 400, why, "look at the query");
		return;
	}
	at = x->room->arguments.ptr;
	for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
		argv[i] = at;
	argv[n] = NULL;
	fill_environment(x, environment, room);
	if (command_run(&c, &x->room->printed, &end, &status)) {
		answer_of_command(x, end, status);
		return;
	}
	diag(DIAG_ERROR, "command", diag_str("name", argv[0]), diag_errno(errno));
	fail(x, ANSWER_UNAVAILABLE, "the service cannot do it now", "try again later");
}

static void
act(struct exchange *x)
{
	buf_clear(&x->room->answer);
	switch (x->match.route->action) {
	case ROUTE_HEALTHZ:
		buf_str(&x->room->answer, "{\"status\":\"ok\"}\n");
		answer_with(x, 200, SPAN_LIT("application/json"));
		break;
	case ROUTE_METRICS: act_metrics(x); break;
	case ROUTE_FILE: act_file(x); break;
	case ROUTE_RUN: act_run(x); break;
	}
}

static void
handle(struct exchange *x)
{
	if (find_route(x) && check_origin(x) && check_length(x) && check_type(x) && admit(x) &&
	    read_body(x) && check_signature(x) && take_json(x))
		act(x);
}

/* ---- a request and its answer --------------------------------------------------------------- */

/* The caller's id if it is one, else one of ours. */
static void
name_request(struct exchange *x)
{
	struct span theirs = x->request.fields[HTTP_X_REQUEST_ID];
	unsigned char random[16];
	bool good = theirs.len >= 1 && theirs.len <= 64;

	for (size_t i = 0; good && i < theirs.len; i++)
		good = (theirs.ptr[i] >= '0' && theirs.ptr[i] <= '9') ||
		       (theirs.ptr[i] >= 'a' && theirs.ptr[i] <= 'z') ||
		       (theirs.ptr[i] >= 'A' && theirs.ptr[i] <= 'Z') || theirs.ptr[i] == '.' ||
		       theirs.ptr[i] == '_' || theirs.ptr[i] == '-';
	if (good) {
		snprintf(x->id, sizeof x->id, "%.*s", (int)theirs.len, theirs.ptr);
		return;
	}
	/* 96 random bits for the connection, then the request's number */
	memcpy(random, x->seed, SEED_BYTES);
	for (size_t i = SEED_BYTES; i < sizeof random; i++)
		random[i] = (unsigned char)(x->number >> (8 * (sizeof random - 1 - i)) & 0xff);
	hex_print(random, sizeof random, x->id);
}

static void
print_log(const struct exchange *x, size_t out_bytes, int64_t us, struct buf *out)
{
	char ts[UTC_TEXT_MAX];
	size_t n = utc_print_ms_fixed(utc_now_us() / 1000, ts);
	struct span null = SPAN_LIT("null");

	buf_byte(out, '{');
	buf_json_member_string(out, "ts", (struct span){ts, n});
	buf_json_member_string(out, "id", span_of(x->id));
	buf_json_member_string(out, "ip", span_of(x->peer->ip));
	if (x->readable) {
		buf_json_member_string(out, "method", span_of(http_method_name(x->request.method)));
		buf_json_member_string(out, "path", x->request.path);
	} else {
		buf_json_member_raw(out, "method", null);
		buf_json_member_raw(out, "path", null);
	}
	buf_json_member_u64(out, "status", x->reply.status);
	buf_json_member_u64(out, "in", x->body_read);
	buf_json_member_u64(out, "out", out_bytes);
	buf_json_member_i64(out, "us", us);
	if (x->key)
		buf_json_member_string(out, "key", span_of(x->key));
	else
		buf_json_member_raw(out, "key", null);
	if (x->reason)
		buf_json_member_string(out, "reason", span_of(x->reason));
	else
		buf_json_member_raw(out, "reason", null);
	buf_str(out, "}\n");
}

/* Counted and logged before it is sent: who has an answer finds its traces. */
static void
account(struct exchange *x, size_t out_bytes)
{
	int64_t us = utc_monotonic_us() - x->begun_us;

	counters_request(&x->service->counters, x->route, x->reply.status, us < 0 ? 0 : us);
	buf_clear(&x->room->log);
	print_log(x, out_bytes, us, &x->room->log);
	if (!write_all(x->service->log_fd, buf_span(&x->room->log)))
		diag(DIAG_ERROR, "log", diag_errno(errno));
}

static enum conn_status
send_reply(struct exchange *x)
{
	struct span body = x->reply.body;

	if (x->readable && x->request.method == HTTP_HEAD)
		body.len = 0;
	x->reply.now_s = utc_now_us() / US;
	x->reply.request_id = span_of(x->id);
	account(x, body.len);
	buf_clear(&x->room->reply);
	reply_print_head(&x->reply, &x->room->reply);
	CHECK(buf_ok(&x->room->reply));
	return conn_write(x->conn, buf_span(&x->room->reply), body,
			  after(x->service->write_timeout));
}

/* The head, or what is wrong. False: there is nobody to answer. */
static bool
read_head(struct exchange *x, bool first)
{
	const struct service *s = x->service;
	enum conn_status status = CONN_OK;
	enum http_verdict v = HTTP_MORE;
	int64_t deadline_us;

	alarm((first ? s->first_timeout : s->idle_timeout) + s->header_timeout + s->write_timeout +
	      SERVICE_SLACK_S);
	if (x->conn->len == 0)
		status =
		    conn_read(x->conn, after(first ? s->first_timeout : s->idle_timeout), true);
	if (status != CONN_OK)
		return false;
	x->begun_us = utc_monotonic_us();
	deadline_us = x->begun_us + s->header_timeout * US;
	for (;;) {
		v = http_request_read(&x->request, (struct span){x->conn->buffer, x->conn->len});
		if (v != HTTP_MORE)
			break;
		status = conn_read(x->conn, deadline_us, false);
		if (status != CONN_OK)
			break;
	}
	x->readable = v == HTTP_COMPLETE;
	name_request(x);
	if (status == CONN_FAILED)
		return false;
	if (status == CONN_LATE)
		refuse_as(x, 408, ANSWER_TIMEOUT, "the request did not come in time",
			  "send it faster");
	else if (status != CONN_OK)
		refuse(x, 400, "the request ended early", "send the whole of it");
	else if (v != HTTP_COMPLETE)
		refuse(x, http_verdict_status(v), http_verdict_reason(v),
		       "send requests as RFC 9112 has them");
	return true;
}

enum outcome { OUTCOME_NEXT, OUTCOME_LAST, OUTCOME_NOBODY, OUTCOME_HUNG_UP };

static enum outcome
serve_request(struct exchange *x)
{
	enum outcome outcome = OUTCOME_LAST;
	bool whole;

	if (!read_head(x, x->number == 0))
		return x->begun_us ? OUTCOME_HUNG_UP : OUTCOME_NOBODY;
	if (x->readable)
		handle(x);
	/* where the next request begins is known if all of this one was read */
	whole = x->readable && !x->doubtful && x->body_read == x->request.length;
	x->reply.close = !whole || !x->request.keep_alive || x->number + 1 == SERVICE_REQUESTS ||
			 stop_requested();
	if (!x->reply.close)
		outcome = OUTCOME_NEXT;
	else if (!whole || x->request.keep_alive)
		outcome = OUTCOME_HUNG_UP;
	if (send_reply(x) != CONN_OK)
		return OUTCOME_NOBODY;
	if (outcome == OUTCOME_HUNG_UP)
		conn_drain(x->conn);
	if (outcome == OUTCOME_NEXT) {
		size_t here = x->conn->len - x->request.head_len;

		conn_take(x->conn, x->request.head_len +
				       (here < x->request.length ? here : x->request.length));
	}
	return outcome;
}

/* Reached from afar, with nothing to tell friends from others by. */
static bool
may_serve(const struct service *s, const struct peer *peer)
{
	return s->secrets->keys.n > 0 || peer->at_loopback;
}

enum exit_status
serve(const struct service *s, struct service_room *room, int in, int out, bool environment)
{
	enum outcome outcome = OUTCOME_NEXT;
	unsigned char seed[SEED_BYTES] = {0};
	bool allowed, erred = false;
	struct peer peer;
	struct conn conn;

	conn_init(&conn, in, out, room->head);
	conn.give_way = s->give_way;
	conn.context = s->context;
	peer_find(&peer, in, environment);
	allowed = may_serve(s, &peer);
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		diag(DIAG_WARNING, "random", diag_errno(errno));
	for (size_t i = 0; outcome == OUTCOME_NEXT; i++) {
		struct exchange x = {.service = s,
				     .room = room,
				     .conn = &conn,
				     .peer = &peer,
				     .seed = seed,
				     .number = i,
				     .route = s->routes.n};

		http_request_init(&x.request);
		conn.patience_us = i > 0 ? 0 : US;
		if (!allowed) {
			name_request(&x);
			x.begun_us = utc_monotonic_us();
			fail(&x, ANSWER_UNAVAILABLE, "the service has no secret for this address",
			     "tell the operator");
			x.reply.close = true;
			send_reply(&x);
			conn_drain(&conn);
			return EXIT_CONFIG;
		}
		outcome = serve_request(&x);
		erred = outcome == OUTCOME_HUNG_UP && x.reply.status >= 400;
	}
	alarm(0);
	return erred ? EXIT_NO : EXIT_YES;
}
