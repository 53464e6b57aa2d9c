/* Catches a verdict that does not follow the decision table, row by row, and an order tied to the
 * wrong life of a position. */
#include "verdict_scene.h"

static void
test_row_4_full(void)
{
	struct scene s = liquidated_scene();
	struct verdict v = decide(&s);

	expect("full", &v, 4, VERDICT_YES, "forced-liquidation", "full", NULL, "proven");
	EXPECT(v.liquidated_ms == MS(499.5) && SAME(v.time_source, "fills"));
	EXPECT(span_is(v.liq_px, "90"));
	/* in hedge mode, by the codes for longs */
	s = liquidated_scene();
	s.order = order("100", "buy", "long", "isolated", "normal", "10", "0", 100);
	s.lives = life("9", "long", "long", "isolated", 3, "10", "-1", 100, 500);
	s.fills = text("%s,%s", fill("100", "1", "buy", "long", 3, "10", "0", 100),
		       fill("300", "3", "sell", "long", 104, "10", "-9", 499.5));
	s.bills = bill("b3", "300", 5, 104, 499.5);
	s.full = order("300", "sell", "long", "isolated", "full_liquidation", "10", "-9", 499.5);
	s.others = s.order;
	v = decide(&s);
	expect("full, hedged", &v, 4, VERDICT_YES, "forced-liquidation", "full", NULL, "proven");
}

static void
test_row_8_manual(void)
{
	struct scene s = manual_scene();
	struct verdict v = decide(&s);

	expect("manual", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	EXPECT(v.liquidated_ms == 0 && !v.adl);
	/* an ADL on the way does not make it a liquidation */
	s = manual_scene();
	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("400", "4", "sell", "net", 128, "4", "1", 300),
		       fill("200", "2", "sell", "net", 2, "6", "5", 500));
	s.adl = order("400", "sell", "net", "isolated", "adl", "4", "1", 300);
	s.adl_bills = bill("b4", "400", 9, 128, 300);
	v = decide(&s);
	expect("manual after ADL", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	EXPECT(v.adl && v.adl_ms == MS(300));
}

static void
test_row_5_partial(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives = life("9", "net", "long", "isolated", 2, "10", "-0.5", 100, 500);
	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("300", "3", "sell", "net", 103, "4", "-3", 300),
		       fill("200", "2", "sell", "net", 2, "6", "5", 500));
	s.bills = bill("b3", "300", 5, 103, 300);
	s.partial = order("300", "sell", "net", "isolated", "partial_liquidation", "4", "-3", 300);
	v = decide(&s);
	expect("partial, then manual", &v, 5, VERDICT_YES, "forced-liquidation", "partial", NULL,
	       "proven");
	EXPECT(v.liquidated_ms == MS(300) && SAME(v.final_close, "manual"));

	/* only liqPenalty tells: one source, no time */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 2, "10", "-0.5", 100, 500);
	v = decide(&s);
	expect("penalty alone", &v, 5, VERDICT_YES, "forced-liquidation", "partial", NULL,
	       "single-source");
	EXPECT(v.liquidated_ms == 0 && v.time_source == NULL);

	/* type 4: still open */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 4, "4", "-0.5", 100, 300);
	s.positions = open_position("6", "net", 100);
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("300", "3", "sell", "net", 103, "4", "-3", 300));
	s.bills = bill("b3", "300", 5, 103, 300);
	s.partial = order("300", "sell", "net", "isolated", "partial_liquidation", "4", "-3", 300);
	v = decide(&s);
	expect("partial, open", &v, 5, VERDICT_YES, "forced-liquidation", "partial", NULL,
	       "proven");
	EXPECT(SAME(v.final_close, "open"));
}

