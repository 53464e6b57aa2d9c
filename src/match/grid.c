#include "grid.h"

#include "check.h"
#include "digits.h"
#include "fixed.h"

/* Eight digits before the point and so many behind it are not beyond GRID_VALUE_MAX. */
#define SHORT_DECIMALS_MAX 10

/* Digits from *p on: their value, which is not counted beyond GRID_VALUE_MAX. */
static inline bool
read_digits(const char **p, const char *end, int64_t *value)
{
	const char *q = *p;
	int64_t v = *value;

	for (; q < end && (unsigned)(*q - '0') <= 9; q++) {
		if (v > GRID_VALUE_MAX / 10)
			return false;
		v = v * 10 + (*q - '0');
	}
	*p = q;
	*value = v;
	return true;
}

/* Is it of the form that numbers have? Then it was too large. */
static enum grid_error
refuse(struct span text)
{
	struct decimal d;
	enum decimal_error e = decimal_parse(text, &d);

	if (e == DECIMAL_E_SYNTAX || (text.len && text.ptr[0] == '-'))
		return GRID_E_SYNTAX;
	return GRID_E_LARGE;
}

/* value / 10^places of the text, without zeros at the end of the fraction beyond `decimals`. */
static enum grid_error
read_value(struct span text, unsigned decimals, int64_t *value)
{
	const char *p = text.ptr, *end = p + text.len, *point;
	int64_t v = 0;
	unsigned places = 0;

	if (!read_digits(&p, end, &v))
		return refuse(text);
	if (p == text.ptr || (p - text.ptr > 1 && text.ptr[0] == '0'))
		return GRID_E_SYNTAX;
	if (p < end && *p == '.') {
		point = p++;
		while (end - p > (ptrdiff_t)decimals && end[-1] == '0')
			end--;
		if (!read_digits(&p, end, &v))
			return refuse(text);
		if (p == point + 1 && text.ptr + text.len == p)
			return GRID_E_SYNTAX;
		if (p < end)
			return GRID_E_SYNTAX;
		places = (unsigned)(p - point - 1);
	}
	if (p < end)
		return GRID_E_SYNTAX;
	if (places > decimals)
		return GRID_E_OFF;
	if (v > GRID_VALUE_MAX / fixed_power[decimals - places])
		return GRID_E_LARGE;
	*value = v * fixed_power[decimals - places];
	return GRID_OK;
}

enum grid_error
grid_init(struct grid *g, struct span text)
{
	struct decimal d;

	if (decimal_parse(text, &d) == DECIMAL_E_SYNTAX || (text.len && text.ptr[0] == '-'))
		return GRID_E_SYNTAX;
	if (decimal_parse(text, &d) != DECIMAL_OK)
		return GRID_E_LARGE;
	while (d.scale > 0 && d.coef % 10 == 0) {
		d.coef /= 10;
		d.scale--;
	}
	if (d.coef == 0)
		return GRID_E_OFF;
	if (d.coef > GRID_STEP_MAX || d.scale > GRID_DECIMALS_MAX)
		return GRID_E_LARGE;
	*g = (struct grid){(int64_t)d.coef, d.scale};
	return GRID_OK;
}

/* A value of up to eight characters in one word, the point taken out of it: no loop, whose end
 * would be guessed wrong with every other length. False: for the longer ways. */
static inline bool
read_word(struct span text, unsigned decimals, int64_t *value)
{
	uint64_t w, point, below;
	unsigned places = 0;

	if (text.len - 1 >= 8 || text.ptr[text.len - 1] == '.' ||
	    (text.ptr[0] == '0' && text.len > 1 && text.ptr[1] != '.') || text.ptr[0] == '.')
		return false;
	/* what is behind is shifted out, and zeros come before */
	w = (swar_load(text.ptr) ^ SWAR_ZEROS) << (64 - 8 * text.len);
	point = swar_zero(w ^ (SWAR_ONES * ('.' ^ '0')));
	if (point) {
		point &= 0 - point;
		places = 7 - (unsigned)__builtin_ctzll(point) / 8;
		/* the digits before it move up by one; a second one is no digit */
		below = (point >> 7) - 1;
		w = (w & ~(below << 8 | 0xff)) | (w & below) << 8;
	}
	if (places > decimals || !swar_are_digits(w))
		return false;
	*value = (int64_t)swar_join(w) * fixed_power[decimals - places];
	return true;
}

/* A value of up to eight digits on each side of the point, and not more than the grid has: no loop,
 * whose end would be guessed wrong with every other length. False: read_value() tells more. */
