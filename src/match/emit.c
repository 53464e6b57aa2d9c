/* emit.c: events go out, and an order's end is one. */
#include "check.h"
#include "market_parts.h"

void
market_emit(struct market *m, struct event *e)
{
	e->seq = ++m->seq;
	e->in = m->in;
	if (e->symbol)
		e->ts = e->symbol->ts;
	m->emit(m->context, e);
}

void
market_done(struct market *m, uint32_t i, enum done_reason reason)
{
	struct order *o = order_at(m, i);
	struct event e;

	CHECK(o->place == PLACE_NOWHERE && o->arrival);
	CHECK((reason == DONE_FILLED) == (o->open == 0));
	event_clear(&e);
	e.type = EVENT_DONE;
	e.symbol = symbol_of(m, o);
	e.order = o;
	e.reason = reason;
	market_emit(m, &e);
	index_remove(&m->index, &m->pool, i);
	pool_give_back(&m->pool, i);
}
