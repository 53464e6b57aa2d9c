/* Catches a yes or a no that is built on ledgers that are missing, cut, past their retention, or
 * at odds with each other. */
#include "verdict_scene.h"

/* Every ledger that must be there, missing, cut or failed: never a "no", never a "yes". */
static void
test_guard_incomplete(void)
{
	for (int skip = NO_POSITIONS; skip <= NO_ORDERS; skip++) {
		struct scene s = skip % 2 ? manual_scene() : liquidated_scene();
		struct verdict v;

		s.skip = (int)skip == NO_POSITIONS ? NO_POSITIONS
			 : skip == NO_LIVES	   ? NO_LIVES
			 : skip == NO_FILLS	   ? NO_FILLS
			 : skip == NO_BILLS	   ? NO_BILLS
						   : NO_ORDERS;
		v = decide(&s);
		expect("missing ledger", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	}
}

/* A list of n more rows behind it: a page is full at 100. `row` makes the i-th. */
static char *
padded(const char *first, int n, char *(*row)(int i))
{
	size_t size = strlen(first) + (size_t)n * 600 + 1, len;
	char *out = malloc(size);

	len = (size_t)snprintf(out, size, "%s", first);
	for (int i = 0; i < n; i++) {
		size_t mark = texts_n;
		char *one = row(i);

		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? "," : "", one);
		while (texts_n > mark)
			free(texts[--texts_n]);
	}
	return keep(out);
}

/* Rows that say nothing about the position: from before it, or of another. */
static char *
early_fill(int i)
{
	return fill("7", text("7%d", i), "buy", "net", 1, "1", "0", 1);
}

static char *
early_bill(int i)
{
	return bill(text("7%d", i), "7", 5, 1, 1);
}

static char *
early_order(int i)
{
	return order(text("7%d", i), "buy", "cross", "cross", "normal", "1", "0", 1);
}

static char *
later_life(int i)
{
	return life(text("7%d", i), "net", "long", "isolated", 2, "1", "0", 600, 700);
}

/* A last page that is full may not be the last: every ledger that must be whole, cut. One row
 * fewer and it is. */
