/* Catches a verdict that is right for the wrong reason: the testimony of each ledger, how sure it
 * is, when it happened, how it ended, and the warnings, for a scene of every row and guard. */
#include "okx_id.h"
#include "verdict_scene.h"

/* "row/sub/confidence time timeSource adl finalClose | source+: says | ... | !warning" */
static const char *
told(const struct verdict *v)
{
	char line[2048];
	size_t n = (size_t)snprintf(line, sizeof line, "%u/%s/%s %g %s %g%s %s", v->row,
				    v->sub ? v->sub : "-", v->confidence ? v->confidence : "-",
				    v->liquidated_ms ? (double)(v->liquidated_ms - T0) / 1000 : 0,
				    v->time_source ? v->time_source : "-",
				    v->adl_ms ? (double)(v->adl_ms - T0) / 1000 : 0,
				    v->adl ? "adl" : "", v->final_close ? v->final_close : "-");

	for (size_t i = 0; i < v->sources_n; i++)
		n += (size_t)snprintf(line + n, sizeof line - n, " | %s%c %s", v->sources[i].source,
				      v->sources[i].agrees ? '+' : '-', v->sources[i].says);
	/* the ids of scenes are no real ones */
	for (size_t i = 0; i < v->warnings_n; i++)
		if (!strstr(v->warnings[i], "E_ID_TIME"))
			n += (size_t)snprintf(line + n, sizeof line - n, " | !%.*s",
					      (int)strcspn(v->warnings[i], ":"), v->warnings[i]);
	return text("%s", line);
}

#define TOLD(scene, golden)                               \
	do {                                              \
		struct verdict test_v = decide(&(scene)); \
		EXPECT_STR(told(&test_v), golden);        \
	} while (0)

static char *
opening(void)
{
	return fill("100", "1", "buy", "net", 1, "10", "0", 100);
}

/* Closed in full by one order at 500 s. */
static void
close_by(struct scene *s, int sub, const char *category)
{
	s->fills = text("%s,%s", opening(), fill("200", "2", "sell", "net", sub, "10", "5", 500));
	s->others = text("%s,%s", s->order,
			 order("200", "sell", "net", "isolated", category, "10", "5", 500));
}

/* An order of a category, with a fill of a code. */
static struct scene
system_order(const char *category, int sub)
{
	struct scene s = manual_scene();

	s.others = s.lives = NULL;
	s.order = order("100", "sell", "net", "isolated", category, "10", "-9", 100);
	s.fills = text("%s,%s", fill("100", "1", "sell", "net", sub, "4", "-3", 100.5),
		       fill("100", "2", "sell", "net", sub, "6", "-6", 100.25));
	return s;
}

static void
test_order_alone(void)
{
	struct scene s = system_order("full_liquidation", 107);

	TOLD(s, "1/-/proven 100.5 fills 0 - | order+ category=full_liquidation | fills+ 2 of the "
		"order's fills are a liquidation's");
	s = system_order("partial_liquidation", 103);
	s.fills = fill("99", "9", "sell", "net", 103, "4", "-3", 99);
	TOLD(s, "1/-/single-source 100 order 0 - | order+ category=partial_liquidation | fills- 0 "
		"of the order's fills are a liquidation's");
	s = system_order("adl", 128);
	TOLD(s, "2/-/proven 0 - 100.5adl - | order+ category=adl | fills+ 2 of the order's fills "
		"are an ADL's");
	s = system_order("adl", 2);
	TOLD(s, "2/-/proven 0 - 100.5adl - | order+ category=adl | fills- 0 of the order's fills "
		"are an ADL's");
	s = manual_scene();
	s.others = NULL;
	s.order = order("100", "buy", "", "cash", "normal", "10", "0", 100);
	TOLD(s, "12/spot-no-position/proven 0 - 0 - | order+ tdMode=cash");
	s = manual_scene();
	s.others = NULL;
	s.order = text("{\"ordId\":\"100\",\"instId\":\"X-USDT-SWAP\",\"tdMode\":\"cross\","
		       "\"side\":\"buy\",\"state\":\"mmp_canceled\",\"accFillSz\":\"0\","
		       "\"cTime\":\"%" PRId64 "\"}",
		       T0);
	TOLD(s, "3/never-filled/proven 0 - 0 - | order+ state=mmp_canceled, accFillSz=0");
}

