/* verdict_guard: row 13 of the table: what keeps us from saying anything. */
#include "verdict_parts.h"

#include "okx_endpoint.h"

bool
guard_order(struct matter *m)
{
	if (m->order)
		return false;
	verdict_testify(m->v, "order", false, "not found");
	return verdict_unknown(m->v, 13, "incomplete");
}

bool
guard_not_filled(struct matter *m)
{
	char state[32];

	if (decimal_sign(m->order->acc_fill_sz) != 0)
		return false;
	verdict_testify(m->v, "order", false, "state=%s, accFillSz=0: no position yet",
			verdict_text(m->order->state, state));
	return verdict_unknown(m->v, 13, "not-filled");
}

bool
guard_lives(struct matter *m)
{
	struct verdict *v = m->v;

	if (!window_lives_complete(m->ledger, m->match.first_fill_ms)) {
		verdict_testify(v, "positions-history", false, "not answered, or cut");
		return verdict_unknown(v, 13, "incomplete");
	}
	if (!window_positions_answered(m->ledger)) {
		verdict_testify(v, "positions", false, "not answered");
		return verdict_unknown(v, 13, "incomplete");
	}
	if (m->match.lives > 1) {
		verdict_testify(v, "positions-history", false, "%zu lives fit the order",
				m->match.lives);
		return verdict_unknown(v, 13, "ambiguous");
	}
	if (!m->match.life && !m->match.open) {
		verdict_testify(v, "order", false, "filled");
		verdict_testify(v, "positions-history", false, "no row fits the order");
		verdict_testify(v, "positions", false, "no open position fits the order");
		return verdict_unknown(v, 13, "conflict");
	}
	return false;
}

struct ledger_need {
	const char *source;
	enum okx_endpoint near, far;
	const char *param, *value;
};

bool
guard_ledgers(struct matter *m)
{
	static const struct ledger_need needs[] = {
	    {"fills", OKX_FILLS, OKX_FILLS_HISTORY, NULL, NULL},
	    {"bills", OKX_BILLS, OKX_BILLS_ARCHIVE, "type", "5"},
	    {"bills", OKX_BILLS, OKX_BILLS_ARCHIVE, "type", "9"},
	    {"orders", OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, "category", "full_liquidation"},
	    {"orders", OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, "category", "partial_liquidation"},
	    {"orders", OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, "category", "adl"},
	};

	if (m->ledger->overflow) {
		verdict_testify(m->v, "fills", false, "more rows than can be held");
		return verdict_unknown(m->v, 13, "incomplete");
	}
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
		const struct ledger_need *n = &needs[i];

		if (window_complete(m->ledger, &m->window, n->near, n->far, n->param, n->value))
			continue;
		verdict_testify(m->v, n->source, false,
				"not answered, cut, or past retention%s%s%s%s",
				n->param ? ": " : "", n->param ? n->param : "", n->param ? "=" : "",
				n->param ? n->value : "");
		return verdict_unknown(m->v, 13, "incomplete");
	}
	return false;
}

/* Fills must add up to what positions-history says was closed: a missing one could be the
 * liquidation. */
bool
guard_sums(struct matter *m)
{
	struct verdict *v = m->v;
	char have[DECIMAL_TEXT_MAX], want[DECIMAL_TEXT_MAX] = "0";

	if (m->events.overflow) {
		verdict_testify(v, "fills", false, "a sum does not fit 38 digits");
		return verdict_unknown(v, 13, "incomplete");
	}
	if (m->events.unsure) {
		verdict_testify(v, "fills", false, "%zu fills may be of another margin mode",
				m->events.unsure);
		return verdict_unknown(v, 13, "ambiguous");
	}
	if (!m->sums_hold) {
		decimal_print(m->events.closed, have);
		if (m->match.life)
			decimal_print(m->match.life->closed_sz, want);
		verdict_testify(v, "fills", false, "closing fills sum to %s", have);
		verdict_testify(v, "positions-history", false, "closeTotalPos=%s", want);
		return verdict_unknown(v, 13, "incomplete");
	}
	if (m->events.unknown_orders) {
		verdict_testify(v, "orders", false, "%zu closing orders were not found",
				m->events.unknown_orders);
		return verdict_unknown(v, 13, "incomplete");
	}
	return false;
}

bool
guard_agreement(struct matter *m)
{
	struct verdict *v = m->v;
	const struct events *e = &m->events;
	unsigned type = m->match.life ? m->match.life->type : 0;
	size_t full = e->fills.n[EVENTS_LIQ_FULL] + e->bills.n[EVENTS_LIQ_FULL] +
		      e->orders.n[EVENTS_LIQ_FULL];

	if (e->disagreements) {
		verdict_testify(v, "fills", false,
				"%zu fills carry a code that their order's category contradicts",
				e->disagreements);
		return verdict_unknown(v, 13, "conflict");
	}
	if (full && type != 3) {
		verdict_testify(v, "positions-history", false, "type=%u", type);
		verdict_testify(v, "fills", false, "%zu of a full liquidation",
				e->fills.n[EVENTS_LIQ_FULL]);
		verdict_testify(v, "bills", false, "%zu of a full liquidation",
				e->bills.n[EVENTS_LIQ_FULL]);
		verdict_testify(v, "orders", false, "%zu of a full liquidation",
				e->orders.n[EVENTS_LIQ_FULL]);
		return verdict_unknown(v, 13, "conflict");
	}
	if (type == 3 && !events_has_liquidation(&e->fills) && !events_has_liquidation(&e->bills)) {
		verdict_testify(v, "positions-history", false, "type=3");
		verdict_testify(v, "fills", false, "no liquidation, asked twice");
		verdict_testify(v, "bills", false, "no liquidation, asked twice");
		return verdict_unknown(v, 13, "conflict");
	}
	return false;
}
