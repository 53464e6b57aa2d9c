/* cancel.c: an order is taken off, wherever it waits. */
#include "check.h"
#include "market_parts.h"

void
market_cancel(struct market *m, uint32_t i, enum done_reason reason)
{
	struct order *o = order_at(m, i);
	struct symbol *s = symbol_of(m, o);

	CHECK(o->place != PLACE_NOWHERE);
	if (o->place == PLACE_STOPS)
		stop_remove(m, s, i);
	else
		side_remove(&s->sides[o->side], &m->pool, i, o->px);
	o->place = PLACE_NOWHERE;
	market_done(m, i, reason);
}
