#include "snapshot.h"

#include "crc32c.h"
#include "hex.h"
#include "market_parts.h"

#include <stdio.h>

/* ---- out ---- */

static void
add(struct buf *b, const char *key, int64_t v)
{
	buf_str(b, key);
	buf_i64(b, v);
}

static void
add_text(struct buf *b, const char *key, struct span text)
{
	buf_str(b, key);
	buf_byte(b, '"');
	buf_add(b, text);
	buf_byte(b, '"');
}

static void
add_decimal(struct buf *b, const char *key, struct decimal d)
{
	char text[DECIMAL_TEXT_MAX];

	add_text(b, key, (struct span){text, decimal_print(d, text)});
}

static void
write_order(const struct order *o, struct buf *b)
{
	add_text(b, "{\"order\":", (struct span){o->id, o->id_len});
	add(b, ",\"account\":", o->account);
	add(b, ",\"side\":", o->side);
	add(b, ",\"type\":", o->type);
	add(b, ",\"stp\":", o->stp);
	add(b, ",\"px\":", o->px);
	add(b, ",\"open\":", o->open);
	add(b, ",\"shown\":", o->shown);
	add(b, ",\"filled\":", o->filled);
	add(b, ",\"arrival\":", (int64_t)o->arrival);
	add(b, ",\"display\":", o->display);
	add(b, ",\"trigger\":", o->trigger);
	add(b, ",\"by\":", o->trigger_by);
	add(b, ",\"expire\":", o->expire);
	add(b, ",\"quote\":", o->quote);
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
	add_text(b, "{\"rfq\":", (struct span){q->id, q->id_len});
	add(b, ",\"account\":", q->account);
	add(b, ",\"side\":", q->side);
	add(b, ",\"px\":", q->px);
	add(b, ",\"sz\":", q->sz);
	add(b, ",\"expire\":", q->expire);
	buf_str(b, "}\n");
	for (unsigned i = 0; i < q->accounts_n; i++) {
		add(b, "{\"asked\":", q->accounts[i]);
		buf_str(b, "}\n");
	}
	for (unsigned i = 0; i < q->answers_n; i++) {
		const struct rfq_answer *a = &q->answers[i];

		add_text(b, "{\"answer\":", (struct span){a->id, a->id_len});
		add(b, ",\"account\":", a->account);
		add(b, ",\"px\":", a->px);
		buf_str(b, "}\n");
	}
}

