/* quote.c: a maker's prices for a symbol, on both sides, replaced as a whole. */
#include "check.h"
#include "market_parts.h"

#include <stdlib.h>

/* ":b20" */
#define SUFFIX_MAX 4

/* ---- who quotes what ---- */

static uint32_t *
slot_of(const struct symbol *s, uint32_t account)
{
	uint32_t mask = s->quotes_of_cap - 1, at = account * 2654435761u & mask;

	while (s->quotes_of[at] && s->quotes[s->quotes_of[at] - 1].account != account)
		at = (at + 1) & mask;
	return &s->quotes_of[at];
}

bool
quote_reserve(struct symbol *s)
{
	void *list = s->quotes;
	uint32_t *slots;
	bool ok = market_grow(&list, &s->quotes_cap, s->quotes_n + 1, sizeof *s->quotes);

	s->quotes = list;
	if (!ok)
		return false;
	if (2 * s->quotes_cap <= s->quotes_of_cap)
		return true;
	slots = calloc(2 * (size_t)s->quotes_cap, sizeof *slots);
	if (!slots)
		return false;
	free(s->quotes_of);
	s->quotes_of = slots;
	s->quotes_of_cap = 2 * s->quotes_cap;
	for (uint32_t i = 0; i < s->quotes_n; i++)
		*slot_of(s, s->quotes[i].account) = i + 1;
	return true;
}

struct quote *
quote_of(struct symbol *s, uint32_t account)
{
	uint32_t *slot = slot_of(s, account);

	if (*slot == 0) {
		CHECK(s->quotes_n < s->quotes_cap);
		s->quotes[s->quotes_n] = (struct quote){.account = account};
		*slot = ++s->quotes_n;
	}
	return &s->quotes[*slot - 1];
}

/* ---- names of its orders ---- */

/* ID:b1 and so on: i counts from 0. */
static struct span
order_name(struct span id, enum side_of side, unsigned i, char out[NAME_MAX_BYTES])
{
	size_t n = id.len;

	memcpy(out, id.ptr, n);
	out[n++] = ':';
	out[n++] = side == BUY ? 'b' : 'a';
	if (i + 1 >= 10)
		out[n++] = (char)('0' + (i + 1) / 10);
	out[n++] = (char)('0' + (i + 1) % 10);
	return (struct span){out, n};
}

static uint32_t
find_order(const struct market *m, const struct symbol *s, uint32_t account, struct span id,
	   enum side_of side, unsigned i)
{
	char name[NAME_MAX_BYTES];
	struct index_key key =
	    index_key(&m->index, order_name(id, side, i, name), account, symbol_number(m, s));

	return index_find(&m->index, &m->pool, &key);
}

/* ---- what a line asks for ---- */

struct prices {
	unsigned n[2];
	int64_t px[2][QUOTE_LEVELS_MAX];
	int64_t sz[2][QUOTE_LEVELS_MAX];
};

static enum reject
read_pair(const struct symbol *s, struct span pair, int64_t *px, int64_t *sz)
{
	struct span value, text[2];
	struct json_walk w;
	unsigned n = 0;
	enum reject why;

	if (json_type(pair) != JSON_ARRAY)
		return REJECT_QUOTE;
	for (w = json_walk(pair); json_next_element(&w, &value); n++) {
		if (n == 2)
			return REJECT_QUOTE;
		if (!json_plain(value, &text[n]))
			text[n] = value;
	}
	if (n != 2)
		return REJECT_QUOTE;
	why = number_px(s, text[0], px);
	if (why == REJECT_NONE)
		why = number_sz(s, text[1], sz);
	if (why == REJECT_NONE && !oracle_allows(s, *px))
		why = REJECT_BAND;
	return why;
}

static enum reject
read_side(const struct symbol *s, struct span array, enum side_of side, struct prices *p)
{
	struct json_walk w = json_walk(array);
	struct span pair;

	for (p->n[side] = 0; json_next_element(&w, &pair); p->n[side]++) {
		unsigned i = p->n[side];
		enum reject why;

		if (i == QUOTE_LEVELS_MAX)
			return REJECT_QUOTE;
		why = read_pair(s, pair, &p->px[side][i], &p->sz[side][i]);
		if (why != REJECT_NONE)
			return why;
	}
	return REJECT_NONE;
}