/* The negative trade id that OKX gives system orders stands in for the code. */
static void
test_negative_trade_id(void)
{
	struct scene s = system_order("full_liquidation", 107);

	s.fills = text("{\"ordId\":\"100\",\"billId\":\"1\",\"tradeId\":\"-1\",\"instId\":\"X-USDT-"
		       "SWAP\",\"posSide\":\"net\",\"side\":\"sell\",\"subType\":\"2\","
		       "\"fillSz\":\"10\",\"fillPnl\":\"-9\",\"fillTime\":\"%" PRId64
		       "\",\"ts\":\"%" PRId64 "\"}",
		       MS(100), MS(100));
	TOLD(s, "1/-/proven 100 fills 0 - | order+ category=full_liquidation | fills+ 1 of the "
		"order's fills are a liquidation's");
	s = system_order("full_liquidation", 2);
	TOLD(s, "1/-/single-source 100.5 fills 0 - | order+ category=full_liquidation | fills- 0 "
		"of the order's fills are a liquidation's");
}

static void
test_full(void)
{
	struct scene s = liquidated_scene();

	TOLD(s, "4/-/proven 499.5 fills 0 - | positions-history+ type=3 | fills+ 1 of a "
		"liquidation | bills+ 1 of a liquidation | orders+ 1 of a liquidation");
	/* in steps, the last of which is called partial */
	s = liquidated_scene();
	s.fills = text("%s,%s,%s", opening(), fill("300", "3", "sell", "net", 103, "4", "-4", 400),
		       fill("301", "4", "sell", "net", 103, "6", "-5", 500));
	s.bills = s.full = NULL;
	s.partial = text(
	    "%s,%s", order("300", "sell", "net", "isolated", "partial_liquidation", "4", "-4", 400),
	    order("301", "sell", "net", "isolated", "partial_liquidation", "6", "-5", 500));
	TOLD(s, "4/-/proven 500 fills 0 - | positions-history+ type=3 | fills+ 2 of a liquidation "
		"| bills- 0 of a liquidation | orders+ 2 of a liquidation");
	/* bills alone know of it */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 3, "10", "-1", 100, 500);
	s.bills = bill("b3", "200", 5, 107, 499);
	TOLD(s, "4/-/proven 499 bills 0 - | positions-history+ type=3 | fills- 0 of a liquidation "
		"| bills+ 1 of a liquidation | orders- 0 of a liquidation");
}

static void
test_partial(void)
{
	struct scene s = manual_scene();

	s.fills = text("%s,%s,%s", opening(), fill("300", "3", "sell", "net", 103, "4", "-3", 300),
		       fill("200", "2", "sell", "net", 2, "6", "5", 500));
	TOLD(s, "5/-/single-source 300 fills 0 manual | positions-history- type=2, liqPenalty=0 | "
		"fills+ 1 of a partial liquidation | bills- 0 of a partial liquidation | orders- 0 "
		"of a partial liquidation");
	s.lives = life("9", "net", "long", "isolated", 2, "10", "-0.5", 100, 500);
	reset();
	s = manual_scene();
	s.bills = bill("b3", "300", 5, 103, 300);
	TOLD(s, "5/-/single-source 300 bills 0 manual | positions-history- type=2, liqPenalty=0 | "
		"fills- 0 of a partial liquidation | bills+ 1 of a partial liquidation | orders- 0 "
		"of a partial liquidation");
	s = manual_scene();
	s.partial = order("300", "sell", "net", "isolated", "partial_liquidation", "4", "-3", 300);
	TOLD(s, "5/-/single-source 300 orders 0 manual | positions-history- type=2, liqPenalty=0 | "
		"fills- 0 of a partial liquidation | bills- 0 of a partial liquidation | orders+ 1 "
		"of a partial liquidation");
	/* type 4 alone, and the position gone from account/positions */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 4, "10", "0", 100, 500);
	TOLD(s, "5/-/single-source 0 - 0 open | positions-history+ type=4, liqPenalty=0 | fills- 0 "
		"of a partial liquidation | bills- 0 of a partial liquidation | orders- 0 of a "
		"partial liquidation");
}

