/* Catches a verdict that does not follow the decision table, row by row and guard by guard, and an
 * order tied to the wrong life of a position. */
#include "test.h"
#include "verdict.h"

#include <stdarg.h>

/*
 * One case is a handful of replies. Times are seconds after T0; the order "100" of 10 contracts at
 * 100 s opens a long that lives from 100 s to 500 s unless a case says otherwise.
 */
#define T0 INT64_C(1780000000000)
#define NOW (T0 + 10000000)

static struct okx_ledger ledger;
static char *texts[64];
static size_t texts_n;

static void
reset(void)
{
	okx_ledger_clear(&ledger);
	while (texts_n)
		free(texts[--texts_n]);
}

static char *
keep(char *text)
{
	texts[texts_n++] = text;
	return text;
}

__attribute__((format(printf, 1, 2))) static char *
text(const char *format, ...)
{
	char *out;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&out, format, ap) < 0)
		abort();
	va_end(ap);
	return keep(out);
}

static void
reply(enum okx_endpoint e, const char *query, unsigned status, const char *body)
{
	struct okx_reply r = {
	    .endpoint = e, .query = span_of(query), .http_status = status, .code = {"", 0}};

	okx_reply_read_body(span_of(body), &r);
	okx_ledger_add(&ledger, &r);
}

static void
rows(enum okx_endpoint e, const char *query, const char *list)
{
	reply(e, query, 200, text("{\"code\":\"0\",\"msg\":\"\",\"data\":[%s]}", list));
}

/* seconds with three digits of milliseconds */
#define MS(s) (T0 + (int64_t)((s)*1000.0 + 0.5))

static char *
order(const char *id, const char *side, const char *pos_side, const char *mode,
      const char *category, const char *filled, const char *pnl, double at)
{
	return text("{\"ordId\":\"%s\",\"instId\":\"X-USDT-SWAP\",\"instType\":\"SWAP\",\"tdMode\":"
		    "\"%s\",\"posSide\":\"%s\",\"side\":\"%s\",\"state\":"
		    "\"filled\",\"category\":\"%s\",\"source\":\"\",\"ccy\":\"\",\"accFillSz\":\"%"
		    "s\",\"pnl\":\"%s\",\"cTime\":\"%" PRId64 "\",\"uTime\":\"%" PRId64
		    "\",\"fillTime\":\"%" PRId64 "\"}",
		    id, mode, pos_side, side, category, filled, pnl, MS(at), MS(at), MS(at));
}

static char *
fill(const char *id, const char *bill, const char *side, const char *pos_side, int sub,
     const char *sz, const char *pnl, double at)
{
	return text("{\"ordId\":\"%s\",\"billId\":\"%s\",\"tradeId\":\"%s%s\",\"instId\":\"X-USDT-"
		    "SWAP\",\"posSide\":\"%s\",\"side\":\"%s\",\"subType\":\"%d\","
		    "\"fillSz\":\"%s\",\"fillPnl\":\"%s\",\"fillTime\":\"%" PRId64
		    "\",\"ts\":\"%" PRId64 "\"}",
		    id, bill, sub >= 100 && sub <= 128 ? "-" : "", bill, pos_side, side, sub, sz,
		    pnl, MS(at), MS(at) + 1);
}

static char *
life(const char *pos_id, const char *pos_side, const char *direction, const char *mode, int type,
     const char *closed, const char *penalty, double from, double to)
{
	return text("{\"posId\":\"%s\",\"instId\":\"X-USDT-SWAP\",\"mgnMode\":\"%s\",\"posSide\":"
		    "\"%s\",\"direction\":\"%s\",\"ccy\":\"USDT\",\"type\":\"%d\","
		    "\"closeTotalPos\":\"%s\",\"openMaxPos\":\"10\",\"liqPenalty\":\"%s\","
		    "\"cTime\":\"%" PRId64 "\",\"uTime\":\"%" PRId64 "\"}",
		    pos_id, mode, pos_side, direction, type, closed, penalty, MS(from), MS(to));
}

static char *
bill(const char *id, const char *ord, int type, int sub, double at)
{
	return text("{\"billId\":\"%s\",\"ordId\":\"%s\",\"instId\":\"X-USDT-SWAP\",\"mgnMode\":"
		    "\"isolated\",\"type\":\"%d\",\"subType\":\"%d\",\"sz\":\"10\","
		    "\"px\":\"90\",\"fillTime\":\"%" PRId64 "\",\"ts\":\"%" PRId64 "\"}",
		    id, ord, type, sub, MS(at), MS(at));
}

static char *
open_position(const char *pos, const char *pos_side, double from)
{
	return text("{\"posId\":\"9\",\"instId\":\"X-USDT-SWAP\",\"mgnMode\":\"isolated\","
		    "\"posSide\":\"%s\",\"ccy\":\"USDT\",\"pos\":\"%s\",\"cTime\":\"%" PRId64
		    "\",\"uTime\":\"%" PRId64 "\"}",
		    pos_side, pos, MS(from), MS(from));
}

/* What a case says; NULL lists are empty replies, and `skip` names a ledger that is not answered at
 * all. */
struct scene {
	const char *order, *positions, *lives, *fills, *bills, *adl_bills, *full, *partial, *adl,
	    *others;
	enum { ANSWER_ALL, NO_POSITIONS, NO_LIVES, NO_FILLS, NO_BILLS, NO_ORDERS } skip;
	/* the tier that reaches back further is asked, and not the near one */
	bool far_fills, far_bills, far_orders;
};

