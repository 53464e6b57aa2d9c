#include "okx_life.h"

void
okx_order_times(const struct okx_ledger *l, const struct okx_order *o, int64_t *first_ms,
		int64_t *last_ms)
{
	*first_ms = *last_ms = 0;
	for (size_t i = 0; i < l->fills.n; i++) {
		const struct okx_fill *f = &l->fills.rows[i];

		if (!span_equal(f->ord_id, o->ord_id))
			continue;
		if (*first_ms == 0 || f->fill_ms < *first_ms)
			*first_ms = f->fill_ms;
		if (f->fill_ms > *last_ms)
			*last_ms = f->fill_ms;
	}
	if (*first_ms == 0 && decimal_sign(o->acc_fill_sz) > 0) {
		*first_ms = o->created_ms;
		*last_ms = o->last_fill_ms ? o->last_fill_ms : o->updated_ms;
	}
	if (o->last_fill_ms > *last_ms)
		*last_ms = o->last_fill_ms;
}

/* Both named and different. */
static bool
contradicts(struct span a, struct span b)
{
	return a.len && b.len && !span_equal(a, b);
}

static bool
is_hedged(const struct okx_order *o)
{
	return span_is(o->pos_side, "long") || span_is(o->pos_side, "short");
}

static bool
life_is_long(const struct okx_life *h)
{
	return span_is(h->direction, "long") || span_is(h->pos_side, "long");
}

static bool
position_is_long(const struct okx_position *p)
{
	if (span_is(p->pos_side, "net"))
		return decimal_sign(p->pos) > 0;
	return span_is(p->pos_side, "long");
}

/* Same instrument, margin mode, currency and side as the order's, whatever the time. */
static bool
life_fits_keys(const struct okx_life *h, const struct okx_order *o, bool is_long)
{
	if (!span_equal(h->inst_id, o->inst_id) || !span_equal(h->mgn_mode, o->td_mode) ||
	    contradicts(h->ccy, o->ccy))
		return false;
	if (is_hedged(o))
		return span_equal(h->pos_side, o->pos_side);
	return life_is_long(h) == is_long;
}

static bool
position_fits(const struct okx_position *p, const struct okx_order *o, const struct okx_match *m)
{
	if (!span_equal(p->inst_id, o->inst_id) || !span_equal(p->mgn_mode, o->td_mode) ||
	    contradicts(p->ccy, o->ccy))
		return false;
	if (is_hedged(o) ? !span_equal(p->pos_side, o->pos_side)
			 : position_is_long(p) != m->is_long)
		return false;
	return p->created_ms - OKX_SLACK_MS <= m->first_fill_ms;
}

static bool
same_life(const struct okx_life *h, const struct okx_position *p)
{
	return p && span_equal(h->pos_id, p->pos_id) && h->created_ms == p->created_ms;
}

/* What an order does to a life is to have filled while that life lasted. A flip opened its life
 * with a fill of its own, late in the order. */
static bool
life_fits_time(const struct okx_life *h, const struct okx_match *m)
{
	int64_t first = m->role == OKX_ROLE_FLIPS ? m->last_fill_ms : m->first_fill_ms;

	if (h->created_ms - OKX_SLACK_MS > first)
		return false;
	return m->last_fill_ms <= h->updated_ms + OKX_SLACK_MS || same_life(h, m->open);
}

static void
find(const struct okx_ledger *l, const struct okx_order *o, struct okx_match *m)
{
	m->lives = 0;
	m->life = NULL;
	m->open = NULL;
	for (size_t i = 0; i < l->positions.n && !m->open; i++)
		if (position_fits(&l->positions.rows[i], o, m))
			m->open = &l->positions.rows[i];
	for (size_t i = 0; i < l->lives.n; i++) {
		const struct okx_life *h = &l->lives.rows[i];

		if (!life_fits_keys(h, o, m->is_long) || !life_fits_time(h, m))
			continue;
		m->lives++;
		m->life = h;
	}
	if (m->lives > 1)
		m->life = NULL;
	/* an open position that is another life than the one found is not the order's */
	if (m->life && m->open && !same_life(m->life, m->open)) {
		if (m->life->type == 2 || m->life->type == 3 || m->life->type == 6)
			m->open = NULL;
		else
			m->lives++;
	}
}

static bool
found(const struct okx_match *m)
{
	return m->lives > 0 || m->open;
}

/* Realised something: the order's own pnl, or that of one of its fills, is not zero. */
static bool
realised(const struct okx_ledger *l, const struct okx_order *o)
{
	if (decimal_sign(o->pnl) != 0)
		return true;
	for (size_t i = 0; i < l->fills.n; i++)
		if (span_equal(l->fills.rows[i].ord_id, o->ord_id) &&
		    decimal_sign(l->fills.rows[i].pnl) != 0)
			return true;
	return false;
}

/* In net mode a flip's new life begins while the order fills. */
static bool
begins_within(const struct okx_match *m)
{
	int64_t created = m->life ? m->life->created_ms : m->open ? m->open->created_ms : 0;

	return m->lives <= 1 && created >= m->first_fill_ms - OKX_SLACK_MS &&
	       created <= m->last_fill_ms + OKX_SLACK_MS;
}

static void
match_net(const struct okx_ledger *l, const struct okx_order *o, struct okx_match *m)
{
	bool buys = span_is(o->side, "buy");
	struct okx_match flip;

	if (!realised(l, o) && !span_is(o->reduce_only, "true")) {
		m->role = OKX_ROLE_OPENS;
		m->is_long = buys;
		find(l, o, m);
		/* closed at the very price it was opened at: nothing realised, yet nothing opened
		 * either */
		if (found(m))
			return;
	}
	flip = *m;
	flip.role = OKX_ROLE_FLIPS;
	flip.is_long = buys;
	find(l, o, &flip);
	if (found(&flip) && begins_within(&flip) && !span_is(o->reduce_only, "true")) {
		*m = flip;
		return;
	}
	m->role = OKX_ROLE_CLOSES;
	m->is_long = !buys;
	find(l, o, m);
}

void
okx_match_life(const struct okx_ledger *l, const struct okx_order *o, struct okx_match *m)
{
	bool buys = span_is(o->side, "buy");

	*m = (struct okx_match){0};
	okx_order_times(l, o, &m->first_fill_ms, &m->last_fill_ms);
	if (m->first_fill_ms == 0)
		return;
	if (!is_hedged(o)) {
		match_net(l, o, m);
		return;
	}
	m->is_long = span_is(o->pos_side, "long");
	m->role = m->is_long == buys ? OKX_ROLE_OPENS : OKX_ROLE_CLOSES;
	find(l, o, m);
}

void
okx_match_window(const struct okx_match *m, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = m->life ? m->life->created_ms : m->open ? m->open->created_ms : m->first_fill_ms;
	*to_ms = m->open || !m->life ? INT64_MAX : m->life->updated_ms;
}