static void
test_row_6_adl(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives = life("9", "net", "long", "isolated", 6, "10", "0", 100, 500);
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("300", "3", "sell", "net", 128, "10", "9", 500));
	s.adl_bills = bill("b3", "300", 9, 128, 500);
	s.adl = order("300", "sell", "net", "isolated", "adl", "10", "9", 500);
	v = decide(&s);
	expect("adl", &v, 6, VERDICT_NO, "adl", NULL, NULL, "proven");
	EXPECT(v.adl && v.adl_ms == MS(500) && v.liquidated_ms == 0);
}

/* Rows 7 and 10: who closed it last decides. */
static void
test_rows_7_and_10(void)
{
	static const struct {
		int sub_type;
		const char *category, *sub;
		unsigned row;
	} cases[] = {
	    {112, "delivery", "delivery", 7},
	    {172, "delivery", "delivery", 7},
	    {114, "twap", "forced-repayment", 10},
	    {2, "twap", "forced-repayment", 10},
	    {208, "normal", "block-trade", 10},
	    {328, "normal", "move-position", 10},
	    {2, "auto_conversion", "auto-conversion", 10},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
			       fill("200", "2", "sell", "net", cases[i].sub_type, "10", "5", 500));
		s.others = text(
		    "%s,%s", s.order,
		    order("200", "sell", "net", "isolated", cases[i].category, "10", "5", 500));
		v = decide(&s);
		expect(cases[i].sub, &v, cases[i].row, VERDICT_NO, "unknown", NULL, cases[i].sub,
		       "proven");
	}
}

static void
test_row_9_open(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives = NULL;
	s.positions = open_position("10", "net", 100);
	s.fills = fill("100", "1", "buy", "net", 1, "10", "0", 100);
	s.others = s.order;
	v = decide(&s);
	expect("open", &v, 9, VERDICT_NO, "unknown", NULL, "still-open", "proven");
	/* partly closed by hand */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 1, "4", "0", 100, 300);
	s.positions = open_position("6", "net", 100);
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "4", "5", 300));
	v = decide(&s);
	expect("open, reduced", &v, 9, VERDICT_NO, "unknown", NULL, "still-open", "proven");
}

/* Rows 12, 1, 2, 3: the order alone, before any guard: the other ledgers may fail. */
static void
test_rows_by_order(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.others = NULL;

	s.skip = NO_LIVES;
	s.order = order("100", "buy", "", "cash", "normal", "10", "0", 100);
	v = decide(&s);
	expect("spot", &v, 12, VERDICT_NO, "unknown", NULL, "spot-no-position", "proven");

	s = manual_scene();
	s.others = NULL;
	s.skip = NO_LIVES;
	s.order = order("100", "sell", "net", "isolated", "full_liquidation", "10", "-9", 100);
	s.fills = fill("100", "1", "sell", "net", 107, "10", "-9", 100.25);
	v = decide(&s);
	expect("liquidation order", &v, 1, VERDICT_YES, "forced-liquidation", "full", NULL,
	       "proven");
	EXPECT(v.liquidated_ms == MS(100.25) && SAME(v.time_source, "fills"));
	s = manual_scene();
	s.others = NULL;
	s.order = order("100", "sell", "net", "isolated", "partial_liquidation", "10", "-9", 100);
	s.fills = NULL;
	v = decide(&s);
	expect("partial liquidation order", &v, 1, VERDICT_YES, "forced-liquidation", "partial",
	       NULL, "single-source");
	EXPECT(v.liquidated_ms == MS(100) && SAME(v.time_source, "order"));

	s = manual_scene();
	s.others = NULL;
	s.skip = NO_POSITIONS;
	s.order = order("100", "sell", "net", "isolated", "adl", "10", "9", 100);
	v = decide(&s);
	expect("adl order", &v, 2, VERDICT_NO, "adl", NULL, NULL, "proven");

	s = manual_scene();
	s.others = NULL;
	s.skip = NO_FILLS;
	s.order = text("{\"ordId\":\"100\",\"instId\":\"X-USDT-SWAP\",\"tdMode\":\"cross\","
		       "\"side\":\"buy\",\"state\":\"canceled\",\"accFillSz\":\"0\","
		       "\"cTime\":\"%" PRId64 "\"}",
		       T0);
	v = decide(&s);
	expect("never filled", &v, 3, VERDICT_NO, "unknown", NULL, "never-filled", "proven");
	/* live and not filled yet is another matter */
	reset();
	s.order = text("{\"ordId\":\"100\",\"instId\":\"X-USDT-SWAP\",\"tdMode\":\"cross\","
		       "\"side\":\"buy\",\"state\":\"live\",\"accFillSz\":\"0\","
		       "\"cTime\":\"%" PRId64 "\"}",
		       T0);
	s.skip = ANSWER_ALL;
	s.lives = s.fills = s.others = NULL;
	v = decide(&s);
	expect("not filled", &v, 13, VERDICT_NULL, "unknown", NULL, "not-filled", NULL);
}

