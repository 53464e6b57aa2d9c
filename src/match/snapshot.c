#include "snapshot.h"

#include "exact.h"
#include "market_parts.h"
#include "snapshots.h"

/* ---- out ---- */

static void
write_order(const struct order *o, struct buf *b)
{
	exact_put_text(b, "{\"order\":", (struct span){o->id, o->id_len});
	exact_put_i64(b, ",\"account\":", o->account);
	exact_put_i64(b, ",\"side\":", o->side);
	exact_put_i64(b, ",\"type\":", o->type);
	exact_put_i64(b, ",\"stp\":", o->stp);
	exact_put_i64(b, ",\"px\":", o->px);
	exact_put_i64(b, ",\"open\":", o->open);
	exact_put_i64(b, ",\"shown\":", o->shown);
	exact_put_i64(b, ",\"filled\":", o->filled);
	exact_put_i64(b, ",\"arrival\":", (int64_t)o->arrival);
	exact_put_i64(b, ",\"display\":", o->display);
	exact_put_i64(b, ",\"trigger\":", o->trigger);
	exact_put_i64(b, ",\"by\":", o->trigger_by);
	exact_put_i64(b, ",\"expire\":", o->expire);
	exact_put_i64(b, ",\"quote\":", o->quote);
	buf_str(b, "}\n");
}

static void
write_side(const struct market *m, const struct side *s, struct buf *b)
{
	for (struct side_walk w = side_from_best(s); w.level; side_worse(&w))
		for (uint32_t i = w.level->first; i; i = order_at(m, i)->next)
			write_order(order_at(m, i), b);
}

static void
write_rfq(const struct rfq *q, struct buf *b)
{
	exact_put_text(b, "{\"rfq\":", (struct span){q->id, q->id_len});
	exact_put_i64(b, ",\"account\":", q->account);
	exact_put_i64(b, ",\"side\":", q->side);
	exact_put_i64(b, ",\"px\":", q->px);
	exact_put_i64(b, ",\"sz\":", q->sz);
	exact_put_i64(b, ",\"expire\":", q->expire);
	buf_str(b, "}\n");
	for (unsigned i = 0; i < q->accounts_n; i++) {
		exact_put_i64(b, "{\"asked\":", q->accounts[i]);
		buf_str(b, "}\n");
	}
	for (unsigned i = 0; i < q->answers_n; i++) {
		const struct rfq_answer *a = &q->answers[i];

		exact_put_text(b, "{\"answer\":", (struct span){a->id, a->id_len});
		exact_put_i64(b, ",\"account\":", a->account);
		exact_put_i64(b, ",\"px\":", a->px);
		buf_str(b, "}\n");
	}
}

static void
write_symbol(const struct market *m, const struct symbol *s, struct buf *b)
{
	exact_put_text(b, "{\"symbol\":", (struct span){s->name, s->name_len});
	exact_put_i64(b, ",\"tickSz\":[", s->tick.step);
	exact_put_i64(b, ",", s->tick.decimals);
	exact_put_i64(b, "],\"lotSz\":[", s->lot.step);
	exact_put_i64(b, ",", s->lot.decimals);
	exact_put_decimal(b, "],\"maxDeviation\":", s->deviation);
	exact_put_i64(b, ",\"auction\":", s->auction);
	exact_put_i64(b, ",\"trades\":", (int64_t)s->trades);
	exact_put_i64(b, ",\"ts\":", s->ts);
	exact_put_i64(b, ",\"last\":", s->has_last);
	exact_put_i64(b, ",\"lastPx\":", s->last_px);
	exact_put_i64(b, ",\"oracle\":", s->has_oracle);
	exact_put_decimal(b, ",\"oraclePx\":", s->oracle);
	exact_put_i64(b, ",\"base\":", s->amm.base);
	exact_put_i64(b, ",\"quote\":", s->amm.quote);
	exact_put_i64(b, ",\"shares\":", s->amm.shares);
	exact_put_i64(b, ",\"feePpm\":", s->amm.fee_ppm);
	buf_str(b, "}\n");
	for (uint32_t i = 0; i < s->amm.of_n; i++) {
		exact_put_i64(b, "{\"shares\":", s->amm.of[i].shares);
		exact_put_i64(b, ",\"account\":", s->amm.of[i].account);
		buf_str(b, "}\n");
	}
	for (uint32_t i = 0; i < s->quotes_n; i++) {
		const struct quote *q = &s->quotes[i];

		exact_put_text(b, "{\"quote\":", (struct span){q->id, q->id_len});
		exact_put_i64(b, ",\"account\":", q->account);
		exact_put_i64(b, ",\"bids\":", q->bids);
		exact_put_i64(b, ",\"asks\":", q->asks);
		buf_str(b, "}\n");
	}
	for (uint32_t i = 0; i < s->rfqs_n; i++)
		write_rfq(&s->rfqs[i], b);
	for (int side = BUY; side <= SELL; side++) {
		write_side(m, &s->sides[side], b);
		write_side(m, &s->stops[TRIGGER_LAST][side], b);
		write_side(m, &s->stops[TRIGGER_ORACLE][side], b);
	}
}

