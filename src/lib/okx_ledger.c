#include "okx_ledger.h"

#include "json.h"
#include "limit.h"
#include "utc.h"

#include <stdlib.h>

#define ROWS_MAX (LIMIT_OKX_REPLIES * 600u)

void
okx_ledger_init(struct okx_ledger *l)
{
	*l = (struct okx_ledger){0};
}

void
okx_ledger_release(struct okx_ledger *l)
{
	free(l->orders.rows);
	free(l->fills.rows);
	free(l->positions.rows);
	free(l->lives.rows);
	free(l->bills.rows);
	free(l->series.rows);
	okx_ledger_init(l);
}

void
okx_ledger_clear(struct okx_ledger *l)
{
	l->orders.n = l->fills.n = l->positions.n = l->lives.n = l->bills.n = l->series.n = 0;
	l->config = l->instrument = (struct span){0};
	l->server_ms = 0;
	memset(l->unreadable, 0, sizeof l->unreadable);
	l->overflow = false;
}

/* Room for one more element of `size` bytes; NULL when there is none. */
static void *
grow(void *rows, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *grown;

	if (n < *cap)
		return rows;
	if (n >= ROWS_MAX)
		return NULL;
	grown = realloc(rows, more * size);
	if (grown)
		*cap = more;
	return grown;
}

/* Append `value` to table t of ledger l. */
#define PUSH(l, t, value)                                                                     \
	do {                                                                                  \
		void *grown_ = grow((l)->t.rows, (l)->t.n, &(l)->t.cap, sizeof *(l)->t.rows); \
		if (!grown_) {                                                                \
			(l)->overflow = true;                                                 \
			break;                                                                \
		}                                                                             \
		(l)->t.rows = grown_;                                                         \
		(l)->t.rows[(l)->t.n++] = (value);                                            \
	} while (0)

/* ---- reading a row ---- */

struct span
okx_row_text(struct span row, const char *name)
{
	struct span value, text;

	if (json_find(row, name, &value) && json_plain(value, &text))
		return text;
	return (struct span){"", 0};
}

/* Members of one row, found in one walk. */
struct row {
	struct span value[24];
	bool bad;
};

static struct span
text_at(const struct row *r, size_t i)
{
	struct span text;

	return r->value[i].ptr && json_plain(r->value[i], &text) ? text : (struct span){"", 0};
}

/* An amount; "" and an absent member are zero, as OKX means "not applicable" by them. */
static struct decimal
amount_at(struct row *r, size_t i)
{
	struct decimal d = {0, 0};
	struct span text = text_at(r, i);

	if (text.len && decimal_parse(text, &d) != DECIMAL_OK)
		r->bad = true;
	return d;
}

static int64_t
time_at(struct row *r, size_t i, bool needed)
{
	int64_t ms = 0;
	struct span text = text_at(r, i);

	if (text.len ? !utc_parse_ms_digits(text, &ms) : needed)
		r->bad = true;
	return ms;
}

static unsigned
code_at(struct row *r, size_t i)
{
	unsigned v = 0;
	struct span text = text_at(r, i);

	for (size_t k = 0; k < text.len; k++) {
		if (text.ptr[k] < '0' || text.ptr[k] > '9' || v > 100000) {
			r->bad = true;
			return 0;
		}
		v = v * 10 + (unsigned)(text.ptr[k] - '0');
	}
	return v;
}

static bool
read_row(struct span object, const char *const names[], size_t n, struct row *out)
{
	*out = (struct row){0};
	return json_type(object) == JSON_OBJECT && json_pick(object, names, n, out->value, NULL);
}

/* ---- the tables ---- */

