/*
 * verdict_scene: what the tests of the verdict share: the replies of a scene, and what is decided
 * upon them.
 */
#ifndef TP_VERDICT_SCENE_H
#define TP_VERDICT_SCENE_H

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
static char *texts[512];
static size_t texts_n;

static inline void
reset(void)
{
	okx_ledger_clear(&ledger);
	while (texts_n)
		free(texts[--texts_n]);
}

static inline char *
keep(char *text)
{
	texts[texts_n++] = text;
	return text;
}

__attribute__((format(printf, 1, 2))) static inline char *
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

static inline void
reply(enum okx_endpoint e, const char *query, unsigned status, const char *body)
{
	struct okx_reply r = {
	    .endpoint = e, .query = span_of(query), .http_status = status, .code = {"", 0}};

	okx_reply_read_body(span_of(body), &r);
	okx_ledger_add(&ledger, &r);
}

static inline void
rows(enum okx_endpoint e, const char *query, const char *list)
{
	reply(e, query, 200, text("{\"code\":\"0\",\"msg\":\"\",\"data\":[%s]}", list));
}

/* seconds with three digits of milliseconds */
#define MS(s) (T0 + (int64_t)((s)*1000.0 + ((s) < 0 ? -0.5 : 0.5)))

static inline char *
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

static inline char *
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

static inline char *
life(const char *pos_id, const char *pos_side, const char *direction, const char *mode, int type,
     const char *closed, const char *penalty, double from, double to)
{
	return text("{\"posId\":\"%s\",\"instId\":\"X-USDT-SWAP\",\"mgnMode\":\"%s\",\"posSide\":"
		    "\"%s\",\"direction\":\"%s\",\"ccy\":\"USDT\",\"type\":\"%d\","
		    "\"closeTotalPos\":\"%s\",\"openMaxPos\":\"10\",\"liqPenalty\":\"%s\","
		    "\"cTime\":\"%" PRId64 "\",\"uTime\":\"%" PRId64 "\"}",
		    pos_id, mode, pos_side, direction, type, closed, penalty, MS(from), MS(to));
}

static inline char *
bill(const char *id, const char *ord, int type, int sub, double at)
{
	return text("{\"billId\":\"%s\",\"ordId\":\"%s\",\"instId\":\"X-USDT-SWAP\",\"mgnMode\":"
		    "\"isolated\",\"type\":\"%d\",\"subType\":\"%d\",\"sz\":\"10\","
		    "\"px\":\"90\",\"fillTime\":\"%" PRId64 "\",\"ts\":\"%" PRId64 "\"}",
		    id, ord, type, sub, MS(at), MS(at));
}

static inline char *
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
	const char *window; /* begin and end of the questions; NULL: wide */
};

static inline const char *
list(const char *s)
{
	return s ? s : "";
}

#define WINDOW "&begin=1770000000000&end=1790000000000&limit=100"

static inline void
answer(const struct scene *s)
{
	enum okx_endpoint fills = s->far_fills ? OKX_FILLS_HISTORY : OKX_FILLS;
	enum okx_endpoint bills = s->far_bills ? OKX_BILLS_ARCHIVE : OKX_BILLS;
	enum okx_endpoint orders = s->far_orders ? OKX_ORDERS_ARCHIVE : OKX_ORDERS_HISTORY;
	const char *window = s->window ? s->window : WINDOW;
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
		reply(fills, text("instId=X%s", window), 500, "<html>");
	else
		rows(fills, text("instId=X%s", window), list(s->fills));
	if (s->skip == NO_BILLS)
		reply(bills, text("instId=X&type=5%s", window), 200, "{\"code\":\"50026\"}");
	else
		rows(bills, text("instId=X&type=5%s", window), list(s->bills));
	rows(bills, text("instId=X&type=9%s", window), list(s->adl_bills));
	if (s->skip == NO_ORDERS)
		reply(orders, text("instId=X&category=full_liquidation%s", window), 200,
		      "{\"code\":\"0\",\"data\":[");
	else
		rows(orders, text("instId=X&category=full_liquidation%s", window), list(s->full));
	rows(orders, text("instId=X&category=partial_liquidation%s", window), list(s->partial));
	rows(orders, text("instId=X&category=adl%s", window), list(s->adl));
	rows(orders, text("instId=X%s", window), list(s->others));
}

static inline struct verdict
judge(void)
{
	static struct verdict v;

	verdict_decide(&ledger, SPAN_LIT("100"), NOW, &v);
	return v;
}

static inline struct verdict
decide(const struct scene *s)
{
	answer(s);
	return judge();
}

#define SAME(a, b) ((a) == NULL ? (b) == NULL : (b) != NULL && strcmp((a), (b)) == 0)

static inline void
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
static inline struct scene
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
static inline struct scene
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

#endif