static void
test_guard_cut(void)
{
	for (int i = 0; i < 12; i++) {
		struct scene s = manual_scene();
		struct verdict v;
		int n = i % 2 ? 100 : 99, which = i / 2;

		if (which == 0)
			s.fills = padded(s.fills, n - 2, early_fill);
		if (which == 1)
			s.bills = padded("", n, early_bill);
		if (which == 2)
			s.adl_bills = padded("", n, early_bill);
		if (which == 3)
			s.full = padded("", n, early_order);
		if (which == 4)
			s.partial = padded("", n, early_order);
		if (which == 5)
			s.adl = padded("", n, early_order);
		v = decide(&s);
		if (i % 2)
			expect("cut", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
		else
			expect("not cut", &v, 8, VERDICT_NO, "manual-close", NULL, "user",
			       "proven");
	}
}

/* positions-history is asked without a window: it is whole when it ends, or reaches back to before
 * the order, by more than the slack. */
static void
test_guard_lives_cut(void)
{
	static const struct {
		double to;
		int n;
		unsigned row;
	} cases[] = {{99, 98, 13}, {98.999, 98, 8}, {99, 97, 8}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		/* a short, which the order did not open */
		s.lives = text("%s,%s", s.lives,
			       life("8", "net", "short", "isolated", 2, "1", "0", 50, cases[i].to));
		s.lives = padded(s.lives, cases[i].n, later_life);
		v = decide(&s);
		EXPECT(v.row == cases[i].row);
		EXPECT(v.row == 8 || SAME(v.sub, "incomplete"));
	}
}

/* More pages of one question: the last one decides whether it was cut, any one whether it failed.
 */
static void
test_guard_pages(void)
{
	static const char busy[] = "{\"code\":\"50013\",\"msg\":\"busy\"}";
	struct scene s = manual_scene();
	struct verdict v;

	s.fills = padded(s.fills, 98, early_fill);
	answer(&s);
	rows(OKX_FILLS, "instId=X&after=799" WINDOW, early_fill(99));
	v = judge();
	expect("second page", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");

	s = manual_scene();
	s.fills = padded(s.fills, 98, early_fill);
	answer(&s);
	reply(OKX_FILLS, "instId=X&after=799" WINDOW, 429, busy);
	v = judge();
	expect("second page failed", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);

	s = manual_scene();
	answer(&s);
	rows(OKX_FILLS, "instId=X" WINDOW, "{\"ordId\":\"5\",\"fillSz\":\"much\"}");
	v = judge();
	expect("a row that cannot be read", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete",
	       NULL);
}

/* The manual close, so many days earlier. */
static struct scene
earlier_scene(double days)
{
	struct scene s = manual_scene();
	double back = -days * 86400;

	s.order = order("100", "buy", "net", "isolated", "normal", "10", "0", back + 100);
	s.lives = life("9", "net", "long", "isolated", 2, "10", "0", back + 100, back + 500);
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", back + 100),
		       fill("200", "2", "sell", "net", 2, "10", "5", back + 500));
	s.others = text("%s,%s", s.order,
			order("200", "sell", "net", "isolated", "normal", "10", "5", back + 500));
	return s;
}

/* An answer of a ledger that does not keep rows for so long says nothing: fills 3 days, bills and
 * orders 7; the other tier does. */
static void
test_guard_retention(void)
{
	static const struct {
		double days;
		bool far_fills, far_bills, far_orders;
		unsigned row;
	} cases[] = {
	    {2, 0, 0, 0, 8},  {4, 0, 0, 0, 13}, {4, 1, 0, 0, 8}, {8, 1, 0, 0, 13},
	    {8, 1, 1, 0, 13}, {8, 1, 0, 1, 13}, {8, 1, 1, 1, 8}, {80, 1, 1, 1, 8},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = earlier_scene(cases[i].days);
		struct verdict v;

		s.far_fills = cases[i].far_fills;
		s.far_bills = cases[i].far_bills;
		s.far_orders = cases[i].far_orders;
		v = decide(&s);
		EXPECT(v.row == cases[i].row);
		EXPECT(v.row == 8 || SAME(v.sub, "incomplete"));
	}
}

/* One fill missing could be the liquidation. */
static void
test_guard_sums(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "9.99999999", "5", 500));
	v = decide(&s);
	expect("a hair too little", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	s = liquidated_scene();
	s.fills = fill("100", "1", "buy", "net", 1, "10", "0", 100);
	v = decide(&s);
	expect("liquidation fills missing", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete",
	       NULL);
	/* sizes that no double holds still add up */
	s = manual_scene();
	s.lives =
	    life("9", "net", "long", "isolated", 2, "0.3000000000000000000001", "0", 100, 500);
	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "0.1", "5", 400),
		       fill("200", "3", "sell", "net", 2, "0.2000000000000000000001", "5", 500));
	v = decide(&s);
	expect("exact sums", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	/* a closing order that nobody knows */
	s = manual_scene();
	s.others = s.order;
	v = decide(&s);
	expect("unknown closing order", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
}

static void
test_guard_conflict(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	/* history says liquidated; fills say the user closed, bills say nothing */
	s.lives = life("9", "net", "long", "isolated", 3, "10", "-1", 100, 500);
	v = decide(&s);
	expect("type 3 alone", &v, 13, VERDICT_NULL, "unknown", NULL, "conflict", NULL);
	/* each of the three others alone says full liquidation, history says closed by hand */
	for (int i = 0; i < 3; i++) {
		s = manual_scene();
		if (i == 0) {
			s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
				       fill("200", "2", "sell", "net", 107, "10", "5", 500));
			s.others =
			    text("%s,%s", s.order,
				 order("200", "sell", "net", "isolated", "normal", "10", "5", 500));
		} else if (i == 1) {
			s.bills = bill("b3", "200", 5, 107, 500);
		} else {
			s.full = order("300", "sell", "net", "isolated", "full_liquidation", "10",
				       "-9", 499.5);
		}
		v = decide(&s);
		expect("full liquidation without type 3", &v, 13, VERDICT_NULL, "unknown", NULL,
		       "conflict", NULL);
	}
	/* the order filled, yet no position was ever there */
	s = manual_scene();
	s.lives = NULL;
	v = decide(&s);
	expect("no position", &v, 13, VERDICT_NULL, "unknown", NULL, "conflict", NULL);
	/* a code from the future may be a liquidation's */
	s = manual_scene();
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 777, "10", "5", 500));
	s.others = text("%s,%s", s.order,
			order("200", "sell", "net", "isolated", "something_new", "10", "5", 500));
	v = decide(&s);
	expect("unknown code", &v, 13, VERDICT_NULL, "unknown", NULL, "unknown-code", NULL);
}

