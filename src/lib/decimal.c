#include "decimal.h"

#include "check.h"

#define DIGITS_MAX 38

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Drop zeros behind the point, so that equal values have one form and scales stay small. */
static struct decimal
reduce(struct decimal d)
{
	while (d.scale > 0 && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	return d;
}

enum decimal_error
decimal_parse(struct span t, struct decimal *out)
{
	size_t i = 0, whole;
	unsigned scale = 0, digits = 0;
	decimal_int coef = 0;
	bool negative = t.len > 0 && t.ptr[0] == '-';

	i += negative;
	whole = i;
	for (; i < t.len && (is_digit(t.ptr[i]) || (t.ptr[i] == '.' && scale == 0)); i++) {
		if (t.ptr[i] == '.') {
			if (i == whole || i + 1 == t.len || !is_digit(t.ptr[i + 1]))
				return DECIMAL_E_SYNTAX;
			for (i++; i < t.len && is_digit(t.ptr[i]); i++) {
				/* zeros at the end carry nothing and may be longer than we can hold
				 */
				if (digits >= DIGITS_MAX || scale >= DECIMAL_SCALE_MAX) {
					if (t.ptr[i] != '0')
						return DECIMAL_E_RANGE;
					continue;
				}
				coef = coef * 10 + (t.ptr[i] - '0');
				digits += coef != 0;
				scale++;
			}
			break;
		}
		if (i > whole && t.ptr[whole] == '0')
			return DECIMAL_E_SYNTAX;
		if (digits >= DIGITS_MAX)
			return DECIMAL_E_RANGE;
		coef = coef * 10 + (t.ptr[i] - '0');
		digits += coef != 0;
	}
	if (i == whole || i != t.len)
		return DECIMAL_E_SYNTAX;
	*out = reduce((struct decimal){negative ? -coef : coef, scale});
	return DECIMAL_OK;
}

size_t
decimal_print(struct decimal value, char out[DECIMAL_TEXT_MAX])
{
	struct decimal d = reduce(value);
	char reversed[DECIMAL_TEXT_MAX];
	size_t n = 0, len = 0;
	bool negative = d.coef < 0;

	CHECK(d.scale <= DECIMAL_SCALE_MAX);
	do {
		int digit = (int)(d.coef % 10);

		if (n == d.scale && n > 0)
			reversed[len++] = '.';
		reversed[len++] = (char)('0' + (digit < 0 ? -digit : digit));
		d.coef /= 10;
		n++;
	} while (d.coef != 0 || n <= d.scale);
	if (negative)
		reversed[len++] = '-';
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	out[len] = 0;
	return len;
}

int
decimal_sign(struct decimal value)
{
	return value.coef > 0 ? 1 : value.coef < 0 ? -1 : 0;
}

struct decimal
decimal_negate(struct decimal value)
{
	value.coef = -value.coef;
	return value;
}

struct decimal
decimal_abs(struct decimal value)
{
	return value.coef < 0 ? decimal_negate(value) : value;
}

/* Bring d to the larger scale; false when the digits do not fit. */
static bool
rescale(struct decimal *d, unsigned scale)
{
	while (d->scale < scale) {
		if (__builtin_mul_overflow(d->coef, (decimal_int)10, &d->coef))
			return false;
		d->scale++;
	}
	return true;
}

static bool
same_scale(struct decimal *a, struct decimal *b)
{
	*a = reduce(*a);
	*b = reduce(*b);
	return a->scale < b->scale ? rescale(a, b->scale) : rescale(b, a->scale);
}

/* What decimal_parse() could not have read back is out of range, whichever way it came about. */
static enum decimal_error
settle(struct decimal result, struct decimal *out)
{
	struct decimal d = reduce(result);
	decimal_int limit = 1;

	for (int i = 0; i < DIGITS_MAX; i++)
		limit *= 10;
	if (d.scale > DECIMAL_SCALE_MAX || d.coef >= limit || d.coef <= -limit)
		return DECIMAL_E_RANGE;
	*out = d;
	return DECIMAL_OK;
}

enum decimal_error
decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	decimal_int sum;

	if (!same_scale(&a, &b) || __builtin_add_overflow(a.coef, b.coef, &sum))
		return DECIMAL_E_RANGE;
	return settle((struct decimal){sum, a.scale}, out);
}

enum decimal_error
decimal_subtract(struct decimal a, struct decimal b, struct decimal *out)
{
	return decimal_add(a, decimal_negate(b), out);
}

enum decimal_error
decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	decimal_int product;

	a = reduce(a);
	b = reduce(b);
	if (__builtin_mul_overflow(a.coef, b.coef, &product))
		return DECIMAL_E_RANGE;
	return settle((struct decimal){product, a.scale + b.scale}, out);
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	int sign_a = decimal_sign(a), sign_b = decimal_sign(b);

	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	if (!same_scale(&a, &b)) {
		/* One cannot take the other's scale: the one with fewer decimals is the larger in
		 * size. */
		return (a.scale < b.scale ? 1 : -1) * sign_a;
	}
	return a.coef < b.coef ? -1 : a.coef > b.coef;
}
