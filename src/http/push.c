#include "push.h"

#include "diag.h"
#include "line.h"
#include "push_feed.h"
#include "sandbox.h"
#include "stop.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wslay/wslay.h>

#define SECOND INT64_C(1000000)

/* A closed WebSocket waits so long for the other side's close. */
#define CLOSING_US (2 * SECOND)

/* Without word of changes, look so often. */
#define LOOK_MS 100

/* What a stalled subscriber costs the kernel. */
#define SEND_BUFFER 131072

struct session {
	const struct push_settings *settings;
	int in, out, wake;
	const char *who;
	bool socket;

	char head[HTTP_HEAD_BYTES];
	size_t head_len, head_used; /* used: given to wslay */
	struct upgrade upgrade;

	struct feed feed;
	struct buf pending; /* towards the subscriber */
	size_t sent;	    /* of it */
	struct buf message;
	wslay_event_context_ptr ws; /* NULL: server-sent events */
	unsigned allowance;	    /* messages that the client may still send */

	int64_t now, begun, stuck, heard, pinged, said, refilled, closing;
	bool gone, done;
	const char *end; /* why, for the log */
};

static size_t
waiting(const struct session *s)
{
	return s->pending.len - s->sent;
}

/* ---- towards the subscriber ---- */

static bool
flush(struct session *s)
{
	while (waiting(s)) {
		ssize_t n = write(s->out, s->pending.ptr + s->sent, waiting(s));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (s->stuck == 0)
				s->stuck = s->now;
			return true;
		}
		if (n < 0) {
			s->gone = true;
			s->end = "hung up";
			return false;
		}
		s->stuck = 0;
		s->sent += (size_t)n;
	}
	s->stuck = 0;
	s->sent = 0;
	buf_clear(&s->pending);
	return true;
}

/* What was sent makes room for what is to come. */
static void
compact(struct session *s)
{
	memmove(s->pending.ptr, s->pending.ptr + s->sent, waiting(s));
	s->pending.len -= s->sent;
	s->sent = 0;
}

static void
ws_close(struct session *s, uint16_t code, const char *why)
{
	if (s->closing)
		return;
	wslay_event_queue_close(s->ws, code, (const uint8_t *)why, strlen(why));
	wslay_event_send(s->ws);
	s->closing = s->now;
	s->end = why;
}

/* One message in s->message, framed. */
static void
put_message(struct session *s)
{
	struct wslay_event_msg m = {WSLAY_TEXT_FRAME, (const uint8_t *)s->message.ptr,
				    s->message.len};

	s->said = s->now;
	if (s->ws) {
		if (wslay_event_queue_msg(s->ws, &m) != 0 || wslay_event_send(s->ws) != 0)
			s->done = true;
		return;
	}
	if (s->feed.numbered) {
		buf_str(&s->pending, "id: ");
		buf_u64(&s->pending, s->feed.seq);
		buf_byte(&s->pending, '\n');
	}
	buf_str(&s->pending, "data: ");
	buf_add(&s->pending, buf_span(&s->message));
	buf_str(&s->pending, "\n\n");
}

static void
stream_fault(struct session *s)
{
	diag(DIAG_ERROR, "stream", diag_str("ip", s->who), diag_str("why", s->feed.why));
	if (s->ws)
		ws_close(s, WSLAY_CODE_INTERNAL_SERVER_ERROR, "the stream cannot be read");
	else
		s->done = true;
	s->end = s->feed.why;
}

/* As much as there is room for; false: there is more. */
static bool
produce(struct session *s)
{
	while (waiting(s) < PUSH_LOW && !s->closing && !s->done) {
		enum feed_status f;

		if (s->sent)
			compact(s);
		buf_clear(&s->message);
		f = feed_next(&s->feed, &s->message);
		if (f == FEED_MESSAGE)
			put_message(s);
		if (f == FEED_FAILED)
			stream_fault(s);
		if (f == FEED_END || f == FEED_FAILED)
			return true;
	}
	return s->closing || s->done;
}

/* ---- WebSocket: towards us ---- */

