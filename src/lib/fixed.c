#include "fixed.h"

#include "check.h"
#include "swar.h"

__extension__ typedef unsigned __int128 unsigned_int128;

const int64_t fixed_power[FIXED_POWERS] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

/* Digits from p on, at most 18 of them taken in; returns where they end. */
static const char *
digits(const char *p, const char *end, uint64_t *value, unsigned max)
{
	const char *stop = (size_t)(end - p) > max ? p + max : end;
	uint64_t v = *value;

	for (; p < stop && (unsigned char)(*p - '0') < 10; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	*value = v;
	return p;
}

/* What follows the point: up to `scale` digits into value, the others zeros. */
static enum fixed_error
fraction(const char *p, const char *end, unsigned scale, int64_t *value)
{
	uint64_t part = 0;
	const char *begin = p;
	enum fixed_error e = FIXED_OK;
	int64_t tail;

	p = digits(p, end, &part, scale);
	tail = (int64_t)part * fixed_power[scale - (size_t)(p - begin)];
	for (; p < end && (unsigned char)(*p - '0') < 10; p++)
		if (*p != '0')
			e = FIXED_E_INEXACT;
	if (p != end || p == begin)
		return FIXED_E_SYNTAX;
	if (__builtin_add_overflow(*value, tail, value))
		return FIXED_E_RANGE;
	return e;
}

enum fixed_error
fixed_parse(struct span text, unsigned scale, int64_t *out)
{
	const char *p = text.ptr, *end = text.ptr + text.len, *begin;
	bool negative = p < end && *p == '-';
	enum fixed_error e = FIXED_OK;
	uint64_t whole = 0;
	int64_t value;

	CHECK(scale <= 18);
	if (text.len - 1 < 8 &&
	    fixed_word(swar_load_end(text.ptr, text.len) ^ SWAR_ZEROS, text.len, scale, out))
		return FIXED_OK;
	begin = p += negative;
	p = digits(p, end, &whole, 18);
	if (p == begin || (*begin == '0' && p - begin > 1))
		return FIXED_E_SYNTAX;
	if (__builtin_mul_overflow((int64_t)whole, fixed_power[scale], &value))
		e = FIXED_E_RANGE;
	/* a nineteenth digit is out of range at any scale: look only whether it is a number */
	while (p < end && (unsigned char)(*p - '0') < 10) {
		e = FIXED_E_RANGE;
		p++;
	}
	if (p < end) {
		enum fixed_error f;

		if (*p != '.' || p + 1 == end)
			return FIXED_E_SYNTAX;
		f = fraction(p + 1, end, scale, &value);
		if (f == FIXED_E_SYNTAX || e == FIXED_OK)
			e = f;
	}
	*out = negative ? -value : value;
	return e;
}

enum fixed_error
fixed_parse_wide(struct span text, unsigned scale, decimal_int *out)
{
	struct decimal d;

	switch (decimal_parse(text, &d)) {
	case DECIMAL_OK: break;
	case DECIMAL_E_SYNTAX: return FIXED_E_SYNTAX;
	case DECIMAL_E_RANGE: return FIXED_E_RANGE;
	}
	if (d.scale > scale)
		return FIXED_E_INEXACT;
	for (; d.scale < scale; d.scale++)
		if (__builtin_mul_overflow(d.coef, 10, &d.coef))
			return FIXED_E_RANGE;
	*out = d.coef;
	return FIXED_OK;
}

/* value, of at most 19 digits, in at least `min`, ending before `end`; returns where they begin. */
static char *
print_u64(uint64_t value, int min, char *end)
{
	for (; value >= 100000000; value /= 100000000, min -= 8)
		swar_store(end -= 8, swar_print((uint32_t)(value % 100000000)));
	for (; value || min > 0; value /= 10, min--)
		*--end = (char)('0' + value % 10);
	return end;
}

/* value in decimal digits that end before `end`; returns where they begin. */
static char *
print_u128(unsigned_int128 value, char *end)
{
	const uint64_t chunk = 10000000000000000000u; /* 10^19 */

	for (; value > UINT64_MAX; value /= chunk)
		end = print_u64((uint64_t)(value % chunk), 19, end);
	return print_u64((uint64_t)value, 1, end);
}

size_t
fixed_print(decimal_int value, unsigned scale, char out[FIXED_TEXT_MAX])
{
	char text[FIXED_TEXT_MAX + 40], *end = text + sizeof text, *begin;
	unsigned_int128 magnitude = value < 0 ? -(unsigned_int128)value : (unsigned_int128)value;
	size_t n = 0, whole;

	CHECK(scale <= DECIMAL_SCALE_MAX);
	begin = print_u128(magnitude, end);
	while ((size_t)(end - begin) <= scale)
		*--begin = '0';
	whole = (size_t)(end - begin) - scale;
	while (scale > 0 && end[-1] == '0') {
		end--;
		scale--;
	}
	if (value < 0)
		out[n++] = '-';
	memcpy(out + n, begin, whole);
	n += whole;
	if (scale > 0) {
		out[n++] = '.';
		memcpy(out + n, begin + whole, scale);
		n += scale;
	}
	return n;
}
