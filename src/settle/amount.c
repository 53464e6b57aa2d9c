#include "amount.h"

bool
amount_of(struct decimal value, unsigned decimals, decimal_int *units, bool *exact)
{
	decimal_int v = value.coef, rest = 0;

	if (v < 0 || decimals > DECIMAL_SCALE_MAX)
		return false;
	for (; value.scale < decimals; value.scale++)
		if (__builtin_mul_overflow(v, (decimal_int)10, &v))
			return false;
	for (; value.scale > decimals; value.scale--) {
		rest |= v % 10;
		v /= 10;
	}
	if (exact)
		*exact = rest == 0;
	*units = v;
	return true;
}

bool
amount_parse(struct span text, decimal_int *units)
{
	struct decimal d;

	if (text.len == 0 || text.len > DECIMAL_SCALE_MAX ||
	    decimal_parse(text, &d) != DECIMAL_OK || d.scale != 0 || d.coef < 0 ||
	    text.ptr[0] == '-')
		return false;
	*units = d.coef;
	return true;
}

size_t
amount_print(decimal_int units, char out[AMOUNT_TEXT_MAX])
{
	char reversed[AMOUNT_TEXT_MAX];
	size_t n = 0;

	do {
		reversed[n++] = (char)('0' + (int)(units % 10));
		units /= 10;
	} while (units > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	out[n] = 0;
	return n;
}
