/* order.c: orders come in, change, and go. */
#include "check.h"
#include "market_parts.h"

#include <stdlib.h>

/* ---- in ---- */

static enum reject
read_expiry(const struct message *r, const struct symbol *s, int64_t *expire)
{
	struct span text = r->m[M_EXPIRE_TS];
	struct decimal v;

	*expire = 0;
	if (!text.ptr)
		return REJECT_NONE;
	if (decimal_parse(text, &v) != DECIMAL_OK || v.scale || v.coef < 0 || v.coef > TS_MAX)
		return REJECT_MEMBER;
	*expire = (int64_t)v.coef;
	return *expire > s->ts ? REJECT_NONE : REJECT_EXPIRED;
}

static enum reject
check_display(const struct order_facts *f)
{
	if (f->type != ORDER_LIMIT && f->type != ORDER_POST_ONLY)
		return REJECT_DISPLAY;
	if (f->display > f->sz || f->display < (f->sz - 1) / ICEBERG_PARTS_MAX + 1)
		return REJECT_DISPLAY;
	return REJECT_NONE;
}

static enum reject
read_facts(struct market *m, const struct symbol *s, struct order_facts *f)
{
	struct message *r = &m->message;
	enum reject why = REJECT_NONE;

	*f = (struct order_facts){.id = r->m[M_ID],
				  .side = r->side,
				  .type = r->ord_type,
				  .stp = r->stp,
				  .trigger_by = r->trigger_by};
	if ((f->type == ORDER_MARKET) == (r->m[M_PX].ptr != NULL))
		return REJECT_PX;
	if (r->m[M_PX].ptr)
		why = number_px(s, r->m[M_PX], &f->px);
	if (why == REJECT_NONE)
		why = number_sz(s, r->m[M_SZ], &f->sz);
	if (why == REJECT_NONE && r->m[M_DISPLAY_SZ].ptr) {
		why = number_sz(s, r->m[M_DISPLAY_SZ], &f->display);
		if (why == REJECT_NONE)
			why = check_display(f);
	}
	if (why == REJECT_NONE && r->m[M_TRIGGER_PX].ptr &&
	    number_px(s, r->m[M_TRIGGER_PX], &f->trigger) != REJECT_NONE)
		why = REJECT_TRIGGER;
	if (why == REJECT_NONE)
		why = read_expiry(r, s, &f->expire);
	return why;
}

enum reject
order_enter(struct market *m, struct symbol *s)
{
	struct order_facts f;
	enum reject why = read_facts(m, s, &f);
	struct index_key key;

	if (why != REJECT_NONE)
		return why;
	if (f.px && !oracle_allows(s, f.px))
		return REJECT_BAND;
	if (s->auction && f.type != ORDER_LIMIT && !f.trigger)
		return REJECT_AUCTION;
	f.account = names_put(&m->accounts, m->message.m[M_ACCOUNT]);
	key = index_key(&m->index, f.id, f.account, symbol_number(m, s));
	if (index_find(&m->index, &m->pool, &key) != NO_ORDER)
		return REJECT_DUPLICATE_ID;
	f.hash = key.hash;
	order_place(m, s, &f);
	return REJECT_NONE;
}

static uint32_t
make(struct market *m, const struct symbol *s, const struct order_facts *f)
{
	uint32_t i = pool_take(&m->pool);
	struct order *o = order_at(m, i);

	o->px = f->px;
	o->open = f->sz;
	o->shown = 0;
	o->filled = 0;
	o->account = f->account;
	o->symbol = symbol_number(m, s);
	o->hash = f->hash;
	o->side = (unsigned char)f->side;
	o->type = (unsigned char)f->type;
	o->stp = (unsigned char)f->stp;
	o->place = PLACE_NOWHERE;
	o->trigger_by = (unsigned char)f->trigger_by;
	o->quote = f->quote;
	o->id_len = (unsigned char)f->id.len;
	/* most ids are short; behind every one 16 bytes can be read */
	memcpy(o->id, f->id.ptr, 16);
	if (f->id.len > 16)
		memcpy(o->id + 16, f->id.ptr + 16, f->id.len - 16);
	o->arrival = ++m->arrival;
	o->display = f->display;
	o->trigger = f->trigger;
	o->expire = f->expire;
	index_add(&m->index, &m->pool, i);
	return i;
}

void
order_rest(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	CHECK(o->open > 0 && o->px > 0);
	o->shown = o->display && o->display < o->open ? o->display : o->open;
	o->place = PLACE_BOOK;
	side_add(&s->sides[o->side], &m->pool, i, o->px);
}

void
order_run(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	if (s->auction) {
		order_rest(m, s, i);
		return;
	}
	if (o->type == ORDER_POST_ONLY && take_any(m, s, i)) {
		market_done(m, i, DONE_POST_ONLY);
		return;
	}
	if (o->type == ORDER_FOK && !take_whole(m, s, i)) {
		market_done(m, i, DONE_FOK);
		return;
	}
	if (!take(m, s, i))
		return;
	if (o->open == 0)
		market_done(m, i, DONE_FILLED);
	else if (o->type == ORDER_LIMIT || o->type == ORDER_POST_ONLY)
		order_rest(m, s, i);
	else if (o->type == ORDER_MARKET && s->banded && side_best(&s->sides[!o->side]))
		market_done(m, i, DONE_BAND);
	else
		market_done(m, i, DONE_UNFILLED);
}

/* Send order i where it belongs after it was told of: to wait, or to the market. */
static void
send(struct market *m, struct symbol *s, uint32_t i)
{
	struct order *o = order_at(m, i);

	/* before it runs: it may be gone after that, and then the entry is stale, which is fine */
	if (o->expire)
		expiry_add(m, s, i);
	if (o->trigger) {
		stop_add(m, s, i);
		stop_look(m, s, (enum trigger_by)o->trigger_by);
	} else {
		order_run(m, s, i);
	}
}