static bool
read_short(struct span text, unsigned decimals, int64_t *value)
{
	size_t whole_n = digits_until(text.ptr, '.'), part_n = 0;
	uint64_t whole, part = 0;

	if (whole_n == 8 && text.len > 8 && text.ptr[8] != '.')
		return false;
	if (whole_n < text.len)
		part_n = text.len - whole_n - 1;
	else
		whole_n = text.len;
	if (whole_n - 1 >= 8 || part_n > 8 || part_n > decimals || decimals > SHORT_DECIMALS_MAX)
		return false;
	if (whole_n + 1 == text.len || (whole_n > 1 && text.ptr[0] == '0'))
		return false;
	if (!digits_take(text.ptr, (unsigned)whole_n, &whole))
		return false;
	if (part_n && !digits_take(text.ptr + whole_n + 1, (unsigned)part_n, &part))
		return false;
	*value =
	    (int64_t)whole * fixed_power[decimals] + (int64_t)part * fixed_power[decimals - part_n];
	return true;
}

enum grid_error
grid_parse(const struct grid *g, struct span text, int64_t *steps)
{
	int64_t v;
	enum grid_error e = GRID_OK;

	if (!(g->decimals <= SHORT_DECIMALS_MAX && read_word(text, g->decimals, &v)) &&
	    !read_short(text, g->decimals, &v))
		e = read_value(text, g->decimals, &v);
	if (e != GRID_OK)
		return e;
	if (g->step != 1) {
		if (v % g->step)
			return GRID_E_OFF;
		v /= g->step;
	}
	*steps = v;
	return GRID_OK;
}

/* With more decimals than one word of digits holds. */
static size_t
print_long(uint64_t v, unsigned decimals, char out[GRID_TEXT_MAX])
{
	char text[GRID_DECIMALS_MAX] = {0}, *end;
	unsigned n = decimals;

	for (unsigned i = decimals; i > 0; v /= 10)
		text[--i] = (char)('0' + v % 10);
	while (n > 0 && text[n - 1] == '0')
		n--;
	end = digits_put(out, v);
	if (n) {
		*end++ = '.';
		memcpy(end, text, n);
	}
	return (size_t)(end - out) + n;
}

/* Eight digits in all, of which 1 to 7 are decimals. */
static inline size_t
print_word(uint32_t v, unsigned decimals, char out[GRID_TEXT_MAX])
{
	uint64_t word = swar_split(v), part = word >> (64 - 8 * decimals);
	/* the digit before the point is printed even if it is 0 */
	unsigned zeros = (unsigned)__builtin_ctzll(word | UINT64_C(1) << (56 - 8 * decimals)) / 8;
	size_t n = 8 - decimals - zeros;

	swar_store(out, (word | SWAR_ZEROS) >> 8 * zeros);
	out[n] = '.';
	swar_store(out + n + 1, part | SWAR_ZEROS);
	return part ? n + 9 - (unsigned)__builtin_clzll(part) / 8 : n;
}

size_t
grid_print(const struct grid *g, int64_t steps, char out[GRID_TEXT_MAX])
{
	uint64_t v = (uint64_t)steps * (uint64_t)g->step, whole, part;
	unsigned zeros;
	char *end;

	if (v < DIGITS_WORD && g->decimals - 1 < 7)
		return print_word((uint32_t)v, g->decimals, out);
	if (g->decimals > 8)
		return print_long(v, g->decimals, out);
	whole = v / (uint64_t)fixed_power[g->decimals];
	part = v - whole * (uint64_t)fixed_power[g->decimals];
	end = digits_put(out, whole);
	part = swar_split((uint32_t)(part * (uint64_t)fixed_power[8 - g->decimals]));
	zeros = (unsigned)__builtin_clzll(part | 1) / 8;
	*end = '.';
	swar_store(end + 1, part | SWAR_ZEROS);
	return (size_t)(end - out) + (part ? 9 - zeros : 0);
}

size_t
grid_print_product(const struct grid *tick, const struct grid *lot, decimal_int amount,
		   char out[DECIMAL_TEXT_MAX])
{
	decimal_int coef;

	if (__builtin_mul_overflow(amount, (decimal_int)tick->step * lot->step, &coef))
		check_failed(__FILE__, __LINE__, "an amount beyond what pools hold");
	return decimal_print((struct decimal){coef, tick->decimals + lot->decimals}, out);
}

enum grid_error
grid_parse_product(const struct grid *tick, const struct grid *lot, struct span text,
		   int64_t *amount)
{
	decimal_int step = (decimal_int)tick->step * lot->step;
	unsigned decimals = tick->decimals + lot->decimals;
	struct decimal d;

	if (decimal_parse(text, &d) == DECIMAL_E_SYNTAX || (text.len && text.ptr[0] == '-'))
		return GRID_E_SYNTAX;
	if (decimal_parse(text, &d) != DECIMAL_OK)
		return GRID_E_LARGE;
	for (; d.scale > decimals; d.scale--) {
		if (d.coef % 10)
			return GRID_E_OFF;
		d.coef /= 10;
	}
	for (; d.scale < decimals; d.scale++)
		if (__builtin_mul_overflow(d.coef, (decimal_int)10, &d.coef))
			return GRID_E_LARGE;
	if (d.coef % step)
		return GRID_E_OFF;
	if (d.coef / step > GRID_VALUE_MAX)
		return GRID_E_LARGE;
	*amount = (int64_t)(d.coef / step);
	return GRID_OK;
}