static void
test_guard_ambiguous(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	/* one life ends and another begins in the millisecond of the order's fill */
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 100),
		       life("9", "net", "long", "isolated", 2, "10", "0", 100, 500));
	v = decide(&s);
	expect("two lives", &v, 13, VERDICT_NULL, "unknown", NULL, "ambiguous", NULL);
	/* a second apart they are told apart: slack is 1000 ms, inclusive */
	s = manual_scene();
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 98.999),
		       life("9", "net", "long", "isolated", 2, "10", "0", 100, 500));
	v = decide(&s);
	expect("two lives apart", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
	s = manual_scene();
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 99),
		       life("9", "net", "long", "isolated", 2, "10", "0", 100, 500));
	v = decide(&s);
	expect("two lives within slack", &v, 13, VERDICT_NULL, "unknown", NULL, "ambiguous", NULL);
	/* cross and isolated at once, and a fill whose order is unknown */
	s = manual_scene();
	s.lives = text("%s,%s", s.lives, life("8", "net", "long", "cross", 2, "5", "0", 200, 400));
	s.fills = text("%s,%s", s.fills, fill("999", "5", "sell", "net", 2, "5", "1", 400));
	v = decide(&s);
	expect("other mode", &v, 13, VERDICT_NULL, "unknown", NULL, "ambiguous", NULL);
	/* known to be cross: left out */
	s = manual_scene();
	s.lives = text("%s,%s", s.lives, life("8", "net", "long", "cross", 2, "5", "0", 200, 400));
	s.fills = text("%s,%s", s.fills, fill("999", "5", "sell", "net", 2, "5", "1", 400));
	s.others =
	    text("%s,%s", s.others, order("999", "sell", "net", "cross", "normal", "5", "1", 400));
	v = decide(&s);
	expect("other mode, known", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
}

/* The questions must cover the life and a second around it, to the millisecond. */
static void
test_guard_window(void)
{
	static const struct {
		int64_t begin_ms, end_ms;
		unsigned row;
	} cases[] = {{99000, 501000, 8}, {99001, 501000, 13}, {99000, 500999, 13}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		s.window = text("&begin=%" PRId64 "&end=%" PRId64 "&limit=100",
				T0 + cases[i].begin_ms, T0 + cases[i].end_ms);
		v = decide(&s);
		EXPECT(v.row == cases[i].row);
	}
}