/* How a position ended that had been liquidated in part. */
static void
test_final_close(void)
{
	static const struct {
		int type, sub;
		const char *category, *close;
	} cases[] = {
	    {1, 2, "normal", "open"},
	    {2, 2, "normal", "manual"},
	    {2, 112, "delivery", "delivery"},
	    {2, 114, "twap", "forced-repayment"},
	    {2, 208, "normal", "block-trade"},
	    {2, 328, "normal", "move-position"},
	    {2, 2, "auto_conversion", "auto-conversion"},
	    {2, 103, "partial_liquidation", "liquidation"},
	    {4, 2, "normal", "open"},
	    {5, 128, "adl", "open"},
	    {6, 128, "adl", "adl"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		close_by(&s, cases[i].sub, cases[i].category);
		s.lives =
		    life("9", "net", "long", "isolated", cases[i].type, "10", "-0.5", 100, 500);
		v = decide(&s);
		EXPECT(v.row == 5);
		EXPECT_STR(v.final_close ? v.final_close : "-", cases[i].close);
	}
}

static void
test_adl(void)
{
	static const char *const golden[] = {
	    "6/still-open/proven 0 - 500adl - | positions-history+ type=5, liqPenalty=0 | fills+ 1 "
	    "of an ADL | bills- 0 of an ADL | orders+ 1 of an ADL",
	    "6/-/proven 0 - 500adl - | positions-history+ type=6, liqPenalty=0 | fills+ 1 of an "
	    "ADL | bills- 0 of an ADL | orders+ 1 of an ADL"};

	for (int type = 5; type <= 6; type++) {
		struct scene s = manual_scene();

		close_by(&s, 128, "adl");
		s.lives = life("9", "net", "long", "isolated", type, "10", "0", 100, 500);
		TOLD(s, golden[type - 5]);
	}
	/* history alone says so */
	struct scene s = manual_scene();

	s.lives = life("9", "net", "long", "isolated", 6, "10", "0", 100, 500);
	TOLD(s, "6/-/single-source 0 - 0adl - | positions-history+ type=6, liqPenalty=0 | fills- 0 "
		"of an ADL | bills- 0 of an ADL | orders- 0 of an ADL");
	s = manual_scene();
	s.adl_bills = bill("b4", "400", 9, 128, 300);
	TOLD(s, "8/user/proven 0 - 300adl - | positions-history+ type=2, liqPenalty=0, "
		"closeTotalPos=10 | fills+ 1 closing fills of the user's own orders sum to it | "
		"bills+ no liquidation | orders+ no liquidation");
}

static void
test_system_closes(void)
{
	static const struct {
		int sub;
		const char *category, *golden;
	} cases[] = {
	    {112, "delivery",
	     "7/delivery/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0 | fills+ closed "
	     "by delivery or exercise"},
	    {114, "twap",
	     "10/forced-repayment/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0 | "
	     "fills+ closed by forced repayment"},
	    {208, "normal",
	     "10/block-trade/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0 | fills+ "
	     "closed by a block trade"},
	    {328, "normal",
	     "10/move-position/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0 | fills+ "
	     "moved to another account"},
	    {2, "auto_conversion",
	     "10/auto-conversion/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0 | fills+ "
	     "closed by automatic conversion"},
	};
	struct scene s;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		s = manual_scene();
		close_by(&s, cases[i].sub, cases[i].category);
		TOLD(s, cases[i].golden);
	}
	/* closed by an ADL, and history does not know of it */
	s = manual_scene();
	close_by(&s, 128, "adl");
	TOLD(s, "13/conflict/- 0 - 500adl - | positions-history- a close that no row of the table "
		"covers");
}

