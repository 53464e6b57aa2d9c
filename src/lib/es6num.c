#include "es6num.h"

#include "check.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A positive decimal value: 0.DIGITS times ten to the power `point`; digits without zeros at either
 * end, none for zero. */
struct digits {
	const char *ptr;
	size_t len;
	int64_t point;
};

static bool
reads_back(uint64_t digits, int exponent, double value)
{
	char text[40];

	snprintf(text, sizeof text, "%" PRIu64 "e%d", digits, exponent);
	return strtod(text, NULL) == value;
}

/*
 * The shortest digits that read back as value, and among those the closest to it (ECMA-262,
 * Number::toString). "%.*e" gives the closest n-digit number; at a power of two the gap below is
 * half the gap above, so that the closest may fail to read back where its neighbour succeeds:
 * 0x1p-1017 is 7.120236347223045e-307, which "%.15e" never prints. Hence the two neighbours.
 */
static int
shortest(double value, char digits[20], int *exponent)
{
	/* 15 digits survive the way into a normal double and back (DBL_DIG), so where 15 read back,
	 * dropping their zeros at the end gives the shortest; a subnormal has fewer, and is looked
	 * for from one digit on */
	for (int n = value < DBL_MIN ? 1 : DBL_DIG; n <= 17; n++) {
		char text[40], *e;
		uint64_t d;

		snprintf(text, sizeof text, "%.*e", n - 1, value);
		e = strchr(text, 'e');
		CHECK(e);
		*exponent = atoi(e + 1) - (n - 1);
		*e = 0;
		if (n > 1)
			memmove(text + 1, text + 2, strlen(text + 2) + 1);
		d = strtoull(text, NULL, 10);
		for (int step = 0; step < 3; step++) {
			uint64_t near = step == 0 ? d : step == 1 ? d + 1 : d - 1;

			if (near && reads_back(near, *exponent, value)) {
				int len = snprintf(digits, 20, "%" PRIu64, near);

				while (len > 1 && digits[len - 1] == '0') {
					len--;
					++*exponent;
				}
				digits[len] = 0;
				return len;
			}
		}
	}
	check_failed(__FILE__, __LINE__, "17 digits read back every double");
}

size_t
es6num_print(double value, char out[ES6NUM_MAX])
{
	char digits[20], *p = out;
	int exponent, k, n;

	CHECK(isfinite(value));
	if (value == 0) {
		out[0] = '0';
		return 1;
	}
	if (signbit(value)) {
		*p++ = '-';
		value = -value;
	}
	k = shortest(value, digits, &exponent);
	n = k + exponent; /* ECMA-262's n: the value is 0.DIGITS x 10^n */
	if (k <= n && n <= 21) {
		p += sprintf(p, "%s", digits);
		for (int i = k; i < n; i++)
			*p++ = '0';
	} else if (0 < n && n < k) {
		p += sprintf(p, "%.*s.%s", n, digits, digits + n);
	} else if (-6 < n && n <= 0) {
		p += sprintf(p, "0.%.*s%s", -n, "000000", digits);
	} else {
		*p++ = digits[0];
		if (k > 1)
			p += sprintf(p, ".%s", digits + 1);
		p += sprintf(p, "e%c%d", n > 0 ? '+' : '-', abs(n - 1));
	}
	CHECK(p < out + ES6NUM_MAX);
	return (size_t)(p - out);
}

/* Read off the decimal value of a JSON number without converting it. scratch holds its digits. */
static void
decimal_value(struct span text, char *scratch, struct digits *out)
{
	const char *p = text.ptr, *end = text.ptr + text.len;
	size_t n = 0;
	int64_t point = 0, exponent = 0;
	bool fraction = false, negative = false;

	if (p < end && *p == '-')
		p++;
	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		if (n == 0 && *p == '0') {
			point -= fraction;
			continue;
		}
		scratch[n++] = *p;
		point += !fraction;
	}
	if (p < end) {
		p++;
		negative = *p == '-';
		if (*p == '-' || *p == '+')
			p++;
		for (; p < end; p++) {
			/* far beyond any double: the rest of its digits make no difference */
			if (exponent > INT64_C(100000000000000))
				break;
			exponent = exponent * 10 + (*p - '0');
		}
	}
	while (n && scratch[n - 1] == '0')
		n--;
	*out = (struct digits){scratch, n, n ? point + (negative ? -exponent : exponent) : 0};
}

static bool
same_decimal(struct span a, struct span b)
{
	char small[128], *scratch = small;
	struct digits x, y;
	bool same;

	if (a.len + b.len > sizeof small) {
		scratch = malloc(a.len + b.len);
		if (!scratch)
			return false; /* out of memory refuses the number rather than vouch for it
				       */
	}
	decimal_value(a, scratch, &x);
	decimal_value(b, scratch + a.len, &y);
	same = x.point == y.point && x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
	if (scratch != small)
		free(scratch);
	return same;
}

/* A plain integer of at most 15 digits is its own canonical form; nearly all numbers that we meet
 * are. */
static bool
is_small_integer(struct span t)
{
	if (t.len == 0 || t.len > 15 || (t.ptr[0] == '0' && t.len > 1))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.ptr[i] < '0' || t.ptr[i] > '9')
			return false;
	return true;
}

enum es6num_result
es6num(struct span text, char out[ES6NUM_MAX], size_t *len)
{
	char small[64], *copy = small;
	double value;

	if (is_small_integer(text)) {
		memcpy(out, text.ptr, text.len);
		*len = text.len;
		return ES6NUM_EXACT;
	}
	if (text.len >= sizeof small) {
		copy = malloc(text.len + 1);
		if (!copy)
			return ES6NUM_LOSSY;
	}
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = 0;
	value = strtod(copy, NULL);
	if (copy != small)
		free(copy);
	*len = 0;
	if (!isfinite(value))
		return ES6NUM_LOSSY;
	*len = es6num_print(value, out);
	return same_decimal(text, (struct span){out, *len}) ? ES6NUM_EXACT : ES6NUM_LOSSY;
}
