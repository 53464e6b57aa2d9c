#include "exposure.h"

static const struct decimal zero;

enum decimal_error
exposure_need(const struct decimal *px, struct decimal sz, struct decimal *base,
	      struct decimal *quote)
{
	*base = sz;
	*quote = zero;
	return px ? decimal_multiply(*px, sz, quote) : DECIMAL_OK;
}

enum decimal_error
exposure_furthest(const struct holding *h, struct decimal *out)
{
	struct decimal up, down;
	enum decimal_error e = decimal_add(h->net, h->coming, &up);

	if (e == DECIMAL_OK)
		e = decimal_subtract(h->net, h->going, &down);
	if (e != DECIMAL_OK)
		return e;
	up = decimal_abs(up);
	down = decimal_abs(down);
	*out = decimal_compare(up, down) > 0 ? up : down;
	return DECIMAL_OK;
}

void
exposure_hold(struct holding *h, bool coming, struct decimal more)
{
	struct decimal *sum = coming ? &h->coming : &h->going;

	if (decimal_add(*sum, more, sum) != DECIMAL_OK)
		h->broken = true;
}

void
exposure_fill(struct holding *h, bool in, struct decimal amount)
{
	enum decimal_error e =
	    in ? decimal_add(h->net, amount, &h->net) : decimal_subtract(h->net, amount, &h->net);

	if (e != DECIMAL_OK)
		h->broken = true;
}

enum decimal_error
exposure_within(const struct holding *h, bool coming, struct decimal more,
		const struct decimal *limit, bool *fits)
{
	struct holding then = *h;
	struct decimal before = zero, after = zero;
	enum decimal_error e;

	exposure_hold(&then, coming, more);
	if (then.broken)
		return DECIMAL_E_RANGE;
	e = exposure_furthest(&then, &after);
	if (e == DECIMAL_OK)
		e = exposure_furthest(h, &before);
	*fits = e == DECIMAL_OK && (!limit || decimal_compare(after, *limit) <= 0 ||
				    decimal_compare(after, before) <= 0);
	return e;
}
