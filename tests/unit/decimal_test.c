/* Catches a sum of money that rounds, wraps, or reads a number that is none. */
#include "decimal.h"
#include "test.h"

static struct decimal
dec(const char *text)
{
	struct decimal d = {0};

	EXPECT(decimal_parse(span_of(text), &d) == DECIMAL_OK);
	return d;
}

static void
expect_print(struct decimal d, const char *want)
{
	char text[DECIMAL_TEXT_MAX];

	EXPECT(decimal_print(d, text) == strlen(want));
	EXPECT_STR(text, want);
}

static void
test_text(void)
{
	static const char *const same[] = {"0",
					   "1",
					   "-1",
					   "0.1",
					   "-0.001",
					   "123456789.987654321",
					   "29786.5999999789081085",
					   "99999999999999999999999999999999999999",
					   "0.00000000000000000000000000000000000001"};
	static const char *const bad[] = {"",	 "-",	"+1",  ".5",	   "5.",   "01",
					  "-01", "1e5", " 1",  "1 ",	   "1..2", "1.2.3",
					  "--1", "0x1", "1,0", "\xd9\xa1", "nan"};
	struct decimal d;

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		expect_print(dec(same[i]), same[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(decimal_parse(span_of(bad[i]), &d) == DECIMAL_E_SYNTAX);
	expect_print(dec("1.50"), "1.5");
	expect_print(dec("-0"), "0");
	expect_print(dec("0.00"), "0");
	expect_print(dec("1.0000000000000000000000000000000000000000000000000"), "1");
}

static void
test_range(void)
{
	struct decimal d, most = dec("99999999999999999999999999999999999999");

	EXPECT(decimal_parse(SPAN_LIT("100000000000000000000000000000000000000"), &d) ==
	       DECIMAL_E_RANGE);
	EXPECT(decimal_parse(SPAN_LIT("0.000000000000000000000000000000000000001"), &d) ==
	       DECIMAL_E_RANGE);
	EXPECT(decimal_add(most, dec("1"), &d) == DECIMAL_E_RANGE);
	EXPECT(decimal_subtract(decimal_negate(most), dec("1"), &d) == DECIMAL_E_RANGE);
	EXPECT(decimal_add(most, dec("-1"), &d) == DECIMAL_OK);
	EXPECT(decimal_add(most, dec("0.1"), &d) == DECIMAL_E_RANGE);
	EXPECT(decimal_multiply(dec("10000000000000000000"), dec("10000000000000000000"), &d) ==
	       DECIMAL_E_RANGE);
	EXPECT(decimal_multiply(dec("9999999999999999999"), dec("9999999999999999999"), &d) ==
	       DECIMAL_OK);
	expect_print(d, "99999999999999999980000000000000000001");
}

static void
test_arithmetic(void)
{
	struct decimal d = {0};

	EXPECT(decimal_add(dec("0.1"), dec("0.2"), &d) == DECIMAL_OK);
	expect_print(d, "0.3");
	EXPECT(decimal_subtract(dec("1"), dec("0.9999999999999999"), &d) == DECIMAL_OK);
	expect_print(d, "0.0000000000000001");
	EXPECT(decimal_multiply(dec("-1.5"), dec("0.02"), &d) == DECIMAL_OK);
	expect_print(d, "-0.03");
	EXPECT(decimal_sign(dec("-0.1")) == -1 && decimal_sign(dec("0.0")) == 0 &&
	       decimal_sign(dec("7")) == 1);
	expect_print(decimal_abs(dec("-7.5")), "7.5");
	/* the identity of a recorded position: pnl + fee + fundingFee + liqPenalty = realizedPnl */
	EXPECT(decimal_add(dec("27.11999999999988"), dec("-1.69566"), &d) == DECIMAL_OK);
	EXPECT(decimal_add(d, dec("-11.870404179341788"), &d) == DECIMAL_OK);
	expect_print(d, "13.553935820658092");
}

static void
test_compare(void)
{
	EXPECT(decimal_compare(dec("1.0"), dec("1")) == 0);
	EXPECT(decimal_compare(dec("-2"), dec("1")) < 0);
	EXPECT(decimal_compare(dec("0.3"), dec("0.29999")) > 0);
	EXPECT(decimal_compare(dec("99999999999999999999999999999999999999"),
			       dec("0.00000000000000000000000000000000000001")) > 0);
	EXPECT(decimal_compare(dec("-99999999999999999999999999999999999999"),
			       dec("-0.00000000000000000000000000000000000001")) < 0);
}

/* Against 64-bit integers, where both are exact. */
static void
test_random_sums(void)
{
	uint64_t seed = 42;

	for (int i = 0; i < 20000; i++) {
		int64_t a = (int64_t)(test_random(&seed) >> 20) - (INT64_C(1) << 43);
		int64_t b = (int64_t)(test_random(&seed) >> 20) - (INT64_C(1) << 43);
		struct decimal x = {a, 6}, y = {b, 6}, sum;

		EXPECT(decimal_add(x, y, &sum) == DECIMAL_OK);
		EXPECT(decimal_compare(sum, (struct decimal){a + b, 6}) == 0);
		EXPECT(decimal_compare(x, y) == (a < b ? -1 : a > b));
	}
}

/* 38 digits and 38 decimals, and not one more, wherever the point stands. */
static void
test_edges(void)
{
	static const char *const whole[] = {"0.99999999999999999999999999999999999999",
					    "12345678901234567890.123456789012345678"},
				 *const beyond[] = {
				     "1.00000000000000000000000000000000000001",
				     "12345678901234567890.1234567890123456789",
				     "123456789.12345678901234567890123456789012345678"};
	struct decimal d, most = dec("99999999999999999999999999999999999999");
	struct decimal tiny = dec("0.0000000000000000001"), one;

	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		expect_print(dec(whole[i]), whole[i]);
	for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
		EXPECT(decimal_parse(span_of(beyond[i]), &d) == DECIMAL_E_RANGE);
	EXPECT(decimal_multiply(tiny, tiny, &d) == DECIMAL_OK);
	expect_print(d, "0.00000000000000000000000000000000000001");
	EXPECT(decimal_multiply(d, dec("0.1"), &d) == DECIMAL_E_RANGE);
	EXPECT(decimal_multiply(most, most, &d) == DECIMAL_E_RANGE);
	/* a one with zeros behind the point, on either side */
	one = (struct decimal){dec("10000000000000000000000000000000000000").coef, 37};
	EXPECT(decimal_multiply(one, most, &d) == DECIMAL_OK && decimal_compare(d, most) == 0);
	EXPECT(decimal_multiply(most, one, &d) == DECIMAL_OK && decimal_compare(d, most) == 0);
	EXPECT(decimal_sign(dec("1")) == 1 && decimal_sign(dec("-1")) == -1);
	expect_print(decimal_abs(dec("1")), "1");
}

/* Only the span's own bytes count, whatever stands behind them. */
static void
test_spans(void)
{
	struct decimal d;

	EXPECT(decimal_parse((struct span){"5.5", 2}, &d) == DECIMAL_E_SYNTAX);
	EXPECT(decimal_parse((struct span){"-1", 1}, &d) == DECIMAL_E_SYNTAX);
	EXPECT(decimal_parse((struct span){"-1", 0}, &d) == DECIMAL_E_SYNTAX);
	EXPECT(decimal_parse((struct span){"55", 1}, &d) == DECIMAL_OK);
	expect_print(d, "5");
	EXPECT(decimal_parse((struct span){"1.23", 3}, &d) == DECIMAL_OK);
	expect_print(d, "1.2");
}

int
main(void)
{
	RUN(test_text);
	RUN(test_range);
	RUN(test_arithmetic);
	RUN(test_compare);
	RUN(test_random_sums);
	RUN(test_edges);
	RUN(test_spans);
	return test_done();
}
