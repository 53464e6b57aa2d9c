#include "push_ws.h"

#include "push_follow.h"
#include "tool.h"

#include <errno.h>
#include <unistd.h>

void
push_ws_close(struct push_session *s, uint16_t code, const char *why)
{
	if (s->closing)
		return;
	wslay_event_queue_close(s->ws, code, (const uint8_t *)why, strlen(why));
	wslay_event_send(s->ws);
	s->closing = s->now;
	s->end = why;
}

/* ---- what wslay asks for ---- */

static ssize_t
ws_recv(wslay_event_context_ptr ws, uint8_t *bytes, size_t len, int flags, void *user)
{
	struct push_session *s = user;
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
	if (push_waiting(s) >= PUSH_LOW) {
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
	struct push_session *s = user;

	(void)flags;
	/* where a header is malformed wslay names no code; RFC 6455 wants one */
	if (len == sizeof empty && memcmp(bytes, empty, len) == 0 &&
	    !wslay_event_get_close_received(ws)) {
		buf_add(&s->pending, SPAN_LIT("\x88\x02\x03\xea"));
		return (ssize_t)len;
	}
	if (len > s->pending.max - s->pending.len) {
		if (s->sent)
			push_compact(s);
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

/* ---- messages ---- */

static void
acknowledge(struct push_session *s, const struct message *m)
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
		push_put(s);
	}
}

static void
answer(struct push_session *s, struct span text)
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
		push_put(s);
	} else if (m.op == MESSAGE_PING) {
		buf_str(&s->message, "{\"event\":\"pong\"}");
		push_put(s);
	} else {
		acknowledge(s, &m);
		if (m.op == MESSAGE_UNSUBSCRIBE)
			feed_unsubscribe(&s->feed, &m.topics);
	}
}

static void
ws_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct push_session *s = user;

	(void)ws;
	if (arg->opcode == WSLAY_CONNECTION_CLOSE && !s->closing) {
		s->closing = s->now;
		s->end = "closed";
	}
	if (s->closing || wslay_is_ctrl_frame(arg->opcode))
		return;
	if (arg->opcode != WSLAY_TEXT_FRAME)
		push_ws_close(s, WSLAY_CODE_UNSUPPORTED_DATA, "text is wanted");
	else if (s->allowance == 0)
		push_ws_close(s, WSLAY_CODE_POLICY_VIOLATION, "too many messages");
	else {
		s->allowance--;
		answer(s, (struct span){(const char *)arg->msg, arg->msg_length});
	}
}

void
push_ws_read(struct push_session *s)
{
	int status;

	/* one a second is added, up to the first amount */
	while (s->now - s->refilled >= PUSH_SECOND) {
		s->refilled += PUSH_SECOND;
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

/* ---- begin ---- */

void
push_ws_begin(struct push_session *s)
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