/* A maker must not quote against itself. */
static bool
crosses_itself(const struct prices *p)
{
	for (unsigned b = 0; b < p->n[BUY]; b++)
		for (unsigned a = 0; a < p->n[SELL]; a++)
			if (p->px[BUY][b] >= p->px[SELL][a])
				return true;
	return false;
}

static enum reject
check_names(const struct market *m, const struct symbol *s, uint32_t account,
	    const struct prices *p)
{
	struct span id = m->message.m[M_ID];

	for (int side = BUY; side <= SELL && account; side++)
		for (unsigned i = 0; i < p->n[side]; i++) {
			uint32_t o = find_order(m, s, account, id, (enum side_of)side, i);

			if (o != NO_ORDER && !order_at(m, o)->quote)
				return REJECT_DUPLICATE_ID;
		}
	return REJECT_NONE;
}

static enum reject
read_prices(struct market *m, const struct symbol *s, struct prices *p, int64_t *expire)
{
	const struct message *r = &m->message;
	const struct grid one = {1, 0};
	enum reject why = REJECT_NONE;

	*expire = 0;
	if (r->m[M_ID].len > NAME_MAX_BYTES - SUFFIX_MAX)
		return REJECT_NAME;
	if (r->m[M_EXPIRE_TS].ptr) {
		if (grid_parse(&one, r->m[M_EXPIRE_TS], expire) != GRID_OK || *expire > TS_MAX)
			return REJECT_MEMBER;
		if (*expire <= s->ts)
			return REJECT_EXPIRED;
	}
	why = read_side(s, r->m[M_BIDS], BUY, p);
	if (why == REJECT_NONE)
		why = read_side(s, r->m[M_ASKS], SELL, p);
	if (why == REJECT_NONE && crosses_itself(p))
		why = REJECT_QUOTE;
	if (why == REJECT_NONE)
		why = check_names(m, s, names_find(&m->accounts, r->m[M_ACCOUNT]), p);
	return why;
}

/* ---- replace ---- */

static void
withdraw(struct market *m, const struct symbol *s, const struct quote *q)
{
	const unsigned n[2] = {q->bids, q->asks};

	for (int side = BUY; side <= SELL; side++)
		for (unsigned i = 0; i < n[side]; i++) {
			uint32_t o = find_order(m, s, q->account, (struct span){q->id, q->id_len},
						(enum side_of)side, i);

			if (o != NO_ORDER && order_at(m, o)->quote)
				market_cancel(m, o, DONE_REPLACED);
		}
}

enum reject
quote_replace(struct market *m, struct symbol *s)
{
	struct span id = m->message.m[M_ID];
	struct prices p;
	struct quote *q;
	int64_t expire;
	enum reject why = read_prices(m, s, &p, &expire);
	uint32_t account;

	if (why != REJECT_NONE)
		return why;
	account = names_put(&m->accounts, m->message.m[M_ACCOUNT]);
	q = quote_of(s, account);
	market_emit(
	    m, &(struct event){
		   .type = EVENT_QUOTE, .symbol = s, .account = account, .message = &m->message});
	withdraw(m, s, q);
	memcpy(q->id, id.ptr, id.len);
	q->id_len = (unsigned char)id.len;
	q->bids = (unsigned char)p.n[BUY];
	q->asks = (unsigned char)p.n[SELL];
	for (int side = BUY; side <= SELL; side++)
		for (unsigned i = 0; i < p.n[side]; i++) {
			char text[NAME_MAX_BYTES];
			struct span name = order_name(id, (enum side_of)side, i, text);

			order_place(
			    m, s,
			    &(struct order_facts){
				.id = name,
				.account = account,
				.hash =
				    index_key(&m->index, name, account, symbol_number(m, s)).hash,
				.side = (enum side_of)side,
				.type = ORDER_POST_ONLY,
				.quote = true,
				.px = p.px[side][i],
				.sz = p.sz[side][i],
				.expire = expire});
		}
	return REJECT_NONE;
}
