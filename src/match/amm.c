/*
 * amm.c: a constant-product pool as a counterparty (after Uniswap v2's whitepaper, in integers).
 *
 * With x lots of base and y of quote (in ticks x lots), a taker who buys d lots pays y' - y, where
 * y' = ceil(xy / (x - d)), and the fee on top; one who sells d lots, of which the fee stays behind,
 * gets y - ceil(xy / (x + net)). All rounding is for the pool, so xy never falls.
 *
 * How far a taker goes: as long as the pool's price behind it (y' / x', the fee counted in) has not
 * passed the limit. That is decided by cross-multiplication, in 192 bits.
 */
#include "market_parts.h"

__extension__ typedef unsigned __int128 u128;

#define PPM INT64_C(1000000)

/* a * b <= c * d ? */
static bool
product_at_most(u128 a, uint64_t b, u128 c, uint64_t d)
{
	u128 a_low = (u128)(uint64_t)a * b, a_high = (u128)(uint64_t)(a >> 64) * b + (a_low >> 64);
	u128 c_low = (u128)(uint64_t)c * d, c_high = (u128)(uint64_t)(c >> 64) * d + (c_low >> 64);

	return a_high != c_high ? a_high < c_high : (uint64_t)a_low <= (uint64_t)c_low;
}

static int64_t
divide_up(u128 a, u128 b)
{
	return (int64_t)((a + b - 1) / b);
}

/* The quote side that goes with x lots. */
static int64_t
quote_at(const struct amm *a, int64_t x)
{
	return divide_up((u128)a->base * (u128)a->quote, (u128)x);
}

/* What d lots cost; false: the pool cannot or may not. */
static bool
price_buy(const struct amm *a, int64_t d, int64_t limit, struct swap *w)
{
	int64_t left = a->base - d;
	uint64_t keep = (uint64_t)(PPM - a->fee_ppm), net, gross;
	u128 y, paid;

	if (left <= 0)
		return false;
	y = (u128)a->base * (u128)a->quote;
	y = y / (uint64_t)left + (y % (uint64_t)left != 0);
	if (y > GRID_VALUE_MAX ||
	    !product_at_most(y, (uint64_t)PPM, (u128)limit * (u128)left, keep))
		return false;
	net = (uint64_t)y - (uint64_t)a->quote;
	paid = (u128)net * (u128)PPM;
	paid = paid / keep + (paid % keep != 0);
	if (paid > (uint64_t)(GRID_VALUE_MAX - a->quote))
		return false;
	gross = (uint64_t)paid;
	*w = (struct swap){d, (int64_t)gross, (int64_t)(gross - net)};
	return true;
}

static bool
price_sell(const struct amm *a, int64_t d, int64_t limit, struct swap *w)
{
	int64_t fee = divide_up((u128)d * (u128)a->fee_ppm, (u128)PPM), y;

	if (d > GRID_VALUE_MAX - a->base)
		return false;
	y = quote_at(a, a->base + d - fee);
	if (!product_at_most((u128)limit * (u128)(a->base + d - fee), (uint64_t)PPM, (u128)y,
			     (uint64_t)(PPM - a->fee_ppm)))
		return false;
	*w = (struct swap){d, a->quote - y, fee};
	return true;
}

static bool
price(const struct amm *a, enum side_of taker, int64_t d, int64_t limit, struct swap *w)
{
	return taker == BUY ? price_buy(a, d, limit, w) : price_sell(a, d, limit, w);
}

struct swap
amm_offer(const struct amm *a, enum side_of taker, int64_t sz, int64_t limit, bool strictly)
{
	struct swap best = {0}, w;
	u128 cost, bound;
	int64_t low = 1, high = sz;

	/* the price before the first lot, fee and all, lies beyond the limit: most times it does */
	if (taker == BUY
		? !product_at_most((u128)a->quote, (uint64_t)PPM, (u128)limit * (u128)a->base,
				   (uint64_t)(PPM - a->fee_ppm))
		: !product_at_most((u128)limit * (u128)a->base, (uint64_t)PPM, (u128)a->quote,
				   (uint64_t)(PPM - a->fee_ppm)))
		return best;
	while (low <= high) {
		int64_t middle = low + (high - low) / 2;

		if (price(a, taker, middle, limit, &w)) {
			best = w;
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	cost = (u128)best.quote;
	bound = (u128)limit * (u128)best.sz;
	/* its last unit is rounded for the pool: over all of it, it must still be worth while */
	if (best.sz && best.quote > 0 && (taker == BUY ? cost <= bound : cost >= bound) &&
	    !(strictly && cost == bound))
		return best;
	return (struct swap){0};
}

void
amm_take(struct amm *a, enum side_of taker, const struct swap *w)
{
	if (taker == BUY) {
		a->base -= w->sz;
		a->quote += w->quote;
	} else {
		a->base += w->sz;
		a->quote -= w->quote;
	}
}