static void
test_row_11_retention(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.order = order("100", "buy", "net", "isolated", "normal", "10", "0", -90.0 * 86400);
	s.lives = s.fills = s.others = NULL;
	v = decide(&s);
	expect("too old", &v, 11, VERDICT_NULL, "unknown", NULL, "retention", NULL);
	/* its life may have ended since, where we were not told: no matter of age */
	for (int i = 0; i < 2; i++) {
		s = manual_scene();
		s.order =
		    order("100", "buy", "net", "isolated", "normal", "10", "0", -90.0 * 86400);
		s.lives = s.fills = s.others = NULL;
		s.skip = i ? NO_POSITIONS : NO_LIVES;
		v = decide(&s);
		expect("too old, and not answered", &v, 13, VERDICT_NULL, "unknown", NULL,
		       "incomplete", NULL);
	}
	/* old, and no life is told of: not old enough to explain it */
	s = manual_scene();
	s.order = order("100", "buy", "net", "isolated", "normal", "10", "0", -80.0 * 86400);
	s.lives = NULL;
	v = decide(&s);
	expect("old, no life", &v, 13, VERDICT_NULL, "unknown", NULL, "conflict", NULL);
}

/* Hedge mode: the short's liquidation is not the long's. */
static void
test_hedge(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.order = order("100", "buy", "long", "isolated", "normal", "10", "0", 100);
	s.lives = text("%s,%s", life("9", "long", "long", "isolated", 2, "10", "0", 100, 500),
		       life("8", "short", "short", "isolated", 3, "7", "-1", 90, 300));
	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "long", 3, "10", "0", 100),
		       fill("300", "3", "buy", "short", 105, "7", "-9", 300),
		       fill("200", "2", "sell", "long", 5, "10", "5", 500));
	s.bills = bill("b3", "300", 5, 105, 300);
	s.full = order("300", "buy", "short", "isolated", "full_liquidation", "7", "-9", 300);
	s.others = text("%s,%s", s.order,
			order("200", "sell", "long", "isolated", "normal", "10", "5", 500));
	v = decide(&s);
	expect("long beside a liquidated short", &v, 8, VERDICT_NO, "manual-close", NULL, "user",
	       "proven");
	/* and the other way round: the order opened the short */
	s.order = order("100", "sell", "short", "isolated", "normal", "7", "0", 90);
	reset();
	s = manual_scene();
	s.order = order("100", "sell", "short", "isolated", "normal", "7", "0", 90);
	s.lives = text("%s,%s", life("9", "long", "long", "isolated", 2, "10", "0", 80, 500),
		       life("8", "short", "short", "isolated", 3, "7", "-1", 90, 300));
	s.fills = text("%s,%s,%s", fill("100", "1", "sell", "short", 4, "7", "0", 90),
		       fill("300", "3", "buy", "short", 105, "7", "-9", 300),
		       fill("200", "2", "sell", "long", 5, "10", "5", 200));
	s.bills = bill("b3", "300", 5, 105, 300);
	s.full = order("300", "buy", "short", "isolated", "full_liquidation", "7", "-9", 300);
	s.others = text("%s,%s", s.order,
			order("200", "sell", "long", "isolated", "normal", "10", "5", 200));
	v = decide(&s);
	expect("the short", &v, 4, VERDICT_YES, "forced-liquidation", "full", NULL, "proven");
}