static bool
add_order(struct okx_ledger *l, struct span object)
{
	static const char *const names[] = {
	    "ordId", "instId",	 "instType", "tdMode", "posSide",   "side",
	    "state", "category", "source",   "ccy",    "accFillSz", "pnl",
	    "cTime", "uTime",	 "fillTime", "algoId", "reduceOnly"};
	struct row r;
	struct okx_order o;

	if (!read_row(object, names, 17, &r))
		return false;
	o = (struct okx_order){.row = object,
			       .ord_id = text_at(&r, 0),
			       .inst_id = text_at(&r, 1),
			       .inst_type = text_at(&r, 2),
			       .td_mode = text_at(&r, 3),
			       .pos_side = text_at(&r, 4),
			       .side = text_at(&r, 5),
			       .state = text_at(&r, 6),
			       .category = text_at(&r, 7),
			       .source = text_at(&r, 8),
			       .ccy = text_at(&r, 9),
			       .acc_fill_sz = amount_at(&r, 10),
			       .pnl = amount_at(&r, 11),
			       .created_ms = time_at(&r, 12, true),
			       .updated_ms = time_at(&r, 13, false),
			       .last_fill_ms = time_at(&r, 14, false),
			       .algo_id = text_at(&r, 15),
			       .reduce_only = text_at(&r, 16)};
	if (r.bad || o.ord_id.len == 0 || o.side.len == 0 || o.state.len == 0)
		return false;
	for (size_t i = 0; i < l->orders.n; i++) {
		if (!span_equal(l->orders.rows[i].ord_id, o.ord_id))
			continue;
		if (o.updated_ms >= l->orders.rows[i].updated_ms)
			l->orders.rows[i] = o;
		return true;
	}
	PUSH(l, orders, o);
	return true;
}

static bool
add_fill(struct okx_ledger *l, struct span object)
{
	static const char *const names[] = {"billId",  "ordId",	   "tradeId", "instId",
					    "posSide", "side",	   "subType", "fillSz",
					    "fillPnl", "fillTime", "ts"};
	struct row r;
	struct okx_fill f;

	if (!read_row(object, names, 11, &r))
		return false;
	f = (struct okx_fill){.bill_id = text_at(&r, 0),
			      .ord_id = text_at(&r, 1),
			      .trade_id = text_at(&r, 2),
			      .inst_id = text_at(&r, 3),
			      .pos_side = text_at(&r, 4),
			      .side = text_at(&r, 5),
			      .sub_type = code_at(&r, 6),
			      .sz = decimal_abs(amount_at(&r, 7)),
			      .pnl = amount_at(&r, 8)};
	f.fill_ms = time_at(&r, 9, false);
	if (f.fill_ms == 0)
		f.fill_ms = time_at(&r, 10, true);
	if (r.bad || f.side.len == 0 || decimal_sign(f.sz) == 0)
		return false;
	for (size_t i = 0; i < l->fills.n; i++) {
		const struct okx_fill *k = &l->fills.rows[i];

		/* billId names the row; without one, all that can tell two fills apart */
		if (f.bill_id.len
			? span_equal(k->bill_id, f.bill_id)
			: k->bill_id.len == 0 && span_equal(k->ord_id, f.ord_id) &&
			      span_equal(k->trade_id, f.trade_id) && k->fill_ms == f.fill_ms)
			return true;
	}
	PUSH(l, fills, f);
	return true;
}

static bool
add_position(struct okx_ledger *l, struct span object)
{
	static const char *const names[] = {"posId", "instId", "mgnMode", "posSide",
					    "ccy",   "pos",    "cTime",	  "uTime"};
	struct row r;
	struct okx_position p;

	if (!read_row(object, names, 8, &r))
		return false;
	p = (struct okx_position){.row = object,
				  .pos_id = text_at(&r, 0),
				  .inst_id = text_at(&r, 1),
				  .mgn_mode = text_at(&r, 2),
				  .pos_side = text_at(&r, 3),
				  .ccy = text_at(&r, 4),
				  .pos = amount_at(&r, 5),
				  .created_ms = time_at(&r, 6, false),
				  .updated_ms = time_at(&r, 7, false)};
	/* zero rows (closed, or never opened) say nothing that positions-history does not say
	 * better */
	if (decimal_sign(p.pos) == 0)
		return !r.bad;
	if (r.bad || p.created_ms == 0)
		return false;
	for (size_t i = 0; i < l->positions.n; i++) {
		if (!span_equal(l->positions.rows[i].pos_id, p.pos_id))
			continue;
		l->positions.rows[i] = p;
		return true;
	}
	PUSH(l, positions, p);
	return true;
}