void
snapshot_write(const struct market *m, struct buf *b)
{
	size_t start = b->len;

	exact_put_i64(b, "{\"snapshot\":1,\"in\":", (int64_t)m->in);
	exact_put_i64(b, ",\"seq\":", (int64_t)m->seq);
	exact_put_i64(b, ",\"arrival\":", (int64_t)m->arrival);
	exact_put_i64(b, ",\"rejects\":", (int64_t)m->rejects);
	buf_str(b, "}\n");
	for (uint32_t i = 1; i <= m->accounts.n; i++) {
		exact_put_text(b, "{\"account\":", names_text(&m->accounts, i));
		buf_str(b, "}\n");
	}
	for (uint32_t i = 0; i < m->symbol_names.n; i++)
		write_symbol(m, &m->symbols[i], b);
	snapshots_seal(b, start);
}

/* ---- in ---- */

struct reader {
	struct market *m;
	struct symbol *s; /* the one at hand */
	struct rfq *rfq;  /* likewise */
	struct exact in;
	bool no_memory;
};

static unsigned char
name_of(struct reader *r, const char *key, char out[NAME_MAX_BYTES])
{
	struct span text = exact_text(&r->in, key, NAME_MAX_BYTES);

	memcpy(out, text.ptr, text.len);
	return (unsigned char)text.len;
}

static void
need(struct reader *r, bool room)
{
	if (!room)
		r->in.bad = r->no_memory = true;
}

static void
read_order(struct reader *r)
{
	struct market *m = r->m;
	struct symbol *s = r->s;
	struct order o = {.symbol = symbol_number(m, s)};
	struct side *side;
	uint32_t i;

	o.id_len = name_of(r, "{\"order\":", o.id);
	o.account = (uint32_t)exact_i64(&r->in, ",\"account\":", m->accounts.n);
	o.side = (unsigned char)exact_i64(&r->in, ",\"side\":", SELL);
	o.type = (unsigned char)exact_i64(&r->in, ",\"type\":", ORDER_IOC);
	o.stp = (unsigned char)exact_i64(&r->in, ",\"stp\":", STP_CANCEL_BOTH);
	o.px = exact_i64(&r->in, ",\"px\":", GRID_VALUE_MAX);
	o.open = exact_i64(&r->in, ",\"open\":", GRID_VALUE_MAX);
	o.shown = exact_i64(&r->in, ",\"shown\":", o.open);
	o.filled = exact_i64(&r->in, ",\"filled\":", GRID_VALUE_MAX);
	o.arrival = (uint64_t)exact_i64(&r->in, ",\"arrival\":", (int64_t)m->arrival);
	o.display = exact_i64(&r->in, ",\"display\":", GRID_VALUE_MAX);
	o.trigger = exact_i64(&r->in, ",\"trigger\":", GRID_VALUE_MAX);
	o.trigger_by = (unsigned char)exact_i64(&r->in, ",\"by\":", TRIGGER_ORACLE);
	o.expire = exact_i64(&r->in, ",\"expire\":", TS_MAX);
	o.quote = (unsigned char)exact_i64(&r->in, ",\"quote\":", 1);
	exact_skip(&r->in, "}\n");
	if (r->in.bad || o.id_len == 0 || o.open == 0 || o.arrival == 0 || (!o.trigger && !o.px) ||
	    (!o.trigger && !o.shown)) {
		r->in.bad = true;
		return;
	}
	side = o.trigger ? &s->stops[o.trigger_by][o.side] : &s->sides[o.side];
	need(r, pool_reserve(&m->pool, 1) && index_reserve(&m->index, 1) && side_reserve(side, 1) &&
		    (!o.expire || expiry_reserve(m, s, 1)));
	if (r->in.bad)
		return;
	o.hash = index_key(&m->index, order_id(&o), o.account, o.symbol).hash;
	i = pool_take(&m->pool);
	*order_at(m, i) = o;
	index_add(&m->index, &m->pool, i);
	if (o.trigger) {
		stop_add(m, s, i);
	} else {
		order_at(m, i)->place = PLACE_BOOK;
		side_add(side, &m->pool, i, o.px);
	}
	if (o.expire)
		expiry_add(m, s, i);
}

