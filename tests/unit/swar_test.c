/* Catches numbers that the short ways read or print otherwise than the long ones, and bytes that a
 * word overlooks. The long ways here are written anew, digit by digit. */
#include "decimal.h"
#include "fixed.h"
#include "number.h"
#include "swar.h"
#include "test.h"

static uint64_t state = UINT64_C(88172645463325252);

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Text that is nearly a number: at the end of its memory, so that a byte too far is found. */
static struct span
some_text(char room[32])
{
	static const char alphabet[] = "0123456789012345678900....--x/:+ ";
	size_t n = next() % 24;
	char *text = room + 32 - n;

	for (size_t i = 0; i < n; i++)
		text[i] = next() % 4 ? (char)('0' + next() % 10)
				     : alphabet[next() % (sizeof alphabet - 1)];
	if (n > 2 && next() % 2)
		text[next() % n] = '.';
	return (struct span){text, n};
}

/* fixed_parse() by way of decimal_parse(), which knows no words. */
static enum fixed_error
slow_fixed(struct span text, unsigned scale, int64_t *out)
{
	struct decimal d;

	if (decimal_parse(text, &d) != DECIMAL_OK)
		return FIXED_E_SYNTAX;
	/* more than 18 digits before the point are out of range at any scale */
	if (span_find(text, SPAN_LIT(".")) - (text.ptr[0] == '-') > 18)
		return FIXED_E_RANGE;
	if (d.scale > scale)
		return FIXED_E_INEXACT;
	for (; d.scale < scale; d.scale++)
		if (__builtin_mul_overflow(d.coef, 10, &d.coef))
			return FIXED_E_RANGE;
	*out = (int64_t)d.coef;
	return *out == d.coef ? FIXED_OK : FIXED_E_RANGE;
}

static void
test_fixed(void)
{
	unsigned long good = 0;
	char room[32];

	for (int i = 0; i < 400000; i++) {
		struct span text = some_text(room);
		unsigned scale = (unsigned)(next() % 19);
		int64_t a = 0, b = 0;
		enum fixed_error e = fixed_parse(text, scale, &a);

		EXPECT((e == FIXED_OK) == (slow_fixed(text, scale, &b) == FIXED_OK));
		EXPECT(e != FIXED_OK || a == b);
		good += e == FIXED_OK;
	}
	EXPECT(good > 40000);
}

static bool
slow_number(struct span text, uint64_t *out)
{
	decimal_int v = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		v = v * 10 + (text.ptr[i] - '0');
	}
	*out = (uint64_t)v;
	return text.len && (text.len == 1 || text.ptr[0] != '0') && v <= (decimal_int)UINT64_MAX;
}

static void
test_number(void)
{
	unsigned long good = 0;
	char room[32];

	for (int i = 0; i < 400000; i++) {
		struct span text = some_text(room);
		uint64_t a = 0, b = 0;
		bool ok = number_u64(text, &a);

		EXPECT(ok == slow_number(text, &b) && (!ok || a == b));
		good += ok;
	}
	EXPECT(good > 10000);
}

/* Around every power of ten, and anywhere. */
static void
test_print(void)
{
	decimal_int power = 1;

	for (int digits = 0; digits < 38; digits++, power *= 10) {
		for (int i = -3; i < 400; i++) {
			decimal_int v = i < 3 ? power + i : power + (decimal_int)next() % power;
			char a[FIXED_TEXT_MAX], b[DECIMAL_TEXT_MAX];
			unsigned scale = (unsigned)(next() % 20);
			size_t n = fixed_print(v, scale, a);

			EXPECT(decimal_print((struct decimal){v, scale}, b) == n &&
			       memcmp(a, b, n) == 0);
		}
	}
}

static void
test_words(void)
{
	char a[24], b[24];

	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < 8; at++) {
			uint64_t stop, value;

			memset(a, '7', sizeof a);
			a[at] = (char)c;
			stop = swar_special(swar_load(a));
			EXPECT((stop != 0) == (c < 0x20 || c >= 0x80 || c == '"' || c == '\\'));
			EXPECT(stop == 0 || (size_t)__builtin_ctzll(stop) / 8 == at);
			EXPECT(swar_number(swar_load(a), &value) == (c >= '0' && c <= '9'));
		}
	}
	for (size_t n = 0; n <= 20; n++) {
		memset(a, 'x', sizeof a);
		memset(b, 'x', sizeof b);
		a[n] = 'y';
		EXPECT(swar_same(a, b, n));
		for (size_t at = 0; at < n; at++) {
			b[at] ^= 1;
			EXPECT(!swar_same(a, b, n));
			b[at] ^= 1;
		}
	}
	for (size_t n = 1; n <= 8; n++) {
		uint64_t w = swar_load_end("12345678", n), v, want = 0;

		for (size_t i = 0; i < n; i++)
			want = want * 10 + i + 1;
		EXPECT(swar_number(w, &v) && v == want);
	}
	for (int i = 0; i < 100000; i++) {
		uint32_t v = (uint32_t)(next() % 100000000);
		uint64_t back;

		EXPECT(swar_number(swar_print(v), &back) && back == v);
	}
}

/* The same of what ends somewhere, whatever stands before it: never another value, and what is
 * short and good is not left to the long way. */
static void
test_before(void)
{
	unsigned long good = 0, numbers = 0;
	char room[32];

	for (int i = 0; i < 400000; i++) {
		struct span text = some_text(room);
		const char *end = room + sizeof room;
		unsigned scale = (unsigned)(next() % 19);
		int64_t a = 0, b = 0;
		uint64_t u = 0, v = 0;
		bool word;

		for (char *p = room; p < text.ptr; p++)
			*p = (char)next();
		text.len %= 12;
		text.ptr = end - text.len;
		word = fixed_parse_before(end, text.len, scale, &a);
		good += word;
		EXPECT(word == (text.len && text.len <= 8 && text.ptr[0] != '-' &&
				span_find(text, SPAN_LIT(".")) + scale + 1 >= text.len &&
				fixed_parse(text, scale, &b) == FIXED_OK));
		EXPECT(!word || a == b);
		word = number_before(end, text.len, &u);
		numbers += word;
		EXPECT(word == (text.len <= 8 && number_u64(text, &v)));
		EXPECT(!word || u == v);
	}
	EXPECT(good > 40000 && numbers > 10000);
}

int
main(void)
{
	RUN(test_before);
	RUN(test_fixed);
	RUN(test_number);
	RUN(test_print);
	RUN(test_words);
	return test_done();
}
