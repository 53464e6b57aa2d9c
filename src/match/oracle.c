/* oracle.c: a price from outside: the price band about it, and the stops that it sets off. */
#include "market_parts.h"

/* px / tick rounded down, and whether something was left. False: more than a price may be. */
static bool
whole_ticks(const struct symbol *s, struct decimal px, int64_t *ticks, bool *rest)
{
	decimal_int units = px.coef, divisor = s->tick.step;
	unsigned scale = px.scale;

	/* px = coef / 10^scale; a tick = step / 10^decimals */
	for (; scale < s->tick.decimals; scale++)
		if (__builtin_mul_overflow(units, (decimal_int)10, &units))
			return false;
	for (; scale > s->tick.decimals; scale--)
		if (__builtin_mul_overflow(divisor, (decimal_int)10, &divisor))
			return false;
	if (units / divisor > GRID_VALUE_MAX / s->tick.step)
		return false;
	*ticks = (int64_t)(units / divisor);
	*rest = units % divisor != 0;
	return true;
}

bool
oracle_ticks(const struct symbol *s, struct decimal px, int64_t *low, int64_t *high)
{
	bool rest;

	if (!whole_ticks(s, px, low, &rest))
		return false;
	*high = *low + rest;
	return true;
}

/* px * (1 - d) rounded up, px * (1 + d) rounded down. */
void
oracle_band(struct symbol *s)
{
	struct decimal one = {1, 0}, factor, edge;
	int64_t unused;

	s->banded = false;
	if (!s->has_oracle || s->deviation.coef == 0)
		return;
	if (decimal_subtract(one, s->deviation, &factor) != DECIMAL_OK ||
	    decimal_multiply(s->oracle, factor, &edge) != DECIMAL_OK ||
	    !oracle_ticks(s, edge, &unused, &s->band_low))
		return;
	if (decimal_add(one, s->deviation, &factor) != DECIMAL_OK ||
	    decimal_multiply(s->oracle, factor, &edge) != DECIMAL_OK ||
	    !oracle_ticks(s, edge, &s->band_high, &unused))
		return;
	s->banded = true;
}

bool
oracle_allows(const struct symbol *s, int64_t px)
{
	return !s->banded || (px >= s->band_low && px <= s->band_high);
}

/* At most 18 digits before and behind the point: then no product above can pass 38 digits. */
static bool
is_reasonable(struct decimal px)
{
	struct decimal limit = {1, 0}, sum;

	for (int i = 0; i < 18; i++)
		limit.coef *= 10;
	return px.scale <= 10 && px.coef > 0 && decimal_compare(px, limit) < 0 &&
	       decimal_add(px, limit, &sum) == DECIMAL_OK;
}

enum reject
oracle_price(struct market *m, struct symbol *s)
{
	struct decimal px;
	int64_t low, high;

	if (decimal_parse(m->message.m[M_PX], &px) != DECIMAL_OK || !is_reasonable(px))
		return REJECT_PX;
	if (!oracle_ticks(s, px, &low, &high))
		return REJECT_PX_LARGE;
	s->has_oracle = true;
	s->oracle = px;
	s->oracle_low = low;
	s->oracle_high = high;
	oracle_band(s);
	market_emit(m, &(struct event){.type = EVENT_PRICE, .symbol = s, .message = &m->message});
	stop_look(m, s, TRIGGER_ORACLE);
	return REJECT_NONE;
}
