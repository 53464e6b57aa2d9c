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
	char *out = malloc(8192);
	va_list ap;

	va_start(ap, format);
	vsnprintf(out, 8192, format, ap);
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
	enum {
		ANSWER_ALL,
		NO_POSITIONS,
		NO_LIVES,
		NO_FILLS,
		NO_BILLS,
		NO_ORDERS,
		FILLS_CUT,
		LIVES_CUT
	} skip;
};

static const char *
list(const char *s)
{
	return s ? s : "";
}

#define WINDOW "&begin=1779999999000&end=1790000000000&limit=100"

static struct verdict
decide(const struct scene *s)
{
	static struct verdict v;
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
		reply(OKX_FILLS, "instId=X" WINDOW, 500, "<html>");
	else
		rows(OKX_FILLS, "instId=X" WINDOW, list(s->fills));
	if (s->skip == NO_BILLS)
		reply(OKX_BILLS, "instId=X&type=5" WINDOW, 200, "{\"code\":\"50026\"}");
	else
		rows(OKX_BILLS, "instId=X&type=5" WINDOW, list(s->bills));
	rows(OKX_BILLS, "instId=X&type=9" WINDOW, list(s->adl_bills));
	if (s->skip == NO_ORDERS)
		reply(OKX_ORDERS_HISTORY, "instId=X&category=full_liquidation" WINDOW, 200,
		      "{\"code\":\"0\",\"data\":[");
	else
		rows(OKX_ORDERS_HISTORY, "instId=X&category=full_liquidation" WINDOW,
		     list(s->full));
	rows(OKX_ORDERS_HISTORY, "instId=X&category=partial_liquidation" WINDOW, list(s->partial));
	rows(OKX_ORDERS_HISTORY, "instId=X&category=adl" WINDOW, list(s->adl));
	rows(OKX_ORDERS_HISTORY, "instId=X" WINDOW, list(s->others));
	verdict_decide(&ledger, SPAN_LIT("100"), NOW, &v);
	return v;
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
	/* old, but its life is still told of: decided like any other */
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
