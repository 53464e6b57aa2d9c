/* Catches a claim that takes a step it must not, or an amount that is not what was written. */
#include "claim_state.h"
#include "test.h"

static void
steps(void)
{
	/* rows: from pending, approved, rejected, paid; columns: to */
	static const char *const may[CLAIM_STATES] = {".ar.", "..rp", "....", "...."};

	for (int from = 0; from < CLAIM_STATES; from++)
		for (int to = 0; to < CLAIM_STATES; to++)
			EXPECT(claim_may_become((enum claim_state)from, (enum claim_state)to) ==
			       (may[from][to] != '.'));
}

static void
names(void)
{
	enum claim_state s;

	for (int i = 0; i < CLAIM_STATES; i++)
		EXPECT(claim_state_read(span_of(claim_state_name((enum claim_state)i)), &s) &&
		       (int)s == i);
	EXPECT(!claim_state_read(SPAN_LIT("Paid"), &s) && !claim_state_read(SPAN_LIT(""), &s));
}

static void
amounts(void)
{
	static const char *const good[][2] = {
	    {"1250.50", "1250.5"},
	    {"0.000000000000000001", "0.000000000000000001"},
	    {"0.1000000000000000000", "0.1"},
	    {"99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"},
	    {"9007199254740993", "9007199254740993"},
	};
	static const char *const bad[] = {"",
					  "0",
					  "-1",
					  "0.0",
					  "1e3",
					  "+1",
					  "01",
					  "1.",
					  ".5",
					  "1,5",
					  " 1",
					  "1 ",
					  "NaN",
					  "0x10",
					  "1_000",
					  "0.0000000000000000001",
					  "100000000000000000000",
					  "999999999999999999999999999999999999999"};
	char text[DECIMAL_TEXT_MAX];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		EXPECT(!claim_amount(span_of(good[i][0]), text));
		EXPECT_STR(text, good[i][1]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(claim_amount(span_of(bad[i]), text));
}

static void
remarks_and_orders(void)
{
	char text[201];

	memset(text, 'x', sizeof text);
	EXPECT(!claim_is_remark((struct span){text, 0}) && claim_is_remark((struct span){text, 1}));
	EXPECT(claim_is_remark((struct span){text, 200}) &&
	       !claim_is_remark((struct span){text, 201}));
	EXPECT(claim_is_remark(SPAN_LIT("\xe8\xb5\x94\xe4\xbb\x98")) &&
	       !claim_is_remark(SPAN_LIT("\xff")));
	EXPECT(!claim_is_remark(SPAN_LIT("a\nb")) && !claim_is_remark(SPAN_LIT("a\x7f")));
	EXPECT(claim_is_order(SPAN_LIT("12345678901234567890")) &&
	       !claim_is_order(SPAN_LIT("123456789012345678901")));
	EXPECT(!claim_is_order(SPAN_LIT("")) && !claim_is_order(SPAN_LIT("1a")));
}

int
main(void)
{
	RUN(steps);
	RUN(names);
	RUN(amounts);
	RUN(remarks_and_orders);
	return test_done();
}