void
order_place(struct market *m, struct symbol *s, const struct order_facts *f)
{
	uint32_t i = make(m, s, f);
	struct event e;

	event_clear(&e);
	e.type = EVENT_ACK;
	e.symbol = s;
	e.order = order_at(m, i);
	market_emit(m, &e);
	send(m, s, i);
}

/* ---- out ---- */

static uint32_t
find(const struct market *m, const struct symbol *s)
{
	struct span account = m->message.m[M_ACCOUNT];
	uint32_t number = names_find(&m->accounts, account);
	struct index_key key;

	if (account.len && !number)
		return NO_ORDER;
	key = index_key(&m->index, m->message.m[M_ID], number, symbol_number(m, s));
	return index_find(&m->index, &m->pool, &key);
}

enum reject
order_cancel(struct market *m, struct symbol *s)
{
	uint32_t i = find(m, s);

	if (i == NO_ORDER)
		return rfq_cancel(m, s, m->message.m[M_ID],
				  names_find(&m->accounts, m->message.m[M_ACCOUNT]))
			   ? REJECT_NONE
			   : REJECT_NOT_FOUND;
	market_cancel(m, i, DONE_USER);
	return REJECT_NONE;
}

static int
by_symbol_and_arrival(const void *a, const void *b, void *context)
{
	const struct market *m = context;
	const struct order *x = order_at(m, *(const uint32_t *)a);
	const struct order *y = order_at(m, *(const uint32_t *)b);

	if (x->symbol != y->symbol)
		return x->symbol < y->symbol ? -1 : 1;
	return x->arrival < y->arrival ? -1 : x->arrival > y->arrival;
}

enum reject
order_mass_cancel(struct market *m)
{
	const struct message *r = &m->message;
	uint32_t account = names_find(&m->accounts, r->m[M_ACCOUNT]), n = 0;
	uint32_t symbol = names_find(&m->symbol_names, r->m[M_SYMBOL]);

	if (!r->m[M_ACCOUNT].ptr && !r->m[M_SYMBOL].ptr)
		return REJECT_MISSING;
	for (uint32_t i = 1; i < m->pool.used; i++) {
		const struct order *o = order_at(m, i);

		if (o->arrival && (!symbol || o->symbol == symbol) &&
		    (!r->m[M_ACCOUNT].ptr || (account && o->account == account)))
			m->scratch[n++] = i;
	}
	if (n)
		qsort_r(m->scratch, n, sizeof(uint32_t), by_symbol_and_arrival, m);
	for (uint32_t i = 0; i < n; i++)
		market_cancel(m, m->scratch[i], DONE_MASS_CANCEL);
	market_emit(m,
		    &(struct event){.type = EVENT_MASS_CANCEL, .message = &m->message, .count = n});
	return REJECT_NONE;
}

/* ---- changed ---- */

/* What an amendment asks for. */
struct change {
	int64_t px;
	int64_t sz;
	int64_t trigger;
};

static enum reject
read_change(const struct market *m, const struct symbol *s, const struct order *o, struct change *c)
{
	const struct message *r = &m->message;
	enum reject why = REJECT_NONE;

	*c = (struct change){o->px, o->open, o->trigger};
	if (r->m[M_PX].ptr) {
		why = o->px ? number_px(s, r->m[M_PX], &c->px) : REJECT_PX;
		if (why == REJECT_NONE && !oracle_allows(s, c->px))
			why = REJECT_BAND;
	}
	if (why == REJECT_NONE && r->m[M_SZ].ptr)
		why = number_sz(s, r->m[M_SZ], &c->sz);
	if (why == REJECT_NONE && c->sz > SIZE_MAX_LOTS - o->filled)
		why = REJECT_SZ_LARGE;
	if (why == REJECT_NONE && o->display && o->display < (c->sz - 1) / ICEBERG_PARTS_MAX + 1)
		why = REJECT_DISPLAY;
	if (why == REJECT_NONE && r->m[M_TRIGGER_PX].ptr &&
	    (!o->trigger || number_px(s, r->m[M_TRIGGER_PX], &c->trigger) != REJECT_NONE))
		why = REJECT_TRIGGER;
	return why;
}

static void
tell_change(struct market *m, struct symbol *s, const struct order *o)
{
	market_emit(m,
		    &(struct event){.type = EVENT_ACK, .symbol = s, .order = o, .amended = true});
}

enum reject
order_amend(struct market *m, struct symbol *s)
{
	uint32_t i = find(m, s);
	struct change c;
	struct order *o;
	enum reject why;

	if (i == NO_ORDER)
		return REJECT_NOT_FOUND;
	o = order_at(m, i);
	why = read_change(m, s, o, &c);
	if (why != REJECT_NONE)
		return why;
	if (c.px == o->px && c.trigger == o->trigger && c.sz <= o->open) {
		o->open = c.sz;
		if (o->shown > c.sz)
			o->shown = c.sz;
		tell_change(m, s, o);
		return REJECT_NONE;
	}
	/* to the back of where it belongs now, like one that has just come */
	if (o->place == PLACE_STOPS)
		stop_remove(m, s, i);
	else
		side_remove(&s->sides[o->side], &m->pool, i, o->px);
	o->place = PLACE_NOWHERE;
	o->px = c.px;
	o->open = c.sz;
	o->trigger = c.trigger;
	o->arrival = ++m->arrival;
	tell_change(m, s, o);
	send(m, s, i);
	return REJECT_NONE;
}
