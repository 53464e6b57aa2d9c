#include "push_follow.h"

#include "diag.h"
#include "push_ws.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* A closed WebSocket waits so long for the other side's close. */
#define CLOSING_US (2 * PUSH_SECOND)

/* Without word of changes, look so often. */
#define LOOK_MS 100

/* ---- towards the subscriber ---- */

static bool
flush(struct push_session *s)
{
	while (push_waiting(s)) {
		ssize_t n = write(s->out, s->pending.ptr + s->sent, push_waiting(s));

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

static void
stream_fault(struct push_session *s)
{
	diag(DIAG_ERROR, "stream", diag_str("ip", s->who), diag_str("why", s->feed.why));
	if (s->ws)
		push_ws_close(s, WSLAY_CODE_INTERNAL_SERVER_ERROR, "the stream cannot be read");
	else
		s->done = true;
	s->end = s->feed.why;
}

/* As much as there is room for; false: there is more. */
static bool
produce(struct push_session *s)
{
	while (push_waiting(s) < PUSH_LOW && !s->closing && !s->done) {
		enum feed_status f;

		if (s->sent)
			push_compact(s);
		buf_clear(&s->message);
		f = feed_next(&s->feed, &s->message);
		if (f == FEED_MESSAGE)
			push_put(s);
		if (f == FEED_FAILED)
			stream_fault(s);
		if (f == FEED_END || f == FEED_FAILED)
			return true;
	}
	return s->closing || s->done;
}

/* ---- time ---- */

static void
tick(struct push_session *s)
{
	const struct push_settings *o = s->settings;

	if (s->stuck && s->now - s->stuck >= (int64_t)o->write_s * PUSH_SECOND) {
		s->done = true;
		s->end = "slow";
		return;
	}
	if (s->closing) {
		s->done = s->done || s->now - s->closing >= CLOSING_US ||
			  (push_waiting(s) == 0 && wslay_event_get_close_received(s->ws));
		return;
	}
	if (s->now - s->begun >= (int64_t)o->life_s * PUSH_SECOND || stop_requested()) {
		s->end = stop_requested() ? "stopping" : "old enough";
		if (s->ws)
			push_ws_close(s, WSLAY_CODE_GOING_AWAY, s->end);
		else
			s->done = true;
		return;
	}
	if (!s->ws) {
		if (s->now - s->said >= (int64_t)o->heartbeat_s * PUSH_SECOND &&
		    push_waiting(s) == 0) {
			buf_str(&s->pending, ":\n\n");
			s->said = s->now;
		}
		return;
	}
	if (s->now - s->heard >= (int64_t)o->pong_s * PUSH_SECOND) {
		push_ws_close(s, WSLAY_CODE_POLICY_VIOLATION, "no pong");
	} else if (s->now - s->pinged >= (int64_t)o->ping_s * PUSH_SECOND) {
		struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};

		wslay_event_queue_msg(s->ws, &ping);
		s->pinged = s->now;
	}
}

/* ---- the loop ---- */

static void
drain_wake(const struct push_session *s)
{
	char events[4096];

	while (read(s->wake, events, sizeof events) > 0)
		continue;
}

/* Server-sent events: nothing more is to come from him. */
static void
sse_read(struct push_session *s)
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
wait_for(struct push_session *s)
{
	bool full = push_waiting(s) >= PUSH_LOW;
	struct pollfd p[3] = {{.fd = full && s->ws ? -1 : s->in, .events = POLLIN},
			      {.fd = push_waiting(s) ? s->out : -1, .events = POLLOUT},
			      {.fd = full ? -1 : s->wake, .events = POLLIN}};
	int ready = stop_poll(p, 3, s->wake < 0 && !full ? LOOK_MS : 1000);

	s->now = utc_monotonic_us();
	if (ready <= 0)
		return;
	if (p[2].revents)
		drain_wake(s);
	if (p[0].revents && s->ws)
		push_ws_read(s);
	else if (p[0].revents)
		sse_read(s);
}

void
push_follow(struct push_session *s)
{
	s->now = utc_monotonic_us();
	s->heard = s->pinged = s->said = s->refilled = s->now;
	if (s->ws)
		push_ws_read(s); /* what came with the head */
	while (!s->gone && !s->done) {
		bool all;

		tick(s);
		all = produce(s);
		if (s->ws && wslay_event_want_write(s->ws) && wslay_event_send(s->ws) != 0)
			s->done = true;
		if (!flush(s) || s->done)
			break;
		if (all || push_waiting(s) >= PUSH_LOW)
			wait_for(s);
		else
			s->now = utc_monotonic_us();
	}
	if (!s->gone)
		flush(s);
}