static const char *
list(const char *s)
{
	return s ? s : "";
}

#define WINDOW "&begin=1770000000000&end=1790000000000&limit=100"

static void
answer(const struct scene *s)
{
	enum okx_endpoint fills = s->far_fills ? OKX_FILLS_HISTORY : OKX_FILLS;
	enum okx_endpoint bills = s->far_bills ? OKX_BILLS_ARCHIVE : OKX_BILLS;
	enum okx_endpoint orders = s->far_orders ? OKX_ORDERS_ARCHIVE : OKX_ORDERS_HISTORY;
	static const char busy[] = "{\"code\":\"50013\",\"msg\":\"busy\"}";

	rows(OKX_TIME, "", text("{\"ts\":\"%" PRId64 "\"}", NOW));
	rows(OKX_ORDER, "instId=X-USDT-SWAP&ordId=100", list(s->order));
	if (s->skip == NO_POSITIONS)
		reply(OKX_POSITIONS, "instId=X-USDT-SWAP", 429, busy);
	else
		rows(OKX_POSITIONS, "instId=X-USDT-SWAP", list(s->positions));
	if (s->skip == NO_LIVES)
		reply(OKX_POSITIONS_HISTORY, "instId=X-USDT-SWAP&limit=100", 429, busy);
	else
		rows(OKX_POSITIONS_HISTORY, "instId=X-USDT-SWAP&limit=100", list(s->lives));
	if (s->skip == NO_FILLS)
		reply(fills, "instId=X" WINDOW, 500, "<html>");
	else
		rows(fills, "instId=X" WINDOW, list(s->fills));
	if (s->skip == NO_BILLS)
		reply(bills, "instId=X&type=5" WINDOW, 200, "{\"code\":\"50026\"}");
	else
		rows(bills, "instId=X&type=5" WINDOW, list(s->bills));
	rows(bills, "instId=X&type=9" WINDOW, list(s->adl_bills));
	if (s->skip == NO_ORDERS)
		reply(orders, "instId=X&category=full_liquidation" WINDOW, 200,
		      "{\"code\":\"0\",\"data\":[");
	else
		rows(orders, "instId=X&category=full_liquidation" WINDOW, list(s->full));
	rows(orders, "instId=X&category=partial_liquidation" WINDOW, list(s->partial));
	rows(orders, "instId=X&category=adl" WINDOW, list(s->adl));
	rows(orders, "instId=X" WINDOW, list(s->others));
}

static struct verdict
judge(void)
{
	static struct verdict v;

	verdict_decide(&ledger, SPAN_LIT("100"), NOW, &v);
	return v;
}

static struct verdict
decide(const struct scene *s)
{
	answer(s);
	return judge();
}

#define SAME(a, b) ((a) == NULL ? (b) == NULL : (b) != NULL && strcmp((a), (b)) == 0)

static void
expect(const char *what, const struct verdict *v, unsigned row, enum verdict_answer liquidated,
       const char *reason, const char *scope, const char *sub, const char *confidence)
{
	bool ok = v->row == row && v->liquidated == liquidated && SAME(v->reason, reason) &&
		  SAME(v->scope, scope) && SAME(v->sub, sub) && SAME(v->confidence, confidence);

	if (!ok) {
		printf("%s: row %u answer %d %s/%s/%s/%s\n", what, v->row, (int)v->liquidated,
		       v->reason, v->scope, v->sub, v->confidence);
		for (size_t i = 0; i < v->sources_n; i++)
			printf("    %s: %s\n", v->sources[i].source, v->sources[i].says);
	}
	EXPECT(ok);
}

/* The plain case that others vary: opened by 100, closed by the user's 200. */
static struct scene
manual_scene(void)
{
	reset();
	return (struct scene){
	    .order = order("100", "buy", "net", "isolated", "normal", "10", "0", 100),
	    .lives = life("9", "net", "long", "isolated", 2, "10", "0", 100, 500),
	    .fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
			  fill("200", "2", "sell", "net", 2, "10", "5", 500)),
	    .others =
		text("%s,%s", order("100", "buy", "net", "isolated", "normal", "10", "0", 100),
		     order("200", "sell", "net", "isolated", "normal", "10", "5", 500)),
	};
}

/* The same, ended by a full liquidation that all ledgers tell of. */
static struct scene
liquidated_scene(void)
{
	struct scene s = manual_scene();

	s.lives = life("9", "net", "long", "isolated", 3, "10", "-1", 100, 500);
	s.fills = text("%s,%s", fill("100", "1", "buy", "net", 1, "10", "0", 100),
		       fill("300", "3", "sell", "net", 107, "10", "-9", 499.5));
	s.bills = bill("b3", "300", 5, 107, 499.5);
	s.full = order("300", "sell", "net", "isolated", "full_liquidation", "10", "-9", 499.5);
	s.others = s.order;
	return s;
}

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
	RUN(test_guard_incomplete);
	RUN(test_guard_cut);
	RUN(test_guard_lives_cut);
	RUN(test_guard_pages);
	RUN(test_guard_retention);
	RUN(test_guard_sums);
	RUN(test_guard_conflict);
	RUN(test_guard_ambiguous);
	RUN(test_hedge);
	RUN(test_net_roles);
	RUN(test_two_lives);
	reset();
	okx_ledger_release(&ledger);
	return test_done();
}
