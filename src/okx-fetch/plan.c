#include "plan.h"

#include "check.h"
#include "json.h"
#include "okx_id.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* A tier may forget a little earlier than documented, and a row may be written a little late: be
 * generous at the edge. */
#define TIER_MARGIN_MS INT64_C(3600000)
/* Ledgers written less than this ago may still change. */
#define SETTLING_MS INT64_C(60000)
#define SECOND_LOOK_MS 2000
#define UNKNOWN_MAX 24

void
plan_init(struct plan *p)
{
	*p = (struct plan){.step = PLAN_DONE};
	okx_ledger_init(&p->ledger);
}

void
plan_release(struct plan *p)
{
	okx_ledger_release(&p->ledger);
}

void
plan_start(struct plan *p, struct span inst_id, struct span ord_id)
{
	struct okx_ledger ledger = p->ledger;

	okx_ledger_clear(&ledger);
	*p = (struct plan){
	    .inst_id = inst_id, .ord_id = ord_id, .step = PLAN_FIRST, .ledger = ledger};
	CHECK(okx_id_parse(ord_id, &p->id));
	p->inst_type = okx_inst_type(inst_id, &p->pair);
}

const struct okx_order *
plan_order(const struct plan *p)
{
	return okx_ledger_order(&p->ledger, p->ord_id);
}

void
plan_give_up(struct plan *p, bool reachable)
{
	p->pages_n = 0;
	if (!reachable) {
		p->step = PLAN_DONE;
	} else if (p->step < PLAN_LAST) {
		p->step = PLAN_LAST;
		p->taken = false;
	}
}

/* ---- building requests ---- */

struct batch {
	struct plan *plan;
	struct plan_request *out;
	size_t n;
};

__attribute__((format(printf, 3, 4))) static void
ask(struct batch *b, enum okx_endpoint endpoint, const char *format, ...)
{
	struct plan_request *q;
	va_list ap;
	int n;

	/* the last place is kept for the second clock reading */
	if (b->n == PLAN_BATCH ||
	    b->plan->asked >= LIMIT_OKX_REPLIES - (endpoint == OKX_TIME ? 0 : 1)) {
		b->plan->cut = true;
		return;
	}
	q = &b->out[b->n++];
	b->plan->asked++;
	q->endpoint = endpoint;
	va_start(ap, format);
	n = vsnprintf(q->query, sizeof q->query, format, ap);
	va_end(ap);
	CHECK(n >= 0 && (size_t)n < sizeof q->query);
}

#define S(span) (int)(span).len, (span).ptr

static void
ask_positions(struct batch *b, const char *type)
{
	struct plan *p = b->plan;

	ask(b, OKX_INSTRUMENTS, "instType=%s&instId=%.*s", type, S(p->inst_id));
	ask(b, OKX_POSITIONS, "instId=%.*s", S(p->inst_id));
	ask(b, OKX_POSITIONS_HISTORY, "instType=%s&instId=%.*s&limit=100", type, S(p->inst_id));
}

static void
first(struct batch *b)
{
	struct plan *p = b->plan;

	ask(b, OKX_TIME, "%s", "");
	ask(b, OKX_CONFIG, "%s", "");
	ask(b, OKX_ORDER, "instId=%.*s&ordId=%.*s", S(p->inst_id), S(p->ord_id));
	if (p->inst_type && !p->pair)
		ask_positions(b, p->inst_type);
}

/*
 * One order out of a history list, which has no ordId filter: newer than ordId-1 and older than
 * ordId+1, both exclusive. The arithmetic is on integers: these ids do not fit a double.
 */
static void
ask_point(struct batch *b, enum okx_endpoint endpoint, const char *type, uint64_t id)
{
	ask(b, endpoint, "instType=%s&instId=%.*s&after=%" PRIu64 "&before=%" PRIu64 "&limit=1",
	    type, S(b->plan->inst_id), id + 1, id - 1);
}

static void
search_as(struct batch *b, const char *type)
{
	ask_point(b, OKX_ORDERS_HISTORY, type, b->plan->id);
	ask_point(b, OKX_ORDERS_ARCHIVE, type, b->plan->id);
	ask(b, OKX_FILLS_HISTORY, "instType=%s&instId=%.*s&ordId=%.*s&limit=100", type,
	    S(b->plan->inst_id), S(b->plan->ord_id));
}

