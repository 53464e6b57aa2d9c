/*
 * Catches a number whose canonical form is another value, or is called exact when it is not. The
 * oracle compares decimal values digit by digit, with the point and the exponent worked out by
 * counting.
 */
#include "es6num.h"
#include "fuzz.h"
#include "json.h"

#include <math.h>

#define DIGITS_MAX 8192

/* 0.DIGITS times ten to the power `point`, no zeros at either end; sign apart, none for zero. */
struct value {
	bool negative;
	char digits[DIGITS_MAX];
	size_t n;
	long long point;
};

static void
read_value(struct span text, struct value *v)
{
	const char *p = text.ptr, *end = text.ptr + text.len, *e = end;
	char whole_and_fraction[DIGITS_MAX];
	size_t n = 0, first = 0;
	long long whole = 0, exponent = 0;
	bool fraction = false;

	memset(v, 0, sizeof *v);
	v->negative = *p == '-';
	p += v->negative;
	for (const char *q = p; q < end; q++)
		if (*q == 'e' || *q == 'E')
			e = q;
	for (; p < e; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		whole_and_fraction[n++] = *p;
		whole += !fraction;
	}
	if (e < end) {
		bool down = e[1] == '-';

		for (p = e + 1 + (e[1] == '-' || e[1] == '+'); p < end; p++)
			exponent = exponent > 1000000000000 ? exponent : exponent * 10 + (*p - '0');
		exponent = down ? -exponent : exponent;
	}
	while (first < n && whole_and_fraction[first] == '0')
		first++;
	while (n > first && whole_and_fraction[n - 1] == '0')
		n--;
	v->n = n - first;
	memcpy(v->digits, whole_and_fraction + first, v->n);
	v->point = v->n ? whole - (long long)first + exponent : 0;
	if (v->n == 0)
		v->negative = false;
}

static bool
same_value(struct span a, struct span b)
{
	static struct value x, y;

	read_value(a, &x);
	read_value(b, &y);
	return x.negative == y.negative && x.n == y.n && x.point == y.point &&
	       memcmp(x.digits, y.digits, x.n) == 0;
}

static double
read_double(struct span text)
{
	char *copy = strndup(text.ptr, text.len);
	double d = strtod(copy, NULL);

	free(copy);
	return d;
}

static void
check_text(struct span text)
{
	char out[ES6NUM_MAX], again[ES6NUM_MAX];
	size_t len, again_len;
	enum es6num_result result = es6num(text, out, &len);
	double d = read_double(text);

	if (!isfinite(d)) {
		FUZZ_CHECK(result == ES6NUM_LOSSY);
		return;
	}
	FUZZ_CHECK(len > 0 && len <= ES6NUM_MAX);
	FUZZ_CHECK(json_check((struct span){out, len}, NULL) == JSON_OK);
	FUZZ_CHECK(read_double((struct span){out, len}) == d);
	FUZZ_CHECK((result == ES6NUM_EXACT) == same_value(text, (struct span){out, len}));
	FUZZ_CHECK(es6num((struct span){out, len}, again, &again_len) == ES6NUM_EXACT);
	FUZZ_CHECK(span_equal((struct span){out, len}, (struct span){again, again_len}));
}

static void
check_bits(struct span bits)
{
	char out[ES6NUM_MAX];
	double d;
	size_t len;

	memcpy(&d, bits.ptr, sizeof d);
	if (!isfinite(d))
		return;
	len = es6num_print(d, out);
	FUZZ_CHECK(json_check((struct span){out, len}, NULL) == JSON_OK);
	FUZZ_CHECK(read_double((struct span){out, len}) == d);
	check_text((struct span){out, len});
}

/* A JSON number, or eight bytes that are a double. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);

	if (size == sizeof(double))
		check_bits(text);
	if (size < DIGITS_MAX && json_check(text, NULL) == JSON_OK &&
	    json_type(json_trim(text)) == JSON_NUMBER)
		check_text(json_trim(text));
	return 0;
}
