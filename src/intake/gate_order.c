#include "exposure.h"
#include "gate_parts.h"

#include <stdlib.h>

static struct span
order_key(struct gate *g, size_t account, struct span symbol, struct span id)
{
	buf_clear(&g->key);
	buf_u64(&g->key, account);
	buf_byte(&g->key, ':');
	buf_add(&g->key, symbol);
	buf_byte(&g->key, ':');
	buf_add(&g->key, id);
	return buf_span(&g->key);
}

struct gate_order *
gate_order_find(struct gate *g, size_t account, struct span symbol, struct span id)
{
	uint64_t i;

	if (account == GATE_NONE || !id.ptr ||
	    !keymap_find(&g->by_id, order_key(g, account, symbol, id), &i))
		return NULL;
	return &g->orders[i];
}

static bool
grow_orders(struct gate *g)
{
	size_t cap = g->order_cap ? g->order_cap * 2 : 256;
	struct gate_order *grown = realloc(g->orders, cap * sizeof grown[0]);

	if (!grown)
		return false;
	g->orders = grown;
	for (size_t i = cap; i-- > g->order_cap;) {
		grown[i].next_free = g->order_free;
		g->order_free = i + 1;
	}
	g->order_cap = cap;
	return true;
}

struct gate_order *
gate_order_open(struct gate *g, size_t account, struct span symbol, struct span id)
{
	size_t i;

	if (g->order_free == 0 && !grow_orders(g))
		return NULL;
	i = g->order_free - 1;
	if (!keymap_put(&g->by_id, order_key(g, account, symbol, id), i))
		return NULL;
	g->order_free = g->orders[i].next_free;
	g->order_open++;
	return &g->orders[i];
}

void
gate_order_close(struct gate *g, struct gate_order *o, struct span symbol, struct span id)
{
	size_t i = (size_t)(o - g->orders);
	struct gate_account *a = &g->accounts[o->account];

	exposure_hold(&a->holdings[o->base], o->buy, decimal_negate(o->held_base));
	exposure_hold(&a->holdings[o->quote], !o->buy, decimal_negate(o->held_quote));
	keymap_remove(&g->by_id, order_key(g, o->account, symbol, id));
	o->next_free = g->order_free;
	g->order_free = i + 1;
	g->order_open--;
}

void
gate_order_hold(struct gate *g, struct gate_order *o, struct decimal base, struct decimal quote)
{
	struct gate_account *a = &g->accounts[o->account];
	struct decimal more;

	if (decimal_subtract(base, o->held_base, &more) == DECIMAL_OK)
		exposure_hold(&a->holdings[o->base], o->buy, more);
	if (decimal_subtract(quote, o->held_quote, &more) == DECIMAL_OK)
		exposure_hold(&a->holdings[o->quote], !o->buy, more);
	o->held_base = base;
	o->held_quote = quote;
}

void
gate_order_settle(struct gate *g, struct gate_order *o)
{
	struct decimal base, quote;

	if (o->unanswered == 0 &&
	    exposure_need(o->has_px ? &o->px : NULL, o->left, &base, &quote) == DECIMAL_OK)
		gate_order_hold(g, o, base, quote);
}