static void
read_account(struct reader *r)
{
	struct span name = exact_text(&r->in, "{\"account\":", NAME_MAX_BYTES);
	uint32_t n = r->m->accounts.n;

	exact_skip(&r->in, "}\n");
	if (!r->in.bad)
		need(r, names_reserve(&r->m->accounts, 1));
	if (!r->in.bad)
		r->in.bad = names_put(&r->m->accounts, name) != n + 1;
}

static void
read_numbers(struct reader *r, struct symbol *s)
{
	s->tick.step = exact_i64(&r->in, ",\"tickSz\":[", GRID_STEP_MAX);
	s->tick.decimals = (unsigned)exact_i64(&r->in, ",", GRID_DECIMALS_MAX);
	s->lot.step = exact_i64(&r->in, "],\"lotSz\":[", GRID_STEP_MAX);
	s->lot.decimals = (unsigned)exact_i64(&r->in, ",", GRID_DECIMALS_MAX);
	s->deviation = exact_decimal(&r->in, "],\"maxDeviation\":");
	s->auction = exact_i64(&r->in, ",\"auction\":", 1);
	s->trades = (uint64_t)exact_i64(&r->in, ",\"trades\":", INT64_MAX);
	s->ts = exact_i64(&r->in, ",\"ts\":", TS_MAX);
	s->has_last = exact_i64(&r->in, ",\"last\":", 1);
	s->last_px = exact_i64(&r->in, ",\"lastPx\":", GRID_VALUE_MAX);
	s->has_oracle = exact_i64(&r->in, ",\"oracle\":", 1);
	s->oracle = exact_decimal(&r->in, ",\"oraclePx\":");
	s->amm.base = exact_i64(&r->in, ",\"base\":", GRID_VALUE_MAX);
	s->amm.quote = exact_i64(&r->in, ",\"quote\":", GRID_VALUE_MAX);
	s->amm.shares = exact_i64(&r->in, ",\"shares\":", GRID_VALUE_MAX);
	s->amm.fee_ppm = exact_i64(&r->in, ",\"feePpm\":", 999999);
	exact_skip(&r->in, "}\n");
}

static void
read_symbol(struct reader *r)
{
	struct market *m = r->m;
	struct symbol s = {0};
	const char *hyphen;
	void *list = m->symbols;
	uint32_t i;

	s.name_len = name_of(r, "{\"symbol\":", s.name);
	read_numbers(r, &s);
	hyphen = memchr(s.name, '-', s.name_len);
	if (r->in.bad || !hyphen || s.tick.step == 0 || s.lot.step == 0) {
		r->in.bad = true;
		return;
	}
	s.base_len = (unsigned char)(hyphen - s.name);
	if (s.has_oracle && !oracle_ticks(&s, s.oracle, &s.oracle_low, &s.oracle_high))
		r->in.bad = true;
	oracle_band(&s);
	symbol_sides(&s);
	need(r, names_reserve(&m->symbol_names, 1) &&
		    market_grow(&list, &m->symbols_cap, m->symbol_names.n + 1, sizeof *m->symbols));
	m->symbols = list;
	if (r->in.bad)
		return;
	i = names_put(&m->symbol_names, (struct span){s.name, s.name_len});
	r->in.bad = i != m->symbol_names.n;
	if (r->in.bad)
		return;
	m->symbols[i - 1] = s;
	r->s = &m->symbols[i - 1];
	r->rfq = NULL;
}

static void
read_share(struct reader *r)
{
	struct share share;

	share.shares = exact_i64(&r->in, "{\"shares\":", GRID_VALUE_MAX);
	share.account = (uint32_t)exact_i64(&r->in, ",\"account\":", r->m->accounts.n);
	exact_skip(&r->in, "}\n");
	if (!r->in.bad)
		need(r, liquidity_reserve(r->s));
	if (!r->in.bad)
		r->s->amm.of[r->s->amm.of_n++] = share;
}

