#include "units.h"

/* 10^19, the highest power of ten in a word. */
#define LOW_DIGITS 19
#define LOW_MAX UINT64_C(10000000000000000000)

/* 10^38, the first value that is too large. */
static units_int
limit(void)
{
	return (units_int)LOW_MAX * LOW_MAX;
}

bool
units_parse(struct span text, units_int *out)
{
	units_int value = 0;

	if (text.len == 0 || text.len > UNITS_DIGITS || (text.ptr[0] == '0' && text.len > 1))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.ptr[i] - '0');
	}
	*out = value;
	return true;
}

bool
units_of_bytes(struct span bytes, units_int *out)
{
	units_int value = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		if (value >> 120)
			return false;
		value = value << 8 | (unsigned char)bytes.ptr[i];
	}
	if (value >= limit())
		return false;
	*out = value;
	return true;
}

size_t
units_print(units_int value, char out[UNITS_TEXT_MAX])
{
	char digits[UNITS_TEXT_MAX];
	size_t n = 0;

	/* dividing two words is slow: 19 digits at once, and one word is left */
	while (value > UINT64_MAX) {
		uint64_t low = (uint64_t)(value % LOW_MAX);

		for (int i = 0; i < LOW_DIGITS; i++, low /= 10)
			digits[n++] = (char)('0' + (int)(low % 10));
		value /= LOW_MAX;
	}
	for (uint64_t low = (uint64_t)value; low || n == 0; low /= 10)
		digits[n++] = (char)('0' + (int)(low % 10));
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = '\0';
	return n;
}

bool
units_add(units_int a, units_int b, units_int *out)
{
	if (a >= limit() || b >= limit() || a + b >= limit())
		return false;
	*out = a + b;
	return true;
}

bool
units_multiply(units_int a, units_int b, units_int *out)
{
	if (a != 0 && b > (limit() - 1) / a)
		return false;
	*out = a * b;
	return true;
}
