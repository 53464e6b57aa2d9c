/* verdict_life: the rows of the table that rest on the life of the position: 4, 5, 6, 7, 10, 8, 9;
 * and among them the guard against codes that nobody knows. */
#include "verdict_parts.h"

/* Whatever the answer is. */
void
life_note_adl(struct matter *m)
{
	const struct events *e = &m->events;
	unsigned type = m->match.life ? m->match.life->type : 0;

	m->v->adl = type == 5 || type == 6 || e->fills.n[EVENTS_ADL] || e->bills.n[EVENTS_ADL] ||
		    e->orders.n[EVENTS_ADL];
	m->v->adl_ms = e->fills.last_ms[EVENTS_ADL] ? e->fills.last_ms[EVENTS_ADL]
						    : e->bills.last_ms[EVENTS_ADL];
}

/* ---- liquidated: rows 4 and 5 ---- */

static size_t
testify_counts(struct matter *m, enum events_kind a, enum events_kind b, const char *what)
{
	const struct events *e = &m->events;
	size_t fills = e->fills.n[a] + e->fills.n[b], bills = e->bills.n[a] + e->bills.n[b],
	       orders = e->orders.n[a] + e->orders.n[b];

	if (a == b) {
		fills /= 2;
		bills /= 2;
		orders /= 2;
	}
	verdict_testify(m->v, "fills", fills > 0, "%zu of %s", fills, what);
	verdict_testify(m->v, "bills", bills > 0, "%zu of %s", bills, what);
	verdict_testify(m->v, "orders", orders > 0, "%zu of %s", orders, what);
	return (size_t)(fills > 0) + (bills > 0) + (orders > 0);
}

static void
set_time(struct matter *m, enum events_kind kind, int64_t otherwise_ms)
{
	const struct events *e = &m->events;
	struct verdict *v = m->v;

	v->time_source = "fills";
	v->liquidated_ms = e->fills.last_ms[kind];
	if (!v->liquidated_ms) {
		v->time_source = "bills";
		v->liquidated_ms = e->bills.last_ms[kind];
	}
	if (!v->liquidated_ms) {
		v->time_source = "orders";
		v->liquidated_ms = e->orders.last_ms[kind];
	}
	if (!v->liquidated_ms) {
		v->time_source = otherwise_ms ? "uTime" : NULL;
		v->liquidated_ms = otherwise_ms;
	}
}

bool
decide_full(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	size_t others;

	if (!h || h->type != 3)
		return false;
	verdict_answer(m->v, 4, VERDICT_YES, "forced-liquidation", NULL);
	verdict_testify(m->v, "positions-history", true, "type=3");
	others = testify_counts(m, EVENTS_LIQ_FULL, EVENTS_LIQ_PARTIAL, "a liquidation");
	m->v->scope = "full";
	m->v->confidence = others > 0 ? "proven" : "single-source";
	set_time(m, EVENTS_LIQ_FULL, 0);
	/* several partial steps may have closed it all */
	if (!m->v->liquidated_ms)
		set_time(m, EVENTS_LIQ_PARTIAL, h->updated_ms);
	return true;
}

static const char *
final_close(const struct matter *m)
{
	unsigned type = m->match.life ? m->match.life->type : 0;

	if (m->match.open || type == 1 || type == 4 || type == 5 || type == 0)
		return "open";
	if (type == 6)
		return "adl";
	switch (m->events.last_close) {
	case EVENTS_DELIVERY: return "delivery";
	case EVENTS_REPAY: return "forced-repayment";
	case EVENTS_BLOCK: return "block-trade";
	case EVENTS_MOVE: return "move-position";
	case EVENTS_CONVERT: return "auto-conversion";
	case EVENTS_LIQ_PARTIAL: return "liquidation";
	case EVENTS_USER:
	case EVENTS_LIQ_FULL:
	case EVENTS_ADL:
	case EVENTS_OTHER:
	case EVENTS_KINDS: break;
	}
	return "manual";
}

bool
decide_partial(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	const struct events *e = &m->events;
	bool by_type = h && h->type == 4, penalised = h && decimal_sign(h->liq_penalty) < 0;
	bool by_rows = e->fills.n[EVENTS_LIQ_PARTIAL] || e->bills.n[EVENTS_LIQ_PARTIAL] ||
		       e->orders.n[EVENTS_LIQ_PARTIAL];
	size_t agree;

	if (!by_type && !by_rows && !penalised)
		return false;
	verdict_answer(m->v, 5, VERDICT_YES, "forced-liquidation", NULL);
	if (h)
		verdict_testify(m->v, "positions-history", by_type || penalised,
				"type=%u, liqPenalty%s0", h->type, penalised ? "<" : "=");
	agree = (size_t)(by_type || penalised) +
		testify_counts(m, EVENTS_LIQ_PARTIAL, EVENTS_LIQ_PARTIAL, "a partial liquidation");
	m->v->scope = "partial";
	m->v->confidence = agree > 1 ? "proven" : "single-source";
	m->v->final_close = final_close(m);
	set_time(m, EVENTS_LIQ_PARTIAL, 0);
	return true;
}