static void
read_quote(struct reader *r)
{
	struct quote q = {0};

	q.id_len = name_of(r, "{\"quote\":", q.id);
	q.account = (uint32_t)exact_i64(&r->in, ",\"account\":", r->m->accounts.n);
	q.bids = (unsigned char)exact_i64(&r->in, ",\"bids\":", QUOTE_LEVELS_MAX);
	q.asks = (unsigned char)exact_i64(&r->in, ",\"asks\":", QUOTE_LEVELS_MAX);
	exact_skip(&r->in, "}\n");
	if (!r->in.bad)
		need(r, quote_reserve(r->s));
	if (!r->in.bad)
		*quote_of(r->s, q.account) = q;
}

static void
read_rfq(struct reader *r)
{
	struct rfq q = {0};

	q.id_len = name_of(r, "{\"rfq\":", q.id);
	q.account = (uint32_t)exact_i64(&r->in, ",\"account\":", r->m->accounts.n);
	q.side = (unsigned char)exact_i64(&r->in, ",\"side\":", SELL);
	q.px = exact_i64(&r->in, ",\"px\":", GRID_VALUE_MAX);
	q.sz = exact_i64(&r->in, ",\"sz\":", GRID_VALUE_MAX);
	q.expire = exact_i64(&r->in, ",\"expire\":", TS_MAX);
	exact_skip(&r->in, "}\n");
	if (!r->in.bad)
		need(r, rfq_reserve(r->s));
	if (r->in.bad)
		return;
	r->rfq = &r->s->rfqs[r->s->rfqs_n++];
	*r->rfq = q;
}

static void
read_asked(struct reader *r)
{
	uint32_t account = (uint32_t)exact_i64(&r->in, "{\"asked\":", r->m->accounts.n);

	exact_skip(&r->in, "}\n");
	r->in.bad = r->in.bad || !r->rfq || r->rfq->accounts_n == RFQ_ACCOUNTS_MAX;
	if (!r->in.bad)
		r->rfq->accounts[r->rfq->accounts_n++] = account;
}

static void
read_answer(struct reader *r)
{
	struct rfq_answer a = {0};

	a.id_len = name_of(r, "{\"answer\":", a.id);
	a.account = (uint32_t)exact_i64(&r->in, ",\"account\":", r->m->accounts.n);
	a.px = exact_i64(&r->in, ",\"px\":", GRID_VALUE_MAX);
	exact_skip(&r->in, "}\n");
	r->in.bad = r->in.bad || !r->rfq || r->rfq->answers_n == RFQ_ACCOUNTS_MAX;
	if (!r->in.bad)
		r->rfq->answers[r->rfq->answers_n++] = a;
}

static void
read_line(struct reader *r)
{
	if (exact_starts(&r->in, "{\"account\":"))
		read_account(r);
	else if (exact_starts(&r->in, "{\"symbol\":"))
		read_symbol(r);
	else if (!r->s)
		r->in.bad = true;
	else if (exact_starts(&r->in, "{\"order\":"))
		read_order(r);
	else if (exact_starts(&r->in, "{\"shares\":"))
		read_share(r);
	else if (exact_starts(&r->in, "{\"quote\":"))
		read_quote(r);
	else if (exact_starts(&r->in, "{\"rfq\":"))
		read_rfq(r);
	else if (exact_starts(&r->in, "{\"asked\":"))
		read_asked(r);
	else
		read_answer(r);
}

enum snapshot_error
snapshot_read(struct market *m, struct span text)
{
	struct reader r = {.m = m};

	if (!snapshots_open_seal(&text))
		return SNAPSHOT_E_DAMAGED;
	r.in.rest = text;
	m->in = (uint64_t)exact_i64(&r.in, "{\"snapshot\":1,\"in\":", INT64_MAX);
	m->seq = (uint64_t)exact_i64(&r.in, ",\"seq\":", INT64_MAX);
	m->arrival = (uint64_t)exact_i64(&r.in, ",\"arrival\":", INT64_MAX);
	m->rejects = (uint64_t)exact_i64(&r.in, ",\"rejects\":", INT64_MAX);
	exact_skip(&r.in, "}\n");
	while (!r.in.bad && r.in.rest.len)
		read_line(&r);
	if (r.no_memory)
		return SNAPSHOT_E_MEMORY;
	return r.in.bad ? SNAPSHOT_E_DAMAGED : SNAPSHOT_OK;
}
