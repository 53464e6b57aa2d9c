#include "verdict.h"

#include "check.h"
#include "okx_endpoint.h"
#include "okx_id.h"
#include "window.h"

#include <stdarg.h>
#include <stdio.h>

/* What is being decided, gathered once. */
struct matter {
	const struct okx_ledger *ledger;
	struct span ord_id;
	int64_t now_ms;
	const struct okx_order *order;
	struct okx_match match;
	struct events events;
	struct window window; /* the life with slack */
	bool sums_hold;	      /* closing fills add up to closeTotalPos */
	bool flipped;	      /* the last closing fill went on to open the opposite */
	struct verdict *v;
};

/* ---- saying things ---- */

__attribute__((format(printf, 4, 5))) static void
testify(struct verdict *v, const char *source, bool agrees, const char *format, ...)
{
	struct verdict_source *s;
	va_list ap;

	CHECK(v->sources_n < VERDICT_SOURCES);
	s = &v->sources[v->sources_n++];
	s->source = source;
	s->agrees = agrees;
	va_start(ap, format);
	vsnprintf(s->says, sizeof s->says, format, ap);
	va_end(ap);
}

static void
warn(struct verdict *v, const char *what)
{
	if (v->warnings_n < VERDICT_WARNINGS)
		v->warnings[v->warnings_n++] = what;
}

static bool
answer(struct verdict *v, unsigned row, enum verdict_answer liquidated, const char *reason,
       const char *sub)
{
	v->row = row;
	v->liquidated = liquidated;
	v->reason = reason;
	v->sub = sub;
	v->confidence = liquidated == VERDICT_NULL ? NULL : "proven";
	return true;
}

static bool
unknown(struct verdict *v, unsigned row, const char *sub)
{
	return answer(v, row, VERDICT_NULL, "unknown", sub);
}

/* ---- rows 12, 1, 2, 3, 11: the order alone ---- */

static const char *
text_of(struct span s, char room[32])
{
	snprintf(room, 32, "%.*s", (int)(s.len < 31 ? s.len : 31), s.ptr);
	return room;
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

static bool
decide_spot(struct matter *m)
{
	char mode[32];

	if (!span_is(m->order->td_mode, "cash"))
		return false;
	testify(m->v, "order", true, "tdMode=%s", text_of(m->order->td_mode, mode));
	return answer(m->v, 12, VERDICT_NO, "unknown", "spot-no-position");
}

static bool
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
	testify(v, "order", true, "category=%s", text_of(m->order->category, category));
	testify(v, "fills", fills > 0, "%zu of the order's fills are a liquidation's", fills);
	answer(v, 1, VERDICT_YES, "forced-liquidation", NULL);
	v->scope = kind == EVENTS_LIQ_FULL ? "full" : "partial";
	v->confidence = fills ? "proven" : "single-source";
	v->liquidated_ms = last_ms ? last_ms : m->order->last_fill_ms;
	v->time_source = last_ms ? "fills" : v->liquidated_ms ? "order" : NULL;
	return true;
}

static bool
decide_adl_order(struct matter *m)
{
	struct verdict *v = m->v;
	int64_t last_ms;
	size_t fills;

	if (events_kind_of_category(m->order->category) != EVENTS_ADL)
		return false;
	fills = count_own_fills(m, EVENTS_ADL, &last_ms);
	testify(v, "order", true, "category=adl");
	testify(v, "fills", fills > 0, "%zu of the order's fills are an ADL's", fills);
	answer(v, 2, VERDICT_NO, "adl", NULL);
	v->adl = true;
	v->adl_ms = last_ms ? last_ms : m->order->last_fill_ms;
	return true;
}

static bool
decide_never_filled(struct matter *m)
{
	bool terminal =
	    span_is(m->order->state, "canceled") || span_is(m->order->state, "mmp_canceled");
	char state[32];

	if (!terminal || decimal_sign(m->order->acc_fill_sz) != 0)
		return false;
	testify(m->v, "order", true, "state=%s, accFillSz=0", text_of(m->order->state, state));
	return answer(m->v, 3, VERDICT_NO, "unknown", "never-filled");
}

/* Were all lives told of, ended ones back to the order and open ones? */
static bool
lives_known(const struct matter *m)
{
	return window_lives_complete(m->ledger, m->match.first_fill_ms) &&
	       window_positions_answered(m->ledger);
}

/* An order that no ledger has any more, or one whose position none has. */
static bool
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
	testify(m->v, "order", false,
		m->order ? "older than three months"
			 : "not found; its id is older than three months");
	testify(m->v, "positions-history", false, "no row: kept for three months");
	return unknown(m->v, 11, "retention");
}

