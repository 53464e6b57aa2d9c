/* serve: the requests of one connection, one after the other. */
#include "check.h"
#include "diag.h"
#include "exchange.h"
#include "hex.h"
#include "line.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define SEED_BYTES 12

/* ---- names and the log ---------------------------------------------------------------------- */

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

/* ---- a request and its answer --------------------------------------------------------------- */

static enum conn_status
send_reply(struct exchange *x)
{
	struct span body = x->reply.body;

	if (x->readable && x->request.method == HTTP_HEAD)
		body.len = 0;
	x->reply.now_s = utc_now_us() / EXCHANGE_SECOND;
	x->reply.request_id = span_of(x->id);
	account(x, body.len);
	buf_clear(&x->room->reply);
	reply_print_head(&x->reply, &x->room->reply);
	CHECK(buf_ok(&x->room->reply));
	return conn_write(x->conn, buf_span(&x->room->reply), body,
			  exchange_after(x->service->write_timeout));
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
		status = conn_read(
		    x->conn, exchange_after(first ? s->first_timeout : s->idle_timeout), true);
	if (status != CONN_OK)
		return false;
	x->begun_us = utc_monotonic_us();
	deadline_us = x->begun_us + s->header_timeout * EXCHANGE_SECOND;
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
		exchange_refuse_as(x, 408, ANSWER_TIMEOUT, "the request did not come in time",
				   "send it faster");
	else if (status != CONN_OK)
		exchange_refuse(x, 400, "the request ended early", "send the whole of it");
	else if (v != HTTP_COMPLETE)
		exchange_refuse(x, http_verdict_status(v), http_verdict_reason(v),
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
	if (x->readable && exchange_admit(x))
		exchange_act(x);
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
		conn.patience_us = i > 0 ? 0 : EXCHANGE_SECOND;
		if (!allowed) {
			name_request(&x);
			x.begun_us = utc_monotonic_us();
			exchange_fail(&x, ANSWER_UNAVAILABLE,
				      "the service has no secret for this address",
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
