/* take.c: an order meets the other side: the book, order by order, and the pool. */
#include "check.h"
#include "market_parts.h"

int64_t
take_limit(const struct symbol *s, const struct order *o)
{
	if (o->px)
		return o->px;
	if (o->side == BUY)
		return s->banded ? s->band_high : GRID_VALUE_MAX;
	return s->banded && s->band_low > 1 ? s->band_low : 1;
}

void
take_settle(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	if (o->shown)
		return;
	if (o->open) {
		o->shown = o->display < o->open ? o->display : o->open;
		side_requeue(&s->sides[o->side], &m->pool, i, o->px);
		return;
	}
	side_remove(&s->sides[o->side], &m->pool, i, o->px);
	o->place = PLACE_NOWHERE;
	market_done(m, i, DONE_FILLED);
}

void
take_fill(struct market *m, struct symbol *s, uint32_t taker, uint32_t maker, int64_t px,
	  int64_t sz)
{
	struct order *t = order_at(m, taker), *k = order_at(m, maker);
	struct event e;

	CHECK(sz > 0 && sz <= t->open && sz <= k->shown && k->shown <= k->open);
	t->open -= sz;
	t->filled += sz;
	k->open -= sz;
	k->shown -= sz;
	k->filled += sz;
	s->last_px = px;
	s->has_last = true;
	event_clear(&e);
	e.type = EVENT_TRADE;
	e.symbol = s;
	e.order = t;
	e.maker = k;
	e.px = px;
	e.sz = sz;
	e.trade_id = ++s->trades;
	e.has_side = !s->auction;
	e.side = (enum side_of)t->side;
	market_emit(m, &e);
	stop_look(m, s, TRIGGER_LAST);
	take_settle(m, s, maker);
}

/* quote / sz in ticks, rounded against the taker, for whom it was no better than that. */
static int64_t
pool_px(enum side_of taker, const struct swap *w)
{
	return w->quote / w->sz + (taker == BUY && w->quote % w->sz != 0);
}

bool
take_from_pool(struct market *m, struct symbol *s, uint32_t i, int64_t limit, bool strictly)
{
	struct order *t = order_at(m, i);
	enum side_of side = (enum side_of)t->side;
	struct swap w = amm_offer(&s->amm, side, t->open, limit, strictly);

	if (w.sz == 0)
		return false;
	amm_take(&s->amm, side, &w);
	t->open -= w.sz;
	t->filled += w.sz;
	s->last_px = pool_px(side, &w);
	s->has_last = true;
	market_emit(m, &(struct event){.type = EVENT_TRADE,
				       .symbol = s,
				       .order = t,
				       .px = s->last_px,
				       .sz = w.sz,
				       .quote = w.quote,
				       .fee = w.fee,
				       .trade_id = ++s->trades,
				       .has_side = true,
				       .side = side});
	stop_look(m, s, TRIGGER_LAST);
	return true;
}

static bool
is_own(const struct order *a, const struct order *b)
{
	return a->account && a->account == b->account;
}

/* Two orders of one account meet. False: the taker is gone. */
static bool
prevent_self_trade(struct market *m, uint32_t taker, uint32_t maker)
{
	enum stp_mode mode = (enum stp_mode)order_at(m, taker)->stp;

	if (mode != STP_CANCEL_TAKER)
		market_cancel(m, maker, DONE_STP);
	if (mode == STP_CANCEL_MAKER)
		return true;
	market_done(m, taker, DONE_STP);
	return false;
}

bool
take(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *t = order_at(m, i);
	enum side_of side = (enum side_of)t->side;
	struct side *other = &s->sides[!t->side];
	int64_t limit = take_limit(s, t);

	while (t->open) {
		const struct level *best = side_best(other);
		int64_t px = best ? level_px(other, best) : 0;
		bool in_book = best && !better(side, limit, px);
		struct order *maker;

		/* of equal prices the book's comes first: people wait there */
		if (s->amm.shares && take_from_pool(m, s, i, in_book ? px : limit, in_book))
			continue;
		if (!in_book)
			break;
		maker = order_at(m, best->first);
		if (is_own(t, maker)) {
			if (!prevent_self_trade(m, i, best->first))
				return false;
			continue;
		}
		take_fill(m, s, i, best->first, px,
			  t->open < maker->shown ? t->open : maker->shown);
	}
	return true;
}

bool
take_any(const struct market *m, const struct symbol *s, uint32_t i)
{
	const struct order *t = order_at(m, i);
	const struct side *other = &s->sides[!t->side];
	const struct level *best = side_best(other);
	int64_t limit = take_limit(s, t);

	if (best && !better((enum side_of)t->side, limit, level_px(other, best)))
		return true;
	return s->amm.shares &&
	       amm_offer(&s->amm, (enum side_of)t->side, t->open, limit, false).sz > 0;
}

/*
 * What order t can have of one level, up to `need`. Its own orders do not count, and where they
 * would end it, what is behind the first of them does not either: *blocked. An iceberg shows its
 * next part behind all others, so only what is shown counts before that.
 */
static int64_t
level_offers(const struct market *m, const struct level *l, const struct order *t, int64_t need,
	     bool *blocked)
{
	int64_t shown = 0, hidden = 0;

	for (uint32_t i = l->first; i; i = order_at(m, i)->next) {
		const struct order *o = order_at(m, i);

		if (is_own(t, o)) {
			if (t->stp == STP_CANCEL_MAKER)
				continue;
			*blocked = true;
			return shown;
		}
		shown += o->shown;
		hidden += o->open - o->shown;
		if (shown >= need)
			return need;
		/* no sum here can overflow: both stop near twice the largest size */
		if (hidden > need)
			hidden = need;
	}
	return shown + hidden < need ? shown + hidden : need;
}

bool
take_whole(const struct market *m, const struct symbol *s, uint32_t i)
{
	const struct order *t = order_at(m, i);
	enum side_of side = (enum side_of)t->side;
	const struct side *other = &s->sides[!t->side];
	int64_t limit = take_limit(s, t), need = t->open;
	struct amm amm = s->amm;
	struct side_walk w = side_from_best(other);
	bool blocked = false;

	while (need) {
		const struct level *l = w.level;
		bool in_book = l && !better(side, limit, level_px(other, l));

		if (amm.shares) {
			struct swap swap = amm_offer(&amm, side, need,
						     in_book ? level_px(other, l) : limit, in_book);

			if (swap.sz) {
				amm_take(&amm, side, &swap);
				need -= swap.sz;
				continue;
			}
		}
		if (!in_book || blocked)
			return false;
		need -= level_offers(m, l, t, need, &blocked);
		if (need && blocked)
			return false;
		side_worse(&w);
	}
	return true;
}