/* ---- row 13: the guards ---- */

static bool
guard_order(struct matter *m)
{
	if (m->order)
		return false;
	testify(m->v, "order", false, "not found");
	return unknown(m->v, 13, "incomplete");
}

static bool
guard_not_filled(struct matter *m)
{
	char state[32];

	if (decimal_sign(m->order->acc_fill_sz) != 0)
		return false;
	testify(m->v, "order", false, "state=%s, accFillSz=0: no position yet",
		text_of(m->order->state, state));
	return unknown(m->v, 13, "not-filled");
}

static bool
guard_lives(struct matter *m)
{
	struct verdict *v = m->v;

	if (!window_lives_complete(m->ledger, m->match.first_fill_ms)) {
		testify(v, "positions-history", false, "not answered, or cut");
		return unknown(v, 13, "incomplete");
	}
	if (!window_positions_answered(m->ledger)) {
		testify(v, "positions", false, "not answered");
		return unknown(v, 13, "incomplete");
	}
	if (m->match.lives > 1) {
		testify(v, "positions-history", false, "%zu lives fit the order", m->match.lives);
		return unknown(v, 13, "ambiguous");
	}
	if (!m->match.life && !m->match.open) {
		testify(v, "order", false, "filled");
		testify(v, "positions-history", false, "no row fits the order");
		testify(v, "positions", false, "no open position fits the order");
		return unknown(v, 13, "conflict");
	}
	return false;
}

struct ledger_need {
	const char *source;
	enum okx_endpoint near, far;
	const char *param, *value;
};

static bool
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
		testify(m->v, "fills", false, "more rows than can be held");
		return unknown(m->v, 13, "incomplete");
	}
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
		const struct ledger_need *n = &needs[i];

		if (window_complete(m->ledger, &m->window, n->near, n->far, n->param, n->value))
			continue;
		testify(m->v, n->source, false, "not answered, cut, or past retention%s%s%s%s",
			n->param ? ": " : "", n->param ? n->param : "", n->param ? "=" : "",
			n->param ? n->value : "");
		return unknown(m->v, 13, "incomplete");
	}
	return false;
}

/* Fills must add up to what positions-history says was closed: a missing one could be the
 * liquidation. */
static bool
guard_sums(struct matter *m)
{
	struct verdict *v = m->v;
	char have[DECIMAL_TEXT_MAX], want[DECIMAL_TEXT_MAX] = "0";

	if (m->events.overflow) {
		testify(v, "fills", false, "a sum does not fit 38 digits");
		return unknown(v, 13, "incomplete");
	}
	if (m->events.unsure) {
		testify(v, "fills", false, "%zu fills may be of another margin mode",
			m->events.unsure);
		return unknown(v, 13, "ambiguous");
	}
	if (!m->sums_hold) {
		decimal_print(m->events.closed, have);
		if (m->match.life)
			decimal_print(m->match.life->closed_sz, want);
		testify(v, "fills", false, "closing fills sum to %s", have);
		testify(v, "positions-history", false, "closeTotalPos=%s", want);
		return unknown(v, 13, "incomplete");
	}
	if (m->events.unknown_orders) {
		testify(v, "orders", false, "%zu closing orders were not found",
			m->events.unknown_orders);
		return unknown(v, 13, "incomplete");
	}
	return false;
}

static bool
guard_agreement(struct matter *m)
{
	struct verdict *v = m->v;
	const struct events *e = &m->events;
	unsigned type = m->match.life ? m->match.life->type : 0;
	size_t full = e->fills.n[EVENTS_LIQ_FULL] + e->bills.n[EVENTS_LIQ_FULL] +
		      e->orders.n[EVENTS_LIQ_FULL];

	if (e->disagreements) {
		testify(v, "fills", false,
			"%zu fills carry a code that their order's category contradicts",
			e->disagreements);
		return unknown(v, 13, "conflict");
	}
	if (full && type != 3) {
		testify(v, "positions-history", false, "type=%u", type);
		testify(v, "fills", false, "%zu of a full liquidation",
			e->fills.n[EVENTS_LIQ_FULL]);
		testify(v, "bills", false, "%zu of a full liquidation",
			e->bills.n[EVENTS_LIQ_FULL]);
		testify(v, "orders", false, "%zu of a full liquidation",
			e->orders.n[EVENTS_LIQ_FULL]);
		return unknown(v, 13, "conflict");
	}
	if (type == 3 && !events_has_liquidation(&e->fills) && !events_has_liquidation(&e->bills)) {
		testify(v, "positions-history", false, "type=3");
		testify(v, "fills", false, "no liquidation, asked twice");
		testify(v, "bills", false, "no liquidation, asked twice");
		return unknown(v, 13, "conflict");
	}
	return false;
}