/* The next life begins within the slack: its fills are not counted as this one's. */
static void
test_close_neighbours(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives =
	    text("%s,%s", s.lives, life("9", "net", "long", "isolated", 2, "3", "0", 500.2, 500.6));
	s.fills = text("%s,%s,%s", s.fills, fill("400", "4", "buy", "net", 1, "3", "0", 500.2),
		       fill("401", "5", "sell", "net", 2, "3", "1", 500.6));
	s.others = text("%s,%s", s.others,
			order("401", "sell", "net", "isolated", "normal", "3", "1", 500.6));
	v = decide(&s);
	expect("close neighbours", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
}

/* Fills, bills and orders all tell of a full liquidation, and history of a close by hand. */
static void
test_guard_three_to_one(void)
{
	struct scene s = liquidated_scene();
	struct verdict v;

	s.lives = life("9", "net", "long", "isolated", 2, "10", "0", 100, 500);
	v = decide(&s);
	expect("three to one", &v, 13, VERDICT_NULL, "unknown", NULL, "conflict", NULL);
	s = liquidated_scene();
	s.lives = life("9", "net", "long", "isolated", 2, "10", "0", 100, 500);
	s.full = NULL;
	s.others =
	    text("%s,%s", s.order, order("300", "sell", "net", "isolated", "", "10", "-9", 499.5));
	v = decide(&s);
	expect("two to one", &v, 13, VERDICT_NULL, "unknown", NULL, "conflict", NULL);
}

/* A last fill that closes nothing any more is no flip: something is missing. */
static void
test_guard_no_flip(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.fills = text("%s,%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "10", "5", 400),
		       fill("200", "3", "sell", "net", 2, "5", "5", 500));
	v = decide(&s);
	expect("no flip", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	/* a flip's last fill is at the life's end */
	s = manual_scene();
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "15", "5", 498.999));
	v = decide(&s);
	expect("flip too early", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	s = manual_scene();
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("200", "2", "sell", "net", 2, "15", "5", 499));
	v = decide(&s);
	expect("flip", &v, 8, VERDICT_NO, "manual-close", NULL, "user", "proven");
}

/* More rows than can be held; and an order past retention whose life is told of. */
static void
test_guard_too_much_and_too_old(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	answer(&s);
	ledger.overflow = true;
	v = judge();
	expect("too much", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	EXPECT_STR(v.sources[0].says, "more rows than can be held");
	s = manual_scene();
	s.order = order("100", "buy", "net", "isolated", "normal", "10", "0", -90.0 * 86400);
	s.lives = life("9", "net", "long", "isolated", 2, "10", "0", -90.0 * 86400, 500);
	v = decide(&s);
	expect("old order, younger life", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete",
	       NULL);
}

/* Not asked is not answered: the order alone, and then with its lives but no open positions. */
static void
test_guard_not_asked(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	rows(OKX_ORDER, "instId=X-USDT-SWAP&ordId=100", s.order);
	v = judge();
	expect("order alone", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	EXPECT_STR(v.sources[0].source, "positions-history");
	rows(OKX_POSITIONS_HISTORY, "instId=X-USDT-SWAP&limit=100", s.lives);
	v = judge();
	expect("no positions", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	EXPECT_STR(v.sources[0].source, "positions");
	rows(OKX_POSITIONS, "instId=X-USDT-SWAP", "");
	v = judge();
	expect("no fills", &v, 13, VERDICT_NULL, "unknown", NULL, "incomplete", NULL);
	EXPECT_STR(v.sources[0].source, "fills");
}

/* An order that is not found is too old only if every place where it could be was asked and
 * answered. */
static void
test_guard_search(void)
{
	static const enum okx_endpoint places[] = {OKX_ORDER, OKX_ORDERS_HISTORY,
						   OKX_ORDERS_ARCHIVE};

	for (size_t bad = 0; bad <= 3; bad++) {
		struct verdict v;

		reset();
		for (size_t i = 0; i < 3; i++) {
			if (i == bad)
				reply(places[i], "instId=X&ordId=1", 500, "");
			else
				rows(places[i], "instId=X&ordId=1", "");
		}
		/* made in early 2024 */
		verdict_decide(&ledger, SPAN_LIT("1212121212121212121"), NOW, &v);
		EXPECT(v.row == (bad < 3 ? 13 : 11));
	}
}

int
main(void)
{
	okx_ledger_init(&ledger);
	RUN(test_guard_incomplete);
	RUN(test_guard_cut);
	RUN(test_guard_lives_cut);
	RUN(test_guard_pages);
	RUN(test_guard_retention);
	RUN(test_guard_sums);
	RUN(test_guard_conflict);
	RUN(test_guard_ambiguous);
	RUN(test_guard_three_to_one);
	RUN(test_guard_no_flip);
	RUN(test_guard_too_much_and_too_old);
	RUN(test_guard_not_asked);
	RUN(test_guard_search);
	RUN(test_guard_window);
	RUN(test_close_neighbours);
	reset();
	okx_ledger_release(&ledger);
	return test_done();
}
