#include "base_units.h"

bool
base_units_of(struct decimal value, unsigned decimals, decimal_int *units, bool *exact)
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
base_units_parse(struct span text, decimal_int *units)
{
	struct decimal d;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	if (text.len > DECIMAL_SCALE_MAX || decimal_parse(text, &d) != DECIMAL_OK)
		return false;
	*units = d.coef;
	return true;
}

size_t
base_units_print(decimal_int units, char out[BASE_UNITS_TEXT_MAX])
{
	char reversed[BASE_UNITS_TEXT_MAX];
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