/* ---- rows 4 to 10: the life of the position ---- */

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
	testify(m->v, "fills", fills > 0, "%zu of %s", fills, what);
	testify(m->v, "bills", bills > 0, "%zu of %s", bills, what);
	testify(m->v, "orders", orders > 0, "%zu of %s", orders, what);
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

static void
note_adl(struct matter *m)
{
	const struct events *e = &m->events;
	unsigned type = m->match.life ? m->match.life->type : 0;

	m->v->adl = type == 5 || type == 6 || e->fills.n[EVENTS_ADL] || e->bills.n[EVENTS_ADL] ||
		    e->orders.n[EVENTS_ADL];
	m->v->adl_ms = e->fills.last_ms[EVENTS_ADL] ? e->fills.last_ms[EVENTS_ADL]
						    : e->bills.last_ms[EVENTS_ADL];
}

static bool
decide_full(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	size_t others;

	if (!h || h->type != 3)
		return false;
	answer(m->v, 4, VERDICT_YES, "forced-liquidation", NULL);
	testify(m->v, "positions-history", true, "type=3");
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

static bool
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
	answer(m->v, 5, VERDICT_YES, "forced-liquidation", NULL);
	if (h)
		testify(m->v, "positions-history", by_type || penalised, "type=%u, liqPenalty%s0",
			h->type, penalised ? "<" : "=");
	agree = (size_t)(by_type || penalised) +
		testify_counts(m, EVENTS_LIQ_PARTIAL, EVENTS_LIQ_PARTIAL, "a partial liquidation");
	m->v->scope = "partial";
	m->v->confidence = agree > 1 ? "proven" : "single-source";
	m->v->final_close = final_close(m);
	set_time(m, EVENTS_LIQ_PARTIAL, 0);
	return true;
}

/* A closing code that we do not know could be a liquidation's: no "no" may be built on it. */
static bool
decide_unknown_code(struct matter *m)
{
	if (m->events.fills.n[EVENTS_OTHER] == 0)
		return false;
	testify(m->v, "fills", false,
		"%zu closing fills carry a code or category that is not known",
		m->events.fills.n[EVENTS_OTHER]);
	return unknown(m->v, 13, "unknown-code");
}

static bool
decide_adl(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	size_t others;

	if (!h || (h->type != 5 && h->type != 6))
		return false;
	answer(m->v, 6, VERDICT_NO, "adl", h->type == 5 ? "still-open" : NULL);
	testify(m->v, "positions-history", true, "type=%u, liqPenalty=0", h->type);
	others = testify_counts(m, EVENTS_ADL, EVENTS_ADL, "an ADL");
	m->v->confidence = others > 0 ? "proven" : "single-source";
	return true;
}

