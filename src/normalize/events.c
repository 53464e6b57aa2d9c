#include "events.h"

/* OKX's subType codes (okx_ledger.h: fills and bills share them). */
enum events_kind
events_kind_of_sub_type(unsigned t)
{
	if (t >= 1 && t <= 6)
		return EVENTS_USER;
	if (t >= 100 && t <= 103)
		return EVENTS_LIQ_PARTIAL;
	if (t >= 104 && t <= 107)
		return EVENTS_LIQ_FULL;
	if (t >= 125 && t <= 128)
		return EVENTS_ADL;
	if (t == 112 || t == 113 || (t >= 170 && t <= 172) || t == 414 || t == 415)
		return EVENTS_DELIVERY;
	if (t == 114 || t == 115 || t == 16 || t == 17)
		return EVENTS_REPAY;
	if (t >= 204 && t <= 209)
		return EVENTS_BLOCK;
	if (t >= 324 && t <= 329)
		return EVENTS_MOVE;
	if (t == 118 || t == 119 || t == 376 || t == 377 || t == 379 || t == 380)
		return EVENTS_CONVERT;
	return EVENTS_OTHER;
}

enum events_kind
events_kind_of_category(struct span c)
{
	static const struct {
		const char *name;
		enum events_kind kind;
	} table[] = {
	    {"normal", EVENTS_USER},
	    {"full_liquidation", EVENTS_LIQ_FULL},
	    {"partial_liquidation", EVENTS_LIQ_PARTIAL},
	    {"adl", EVENTS_ADL},
	    {"delivery", EVENTS_DELIVERY},
	    {"twap", EVENTS_REPAY},
	    {"auto_conversion", EVENTS_CONVERT},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (span_is(c, table[i].name))
			return table[i].kind;
	return EVENTS_OTHER;
}

static void
count(struct events_count *c, enum events_kind kind, int64_t ms)
{
	c->n[kind]++;
	if (ms > c->last_ms[kind])
		c->last_ms[kind] = ms;
}

static bool
is_hedged(struct span pos_side)
{
	return span_is(pos_side, "long") || span_is(pos_side, "short");
}

/* The life's own pos side in hedge mode; in net mode anything that is not hedged. */
static bool
side_fits(struct span pos_side, const struct okx_order *o)
{
	if (is_hedged(o->pos_side))
		return span_equal(pos_side, o->pos_side);
	return !is_hedged(pos_side);
}

/* A sale closes a long, a purchase a short. */
static bool
closes(struct span side, const struct okx_match *m)
{
	return span_is(side, m->is_long ? "sell" : "buy");
}

/* Which direction a liquidation or ADL code closes: 100 104 125 a long; 101 105 126 a short; 102
 * 106 127 bought, 103 107 128 sold (net mode). */
static bool
sub_type_closes(unsigned t, const struct okx_match *m)
{
	switch (t) {
	case 100:
	case 104:
	case 125:
	case 103:
	case 107:
	case 128: return m->is_long;
	case 101:
	case 105:
	case 126:
	case 102:
	case 106:
	case 127: return !m->is_long;
	default: return true;
	}
}

/* Was the same instrument held in another margin mode at that time? */
static bool
other_mode_in_use(const struct okx_ledger *l, const struct okx_order *o, int64_t ms)
{
	for (size_t i = 0; i < l->lives.n; i++) {
		const struct okx_life *h = &l->lives.rows[i];

		if (span_equal(h->inst_id, o->inst_id) && !span_equal(h->mgn_mode, o->td_mode) &&
		    h->created_ms - OKX_SLACK_MS <= ms && ms <= h->updated_ms + OKX_SLACK_MS)
			return true;
	}
	for (size_t i = 0; i < l->positions.n; i++) {
		const struct okx_position *p = &l->positions.rows[i];

		if (span_equal(p->inst_id, o->inst_id) && !span_equal(p->mgn_mode, o->td_mode) &&
		    p->created_ms - OKX_SLACK_MS <= ms)
			return true;
	}
	return false;
}

static void
add(struct events *e, struct decimal *sum, struct decimal sz)
{
	if (decimal_add(*sum, sz, sum) != DECIMAL_OK)
		e->overflow = true;
}

static bool
is_liquidation(enum events_kind k)
{
	return k == EVENTS_LIQ_FULL || k == EVENTS_LIQ_PARTIAL;
}

/* Plain buy and sell codes go with many categories; but only one of code and category may speak of
 * a liquidation or an ADL. */
static bool
contradict(enum events_kind code, enum events_kind category)
{
	if (code == category || code == EVENTS_OTHER || category == EVENTS_OTHER)
		return false;
	if (is_liquidation(code) && is_liquidation(category))
		return false;
	return is_liquidation(code) || is_liquidation(category) || code == EVENTS_ADL ||
	       category == EVENTS_ADL;
}

static void
read_close(const struct okx_fill *f, const struct okx_order *own, struct events *e)
{
	enum events_kind by_code = events_kind_of_sub_type(f->sub_type), kind = by_code;

	if (own) {
		enum events_kind by_order = events_kind_of_category(own->category);

		/* the code is the more telling one unless it is the plain buy or sell that any
		 * order may show */
		if (by_code == EVENTS_USER || by_code == EVENTS_OTHER)
			kind = by_order;
		if (contradict(by_code, by_order))
			e->disagreements++;
	} else if (f->ord_id.len && by_code == EVENTS_USER) {
		e->unknown_orders++;
	}
	count(&e->fills, by_code == EVENTS_USER || by_code == EVENTS_OTHER ? kind : by_code,
	      f->fill_ms);
	if (f->fill_ms < e->last_close_ms)
		return;
	e->last_close_ms = f->fill_ms;
	e->last_close = kind;
	e->last_close_sz = f->sz;
	e->last_close_order = own;
}

static void
read_fill(const struct okx_ledger *l, const struct okx_order *o, const struct okx_match *m,
	  const struct okx_fill *f, struct events *e)
{
	const struct okx_order *own = f->ord_id.len ? okx_ledger_order(l, f->ord_id) : NULL;

	if (own && own->td_mode.len && !span_equal(own->td_mode, o->td_mode)) {
		e->foreign++;
		return;
	}
	if (!own && other_mode_in_use(l, o, f->fill_ms))
		e->unsure++;
	if (!closes(f->side, m)) {
		add(e, &e->opened, f->sz);
		return;
	}
	add(e, &e->closed, f->sz);
	read_close(f, own, e);
}

static void
read_bill(const struct okx_order *o, const struct okx_match *m, const struct okx_bill *b,
	  struct events *e)
{
	enum events_kind kind = events_kind_of_sub_type(b->sub_type);

	/* 5 liquidation, 9 ADL: the two ledgers that OKX writes itself */
	if ((b->type != 5 && b->type != 9) || !span_equal(b->inst_id, o->inst_id))
		return;
	if ((b->mgn_mode.len && !span_equal(b->mgn_mode, o->td_mode)) ||
	    !sub_type_closes(b->sub_type, m))
		return;
	if (b->type == 9 && kind != EVENTS_ADL)
		return;
	if (b->type == 5 && kind != EVENTS_LIQ_FULL && kind != EVENTS_LIQ_PARTIAL)
		return; /* transfers and fees of a liquidation */
	if (b->type == 5 && b->fill_ms >= e->bills.last_ms[EVENTS_LIQ_FULL] &&
	    b->fill_ms >= e->bills.last_ms[EVENTS_LIQ_PARTIAL])
		e->liq_px = b->px;
	count(&e->bills, kind, b->fill_ms);
}

static void
read_order(const struct okx_order *o, const struct okx_match *m, const struct okx_order *other,
	   struct events *e)
{
	enum events_kind kind = events_kind_of_category(other->category);

	if (kind != EVENTS_LIQ_FULL && kind != EVENTS_LIQ_PARTIAL && kind != EVENTS_ADL)
		return;
	if (!span_equal(other->inst_id, o->inst_id) || !span_equal(other->td_mode, o->td_mode) ||
	    !side_fits(other->pos_side, o) || !closes(other->side, m) ||
	    decimal_sign(other->acc_fill_sz) == 0)
		return;
	count(&e->orders, kind, other->last_fill_ms ? other->last_fill_ms : other->updated_ms);
}

static bool
within(int64_t ms, int64_t from_ms, int64_t to_ms)
{
	return ms >= from_ms && ms <= to_ms;
}

void
events_read(const struct okx_ledger *l, const struct okx_order *o, const struct okx_match *m,
	    int64_t from_ms, int64_t to_ms, struct events *out)
{
	*out = (struct events){.liq_px = {"", 0}, .last_close = EVENTS_OTHER};
	for (size_t i = 0; i < l->fills.n; i++) {
		const struct okx_fill *f = &l->fills.rows[i];

		if (within(f->fill_ms, from_ms, to_ms) && span_equal(f->inst_id, o->inst_id) &&
		    side_fits(f->pos_side, o))
			read_fill(l, o, m, f, out);
	}
	for (size_t i = 0; i < l->bills.n; i++)
		if (within(l->bills.rows[i].fill_ms, from_ms, to_ms))
			read_bill(o, m, &l->bills.rows[i], out);
	for (size_t i = 0; i < l->orders.n; i++) {
		const struct okx_order *other = &l->orders.rows[i];

		if (within(other->last_fill_ms ? other->last_fill_ms : other->updated_ms, from_ms,
			   to_ms))
			read_order(o, m, other, out);
	}
}