static ssize_t
ws_recv(wslay_event_context_ptr ws, uint8_t *bytes, size_t len, int flags, void *user)
{
	struct session *s = user;
	size_t left = s->head_len - s->head_used;
	ssize_t n;

	(void)flags;
	if (left) {
		n = (ssize_t)(len < left ? len : left);
		memcpy(bytes, s->head + s->head_used, (size_t)n);
		s->head_used += (size_t)n;
		return n;
	}
	/* who does not read is not read from: what would have to be answered waits with him */
	if (waiting(s) >= PUSH_LOW) {
		wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	do
		n = read(s->in, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		s->heard = s->now;
		return n;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	s->gone = true;
	s->end = s->end ? s->end : "hung up";
	wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t
ws_send(wslay_event_context_ptr ws, const uint8_t *bytes, size_t len, int flags, void *user)
{
	static const uint8_t empty[] = {0x88, 0};
	struct session *s = user;

	(void)flags;
	/* where a header is malformed wslay names no code; RFC 6455 wants one */
	if (len == sizeof empty && memcmp(bytes, empty, len) == 0 &&
	    !wslay_event_get_close_received(ws)) {
		buf_add(&s->pending, SPAN_LIT("\x88\x02\x03\xea"));
		return (ssize_t)len;
	}
	if (len > s->pending.max - s->pending.len) {
		if (s->sent)
			compact(s);
		if (len > s->pending.max - s->pending.len) {
			wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
			return -1;
		}
	}
	buf_add(&s->pending, (struct span){(const char *)bytes, len});
	if (!buf_ok(&s->pending)) {
		wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	return (ssize_t)len;
}

static void
acknowledge(struct session *s, const struct message *m)
{
	for (size_t i = 0; i < m->topics.n; i++) {
		const struct topic *t = &m->topics.list[i];
		struct push_record r = {.kind = t->kind,
					.symbol = span_of(t->symbol),
					.interval = span_of(t->interval)};

		buf_clear(&s->message);
		buf_str(&s->message, m->op == MESSAGE_SUBSCRIBE
					 ? "{\"event\":\"subscribe\",\"arg\":{\"channel\":\""
					 : "{\"event\":\"unsubscribe\",\"arg\":{\"channel\":\"");
		topic_channel(&r, &s->message);
		buf_byte(&s->message, '"');
		buf_json_member_string(&s->message, "instId", r.symbol);
		buf_str(&s->message, "}}");
		put_message(s);
	}
}

static void
answer(struct session *s, struct span text)
{
	static struct message m;
	const char *why = message_read(text, &m);

	if (!why && m.op == MESSAGE_SUBSCRIBE && m.has_since && s->feed.all.n)
		why = "since belongs to the first subscription";
	if (!why && m.op == MESSAGE_SUBSCRIBE &&
	    !feed_subscribe(&s->feed, &m.topics, m.has_since, m.since))
		why = "too many topics";
	buf_clear(&s->message);
	if (why) {
		message_error(why, &s->message);
		put_message(s);
	} else if (m.op == MESSAGE_PING) {
		buf_str(&s->message, "{\"event\":\"pong\"}");
		put_message(s);
	} else {
		acknowledge(s, &m);
		if (m.op == MESSAGE_UNSUBSCRIBE)
			feed_unsubscribe(&s->feed, &m.topics);
	}
}

static void
ws_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct session *s = user;

	(void)ws;
	if (arg->opcode == WSLAY_CONNECTION_CLOSE && !s->closing) {
		s->closing = s->now;
		s->end = "closed";
	}
	if (s->closing || wslay_is_ctrl_frame(arg->opcode))
		return;
	if (arg->opcode != WSLAY_TEXT_FRAME)
		ws_close(s, WSLAY_CODE_UNSUPPORTED_DATA, "text is wanted");
	else if (s->allowance == 0)
		ws_close(s, WSLAY_CODE_POLICY_VIOLATION, "too many messages");
	else {
		s->allowance--;
		answer(s, (struct span){(const char *)arg->msg, arg->msg_length});
	}
}

static void
ws_read(struct session *s)
{
	int status;

	/* one a second is added, up to the first amount */
	while (s->now - s->refilled >= SECOND) {
		s->refilled += SECOND;
		s->allowance += s->allowance < PUSH_MESSAGES;
	}
	status = wslay_event_recv(s->ws);
	if (status != 0)
		s->done = true;
	if (wslay_event_get_close_sent(s->ws) == 0 && !wslay_event_want_read(s->ws) &&
	    s->closing == 0) {
		/* wslay has refused a frame, and queued its reason */
		s->closing = s->now;
		s->end = "protocol error";
	}
	if (wslay_event_send(s->ws) != 0)
		s->done = true;
}

/* ---- time ---- */

static void
tick(struct session *s)
{
	const struct push_settings *o = s->settings;

	if (s->stuck && s->now - s->stuck >= (int64_t)o->write_s * SECOND) {
		s->done = true;
		s->end = "slow";
		return;
	}
	if (s->closing) {
		s->done = s->done || s->now - s->closing >= CLOSING_US ||
			  (waiting(s) == 0 && wslay_event_get_close_received(s->ws));
		return;
	}
	if (s->now - s->begun >= (int64_t)o->life_s * SECOND || stop_requested()) {
		s->end = stop_requested() ? "stopping" : "old enough";
		if (s->ws)
			ws_close(s, WSLAY_CODE_GOING_AWAY, s->end);
		else
			s->done = true;
		return;
	}
	if (!s->ws) {
		if (s->now - s->said >= (int64_t)o->heartbeat_s * SECOND && waiting(s) == 0) {
			buf_str(&s->pending, ":\n\n");
			s->said = s->now;
		}
		return;
	}
	if (s->now - s->heard >= (int64_t)o->pong_s * SECOND) {
		ws_close(s, WSLAY_CODE_POLICY_VIOLATION, "no pong");
	} else if (s->now - s->pinged >= (int64_t)o->ping_s * SECOND) {
		struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};

		wslay_event_queue_msg(s->ws, &ping);
		s->pinged = s->now;
	}
}

/* ---- the loop ---- */

static void
drain_wake(const struct session *s)
{
	char events[4096];

	while (read(s->wake, events, sizeof events) > 0)
		continue;
}

/* Server-sent events: nothing more is to come from him. */
static void
sse_read(struct session *s)
{
	char bytes[512];
	ssize_t n = read(s->in, bytes, sizeof bytes);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		s->gone = s->socket;
		s->in = -1;
		s->end = s->gone ? "hung up" : NULL;
	}
}

static void
wait_for(struct session *s)
{
	bool full = waiting(s) >= PUSH_LOW;
	struct pollfd p[3] = {{.fd = full && s->ws ? -1 : s->in, .events = POLLIN},
			      {.fd = waiting(s) ? s->out : -1, .events = POLLOUT},
			      {.fd = full ? -1 : s->wake, .events = POLLIN}};
	int ready = stop_poll(p, 3, s->wake < 0 && !full ? LOOK_MS : 1000);

	s->now = utc_monotonic_us();
	if (ready <= 0)
		return;
	if (p[2].revents)
		drain_wake(s);
	if (p[0].revents && s->ws)
		ws_read(s);
	else if (p[0].revents)
		sse_read(s);
}

static void
follow(struct session *s)
{
	s->now = utc_monotonic_us();
	s->heard = s->pinged = s->said = s->refilled = s->now;
	if (s->ws)
		ws_read(s); /* what came with the head */
	while (!s->gone && !s->done) {
		bool all;

		tick(s);
		all = produce(s);
		if (s->ws && wslay_event_want_write(s->ws) && wslay_event_send(s->ws) != 0)
			s->done = true;
		if (!flush(s) || s->done)
			break;
		if (all || waiting(s) >= PUSH_LOW)
			wait_for(s);
		else
			s->now = utc_monotonic_us();
	}
	if (!s->gone)
		flush(s);
}

/* ---- answers of plain HTTP ---- */

static const char *
status_text(unsigned status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 426: return "Upgrade Required";
	case 429: return "Too Many Requests";
	case 503: return "Service Unavailable";
	default: return "Refused";
	}
}

