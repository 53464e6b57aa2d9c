/* stop.c: orders that wait for a price. */
#include "check.h"
#include "market_parts.h"

#include <stdlib.h>

void
stop_add(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	side_add(&s->stops[o->trigger_by][o->side], &m->pool, i, o->trigger);
	o->place = PLACE_STOPS;
	s->stops_n++;
}

void
stop_remove(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	side_remove(&s->stops[o->trigger_by][o->side], &m->pool, i, o->trigger);
	o->place = PLACE_NOWHERE;
	s->stops_n--;
}

/* The order at the top of this side, if the price has come to where it waits; NO_ORDER if not. A
 * buy waits for a rise. */
static uint32_t
reached(const struct symbol *s, enum trigger_by by, enum side_of side)
{
	const struct level *top = side_best(&s->stops[by][side]);
	bool here;
	int64_t px;

	if (!top)
		return NO_ORDER;
	px = level_px(&s->stops[by][side], top);
	if (by == TRIGGER_LAST)
		here = s->has_last && (side == BUY ? s->last_px >= px : s->last_px <= px);
	else /* an oracle's price may lie between two ticks */
		here = s->has_oracle && (side == BUY ? s->oracle_low >= px : s->oracle_high <= px);
	return here ? top->first : NO_ORDER;
}

static int
by_arrival(const void *a, const void *b, void *context)
{
	const struct market *m = context;
	uint64_t x = order_at(m, *(const uint32_t *)a)->arrival;
	uint64_t y = order_at(m, *(const uint32_t *)b)->arrival;

	return x < y ? -1 : x > y;
}

void
stop_look(struct market *m, struct symbol *s, enum trigger_by by)
{
	uint32_t first = m->triggered_n;

	if (s->stops_n == 0 || s->auction)
		return;
	for (int side = BUY; side <= SELL; side++) {
		for (uint32_t i; (i = reached(s, by, (enum side_of)side)) != NO_ORDER;) {
			stop_remove(m, s, i);
			CHECK(m->triggered_n < m->triggered_cap);
			m->triggered[m->triggered_n++] = i;
		}
	}
	if (m->triggered_n - first > 1)
		qsort_r(m->triggered + first, m->triggered_n - first, sizeof(uint32_t), by_arrival,
			m);
}