/* OKX documents realizedPnl as a sum; recorded rows keep it exactly. A row that does not is worth a
 * warning. */
static bool
identity_holds(struct row *r, size_t first)
{
	struct decimal sum = {0, 0};

	/* realizedPnl, then its five parts */
	if (text_at(r, first).len == 0)
		return true;
	for (size_t i = 1; i <= 5; i++)
		if (decimal_add(sum, amount_at(r, first + i), &sum) != DECIMAL_OK)
			return false;
	return decimal_compare(sum, amount_at(r, first)) == 0;
}

static bool
add_life(struct okx_ledger *l, struct span object)
{
	static const char *const names[] = {
	    "posId",	   "instId",	    "mgnMode",	  "posSide",	"direction",  "ccy",
	    "type",	   "closeTotalPos", "openMaxPos", "liqPenalty", "cTime",      "uTime",
	    "realizedPnl", "pnl",	    "fee",	  "fundingFee", "liqPenalty", "settledPnl"};
	struct row r;
	struct okx_life h;

	if (!read_row(object, names, 18, &r))
		return false;
	/* one of the five parts of realizedPnl, found under its first place in names */
	r.value[16] = r.value[9];
	h = (struct okx_life){.row = object,
			      .pos_id = text_at(&r, 0),
			      .inst_id = text_at(&r, 1),
			      .mgn_mode = text_at(&r, 2),
			      .pos_side = text_at(&r, 3),
			      .direction = text_at(&r, 4),
			      .ccy = text_at(&r, 5),
			      .type = code_at(&r, 6),
			      .closed_sz = amount_at(&r, 7),
			      .max_sz = amount_at(&r, 8),
			      .liq_penalty = amount_at(&r, 9),
			      .created_ms = time_at(&r, 10, true),
			      .updated_ms = time_at(&r, 11, true),
			      .identity_holds = identity_holds(&r, 12)};
	if (r.bad || h.type == 0)
		return false;
	for (size_t i = 0; i < l->lives.n; i++) {
		struct okx_life *k = &l->lives.rows[i];

		if (!span_equal(k->pos_id, h.pos_id) || k->created_ms != h.created_ms)
			continue;
		if (h.updated_ms >= k->updated_ms)
			*k = h;
		return true;
	}
	PUSH(l, lives, h);
	return true;
}

static bool
add_bill(struct okx_ledger *l, struct span object)
{
	static const char *const names[] = {"billId", "instId",	 "ordId", "mgnMode",  "px",
					    "type",   "subType", "sz",	  "fillTime", "ts"};
	struct row r;
	struct okx_bill b;

	if (!read_row(object, names, 10, &r))
		return false;
	b = (struct okx_bill){.bill_id = text_at(&r, 0),
			      .inst_id = text_at(&r, 1),
			      .ord_id = text_at(&r, 2),
			      .mgn_mode = text_at(&r, 3),
			      .px = text_at(&r, 4),
			      .type = code_at(&r, 5),
			      .sub_type = code_at(&r, 6),
			      .sz = decimal_abs(amount_at(&r, 7))};
	b.fill_ms = time_at(&r, 8, false);
	if (b.fill_ms == 0)
		b.fill_ms = time_at(&r, 9, true);
	if (r.bad || b.type == 0)
		return false;
	for (size_t i = 0; i < l->bills.n; i++)
		if (b.bill_id.len && span_equal(l->bills.rows[i].bill_id, b.bill_id))
			return true;
	PUSH(l, bills, b);
	return true;
}