static void
put_head(struct buf *out, unsigned status, const char *type)
{
	buf_str(out, "HTTP/1.1 ");
	buf_u64(out, status);
	buf_byte(out, ' ');
	buf_str(out, status_text(status));
	buf_str(out, "\r\nContent-Type: ");
	buf_str(out, type);
	buf_str(out, "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
	if (status == 426)
		buf_str(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (status == 405)
		buf_str(out, "Allow: GET\r\n");
}

static void
put_body(struct buf *out, struct span body)
{
	buf_str(out, "Connection: close\r\nContent-Length: ");
	buf_u64(out, body.len);
	buf_str(out, "\r\n\r\n");
	buf_add(out, body);
}

/* An answer as a whole, within the time for writing. */
static void
send_answer(struct session *s, const struct buf *out)
{
	struct span left = buf_span(out);
	int64_t end = utc_monotonic_us() + (int64_t)s->settings->write_s * SECOND;

	while (left.len && buf_ok(out)) {
		ssize_t n = write(s->out, left.ptr, left.len);
		struct pollfd p = {.fd = s->out, .events = POLLOUT};

		if (n > 0) {
			left.ptr += n;
			left.len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		} else if (utc_monotonic_us() >= end || stop_requested()) {
			return;
		} else {
			stop_poll(&p, 1, 1000);
		}
	}
}

static void
refuse(struct session *s, unsigned status, const char *why)
{
	static struct buf out, body;

	buf_init(&out, 4096);
	buf_init(&body, 1024);
	buf_str(&body, "{\"error\":{\"code\":\"");
	buf_str(&body, status == 404   ? "NOT_FOUND"
		       : status == 408 ? "TIMEOUT"
		       : status >= 500 ? "UNAVAILABLE"
				       : "BAD_REQUEST");
	buf_byte(&body, '"');
	buf_json_member_string(&body, "msg", span_of(why));
	buf_json_member_string(&body, "hint", span_of("see ws-push(1)"));
	buf_str(&body, "}}\n");
	put_head(&out, status, "application/json");
	put_body(&out, buf_span(&body));
	send_answer(s, &out);
	s->end = why;
	buf_release(&out);
	buf_release(&body);
}

static const char *
type_of(struct span name)
{
	static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
					       {".css", "text/css"},
					       {".js", "text/javascript"},
					       {".svg", "image/svg+xml"},
					       {".txt", "text/plain; charset=utf-8"}};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t n = strlen(types[i][0]);

		if (name.len > n && memcmp(name.ptr + name.len - n, types[i][0], n) == 0)
			return types[i][1];
	}
	return NULL;
}