/* The closing order's source says by what hand. */
static void
test_sources_of_closes(void)
{
	static const char *const cases[][2] = {
	    {"", "user"},   {"6", "trigger"},	     {"7", "tp-sl"},
	    {"13", "algo"}, {"25", "trailing-stop"}, {"34", "chase"},
	    {"99", "algo"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		char *closing = order("200", "sell", "net", "isolated", "normal", "10", "5", 500);
		char *at = strstr(closing, "\"source\":\"\"");
		struct verdict v;

		s.others = text("%s,%.*s\"source\":\"%s\"%s", s.order, (int)(at - closing), closing,
				cases[i][0], at + strlen("\"source\":\"\""));
		v = decide(&s);
		EXPECT(v.row == 8);
		EXPECT_STR(v.sub ? v.sub : "-", cases[i][1]);
	}
}

static void
test_manual_and_open(void)
{
	struct scene s = manual_scene();

	TOLD(s, "8/user/proven 0 - 0 - | positions-history+ type=2, liqPenalty=0, closeTotalPos=10 "
		"| fills+ 1 closing fills of the user's own orders sum to it | bills+ no "
		"liquidation | orders+ no liquidation");
	/* reduced by hand; account/positions does not show it */
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 1, "10", "0", 100, 500);
	TOLD(s, "9/still-open/proven 0 - 0 - | positions-history+ type=1, liqPenalty=0 | fills+ no "
		"liquidation | bills+ no liquidation");
	s = manual_scene();
	s.lives = NULL;
	s.positions = open_position("10", "net", 100);
	s.fills = opening();
	s.others = s.order;
	TOLD(s, "9/still-open/proven 0 - 0 - | positions+ pos is not 0 | fills+ no liquidation | "
		"bills+ no liquidation");
}

static void
test_not_found(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.order = s.others = NULL;
	TOLD(s, "13/incomplete/- 0 - 0 - | order- not found");
	/* an id of early 2024, and every place was asked */
	for (int searched = 0; searched < 3; searched++) {
		static const char *const golden[] = {
		    "13/incomplete/- 0 - 0 - | order- not found",
		    "13/incomplete/- 0 - 0 - | order- not found",
		    "11/retention/- 0 - 0 - | order- not found; its id is older than three months "
		    "| positions-history- no row: kept for three months"};

		reset();
		rows(OKX_TIME, "", text("{\"ts\":\"%" PRId64 "\"}", NOW));
		rows(OKX_ORDER, "instId=X-USDT-SWAP&ordId=1212121212121212121", "");
		rows(OKX_ORDERS_HISTORY, "instId=X&ordId=1", "");
		if (searched == 1)
			reply(OKX_ORDERS_ARCHIVE, "instId=X&ordId=1", 500, "");
		if (searched == 2)
			rows(OKX_ORDERS_ARCHIVE, "instId=X&ordId=1", "");
		verdict_decide(&ledger, SPAN_LIT("1212121212121212121"), NOW, &v);
		EXPECT_STR(told(&v), golden[searched]);
	}
}

/* Old: at exactly three months it is not yet; an open position is told of. */
static void
test_age(void)
{
	struct scene s = manual_scene();
	double months = (double)(NOW - OKX_MONTHS_MS - T0) / 1000;
	struct verdict v;

	for (int i = 0; i < 2; i++) {
		s = manual_scene();
		s.order =
		    order("100", "buy", "net", "isolated", "normal", "10", "0", months - i * 0.001);
		s.lives = s.fills = s.others = NULL;
		v = decide(&s);
		EXPECT(v.row == (i ? 11 : 13));
		if (i)
			EXPECT_STR(told(&v),
				   "11/retention/- 0 - 0 - | order- older than three months | "
				   "positions-history- no row: kept for three months");
	}
	s.positions = open_position("10", "net", months - 1);
	v = decide(&s);
	EXPECT(v.row != 11);
}

