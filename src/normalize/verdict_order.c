/* verdict_order: the rows of the table that need no more than the order, and past retention not
 * even that: 12, 1, 2, 3, 11. */
#include "verdict_parts.h"

#include "okx_endpoint.h"
#include "okx_id.h"

bool
decide_spot(struct matter *m)
{
	char mode[32];

	if (!span_is(m->order->td_mode, "cash"))
		return false;
	verdict_testify(m->v, "order", true, "tdMode=%s", verdict_text(m->order->td_mode, mode));
	return verdict_answer(m->v, 12, VERDICT_NO, "unknown", "spot-no-position");
}

/* What the order's own fills say: how many carry a liquidation or ADL code, or the negative trade
 * id that OKX gives system orders. */
static size_t
count_own_fills(const struct matter *m, enum events_kind kind, int64_t *last_ms)
{
	size_t n = 0;

	*last_ms = 0;
	for (size_t i = 0; i < m->ledger->fills.n; i++) {
		const struct okx_fill *f = &m->ledger->fills.rows[i];
		bool negative = f->trade_id.len && f->trade_id.ptr[0] == '-';

		if (!span_equal(f->ord_id, m->ord_id))
			continue;
		if (f->fill_ms > *last_ms)
			*last_ms = f->fill_ms;
		if (events_kind_of_sub_type(f->sub_type) == kind ||
		    (negative && events_kind_of_sub_type(f->sub_type) == EVENTS_USER))
			n++;
	}
	return n;
}

bool
decide_liquidation_order(struct matter *m)
{
	struct verdict *v = m->v;
	enum events_kind kind = events_kind_of_category(m->order->category);
	int64_t last_ms;
	size_t fills;
	char category[32];

	if (kind != EVENTS_LIQ_FULL && kind != EVENTS_LIQ_PARTIAL)
		return false;
	fills = count_own_fills(m, kind, &last_ms);
	verdict_testify(v, "order", true, "category=%s",
			verdict_text(m->order->category, category));
	verdict_testify(v, "fills", fills > 0, "%zu of the order's fills are a liquidation's",
			fills);
	verdict_answer(v, 1, VERDICT_YES, "forced-liquidation", NULL);
	v->scope = kind == EVENTS_LIQ_FULL ? "full" : "partial";
	v->confidence = fills ? "proven" : "single-source";
	v->liquidated_ms = last_ms ? last_ms : m->order->last_fill_ms;
	v->time_source = last_ms ? "fills" : v->liquidated_ms ? "order" : NULL;
	return true;
}

bool
decide_adl_order(struct matter *m)
{
	struct verdict *v = m->v;
	int64_t last_ms;
	size_t fills;

	if (events_kind_of_category(m->order->category) != EVENTS_ADL)
		return false;
	fills = count_own_fills(m, EVENTS_ADL, &last_ms);
	verdict_testify(v, "order", true, "category=adl");
	verdict_testify(v, "fills", fills > 0, "%zu of the order's fills are an ADL's", fills);
	verdict_answer(v, 2, VERDICT_NO, "adl", NULL);
	v->adl = true;
	v->adl_ms = last_ms ? last_ms : m->order->last_fill_ms;
	return true;
}

bool
decide_never_filled(struct matter *m)
{
	bool terminal =
	    span_is(m->order->state, "canceled") || span_is(m->order->state, "mmp_canceled");
	char state[32];

	if (!terminal || decimal_sign(m->order->acc_fill_sz) != 0)
		return false;
	verdict_testify(m->v, "order", true, "state=%s, accFillSz=0",
			verdict_text(m->order->state, state));
	return verdict_answer(m->v, 3, VERDICT_NO, "unknown", "never-filled");
}

/* Were all lives told of, ended ones back to the order and open ones? */
static bool
lives_known(const struct matter *m)
{
	return window_lives_complete(m->ledger, m->match.first_fill_ms) &&
	       window_positions_answered(m->ledger);
}

/* An order that no ledger has any more, or one whose position none has. */
bool
decide_retention(struct matter *m)
{
	uint64_t id;
	int64_t made_ms = m->order			 ? m->order->created_ms
			  : okx_id_parse(m->ord_id, &id) ? okx_id_ms(id)
							 : INT64_MAX;

	if (m->match.lives > 0 || m->match.open || made_ms >= m->now_ms - OKX_MONTHS_MS)
		return false;
	/* a search that failed found nothing either, but that is no matter of age */
	if (m->order ? !lives_known(m) : !window_order_searched(m->ledger))
		return false;
	verdict_testify(m->v, "order", false,
			m->order ? "older than three months"
				 : "not found; its id is older than three months");
	verdict_testify(m->v, "positions-history", false, "no row: kept for three months");
	return verdict_unknown(m->v, 11, "retention");
}