static void
write_symbol(const struct market *m, const struct symbol *s, struct buf *b)
{
	add_text(b, "{\"symbol\":", (struct span){s->name, s->name_len});
	add(b, ",\"tickSz\":[", s->tick.step);
	add(b, ",", s->tick.decimals);
	add(b, "],\"lotSz\":[", s->lot.step);
	add(b, ",", s->lot.decimals);
	add_decimal(b, "],\"maxDeviation\":", s->deviation);
	add(b, ",\"auction\":", s->auction);
	add(b, ",\"trades\":", (int64_t)s->trades);
	add(b, ",\"ts\":", s->ts);
	add(b, ",\"last\":", s->has_last);
	add(b, ",\"lastPx\":", s->last_px);
	add(b, ",\"oracle\":", s->has_oracle);
	add_decimal(b, ",\"oraclePx\":", s->oracle);
	add(b, ",\"base\":", s->amm.base);
	add(b, ",\"quote\":", s->amm.quote);
	add(b, ",\"shares\":", s->amm.shares);
	add(b, ",\"feePpm\":", s->amm.fee_ppm);
	buf_str(b, "}\n");
	for (uint32_t i = 0; i < s->amm.of_n; i++) {
		add(b, "{\"shares\":", s->amm.of[i].shares);
		add(b, ",\"account\":", s->amm.of[i].account);
		buf_str(b, "}\n");
	}
	for (uint32_t i = 0; i < s->quotes_n; i++) {
		const struct quote *q = &s->quotes[i];

		add_text(b, "{\"quote\":", (struct span){q->id, q->id_len});
		add(b, ",\"account\":", q->account);
		add(b, ",\"bids\":", q->bids);
		add(b, ",\"asks\":", q->asks);
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

static void
write_crc(uint32_t crc, struct buf *b)
{
	char text[32];

	snprintf(text, sizeof text, "{\"crc\":\"%08x\"}\n", crc);
	buf_str(b, text);
}

void
snapshot_write(const struct market *m, struct buf *b)
{
	size_t start = b->len;

	add(b, "{\"snapshot\":1,\"in\":", (int64_t)m->in);
	add(b, ",\"seq\":", (int64_t)m->seq);
	add(b, ",\"arrival\":", (int64_t)m->arrival);
	add(b, ",\"rejects\":", (int64_t)m->rejects);
	buf_str(b, "}\n");
	for (uint32_t i = 1; i <= m->accounts.n; i++) {
		add_text(b, "{\"account\":", names_text(&m->accounts, i));
		buf_str(b, "}\n");
	}
	for (uint32_t i = 0; i < m->symbol_names.n; i++)
		write_symbol(m, &m->symbols[i], b);
	if (buf_ok(b))
		write_crc(crc32c(0, (struct span){b->ptr + start, b->len - start}), b);
}

/* ---- in ---- */

/* What is left to read. Once something was not as it must be, nothing is any more. */
struct reader {
	struct market *m;
	struct symbol *s; /* the one at hand */
	struct rfq *rfq;  /* likewise */
	struct span rest;
	bool bad;
	bool no_memory;
};

static bool
starts(const struct reader *r, const char *text)
{
	return !r->bad && span_starts(r->rest, span_of(text));
}

static void
skip(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	if (!starts(r, text)) {
		r->bad = true;
		return;
	}
	r->rest.ptr += n;
	r->rest.len -= n;
}

static int64_t
number(struct reader *r, const char *key, int64_t max)
{
	int64_t v = 0;
	size_t n = 0;

	skip(r, key);
	while (!r->bad && n < r->rest.len && n < 19 && (unsigned)(r->rest.ptr[n] - '0') <= 9)
		v = v * 10 + (r->rest.ptr[n++] - '0');
	if (r->bad || n == 0 || n > 18 || v > max) {
		r->bad = true;
		return 0;
	}
	r->rest.ptr += n;
	r->rest.len -= n;
	return v;
}

static struct span
text_of(struct reader *r, const char *key)
{
	const char *end;
	struct span text = {"", 0};

	skip(r, key);
	skip(r, "\"");
	end = r->bad ? NULL : memchr(r->rest.ptr, '"', r->rest.len);
	if (!end || end - r->rest.ptr > NAME_MAX_BYTES) {
		r->bad = true;
		return text;
	}
	text = (struct span){r->rest.ptr, (size_t)(end - r->rest.ptr)};
	r->rest.ptr += text.len + 1;
	r->rest.len -= text.len + 1;
	return text;
}

static struct decimal
decimal_of(struct reader *r, const char *key)
{
	struct decimal d = {0, 0};
	struct span text = text_of(r, key);

	if (!r->bad && decimal_parse(text, &d) != DECIMAL_OK)
		r->bad = true;
	return d;
}

static unsigned char
name_of(struct reader *r, const char *key, char out[NAME_MAX_BYTES])
{
	struct span text = text_of(r, key);

	memcpy(out, text.ptr, text.len);
	return (unsigned char)text.len;
}

static void
need(struct reader *r, bool room)
{
	if (!room)
		r->bad = r->no_memory = true;
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
	o.account = (uint32_t)number(r, ",\"account\":", m->accounts.n);
	o.side = (unsigned char)number(r, ",\"side\":", SELL);
	o.type = (unsigned char)number(r, ",\"type\":", ORDER_IOC);
	o.stp = (unsigned char)number(r, ",\"stp\":", STP_CANCEL_BOTH);
	o.px = number(r, ",\"px\":", GRID_VALUE_MAX);
	o.open = number(r, ",\"open\":", GRID_VALUE_MAX);
	o.shown = number(r, ",\"shown\":", o.open);
	o.filled = number(r, ",\"filled\":", GRID_VALUE_MAX);
	o.arrival = (uint64_t)number(r, ",\"arrival\":", (int64_t)m->arrival);
	o.display = number(r, ",\"display\":", GRID_VALUE_MAX);
	o.trigger = number(r, ",\"trigger\":", GRID_VALUE_MAX);
	o.trigger_by = (unsigned char)number(r, ",\"by\":", TRIGGER_ORACLE);
	o.expire = number(r, ",\"expire\":", TS_MAX);
	o.quote = (unsigned char)number(r, ",\"quote\":", 1);
	skip(r, "}\n");
	if (r->bad || o.id_len == 0 || o.open == 0 || o.arrival == 0 || (!o.trigger && !o.px) ||
	    (!o.trigger && !o.shown)) {
		r->bad = true;
		return;
	}
	side = o.trigger ? &s->stops[o.trigger_by][o.side] : &s->sides[o.side];
	need(r, pool_reserve(&m->pool, 1) && index_reserve(&m->index, 1) && side_reserve(side, 1) &&
		    (!o.expire || expiry_reserve(m, s, 1)));
	if (r->bad)
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
	struct span name = text_of(r, "{\"account\":");
	uint32_t n = r->m->accounts.n;

	skip(r, "}\n");
	if (!r->bad)
		need(r, names_reserve(&r->m->accounts, 1));
	if (!r->bad)
		r->bad = names_put(&r->m->accounts, name) != n + 1;
}

static void
read_numbers(struct reader *r, struct symbol *s)
{
	s->tick.step = number(r, ",\"tickSz\":[", GRID_STEP_MAX);
	s->tick.decimals = (unsigned)number(r, ",", GRID_DECIMALS_MAX);
	s->lot.step = number(r, "],\"lotSz\":[", GRID_STEP_MAX);
	s->lot.decimals = (unsigned)number(r, ",", GRID_DECIMALS_MAX);
	s->deviation = decimal_of(r, "],\"maxDeviation\":");
	s->auction = number(r, ",\"auction\":", 1);
	s->trades = (uint64_t)number(r, ",\"trades\":", INT64_MAX);
	s->ts = number(r, ",\"ts\":", TS_MAX);
	s->has_last = number(r, ",\"last\":", 1);
	s->last_px = number(r, ",\"lastPx\":", GRID_VALUE_MAX);
	s->has_oracle = number(r, ",\"oracle\":", 1);
	s->oracle = decimal_of(r, ",\"oraclePx\":");
	s->amm.base = number(r, ",\"base\":", GRID_VALUE_MAX);
	s->amm.quote = number(r, ",\"quote\":", GRID_VALUE_MAX);
	s->amm.shares = number(r, ",\"shares\":", GRID_VALUE_MAX);
	s->amm.fee_ppm = number(r, ",\"feePpm\":", 999999);
	skip(r, "}\n");
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
	if (r->bad || !hyphen || s.tick.step == 0 || s.lot.step == 0) {
		r->bad = true;
		return;
	}
	s.base_len = (unsigned char)(hyphen - s.name);
	if (s.has_oracle && !oracle_ticks(&s, s.oracle, &s.oracle_low, &s.oracle_high))
		r->bad = true;
	oracle_band(&s);
	symbol_sides(&s);
	need(r, names_reserve(&m->symbol_names, 1) &&
		    market_grow(&list, &m->symbols_cap, m->symbol_names.n + 1, sizeof *m->symbols));
	m->symbols = list;
	if (r->bad)
		return;
	i = names_put(&m->symbol_names, (struct span){s.name, s.name_len});
	r->bad = i != m->symbol_names.n;
	if (r->bad)
		return;
	m->symbols[i - 1] = s;
	r->s = &m->symbols[i - 1];
	r->rfq = NULL;
}

static void
read_share(struct reader *r)
{
	struct share share;

	share.shares = number(r, "{\"shares\":", GRID_VALUE_MAX);
	share.account = (uint32_t)number(r, ",\"account\":", r->m->accounts.n);
	skip(r, "}\n");
	if (!r->bad)
		need(r, liquidity_reserve(r->s));
	if (!r->bad)
		r->s->amm.of[r->s->amm.of_n++] = share;
}

static void
read_quote(struct reader *r)
{
	struct quote q = {0};

	q.id_len = name_of(r, "{\"quote\":", q.id);
	q.account = (uint32_t)number(r, ",\"account\":", r->m->accounts.n);
	q.bids = (unsigned char)number(r, ",\"bids\":", QUOTE_LEVELS_MAX);
	q.asks = (unsigned char)number(r, ",\"asks\":", QUOTE_LEVELS_MAX);
	skip(r, "}\n");
	if (!r->bad)
		need(r, quote_reserve(r->s));
	if (!r->bad)
		*quote_of(r->s, q.account) = q;
}

static void
read_rfq(struct reader *r)
{
	struct rfq q = {0};

	q.id_len = name_of(r, "{\"rfq\":", q.id);
	q.account = (uint32_t)number(r, ",\"account\":", r->m->accounts.n);
	q.side = (unsigned char)number(r, ",\"side\":", SELL);
	q.px = number(r, ",\"px\":", GRID_VALUE_MAX);
	q.sz = number(r, ",\"sz\":", GRID_VALUE_MAX);
	q.expire = number(r, ",\"expire\":", TS_MAX);
	skip(r, "}\n");
	if (!r->bad)
		need(r, rfq_reserve(r->s));
	if (r->bad)
		return;
	r->rfq = &r->s->rfqs[r->s->rfqs_n++];
	*r->rfq = q;
}

static void
read_asked(struct reader *r)
{
	uint32_t account = (uint32_t)number(r, "{\"asked\":", r->m->accounts.n);

	skip(r, "}\n");
	r->bad = r->bad || !r->rfq || r->rfq->accounts_n == RFQ_ACCOUNTS_MAX;
	if (!r->bad)
		r->rfq->accounts[r->rfq->accounts_n++] = account;
}

static void
read_answer(struct reader *r)
{
	struct rfq_answer a = {0};

	a.id_len = name_of(r, "{\"answer\":", a.id);
	a.account = (uint32_t)number(r, ",\"account\":", r->m->accounts.n);
	a.px = number(r, ",\"px\":", GRID_VALUE_MAX);
	skip(r, "}\n");
	r->bad = r->bad || !r->rfq || r->rfq->answers_n == RFQ_ACCOUNTS_MAX;
	if (!r->bad)
		r->rfq->answers[r->rfq->answers_n++] = a;
}

static void
read_line(struct reader *r)
{
	if (starts(r, "{\"account\":"))
		read_account(r);
	else if (starts(r, "{\"symbol\":"))
		read_symbol(r);
	else if (!r->s)
		r->bad = true;
	else if (starts(r, "{\"order\":"))
		read_order(r);
	else if (starts(r, "{\"shares\":"))
		read_share(r);
	else if (starts(r, "{\"quote\":"))
		read_quote(r);
	else if (starts(r, "{\"rfq\":"))
		read_rfq(r);
	else if (starts(r, "{\"asked\":"))
		read_asked(r);
	else
		read_answer(r);
}

/* Does the last line have the sum of the others? They are what is left of text then. */
static bool
check_crc(struct span *text)
{
	char line[32];
	size_t n = sizeof "{\"crc\":\"00000000\"}\n" - 1;

	if (text->len < n)
		return false;
	text->len -= n;
	snprintf(line, sizeof line, "{\"crc\":\"%08x\"}\n", crc32c(0, *text));
	return memcmp(text->ptr + text->len, line, n) == 0;
}

enum snapshot_error
snapshot_read(struct market *m, struct span text)
{
	struct reader r = {.m = m};

	if (!check_crc(&text))
		return SNAPSHOT_E_DAMAGED;
	r.rest = text;
	m->in = (uint64_t)number(&r, "{\"snapshot\":1,\"in\":", INT64_MAX);
	m->seq = (uint64_t)number(&r, ",\"seq\":", INT64_MAX);
	m->arrival = (uint64_t)number(&r, ",\"arrival\":", INT64_MAX);
	m->rejects = (uint64_t)number(&r, ",\"rejects\":", INT64_MAX);
	skip(&r, "}\n");
	while (!r.bad && r.rest.len)
		read_line(&r);
	if (r.no_memory)
		return SNAPSHOT_E_MEMORY;
	return r.bad ? SNAPSHOT_E_DAMAGED : SNAPSHOT_OK;
}