static void
test_guards(void)
{
	struct scene s;

	for (int skip = NO_POSITIONS; skip <= NO_ORDERS; skip++) {
		static const char *const golden[] = {
		    "13/incomplete/- 0 - 0 - | positions- not answered",
		    "13/incomplete/- 0 - 0 - | positions-history- not answered, or cut",
		    "13/incomplete/- 0 - 0 - | fills- not answered, cut, or past retention",
		    "13/incomplete/- 0 - 0 - | bills- not answered, cut, or past retention: type=5",
		    "13/incomplete/- 0 - 0 - | orders- not answered, cut, or past retention: "
		    "category=full_liquidation"};

		s = manual_scene();
		memcpy(&s.skip, &skip, sizeof s.skip);
		TOLD(s, golden[skip - NO_POSITIONS]);
	}
	s = manual_scene();
	s.fills = opening();
	TOLD(s, "13/incomplete/- 0 - 0 - | fills- closing fills sum to 0 | positions-history- "
		"closeTotalPos=10");
	s = manual_scene();
	s.others = s.order;
	TOLD(s, "13/incomplete/- 0 - 0 - | orders- 1 closing orders were not found");
	s = manual_scene();
	s.lives = NULL;
	TOLD(s, "13/conflict/- 0 - 0 - | order- filled | positions-history- no row fits the order "
		"| positions- no open position fits the order");
	s = manual_scene();
	s.lives = text("%s,%s", life("9", "net", "long", "isolated", 2, "10", "0", 50, 100),
		       life("9", "net", "long", "isolated", 2, "10", "0", 100, 500));
	TOLD(s, "13/ambiguous/- 0 - 0 - | positions-history- 2 lives fit the order");
	s = manual_scene();
	s.lives = text("%s,%s", s.lives, life("8", "net", "long", "cross", 2, "5", "0", 200, 400));
	s.fills = text("%s,%s", s.fills, fill("999", "5", "sell", "net", 2, "5", "1", 400));
	TOLD(s, "13/ambiguous/- 0 - 0 - | fills- 1 fills may be of another margin mode");
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 3, "10", "-1", 100, 500);
	TOLD(s, "13/conflict/- 0 - 0 - | positions-history- type=3 | fills- no liquidation, asked "
		"twice | bills- no liquidation, asked twice");
	s = manual_scene();
	s.full = order("300", "sell", "net", "isolated", "full_liquidation", "10", "-9", 499.5);
	TOLD(s, "13/conflict/- 0 - 0 - | positions-history- type=2 | fills- 0 of a full "
		"liquidation | bills- 0 of a full liquidation | orders- 1 of a full liquidation");
	s = manual_scene();
	close_by(&s, 107, "normal");
	TOLD(s, "13/conflict/- 0 - 0 - | fills- 1 fills carry a code that their order's category "
		"contradicts");
	s = manual_scene();
	close_by(&s, 777, "something_new");
	TOLD(s, "13/unknown-code/- 0 - 0 - | fills- 1 closing fills carry a code or category that "
		"is not known");
	s = manual_scene();
	s.fills = text(
	    "%s,%s,%s", opening(),
	    fill("200", "2", "sell", "net", 2, "90000000000000000000000000000000000000", "5", 500),
	    fill("200", "3", "sell", "net", 2, "90000000000000000000000000000000000000", "5", 500));
	TOLD(s, "13/incomplete/- 0 - 0 - | fills- a sum does not fit 38 digits");
}

/* Events within a second of the life count, and no later ones. */
static void
test_slack(void)
{
	static const struct {
		double at;
		unsigned row;
	} cases[] = {{501, 5}, {501.001, 8}, {99, 5}, {98.999, 8}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		s.bills = bill("b3", "300", 5, 103, cases[i].at);
		v = decide(&s);
		EXPECT(v.row == cases[i].row);
	}
}

