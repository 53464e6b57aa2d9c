#include "push_session.h"

void
push_put(struct push_session *s)
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