/* Rows 7 and 10: something else than the user closed it. The last closing fill names it. */
static bool
decide_system_close(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	struct verdict *v = m->v;

	if (!h || h->type != 2)
		return false;
	testify(v, "positions-history", true, "type=2, liqPenalty=0");
	switch (m->events.last_close) {
	case EVENTS_DELIVERY:
		testify(v, "fills", true, "closed by delivery or exercise");
		return answer(v, 7, VERDICT_NO, "unknown", "delivery");
	case EVENTS_REPAY:
		testify(v, "fills", true, "closed by forced repayment");
		/* a margin pair's liquidation may be booked as one (DEVIATIONS): nobody can tell
		 * them apart here */
		if (span_is(m->order->inst_type, "MARGIN"))
			return unknown(v, 10, "forced-repayment");
		return answer(v, 10, VERDICT_NO, "unknown", "forced-repayment");
	case EVENTS_BLOCK:
		testify(v, "fills", true, "closed by a block trade");
		return answer(v, 10, VERDICT_NO, "unknown", "block-trade");
	case EVENTS_MOVE:
		testify(v, "fills", true, "moved to another account");
		return answer(v, 10, VERDICT_NO, "unknown", "move-position");
	case EVENTS_CONVERT:
		testify(v, "fills", true, "closed by automatic conversion");
		return answer(v, 10, VERDICT_NO, "unknown", "auto-conversion");
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

static bool
decide_manual(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	const struct events *e = &m->events;
	struct verdict *v = m->v;
	char closed[DECIMAL_TEXT_MAX];

	if (!h || h->type != 2 || e->last_close != EVENTS_USER)
		return false;
	decimal_print(h->closed_sz, closed);
	testify(v, "positions-history", true, "type=2, liqPenalty=0, closeTotalPos=%s", closed);
	testify(v, "fills", true, "%zu closing fills of the user's own orders sum to it%s",
		e->fills.n[EVENTS_USER], m->flipped ? ", the last one turning the position" : "");
	testify(v, "bills", true, "no liquidation");
	testify(v, "orders", true, "no liquidation");
	return answer(v, 8, VERDICT_NO, "manual-close", manual_sub(e->last_close_order));
}

static bool
decide_open(struct matter *m)
{
	const struct okx_life *h = m->match.life;
	struct verdict *v = m->v;

	if (!m->match.open && !(h && h->type == 1))
		return false;
	if (m->match.open)
		testify(v, "positions", true, "pos is not 0");
	if (h)
		testify(v, "positions-history", true, "type=%u, liqPenalty=0", h->type);
	testify(v, "fills", true, "no liquidation");
	testify(v, "bills", true, "no liquidation");
	return answer(v, 9, VERDICT_NO, "unknown", "still-open");
}

/* ---- gathering ---- */

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

static void
set_window(struct matter *m)
{
	int64_t from, to;

	okx_match_window(&m->match, &from, &to);
	m->window = (struct window){.from_ms = from - OKX_SLACK_MS,
				    .to_ms = to == INT64_MAX ? to : to + OKX_SLACK_MS,
				    .now_ms = m->now_ms};
}

/* With slack first; where neighbours closer than that spoil the sum, without. */
static void
read_events(struct matter *m)
{
	int64_t from, to;

	okx_match_window(&m->match, &from, &to);
	m->window = (struct window){.from_ms = from - OKX_SLACK_MS,
				    .to_ms = to == INT64_MAX ? to : to + OKX_SLACK_MS,
				    .now_ms = m->now_ms};
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

static void
note_warnings(struct matter *m)
{
	uint64_t id;

	if (m->match.life && !m->match.life->identity_holds)
		warn(m->v, "E_IDENTITY: realizedPnl is not the sum of its parts");
	if (m->order && okx_id_parse(m->ord_id, &id)) {
		int64_t off = okx_id_ms(id) - m->order->created_ms;

		if (off > 2000 || off < -2000)
			warn(m->v,
			     "E_ID_TIME: the order's id and its cTime are more than 2 s apart");
	}
	if ((m->match.life || m->match.open) && m->match.role == OKX_ROLE_CLOSES)
		warn(m->v, "CLOSING_ORDER: the order closed the position; the verdict is about the "
			   "position that it closed");
	if (m->events.foreign)
		warn(m->v, "OTHER_MODE: fills of another margin mode on the same instrument were "
			   "left out");
}

/* Rows that need no more than the order, and past retention not even that. */
static bool
decide_early(struct matter *m)
{
	if (m->order && (decide_spot(m) || decide_liquidation_order(m) || decide_adl_order(m) ||
			 decide_never_filled(m)))
		return true;
	return decide_retention(m);
}

static bool
guard(struct matter *m)
{
	if (guard_order(m) || guard_not_filled(m) || guard_lives(m))
		return true;
	set_window(m);
	if (guard_ledgers(m))
		return true;
	read_events(m);
	m->v->liq_px = m->events.liq_px;
	return guard_sums(m) || guard_agreement(m);
}

static bool
decide_life(struct matter *m)
{
	note_adl(m);
	return decide_full(m) || decide_partial(m) || decide_unknown_code(m) || decide_adl(m) ||
	       decide_system_close(m) || decide_manual(m) || decide_open(m);
}

void
verdict_decide(const struct okx_ledger *l, struct span ord_id, int64_t now_ms, struct verdict *out)
{
	struct matter m = {.ledger = l, .ord_id = ord_id, .now_ms = now_ms, .v = out};

	*out = (struct verdict){.reason = "unknown", .liq_px = {"", 0}};
	m.order = okx_ledger_order(l, ord_id);
	if (m.order)
		okx_match_life(l, m.order, &m.match);
	out->order = m.order;
	out->life = m.match.life;
	out->open = m.match.open;
	if (!decide_early(&m) && !guard(&m) && !decide_life(&m)) {
		testify(out, "positions-history", false, "a close that no row of the table covers");
		unknown(out, 13, "conflict");
	}
	note_warnings(&m);
}