/* The order's id tells when it was made: to 2 s of its cTime. */
static void
test_id_time(void)
{
	static const int off_ms[] = {-2001, -2000, 0, 2000, 2001};

	for (size_t i = 0; i < 5; i++) {
		uint64_t id = okx_id_make(MS(100) + off_ms[i], 7);
		struct verdict v;
		char *name;

		reset();
		name = text("%" PRIu64, id);
		rows(OKX_TIME, "", text("{\"ts\":\"%" PRId64 "\"}", NOW));
		rows(OKX_ORDER, text("instId=X-USDT-SWAP&ordId=%s", name),
		     order(name, "buy", "", "cash", "normal", "10", "0", 100));
		verdict_decide(&ledger, span_of(name), NOW, &v);
		EXPECT(v.row == 12);
		EXPECT(v.warnings_n ==
		       (okx_id_ms(id) - MS(100) > 2000 || okx_id_ms(id) - MS(100) < -2000));
	}
}

/* One source beside the history proves; the history alone does not. */
static void
test_confidence(void)
{
	struct scene s = manual_scene();
	struct verdict v;

	s.lives = life("9", "net", "long", "isolated", 6, "10", "0", 100, 500);
	s.adl_bills = bill("b4", "400", 9, 128, 300);
	v = decide(&s);
	EXPECT(v.row == 6 && SAME(v.confidence, "proven"));
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 5, "10", "0", 100, 500);
	v = decide(&s);
	EXPECT(v.row == 6 && v.adl && SAME(v.confidence, "single-source"));
	s = manual_scene();
	s.lives = life("9", "net", "long", "isolated", 2, "10", "-0.5", 100, 500);
	s.bills = bill("b3", "300", 5, 103, 300);
	v = decide(&s);
	EXPECT(v.row == 5 && SAME(v.confidence, "proven"));
}

/* A margin pair's liquidation may be booked as a forced repayment: nobody can tell. */
static void
test_margin_repayment(void)
{
	struct scene s = manual_scene();
	struct verdict v;
	char *type;

	close_by(&s, 114, "twap");
	s.order = text("%s", s.order);
	type = strstr(s.order, "\"instType\":\"SWAP\"");
	s.order = text("%.*s\"instType\":\"MARGIN\"%s", (int)(type - s.order), s.order,
		       type + strlen("\"instType\":\"SWAP\""));
	s.others = order("200", "sell", "net", "isolated", "twap", "10", "5", 500);
	v = decide(&s);
	expect("margin repaid", &v, 10, VERDICT_NULL, "unknown", NULL, "forced-repayment", NULL);
}

/* A life whose realizedPnl is not the sum of its parts is decided, with a word about it. */
static void
test_identity(void)
{
	static const char *const realized[] = {"8", "8.1"};

	for (int i = 0; i < 2; i++) {
		struct scene s = manual_scene();
		struct verdict v;

		s.lives = text("%.*s,\"pnl\":\"10\",\"fee\":\"-1.5\",\"fundingFee\":\"-0.5\","
			       "\"realizedPnl\":\"%s\"}",
			       (int)strlen(s.lives) - 1, s.lives, realized[i]);
		v = decide(&s);
		EXPECT(v.row == 8);
		EXPECT((strstr(told(&v), "!E_IDENTITY") != NULL) == (i == 1));
	}
}

int
main(void)
{
	okx_ledger_init(&ledger);
	RUN(test_order_alone);
	RUN(test_negative_trade_id);
	RUN(test_full);
	RUN(test_partial);
	RUN(test_final_close);
	RUN(test_adl);
	RUN(test_system_closes);
	RUN(test_sources_of_closes);
	RUN(test_manual_and_open);
	RUN(test_not_found);
	RUN(test_age);
	RUN(test_guards);
	RUN(test_slack);
	RUN(test_id_time);
	RUN(test_identity);
	RUN(test_confidence);
	RUN(test_margin_repayment);
	reset();
	okx_ledger_release(&ledger);
	return test_done();
}
