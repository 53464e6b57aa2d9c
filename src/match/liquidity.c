/* liquidity.c: accounts put their money into a symbol's pool, and take their share out. */
#include "check.h"
#include "market_parts.h"

__extension__ typedef unsigned __int128 u128;

#define FEE_PPM_USUAL 3000

bool
liquidity_reserve(struct symbol *s)
{
	void *list = s->amm.of;
	bool ok = market_grow(&list, &s->amm.of_cap, s->amm.of_n + 1, sizeof *s->amm.of);

	s->amm.of = list;
	return ok;
}

/* floor(a * b / c), and the same rounded up. */
static int64_t
scale_down(int64_t a, int64_t b, int64_t c)
{
	return (int64_t)((u128)a * (u128)b / (u128)c);
}

static int64_t
scale_up(int64_t a, int64_t b, int64_t c)
{
	return (int64_t)(((u128)a * (u128)b + (u128)c - 1) / (u128)c);
}

static int64_t
root(u128 v)
{
	int64_t low = 0, high = GRID_VALUE_MAX;

	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;

		if ((u128)middle * (u128)middle <= v)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static struct share *
share_of(struct amm *a, uint32_t account)
{
	for (uint32_t i = 0; i < a->of_n; i++)
		if (a->of[i].account == account)
			return &a->of[i];
	CHECK(a->of_n < a->of_cap);
	a->of[a->of_n] = (struct share){account, 0};
	return &a->of[a->of_n++];
}

/* What a change comes to. */
struct change {
	int64_t base;
	int64_t quote;
	int64_t shares;
};

static bool
read_fee(const struct message *r, const struct amm *a, int64_t *ppm)
{
	struct decimal fee;

	*ppm = a->shares ? a->fee_ppm : FEE_PPM_USUAL;
	if (!r->m[M_FEE_RATE].ptr)
		return true;
	if (!number_fraction(r->m[M_FEE_RATE], &fee) || fee.scale > 6)
		return false;
	for (; fee.scale < 6; fee.scale++)
		fee.coef *= 10;
	if (a->shares && fee.coef != a->fee_ppm)
		return false;
	*ppm = (int64_t)fee.coef;
	return true;
}

static bool
read_addition(const struct message *r, const struct symbol *s, struct change *c)
{
	const struct amm *a = &s->amm;
	u128 by_base, by_quote;

	if (grid_parse(&s->lot, r->m[M_BASE], &c->base) != GRID_OK ||
	    grid_parse_product(&s->tick, &s->lot, r->m[M_QUOTE], &c->quote) != GRID_OK ||
	    c->base == 0 || c->quote == 0)
		return false;
	if (a->shares == 0) {
		c->shares = root((u128)c->base * (u128)c->quote);
		return true;
	}
	if (c->base > GRID_VALUE_MAX - a->base || c->quote > GRID_VALUE_MAX - a->quote)
		return false;
	by_base = (u128)c->base * (u128)a->shares / (u128)a->base;
	by_quote = (u128)c->quote * (u128)a->shares / (u128)a->quote;
	if (by_quote < by_base)
		by_base = by_quote;
	if (by_base == 0 || by_base > (uint64_t)(GRID_VALUE_MAX - a->shares))
		return false;
	c->shares = (int64_t)by_base;
	c->base = scale_up(c->shares, a->base, a->shares);
	c->quote = scale_up(c->shares, a->quote, a->shares);
	return true;
}

static bool
read_removal(const struct message *r, const struct symbol *s, int64_t held, struct change *c)
{
	const struct amm *a = &s->amm;
	const struct grid one = {1, 0};

	if (grid_parse(&one, r->m[M_SHARES], &c->shares) != GRID_OK || c->shares == 0 ||
	    c->shares > held)
		return false;
	c->base = scale_down(c->shares, a->base, a->shares);
	c->quote = scale_down(c->shares, a->quote, a->shares);
	/* who leaves last takes all; others must leave something of both */
	return c->shares == a->shares || (c->base < a->base && c->quote < a->quote);
}

static void
tell(struct market *m, struct symbol *s, uint32_t account, bool add, const struct change *c)
{
	market_emit(m, &(struct event){.type = EVENT_LIQUIDITY,
				       .symbol = s,
				       .account = account,
				       .add = add,
				       .sz = c->base,
				       .quote = c->quote,
				       .shares = c->shares});
	market_emit(m, &(struct event){.type = EVENT_POOL,
				       .symbol = s,
				       .sz = s->amm.base,
				       .quote = s->amm.quote,
				       .shares = s->amm.shares});
}

enum reject
liquidity_change(struct market *m, struct symbol *s)
{
	const struct message *r = &m->message;
	struct amm *a = &s->amm;
	bool add = span_is(r->m[M_ACTION], "add");
	struct change c;
	struct share *share;
	int64_t fee_ppm;
	uint32_t account;

	if (!add && !span_is(r->m[M_ACTION], "remove"))
		return REJECT_MEMBER;
	if (add ? !r->m[M_BASE].ptr || !r->m[M_QUOTE].ptr : !r->m[M_SHARES].ptr)
		return REJECT_MISSING;
	account = names_find(&m->accounts, r->m[M_ACCOUNT]);
	if (add ? !read_fee(r, a, &fee_ppm) || !read_addition(r, s, &c)
		: !account || !read_removal(r, s, share_of(a, account)->shares, &c))
		return REJECT_LIQUIDITY;
	account = names_put(&m->accounts, r->m[M_ACCOUNT]);
	share = share_of(a, account);
	if (add) {
		a->fee_ppm = fee_ppm;
		a->base += c.base;
		a->quote += c.quote;
		a->shares += c.shares;
		share->shares += c.shares;
	} else {
		a->base -= c.base;
		a->quote -= c.quote;
		a->shares -= c.shares;
		share->shares -= c.shares;
	}
	tell(m, s, account, add, &c);
	liquidity_sweep(m, s);
	return REJECT_NONE;
}

void
liquidity_sweep(struct market *m, struct symbol *s)
{
	for (int side = BUY; side <= SELL && !s->auction && s->amm.shares; side++) {
		const struct level *best;

		while ((best = side_best(&s->sides[side])) != NULL) {
			uint32_t i = best->first;
			struct order *o = order_at(m, i);

			if (!take_from_pool(m, s, i, o->px, false))
				break;
			if (o->shown > o->open)
				o->shown = o->open;
			if (o->open)
				continue;
			side_remove(&s->sides[side], &m->pool, i, o->px);
			o->place = PLACE_NOWHERE;
			market_done(m, i, DONE_FILLED);
		}
	}
}