/* Net mode: a flip belongs to the life that it opened; a closing order to the one that it closed.
 */
static void
test_net_roles(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	/* 100 sells 25: closes the long of 10, opens a short of 15 that is liquidated */
	s.order = order("100", "sell", "net", "isolated", "normal", "25", "3", 100);
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 100),
		       life("9", "net", "short", "isolated", 3, "15", "-1", 100, 500));
	s.fills = text("%s,%s,%s", fill("90", "1", "buy", "net", 1, "10", "0", 50),
		       fill("100", "2", "sell", "net", 2, "25", "3", 100),
		       fill("300", "3", "buy", "net", 106, "15", "-9", 500));
	s.bills = bill("b3", "300", 5, 106, 500);
	s.full = order("300", "buy", "net", "isolated", "full_liquidation", "15", "-9", 500);
	s.others =
	    text("%s,%s", s.order, order("90", "buy", "net", "isolated", "normal", "10", "0", 50));
	v = decide(&s);
	expect("flip", &v, 4, VERDICT_YES, "forced-liquidation", "full", NULL, "proven");
	/* the long that the flip closed: asked for by the order that opened it */
	reset();
	s = manual_scene();
	s.order = order("100", "buy", "net", "isolated", "normal", "10", "0", 50);
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 100),
		       life("9", "net", "short", "isolated", 3, "15", "-1", 100, 500));
	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 50),
		       fill("200", "2", "sell", "net", 2, "25", "3", 100),
		       fill("300", "3", "buy", "net", 106, "15", "-9", 500));
	s.bills = bill("b3", "300", 5, 106, 500);
	s.full = order("300", "buy", "net", "isolated", "full_liquidation", "15", "-9", 500);
	s.others = text("%s,%s", s.order,
			order("200", "sell", "net", "isolated", "normal", "25", "3", 100));
	v = decide(&s);
	expect("closed by a flip", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	/* the order that closed: the verdict is about what it closed */
	s = manual_scene();
	s.order = order("100", "sell", "net", "isolated", "normal", "10", "5", 500);
	s.fills = text("%s,%s", fill("90", "1", "buy", "net", 1, "10", "0", 100),
		       fill("100", "2", "sell", "net", 2, "10", "5", 500));
	s.others =
	    text("%s,%s", s.order, order("90", "buy", "net", "isolated", "normal", "10", "0", 100));
	v = decide(&s);
	expect("closing order", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	EXPECT(v.warnings_n >= 1);
}

/* Two lives on one posId: the liquidation of the second is not the first's. */
static void
test_two_lives(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives =
	    text("%s,%s", s.lives, life("9", "net", "long", "isolated", 3, "7", "-1", 600, 900));
	s.fills = text("%s,%s,%s", s.fills, fill("400", "4", "buy", "net", 1, "7", "0", 600),
		       fill("300", "3", "sell", "net", 107, "7", "-9", 900));
	s.bills = bill("b3", "300", 5, 107, 900);
	s.full = order("300", "sell", "net", "isolated", "full_liquidation", "7", "-9", 900);
	v = decide(&s);
	expect("first life", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
}

int
main(void)
{
	okx_ledger_init(&ledger);
	RUN(test_row_4_full);
	RUN(test_row_8_manual);
	RUN(test_row_5_partial);
	RUN(test_row_6_adl);
	RUN(test_rows_7_and_10);
	RUN(test_row_9_open);
	RUN(test_rows_by_order);
	RUN(test_row_11_retention);
	RUN(test_hedge);
	RUN(test_net_roles);
	RUN(test_two_lives);
	reset();
	okx_ledger_release(&ledger);
	return test_done();
}