static bool
add_time(struct okx_ledger *l, struct span object)
{
	return json_type(object) == JSON_OBJECT &&
	       utc_parse_ms_digits(okx_row_text(object, "ts"), &l->server_ms);
}

static bool
add_row(struct okx_ledger *l, enum okx_endpoint endpoint, struct span object)
{
	switch (endpoint) {
	case OKX_TIME: return add_time(l, object);
	case OKX_CONFIG: l->config = object; return json_type(object) == JSON_OBJECT;
	case OKX_INSTRUMENTS: l->instrument = object; return json_type(object) == JSON_OBJECT;
	case OKX_ORDER:
	case OKX_ORDERS_HISTORY:
	case OKX_ORDERS_ARCHIVE: return add_order(l, object);
	case OKX_POSITIONS: return add_position(l, object);
	case OKX_POSITIONS_HISTORY: return add_life(l, object);
	case OKX_FILLS:
	case OKX_FILLS_HISTORY: return add_fill(l, object);
	case OKX_BILLS:
	case OKX_BILLS_ARCHIVE: return add_bill(l, object);
	case OKX_TRADES:
	case OKX_HISTORY_TRADES:
	case OKX_ENDPOINTS: break;
	}
	return true;
}

/* ---- series ---- */

/* The same parameters, in the same order, but for `after`. */
static bool
same_question(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	for (;;) {
		struct span part[2] = {{0}, {0}};

		for (int side = 0; side < 2; side++) {
			struct span q = side ? b : a;
			size_t *at = side ? &k : &i;

			do {
				const char *end;

				part[side] = (struct span){0};
				if (*at >= q.len)
					break;
				end = memchr(q.ptr + *at, '&', q.len - *at);
				part[side] = (struct span){
				    q.ptr + *at, end ? (size_t)(end - q.ptr) - *at : q.len - *at};
				*at += part[side].len + 1;
			} while (span_starts(part[side], SPAN_LIT("after=")));
		}
		if (!span_equal(part[0], part[1]))
			return false;
		if (!part[0].ptr)
			return true;
	}
}

static void
note_series(struct okx_ledger *l, const struct okx_reply *r)
{
	bool failed = !okx_reply_ok(r) && !okx_reply_none(r);
	unsigned page = okx_endpoint_facts(r->endpoint)->page;
	struct okx_series *s = NULL;
	struct okx_series new = {.endpoint = r->endpoint, .query = r->query};
	struct span after;
	bool first = !okx_query_get(r->query, "after", &after);

	/* looked for from the newest: a question asked again begins a series of its own */
	for (size_t i = l->series.n; i-- > 0 && !first && !s;)
		if (l->series.rows[i].endpoint == r->endpoint &&
		    same_question(l->series.rows[i].query, r->query))
			s = &l->series.rows[i];
	if (!s) {
		PUSH(l, series, new);
		if (l->overflow)
			return;
		s = &l->series.rows[l->series.n - 1];
	}
	s->failed |= failed;
	s->full = page && r->rows >= page;
	s->pages++;
}

void
okx_ledger_add(struct okx_ledger *l, const struct okx_reply *r)
{
	struct json_walk w;
	struct span object;

	note_series(l, r);
	if (!okx_reply_ok(r))
		return;
	if (r->endpoint == OKX_POSITIONS)
		l->positions.n = 0;
	w = json_walk(r->data);
	while (json_next_element(&w, &object))
		if (!add_row(l, r->endpoint, object))
			l->unreadable[r->endpoint]++;
}

const struct okx_order *
okx_ledger_order(const struct okx_ledger *l, struct span ord_id)
{
	for (size_t i = 0; i < l->orders.n; i++)
		if (span_equal(l->orders.rows[i].ord_id, ord_id))
			return &l->orders.rows[i];
	return NULL;
}
