#include "gate_replay.h"

/* What gate_event() wanted logged. match writes "seq" in one way only; few printed lines have it,
 * and need no second look. None of them can be of these types and have a seq: such lines are
 * rejected (incoming.h), and a reject has none. */
bool
gate_replay_is_event(struct span line, struct event *e)
{
	return memmem(line.ptr, line.len, "\"seq\":", 6) && !event_read(line, e) && e->has_seq &&
	       (e->type == EVENT_ACK || e->type == EVENT_TRADE || e->type == EVENT_DONE ||
		e->type == EVENT_REJECT);
}

bool
gate_replay(struct gate *g, struct span line, bool *printed)
{
	struct incoming m;
	struct event e;
	const char *why;

	*printed = !gate_replay_is_event(line, &e);
	if (!*printed) {
		gate_event(g, &e);
		/* it was logged, whatever the options are now */
		g->events_logged = g->events_seq;
		return true;
	}
	if (incoming_read(line, &m, &why) == REFUSAL_NONE)
		return gate_accepted(g, &m);
	return !m.has_nonce || !m.account.ptr || gate_spent(g, m.account, m.nonce);
}
