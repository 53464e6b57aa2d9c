/* verdict_matter: what is being decided, gathered. */
#include "verdict_parts.h"

#include "okx_endpoint.h"

void
matter_open(struct matter *m)
{
	m->order = okx_ledger_order(m->ledger, m->ord_id);
	if (m->order)
		okx_match_life(m->ledger, m->order, &m->match);
	m->v->order = m->order;
	m->v->life = m->match.life;
	m->v->open = m->match.open;
}

void
matter_set_window(struct matter *m)
{
	int64_t from, to;

	okx_match_window(&m->match, &from, &to);
	m->window = (struct window){.from_ms = from - OKX_SLACK_MS,
				    .to_ms = to == INT64_MAX ? to : to + OKX_SLACK_MS,
				    .now_ms = m->now_ms};
}

/* Do the closing fills add up? A flip's last fill closes the rest and opens the opposite in one: it
 * may be larger than what was left. */
static bool
sums_hold(struct matter *m)
{
	const struct events *e = &m->events;
	struct decimal want = m->match.life ? m->match.life->closed_sz : (struct decimal){0, 0},
		       excess;

	if (decimal_subtract(e->closed, want, &excess) != DECIMAL_OK)
		return false;
	if (decimal_sign(excess) == 0)
		return true;
	m->flipped = m->match.life && decimal_sign(excess) > 0 &&
		     decimal_compare(excess, e->last_close_sz) < 0 &&
		     !span_is(m->order->pos_side, "long") &&
		     !span_is(m->order->pos_side, "short") && m->match.life->type == 2 &&
		     e->last_close_ms >= m->match.life->updated_ms - OKX_SLACK_MS;
	return m->flipped;
}

/* With slack first; where neighbours closer than that spoil the sum, without. */
void
matter_read_events(struct matter *m)
{
	int64_t from, to;

	okx_match_window(&m->match, &from, &to);
	events_read(m->ledger, m->order, &m->match, m->window.from_ms, m->window.to_ms, &m->events);
	m->sums_hold = sums_hold(m);
	if (m->sums_hold)
		return;
	events_read(m->ledger, m->order, &m->match, from, to, &m->events);
	m->sums_hold = sums_hold(m);
	if (!m->sums_hold)
		events_read(m->ledger, m->order, &m->match, m->window.from_ms, m->window.to_ms,
			    &m->events);
}