static void
search(struct batch *b)
{
	struct plan *p = b->plan;

	if (p->pair) {
		search_as(b, "SPOT");
		search_as(b, "MARGIN");
	} else {
		search_as(b, p->inst_type ? p->inst_type : "EVENTS");
	}
}

/* Which tiers hold [from, to]: the near one, the far one, or both. */
static void
tiers(enum okx_endpoint near, int64_t now_ms, int64_t from_ms, int64_t to_ms, bool *ask_near,
      bool *ask_far)
{
	int64_t edge = now_ms - okx_endpoint_facts(near)->retention_ms;

	*ask_near = to_ms >= edge - TIER_MARGIN_MS;
	*ask_far = from_ms < edge + TIER_MARGIN_MS;
}

/* The type of a pair is known once the order is: an order with leverage is MARGIN. */
static void
settle_type(struct plan *p, const struct okx_order *o)
{
	static const char *const types[] = {"SPOT",    "MARGIN", "SWAP",
					    "FUTURES", "OPTION", "EVENTS"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (span_is(o->inst_type, types[i]))
			p->inst_type = types[i];
	if (!p->inst_type)
		p->inst_type = "EVENTS";
}

/* Decided by the order alone (normalize(1), rows 12 and 3): nothing but the order is needed. */
static bool
decided_by_order(const struct okx_order *o)
{
	bool terminal = span_is(o->state, "canceled") || span_is(o->state, "mmp_canceled");

	return span_is(o->td_mode, "cash") || (terminal && decimal_sign(o->acc_fill_sz) == 0);
}

static bool
is_system_order(const struct okx_order *o)
{
	return span_is(o->category, "full_liquidation") ||
	       span_is(o->category, "partial_liquidation") || span_is(o->category, "adl");
}

static void
order_details(struct batch *b, const struct okx_order *o, int64_t now_ms)
{
	struct plan *p = b->plan;
	bool near, far;
	int64_t first_ms, last_ms;

	okx_order_times(&p->ledger, o, &first_ms, &last_ms);
	tiers(OKX_FILLS, now_ms, first_ms, last_ms, &near, &far);
	if (first_ms && near)
		ask(b, OKX_FILLS, "instType=%s&instId=%.*s&ordId=%.*s&limit=100", p->inst_type,
		    S(p->inst_id), S(p->ord_id));
	if (first_ms && far)
		ask(b, OKX_FILLS_HISTORY, "instType=%s&instId=%.*s&ordId=%.*s&limit=100",
		    p->inst_type, S(p->inst_id), S(p->ord_id));
	if (p->pair)
		ask_positions(b, p->inst_type);
}

/* The same question to the tiers that hold the window. */
static void
ask_tiers(struct batch *b, enum okx_endpoint near, enum okx_endpoint far, int64_t now_ms,
	  const char *what)
{
	struct plan *p = b->plan;
	bool ask_near, ask_far;
	int64_t from, to;
	char end[32] = "";

	okx_match_window(&p->match, &from, &to);
	tiers(near, now_ms, from, to, &ask_near, &ask_far);
	if (to != INT64_MAX)
		snprintf(end, sizeof end, "&end=%" PRId64, to + OKX_SLACK_MS);
	if (ask_near)
		ask(b, near, "instType=%s&instId=%.*s%s&begin=%" PRId64 "%s&limit=100",
		    p->inst_type, S(p->inst_id), what, from - OKX_SLACK_MS, end);
	if (ask_far)
		ask(b, far, "instType=%s&instId=%.*s%s&begin=%" PRId64 "%s&limit=100", p->inst_type,
		    S(p->inst_id), what, from - OKX_SLACK_MS, end);
}

static void
ask_ledgers(struct batch *b, int64_t now_ms)
{
	ask_tiers(b, OKX_FILLS, OKX_FILLS_HISTORY, now_ms, "");
	ask_tiers(b, OKX_BILLS, OKX_BILLS_ARCHIVE, now_ms, "&type=5");
	ask_tiers(b, OKX_BILLS, OKX_BILLS_ARCHIVE, now_ms, "&type=9");
}

static void
window(struct batch *b, int64_t now_ms)
{
	ask_ledgers(b, now_ms);
	ask_tiers(b, OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, now_ms, "&category=full_liquidation");
	ask_tiers(b, OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, now_ms,
		  "&category=partial_liquidation");
	ask_tiers(b, OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, now_ms, "&category=adl");
	ask_tiers(b, OKX_ORDERS_HISTORY, OKX_ORDERS_ARCHIVE, now_ms, "");
}

static bool
in_window(const struct plan *p, int64_t ms)
{
	int64_t from, to;

	okx_match_window(&p->match, &from, &to);
	return ms >= from - OKX_SLACK_MS && (to == INT64_MAX || ms <= to + OKX_SLACK_MS);
}

static bool
seen_before(const struct plan *p, size_t fill)
{
	for (size_t i = 0; i < fill; i++)
		if (span_equal(p->ledger.fills.rows[i].ord_id, p->ledger.fills.rows[fill].ord_id))
			return true;
	return false;
}

/* Orders that filled in the window and are not known: by their id, first among the live ones, then
 * in the archive. */
static void
unknown_orders(struct batch *b, bool history)
{
	struct plan *p = b->plan;
	size_t n = 0;

	for (size_t i = 0; i < p->ledger.fills.n && n < UNKNOWN_MAX; i++) {
		const struct okx_fill *f = &p->ledger.fills.rows[i];
		uint64_t id;

		if (!in_window(p, f->fill_ms) || !okx_id_parse(f->ord_id, &id) ||
		    id == UINT64_MAX || seen_before(p, i) ||
		    okx_ledger_order(&p->ledger, f->ord_id))
			continue;
		n++;
		if (history)
			ask_point(b, OKX_ORDERS_ARCHIVE, p->inst_type, id);
		else
			ask(b, OKX_ORDER, "instId=%.*s&ordId=%.*s", S(p->inst_id), S(f->ord_id));
	}
}

static bool
is_liquidation(unsigned sub_type)
{
	return sub_type >= 100 && sub_type <= 107;
}

/* The life ended a moment ago, or its history speaks of a liquidation that fills and bills do not
 * show (yet). */
static bool
wants_second_look(const struct plan *p, int64_t now_ms)
{
	const struct okx_life *h = p->match.life;

	if (!h)
		return false;
	if (now_ms - h->updated_ms < SETTLING_MS)
		return true;
	if (h->type != 3 && h->type != 4)
		return false;
	for (size_t i = 0; i < p->ledger.fills.n; i++)
		if (is_liquidation(p->ledger.fills.rows[i].sub_type) &&
		    in_window(p, p->ledger.fills.rows[i].fill_ms))
			return false;
	for (size_t i = 0; i < p->ledger.bills.n; i++)
		if (is_liquidation(p->ledger.bills.rows[i].sub_type) &&
		    in_window(p, p->ledger.bills.rows[i].fill_ms))
			return false;
	return true;
}

/* ---- steps ---- */

static enum plan_step
after_first(struct plan *p)
{
	const struct okx_order *o = plan_order(p);

	if (!o)
		return PLAN_SEARCH;
	settle_type(p, o);
	return decided_by_order(o) ? PLAN_LAST : PLAN_ORDER;
}

static enum plan_step
after_search(struct plan *p)
{
	const struct okx_order *o = plan_order(p);

	if (!o)
		return PLAN_LAST;
	settle_type(p, o);
	return decided_by_order(o) ? PLAN_LAST : PLAN_ORDER;
}

static enum plan_step
after_order(struct plan *p)
{
	const struct okx_order *o = plan_order(p);

	if (is_system_order(o))
		return PLAN_LAST;
	okx_match_life(&p->ledger, o, &p->match);
	if (p->match.lives > 1 || (p->match.lives == 0 && !p->match.open))
		return PLAN_LAST;
	return PLAN_WINDOW;
}

/* One step's requests; the step that follows it is decided when they have been answered. */
static void
take_step(struct plan *p, struct batch *b, int64_t now_ms, unsigned *wait_ms)
{
	switch (p->step) {
	case PLAN_FIRST: first(b); break;
	case PLAN_SEARCH: search(b); break;
	case PLAN_ORDER: order_details(b, plan_order(p), now_ms); break;
	case PLAN_WINDOW: window(b, now_ms); break;
	case PLAN_UNKNOWN:
		unknown_orders(b, p->asked_unknown_live);
		p->asked_unknown_history = p->asked_unknown_live;
		p->asked_unknown_live = true;
		break;
	case PLAN_AGAIN:
		p->looked_again = true;
		*wait_ms = SECOND_LOOK_MS;
		ask(b, OKX_POSITIONS_HISTORY, "instType=%s&instId=%.*s&limit=100", p->inst_type,
		    S(p->inst_id));
		ask_ledgers(b, now_ms);
		break;
	case PLAN_LAST: ask(b, OKX_TIME, "%s", ""); break;
	case PLAN_DONE: break;
	}
}

static enum plan_step
step_after(struct plan *p, int64_t now_ms)
{
	switch (p->step) {
	case PLAN_FIRST: return after_first(p);
	case PLAN_SEARCH: return after_search(p);
	case PLAN_ORDER: return after_order(p);
	case PLAN_WINDOW: return PLAN_UNKNOWN;
	case PLAN_UNKNOWN:
		if (!p->asked_unknown_history)
			return PLAN_UNKNOWN;
		return !p->looked_again && wants_second_look(p, now_ms) ? PLAN_AGAIN : PLAN_LAST;
	case PLAN_AGAIN:
		okx_match_life(&p->ledger, plan_order(p), &p->match);
		p->asked_unknown_live = p->asked_unknown_history = false;
		return PLAN_UNKNOWN;
	case PLAN_LAST:
	case PLAN_DONE: break;
	}
	return PLAN_DONE;
}

size_t
plan_next(struct plan *p, int64_t now_ms, struct plan_request out[PLAN_BATCH], unsigned *wait_ms)
{
	struct batch b = {.plan = p, .out = out};

	*wait_ms = 0;
	if (p->pages_n) {
		size_t n = p->pages_n;

		memcpy(out, p->pages, n * sizeof out[0]);
		p->pages_n = 0;
		return n;
	}
	/* the step's questions and all their pages have been answered, or it had none: go on */
	while (p->step != PLAN_DONE && b.n == 0) {
		if (p->taken)
			p->step = step_after(p, now_ms);
		*wait_ms = 0;
		take_step(p, &b, now_ms, wait_ms);
		p->taken = true;
	}
	return b.n;
}

/* ---- answers ---- */

/* What the next page begins after: the last row's key. */
static struct span
last_key(const struct okx_reply *r)
{
	struct json_walk w = json_walk(r->data);
	struct span row, last = {"", 0};
	const char *name = "billId";

	if (r->endpoint == OKX_POSITIONS_HISTORY)
		name = "uTime";
	else if (r->endpoint == OKX_ORDERS_HISTORY || r->endpoint == OKX_ORDERS_ARCHIVE)
		name = "ordId";
	while (json_next_element(&w, &row))
		if (json_type(row) == JSON_OBJECT)
			last = okx_row_text(row, name);
	return last;
}

/* A life whose last change is older than the order was made cannot be the order's. */
static bool
far_enough(const struct plan *p, uint64_t last_updated_ms)
{
	const struct okx_order *o = plan_order(p);
	/* while the order is not known, its id tells its age; undocumented, so a day is left for
	 * error */
	int64_t made_ms = o ? o->created_ms : okx_id_ms(p->id) - OKX_DAY_MS;

	return (int64_t)last_updated_ms < made_ms - OKX_SLACK_MS;
}

/* A full page: put the next one into line. */
static void
next_page(struct plan *p, const struct plan_request *q, const struct okx_reply *r)
{
	struct batch b = {.plan = p, .out = p->pages, .n = p->pages_n};
	struct span key = last_key(r), before = {"", 0}, query = r->query;
	uint64_t k;

	if (!okx_id_parse(key, &k) || k == UINT64_MAX)
		return;
	if (r->endpoint == OKX_POSITIONS_HISTORY) {
		if (far_enough(p, k))
			return;
		/* pages end within rows of one uTime: ask from one millisecond later, and drop what
		 * is met twice */
		k++;
	}
	/* `after` is always the last parameter that we add: cut it off again */
	if (okx_query_get(query, "after", &before))
		query.len = (size_t)(before.ptr - query.ptr) - strlen("&after=");
	if (before.len) {
		uint64_t previous;

		/* a page that does not get on would be asked for ever */
		if (!okx_id_parse(before, &previous) || k >= previous)
			return;
	}
	ask(&b, q->endpoint, "%.*s&after=%" PRIu64, S(query), k);
	p->pages_n = b.n;
}

static bool
is_point_question(struct span query)
{
	struct span v;

	return okx_query_get(query, "before", &v);
}

void
plan_reply(struct plan *p, const struct plan_request *q, const struct okx_reply *r)
{
	unsigned page = okx_endpoint_facts(q->endpoint)->page;

	okx_ledger_add(&p->ledger, r);
	if (okx_reply_ok(r) && page && r->rows >= page && !is_point_question(r->query))
		next_page(p, q, r);
}
