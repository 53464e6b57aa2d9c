/*
 * Catches a sum, product or comparison of money that differs from schoolbook arithmetic on decimal
 * digits, one digit after the other.
 */
#include "decimal.h"
#include "fuzz.h"

#define PLACES 512   /* digits of a schoolbook number */
#define POINT 160    /* of them behind the point */
#define TEXT_MAX 100 /* longest text that surely fits in */
#define HELD_MAX 38  /* digits that decimal holds */

/* digit[0] is worth 10^-POINT. */
struct school {
	bool negative;
	signed char digit[PLACES];
};

/* By the grammar: -?(0|[1-9][0-9]*)(.[0-9]+)? */
static bool
is_decimal(struct span t)
{
	size_t i = t.len && t.ptr[0] == '-', start = i;

	while (i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9')
		i++;
	if (i == start || (t.ptr[start] == '0' && i > start + 1))
		return false;
	if (i == t.len)
		return true;
	if (t.ptr[i++] != '.')
		return false;
	for (start = i; i < t.len && t.ptr[i] >= '0' && t.ptr[i] <= '9'; i++)
		;
	return i == t.len && i > start;
}

static struct school
read_school(struct span t)
{
	struct school s = {.negative = t.len && t.ptr[0] == '-'};
	const char *dot = memchr(t.ptr, '.', t.len);
	size_t whole = dot ? (size_t)(dot - t.ptr) : t.len;

	for (size_t i = s.negative; i < whole; i++)
		s.digit[POINT + whole - 1 - i] = (signed char)(t.ptr[i] - '0');
	for (size_t i = whole + 1; i < t.len; i++)
		s.digit[POINT - (i - whole)] = (signed char)(t.ptr[i] - '0');
	return s;
}

/* Lowest and highest place that is not zero; false for zero. */
static bool
places(const struct school *s, size_t *low, size_t *high)
{
	size_t l = 0, h = PLACES;

	while (l < PLACES && s->digit[l] == 0)
		l++;
	if (l == PLACES)
		return false;
	while (s->digit[h - 1] == 0)
		h--;
	*low = l;
	*high = h - 1;
	return true;
}

/* Digits that a coefficient needs when it is scaled to the lowest place, but no further than the
 * point. */
static bool
is_held(const struct school *s)
{
	size_t low, high;

	if (!places(s, &low, &high))
		return true;
	if (low > POINT)
		low = POINT;
	if (high < low)
		high = low;
	return high - low + 1 <= HELD_MAX && POINT - low <= DECIMAL_SCALE_MAX;
}

static size_t
print_school(const struct school *s, char *out)
{
	size_t low, high, n = 0;

	if (!places(s, &low, &high)) {
		memcpy(out, "0", 2);
		return 1;
	}
	if (s->negative)
		out[n++] = '-';
	for (size_t i = high > POINT ? high : POINT; i != SIZE_MAX && (i >= low || i >= POINT);
	     i--) {
		if (i == POINT - 1)
			out[n++] = '.';
		out[n++] = (char)('0' + s->digit[i]);
	}
	out[n] = 0;
	return n;
}

static int
compare_size(const struct school *a, const struct school *b)
{
	for (size_t i = PLACES; i-- > 0;)
		if (a->digit[i] != b->digit[i])
			return a->digit[i] < b->digit[i] ? -1 : 1;
	return 0;
}

static int
compare_school(const struct school *a, const struct school *b)
{
	size_t l, h;
	bool zero_a = !places(a, &l, &h), zero_b = !places(b, &l, &h);
	int sign_a = zero_a ? 0 : a->negative ? -1 : 1, sign_b = zero_b ? 0 : b->negative ? -1 : 1;

	if (sign_a != sign_b)
		return sign_a < sign_b ? -1 : 1;
	return sign_a < 0 ? -compare_size(a, b) : compare_size(a, b);
}

static struct school
add_school(const struct school *a, const struct school *b)
{
	struct school sum = {.negative = a->negative};
	int carry = 0;

	if (a->negative != b->negative && compare_size(a, b) < 0)
		return add_school(b, a);
	for (size_t i = 0; i < PLACES; i++) {
		int d =
		    a->digit[i] + carry + (a->negative == b->negative ? b->digit[i] : -b->digit[i]);

		carry = d > 9 ? 1 : d < 0 ? -1 : 0;
		sum.digit[i] = (signed char)(d - 10 * carry);
	}
	FUZZ_CHECK(carry == 0);
	return sum;
}

static struct school
multiply_school(const struct school *a, const struct school *b)
{
	struct school product = {.negative = a->negative != b->negative};
	int column[2 * PLACES] = {0}, carry = 0;

	for (size_t i = 0; i < PLACES; i++)
		for (size_t k = 0; a->digit[i] && k < PLACES; k++)
			column[i + k] += a->digit[i] * b->digit[k];
	for (size_t i = 0; i < 2 * PLACES; i++) {
		int d = column[i] + carry;

		carry = d / 10;
		if (i >= POINT && i < POINT + PLACES)
			product.digit[i - POINT] = (signed char)(d % 10);
		else
			FUZZ_CHECK(d % 10 == 0);
	}
	return product;
}

static void
expect_value(struct decimal d, const struct school *want)
{
	char text[DECIMAL_TEXT_MAX], want_text[PLACES + 4];
	struct decimal again;
	size_t n = decimal_print(d, text);

	FUZZ_CHECK(n < DECIMAL_TEXT_MAX && text[n] == 0);
	print_school(want, want_text);
	FUZZ_CHECK(strcmp(text, want_text) == 0);
	FUZZ_CHECK(decimal_parse((struct span){text, n}, &again) == DECIMAL_OK);
	FUZZ_CHECK(decimal_compare(d, again) == 0);
}

/*
 * Brought to one scale (a sum) or multiplied out (a product), is it too long for 128 bits? That is
 * out of range by the header, even where zeros at the end would make the result short again. 38
 * digits and the next power of ten: 2^127 has 39.
 */
static bool
may_overflow(size_t digits)
{
	return digits > HELD_MAX;
}

static size_t
scale_of(const struct school *s)
{
	size_t low, high;

	return places(s, &low, &high) && low < POINT ? POINT - low : 0;
}

static size_t
digits_at(const struct school *s, size_t scale)
{
	size_t low, high;

	return places(s, &low, &high) && high + 1 + scale > POINT ? high + 1 + scale - POINT : 0;
}

static void
check_sum(struct decimal a, struct decimal b, const struct school *x, const struct school *y,
	  bool subtract)
{
	struct school other = *y, sum;
	struct decimal d;
	size_t scale = scale_of(x) > scale_of(y) ? scale_of(x) : scale_of(y);
	enum decimal_error e = subtract ? decimal_subtract(a, b, &d) : decimal_add(a, b, &d);

	other.negative ^= subtract;
	sum = add_school(x, &other);
	FUZZ_CHECK(e != DECIMAL_E_SYNTAX);
	if (e == DECIMAL_OK) {
		FUZZ_CHECK(is_held(&sum));
		expect_value(d, &sum);
	} else {
		FUZZ_CHECK(!is_held(&sum) || may_overflow(digits_at(x, scale)) ||
			   may_overflow(digits_at(y, scale)) ||
			   may_overflow(digits_at(&sum, scale)));
	}
}

static void
check_product(struct decimal a, struct decimal b, const struct school *x, const struct school *y)
{
	struct school product = multiply_school(x, y);
	struct decimal d;
	enum decimal_error e = decimal_multiply(a, b, &d);

	FUZZ_CHECK(e != DECIMAL_E_SYNTAX);
	if (e == DECIMAL_OK) {
		FUZZ_CHECK(is_held(&product));
		expect_value(d, &product);
	} else {
		FUZZ_CHECK(!is_held(&product) ||
			   may_overflow(digits_at(&product, scale_of(x) + scale_of(y))));
	}
}

static bool
parse(struct span text, struct decimal *d, struct school *s)
{
	enum decimal_error e = decimal_parse(text, d);
	bool good = is_decimal(text);

	if (text.len > TEXT_MAX)
		return false;
	if (!good) {
		/* too long and malformed behind that may be called either */
		FUZZ_CHECK(e == DECIMAL_E_SYNTAX || (e == DECIMAL_E_RANGE && text.len > HELD_MAX));
		return false;
	}
	*s = read_school(text);
	FUZZ_CHECK(e == (is_held(s) ? DECIMAL_OK : DECIMAL_E_RANGE));
	if (e != DECIMAL_OK)
		return false;
	expect_value(*d, s);
	return true;
}

/* Two numbers, a space between them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), first = fuzz_until(&in, ' ');
	struct decimal a, b;
	struct school x, y;
	size_t low, high;
	bool both = parse(first, &a, &x);

	both = parse(in, &b, &y) && both;
	if (!both)
		return 0;
	FUZZ_CHECK(decimal_compare(a, b) == compare_school(&x, &y));
	FUZZ_CHECK(decimal_compare(b, a) == -compare_school(&x, &y));
	FUZZ_CHECK(decimal_sign(a) == (!places(&x, &low, &high) ? 0 : x.negative ? -1 : 1));
	check_sum(a, b, &x, &y, false);
	check_sum(a, b, &x, &y, true);
	check_product(a, b, &x, &y);
	x.negative = !x.negative;
	expect_value(decimal_negate(a), &x);
	x.negative = false;
	expect_value(decimal_abs(a), &x);
	return 0;
}