/* ---- not liquidated, by a known code: rows 13, 6, 7, 10, 8 and 9 ---- */

/* A closing code that we do not know could be a liquidation's: no "no" may be built on it. */
bool
decide_unknown_code(struct matter *m)
{
	if (m->events.fills.n[EVENTS_OTHER] == 0)
		return false;
	verdict_testify(m->v, "fills", false,
			"%zu closing fills carry a code or category that is not known",
			m->events.fills.n[EVENTS_OTHER]);
	return verdict_unknown(m->v, 13, "unknown-code");
}

bool
decide_adl(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	size_t others;

	if (!h || (h->type != 5 && h->type != 6))
		return false;
	verdict_answer(m->v, 6, VERDICT_NO, "adl", h->type == 5 ? "still-open" : NULL);
	verdict_testify(m->v, "positions-history", true, "type=%u, liqPenalty=0", h->type);
	others = testify_counts(m, EVENTS_ADL, EVENTS_ADL, "an ADL");
	m->v->confidence = others > 0 ? "proven" : "single-source";
	return true;
}

/* Rows 7 and 10: something else than the user closed it. The last closing fill names it. */
bool
decide_system_close(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	struct verdict *v = m->v;

	if (!h || h->type != 2)
		return false;
	verdict_testify(v, "positions-history", true, "type=2, liqPenalty=0");
	switch (m->events.last_close) {
	case EVENTS_DELIVERY:
		verdict_testify(v, "fills", true, "closed by delivery or exercise");
		return verdict_answer(v, 7, VERDICT_NO, "unknown", "delivery");
	case EVENTS_REPAY:
		verdict_testify(v, "fills", true, "closed by forced repayment");
		/* a margin pair's liquidation may be booked as one (DEVIATIONS): nobody can tell
		 * them apart here */
		if (span_is(m->order->inst_type, "MARGIN"))
			return verdict_unknown(v, 10, "forced-repayment");
		return verdict_answer(v, 10, VERDICT_NO, "unknown", "forced-repayment");
	case EVENTS_BLOCK:
		verdict_testify(v, "fills", true, "closed by a block trade");
		return verdict_answer(v, 10, VERDICT_NO, "unknown", "block-trade");
	case EVENTS_MOVE:
		verdict_testify(v, "fills", true, "moved to another account");
		return verdict_answer(v, 10, VERDICT_NO, "unknown", "move-position");
	case EVENTS_CONVERT:
		verdict_testify(v, "fills", true, "closed by automatic conversion");
		return verdict_answer(v, 10, VERDICT_NO, "unknown", "auto-conversion");
	case EVENTS_USER:
	case EVENTS_LIQ_FULL:
	case EVENTS_LIQ_PARTIAL:
	case EVENTS_ADL:
	case EVENTS_OTHER:
	case EVENTS_KINDS: break;
	}
	v->sources_n--;
	return false;
}

/* How the user closed: by hand, or by an algo order of his own ("source" of the closing order). */
static const char *
manual_sub(const struct okx_order *o)
{
	static const char *const subs[][2] = {{"6", "trigger"},
					      {"7", "tp-sl"},
					      {"13", "algo"},
					      {"25", "trailing-stop"},
					      {"34", "chase"}};

	if (!o || o->source.len == 0)
		return "user";
	for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++)
		if (span_is(o->source, subs[i][0]))
			return subs[i][1];
	return "algo";
}

bool
decide_manual(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	const struct events *e = &m->events;
	struct verdict *v = m->v;
	char closed[DECIMAL_TEXT_MAX];

	if (!h || h->type != 2 || e->last_close != EVENTS_USER)
		return false;
	decimal_print(h->closed_sz, closed);
	verdict_testify(v, "positions-history", true, "type=2, liqPenalty=0, closeTotalPos=%s",
			closed);
	verdict_testify(v, "fills", true, "%zu closing fills of the user's own orders sum to it%s",
			e->fills.n[EVENTS_USER],
			m->flipped ? ", the last one turning the position" : "");
	verdict_testify(v, "bills", true, "no liquidation");
	verdict_testify(v, "orders", true, "no liquidation");
	return verdict_answer(v, 8, VERDICT_NO, "manual-close", manual_sub(e->last_close_order));
}

bool
decide_open(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	struct verdict *v = m->v;

	if (!m->match.open && !(h && h->type == 1))
		return false;
	if (m->match.open)
		verdict_testify(v, "positions", true, "pos is not 0");
	if (h)
		verdict_testify(v, "positions-history", true, "type=%u, liqPenalty=0", h->type);
	verdict_testify(v, "fills", true, "no liquidation");
	verdict_testify(v, "bills", true, "no liquidation");
	return verdict_answer(v, 9, VERDICT_NO, "unknown", "still-open");
}
