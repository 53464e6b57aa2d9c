/*
 * push_session: one subscriber's connection, as the parts of push share it.
 *
 * push.c reads the request and decides; push_answer answers what is plain HTTP; push_follow is the
 * loop of a subscription, and push_ws the WebSocket within it. All that is to be sent goes through
 * pending, which is bounded by PUSH_OUT_BYTES.
 */
#ifndef TP_PUSH_SESSION_H
#define TP_PUSH_SESSION_H

#include "buf.h"
#include "push.h"
#include "push_feed.h"

#include <wslay/wslay.h>

#define PUSH_SECOND INT64_C(1000000)

struct push_session {
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

	/* microseconds of the monotonic clock; 0: not so */
	int64_t now, begun, stuck, heard, pinged, said, refilled, closing;
	bool gone, done;
	const char *end; /* why, for the log */
};

static inline size_t
push_waiting(const struct push_session *s)
{
	return s->pending.len - s->sent;
}

/* What was sent makes room for what is to come. */
static inline void
push_compact(struct push_session *s)
{
	memmove(s->pending.ptr, s->pending.ptr + s->sent, push_waiting(s));
	s->pending.len -= s->sent;
	s->sent = 0;
}

/* Queue what stands in message, as a WebSocket's text or as an event. */
void push_put(struct push_session *s);

#endif