static bool
read_page(struct session *s, struct buf *out)
{
	char name[80];
	size_t n = s->upgrade.file.len;
	int fd;
	char *room;
	ssize_t got = 0;

	memcpy(name, s->upgrade.file.ptr, n);
	name[n] = 0;
	fd = openat(s->settings->page, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	while ((room = buf_room(out, 16384)) && (got = read(fd, room, 16384)) > 0)
		buf_grown(out, (size_t)got);
	close(fd);
	return room && got == 0;
}

static void
serve_page(struct session *s)
{
	const char *type = type_of(s->upgrade.file);
	struct buf body, out;

	buf_init(&body, PUSH_PAGE_BYTES + 16384);
	buf_init(&out, PUSH_PAGE_BYTES + 32768);
	if (s->settings->page < 0 || !type || !read_page(s, &body)) {
		refuse(s, 404, "nothing here");
	} else {
		put_head(&out, 200, type);
		buf_str(&out, "Content-Security-Policy: default-src 'none'; script-src 'self'; "
			      "style-src 'self'; connect-src 'self'; img-src 'self' data:; "
			      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
			      "Referrer-Policy: no-referrer\r\n");
		put_body(&out, buf_span(&body));
		send_answer(s, &out);
		s->end = "page";
	}
	buf_release(&body);
	buf_release(&out);
}

/* Which channels of which symbols the newest file has. */
static void
serve_topics(struct session *s)
{
	static struct topics found;
	struct stream_line line;
	struct buf body, out;
	enum cursor_status c = cursor_newest(&s->feed.live);

	found.n = 0;
	buf_init(&body, 65536);
	buf_init(&out, 65536 + 1024);
	while (c == CURSOR_SNAPSHOT || c == CURSOR_UPDATE) {
		struct push_record r;
		struct topic t = {.kind = PUSH_OTHER};

		c = cursor_next(&s->feed.live, &line);
		if ((c != CURSOR_SNAPSHOT && c != CURSOR_UPDATE) ||
		    push_record_read(&s->feed.reader, line.record, &r) || r.kind == PUSH_OTHER)
			continue;
		t.kind = r.kind;
		memcpy(t.symbol, r.symbol.ptr, r.symbol.len);
		if (r.interval.len)
			memcpy(t.interval, r.interval.ptr, r.interval.len);
		topics_add(&found, &t);
	}
	buf_str(&body, "{\"topics\":[");
	for (size_t i = 0; i < found.n; i++) {
		struct push_record r = {.kind = found.list[i].kind,
					.symbol = span_of(found.list[i].symbol),
					.interval = span_of(found.list[i].interval)};

		buf_str(&body, i ? ",{\"channel\":\"" : "{\"channel\":\"");
		topic_channel(&r, &body);
		buf_byte(&body, '"');
		buf_json_member_string(&body, "instId", r.symbol);
		buf_byte(&body, '}');
	}
	buf_str(&body, "]}\n");
	put_head(&out, 200, "application/json");
	put_body(&out, buf_span(&body));
	send_answer(s, &out);
	s->end = "topics";
	buf_release(&body);
	buf_release(&out);
}

/* ---- a connection ---- */

static void
begin_ws(struct session *s)
{
	struct wslay_event_callbacks callbacks = {
	    .recv_callback = ws_recv, .send_callback = ws_send, .on_msg_recv_callback = ws_message};

	if (wslay_event_context_server_init(&s->ws, &callbacks, s) != 0)
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	wslay_event_config_set_max_recv_msg_length(s->ws, PUSH_MESSAGE_BYTES);
	buf_str(&s->pending, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			     "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
	buf_str(&s->pending, s->upgrade.accept);
	buf_str(&s->pending, "\r\n\r\n");
}

static void
begin_sse(struct session *s)
{
	put_head(&s->pending, 200, "text/event-stream");
	if (s->upgrade.foreign) {
		buf_str(&s->pending, "Access-Control-Allow-Origin: ");
		buf_add(&s->pending, s->upgrade.origin);
		buf_str(&s->pending, "\r\n");
	}
	buf_str(&s->pending, "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 2000\n\n");
}

static void
push_stream(struct session *s, const struct http_request *r)
{
	static struct topics topics;
	bool has_since = false;
	uint64_t since = 0;
	const char *why = topics_query(r->query, &topics, &has_since, &since);

	/* a browser that comes back says how far it had come */
	if (!why && s->upgrade.after.len) {
		has_since = true;
		if (!stream_number(s->upgrade.after, &since))
			why = "Last-Event-ID is a number";
	}
	if (!why && s->upgrade.kind == UPGRADE_SSE && topics.n == 0)
		why = "symbol and interval, or with, are wanted";
	if (why) {
		refuse(s, 400, why);
		return;
	}
	if (s->upgrade.kind == UPGRADE_WS)
		begin_ws(s);
	else
		begin_sse(s);
	if (topics.n)
		feed_subscribe(&s->feed, &topics, has_since, since);
	follow(s);
}

/* The head, within its time; false: none came. */
static bool
read_head(struct session *s, struct http_request *r)
{
	int64_t end = s->begun + (int64_t)s->settings->head_s * SECOND;
	enum http_verdict v = HTTP_MORE;

	http_request_init(r);
	while (v == HTTP_MORE) {
		struct pollfd p = {.fd = s->in, .events = POLLIN};
		int64_t left = (end - utc_monotonic_us()) / 1000;
		ssize_t n;

		if (left <= 0 || stop_poll(&p, 1, (int)left) <= 0) {
			if (left > 0 && !stop_requested())
				continue;
			if (s->head_len)
				refuse(s, 408, "no whole request came in time");
			s->end = "no request";
			return false;
		}
		n = read(s->in, s->head + s->head_len, sizeof s->head - s->head_len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			s->end = "no request";
			return false;
		}
		s->head_len += (size_t)n;
		v = http_request_read(r, (struct span){s->head, s->head_len});
		if (v == HTTP_MORE && s->head_len == sizeof s->head)
			v = HTTP_E_HEADERS_LONG;
	}
	if (v == HTTP_COMPLETE)
		return true;
	refuse(s, http_verdict_status(v), http_verdict_reason(v));
	return false;
}

static void
serve_request(struct session *s, const struct http_request *r)
{
	struct upgrade *u = &s->upgrade;

	s->head_used = r->head_len;
	upgrade_read(r, (struct span){s->head, r->head_len}, s->settings->origins,
		     s->settings->origins_n, u);
	if (u->kind == UPGRADE_REFUSED) {
		refuse(s, u->status, u->why);
		return;
	}
	if (u->kind == UPGRADE_PAGE) {
		serve_page(s);
		return;
	}
	if (!feed_start(&s->feed, s->settings->directory))
		refuse(s, 503, s->feed.why);
	else if (u->kind == UPGRADE_TOPICS)
		serve_topics(s);
	else
		push_stream(s, r);
	feed_stop(&s->feed);
}

static void
prepare(struct session *s)
{
	int one = SEND_BUFFER, fds[2] = {s->in, s->out};
	struct stat st;

	s->socket = fstat(s->in, &st) == 0 && S_ISSOCK(st.st_mode);
	if (s->socket && setsockopt(s->out, SOL_SOCKET, SO_SNDBUF, &one, sizeof one) != 0)
		errno = 0;
	for (int i = 0; i < 2; i++)
		if (fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK) != 0)
			tool_die(EXIT_TEMP, "connection", NULL, strerror(errno));
}

static void
close_sandbox(const struct push_settings *o)
{
	struct sandbox_path paths[2] = {{o->directory, 0}, {o->page, 0}};

	sandbox_files(paths, o->page >= 0 ? 2 : 1);
}

void
push_serve(const struct push_settings *o, int in, int out, int wake, const char *who)
{
	static struct session s;
	struct http_request request;

	s.settings = o;
	s.in = in;
	s.out = out;
	s.wake = wake;
	s.who = who;
	s.allowance = PUSH_MESSAGES;
	s.begun = s.now = utc_monotonic_us();
	buf_init(&s.pending, PUSH_OUT_BYTES);
	buf_init(&s.message, STREAM_LINE_BYTES + 1024);
	prepare(&s);
	close_sandbox(o);
	if (read_head(&s, &request))
		serve_request(&s, &request);
	diag(DIAG_INFO, "closed", diag_str("ip", who), diag_str("why", s.end ? s.end : "done"),
	     diag_u64("seconds", (utc_monotonic_us() - s.begun) / SECOND));
	if (s.ws)
		wslay_event_context_free(s.ws);
	buf_release(&s.pending);
	buf_release(&s.message);
}

void
push_turn_away(int fd, unsigned status)
{
	struct buf out;
	char unread[4096];

	buf_init(&out, 1024);
	put_head(&out, status, "application/json");
	put_body(&out, SPAN_LIT("{\"error\":{\"code\":\"RATE_LIMIT\",\"msg\":\"too many "
				"subscribers\",\"hint\":\"come back later\"}}\n"));
	/* what is left unread would take the answer with it */
	while (recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0)
		continue;
	if (send(fd, out.ptr, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		errno = 0;
	buf_release(&out);
}
