#include "ladder.h"

#include "json.h"

#include <stdlib.h>

/* symbol, account and id are lines' members: a key has at most this much */
#define KEY_BYTES (1u << 20)

static const struct decimal zero;

void
ladder_init(struct ladder *b, const uint64_t secret[2])
{
	*b = (struct ladder){0};
	keymap_init(&b->by_name, LADDER_SYMBOLS_MAX, secret);
	keymap_init(&b->by_key, LADDER_ORDERS_MAX, secret);
	buf_init(&b->key, KEY_BYTES);
}

void
ladder_release(struct ladder *b)
{
	for (size_t i = 0; i < b->symbol_n; i++) {
		free(b->symbols[i].name);
		free(b->symbols[i].sides[0].levels);
		free(b->symbols[i].sides[1].levels);
	}
	for (size_t i = 0; i < b->order_n; i++)
		free(b->orders[i].key);
	free(b->symbols);
	free(b->orders);
	keymap_release(&b->by_name);
	keymap_release(&b->by_key);
	buf_release(&b->key);
}

/* Room for one more; false when there is no memory. */
static bool
grow(void **list, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 32;
	void *grown;

	if (n < *cap)
		return true;
	grown = realloc(*list, more * size);
	if (!grown)
		return false;
	*list = grown;
	*cap = more;
	return true;
}

/* ---- symbols ---- */

struct ladder_symbol *
ladder_symbol(struct ladder *b, struct span name)
{
	uint64_t i;

	return keymap_find(&b->by_name, name, &i) ? &b->symbols[i] : NULL;
}

struct ladder_symbol *
ladder_make_symbol(struct ladder *b, struct span name)
{
	struct ladder_symbol *s = ladder_symbol(b, name);
	void *list = b->symbols;
	char *copy;

	if (s)
		return s;
	if (!grow(&list, b->symbol_n, &b->symbol_cap, sizeof b->symbols[0]))
		return NULL;
	b->symbols = list;
	copy = malloc(name.len + 1);
	if (!copy || !keymap_put(&b->by_name, name, b->symbol_n)) {
		free(copy);
		return NULL;
	}
	memcpy(copy, name.ptr, name.len);
	s = &b->symbols[b->symbol_n++];
	*s = (struct ladder_symbol){.name = copy, .name_len = name.len};
	return s;
}

/* ---- levels ---- */

/* Where the price stands in its side, or would. */
static size_t
level_at(const struct ladder_side *side, bool buy, struct decimal px, bool *found)
{
	size_t low = 0, high = side->n;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = decimal_compare(side->levels[middle].px, px);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if ((order < 0) == buy)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
level_add(struct ladder_side *side, bool buy, struct decimal px, struct decimal sz)
{
	bool found;
	size_t at = level_at(side, buy, px, &found);
	void *list = side->levels;

	if (found) {
		side->levels[at].n++;
		return decimal_add(side->levels[at].sz, sz, &side->levels[at].sz) == DECIMAL_OK;
	}
	if (!grow(&list, side->n, &side->cap, sizeof side->levels[0]))
		return false;
	side->levels = list;
	memmove(&side->levels[at + 1], &side->levels[at], (side->n - at) * sizeof side->levels[0]);
	side->levels[at] = (struct ladder_level){.px = px, .sz = sz, .n = 1};
	side->n++;
	return true;
}

static void
level_remove(struct ladder_side *side, bool buy, struct decimal px, struct decimal sz)
{
	bool found;
	size_t at = level_at(side, buy, px, &found);

	if (!found)
		return;
	if (--side->levels[at].n == 0) {
		side->n--;
		memmove(&side->levels[at], &side->levels[at + 1],
			(side->n - at) * sizeof side->levels[0]);
		return;
	}
	/* a difference of what was added cannot fail */
	decimal_subtract(side->levels[at].sz, sz, &side->levels[at].sz);
}

/* ---- orders ---- */

static struct span
order_key(struct ladder *b, struct span symbol, struct span account, struct span id)
{
	buf_clear(&b->key);
	buf_add(&b->key, symbol);
	buf_byte(&b->key, 0);
	buf_add(&b->key, account);
	buf_byte(&b->key, 0);
	buf_add(&b->key, id);
	return buf_span(&b->key);
}

static struct ladder_order *
find_order(struct ladder *b, struct span symbol, struct span account, struct span id)
{
	uint64_t i;

	return keymap_find(&b->by_key, order_key(b, symbol, account, id), &i) ? &b->orders[i]
									      : NULL;
}

static struct ladder_side *
side_of(struct ladder *b, const struct ladder_order *o)
{
	return &b->symbols[o->symbol].sides[o->buy];
}

static void
hide_order(struct ladder *b, struct ladder_order *o)
{
	if (o->shown)
		level_remove(side_of(b, o), o->buy, o->px, o->visible);
	o->shown = false;
}

static bool
show_order(struct ladder *b, struct ladder_order *o)
{
	b->symbols[o->symbol].changed = true;
	if (o->waiting || !o->has_px || decimal_sign(o->left) <= 0)
		return true;
	o->shown = true;
	return level_add(side_of(b, o), o->buy, o->px, o->visible);
}

/* A new slice of what is left. */
static void
slice(struct ladder_order *o)
{
	o->visible = decimal_sign(o->display) > 0 && decimal_compare(o->display, o->left) < 0
			 ? o->display
			 : o->left;
}

/* In the key that order_key() has left in b->key. */
static struct ladder_order *
make_order(struct ladder *b)
{
	void *list = b->orders;
	struct ladder_order *o;
	char *copy = malloc(b->key.len);
	size_t i = b->order_free ? b->order_free - 1 : b->order_n;

	if (!copy ||
	    (!b->order_free && !grow(&list, b->order_n, &b->order_cap, sizeof b->orders[0]))) {
		free(copy);
		return NULL;
	}
	b->orders = list;
	if (!keymap_put(&b->by_key, buf_span(&b->key), i)) {
		free(copy);
		return NULL;
	}
	o = &b->orders[i];
	if (b->order_free)
		b->order_free = o->next_free;
	else
		b->order_n++;
	memcpy(copy, b->key.ptr, b->key.len);
	*o = (struct ladder_order){.key = copy, .key_len = b->key.len};
	return o;
}

static void
drop_order(struct ladder *b, struct ladder_order *o)
{
	hide_order(b, o);
	b->symbols[o->symbol].changed = true;
	keymap_remove(&b->by_key, (struct span){o->key, o->key_len});
	free(o->key);
	*o = (struct ladder_order){.next_free = b->order_free};
	b->order_free = (size_t)(o - b->orders) + 1;
}

bool
ladder_restore_order(struct ladder *b, struct span symbol, struct span account, struct span id,
		     const struct ladder_order *like)
{
	const struct ladder_symbol *s = ladder_symbol(b, symbol);
	struct ladder_order *o, kept;

	if (!s || find_order(b, symbol, account, id))
		return false;
	o = make_order(b);
	if (!o)
		return false;
	kept = *o;
	*o = *like;
	o->key = kept.key;
	o->key_len = kept.key_len;
	o->symbol = (size_t)(s - b->symbols);
	return decimal_sign(o->left) >= 0 && show_order(b, o);
}

/* ---- events ---- */

static enum ladder_verdict
inconsistent(const char **why, const char *text)
{
	*why = text;
	return LADDER_INCONSISTENT;
}

static enum ladder_verdict
on_ack(struct ladder *b, const struct event *e, const char **why)
{
	struct ladder_order *o = find_order(b, e->symbol, e->account, e->id);
	const struct ladder_symbol *s;
	bool keeps;

	if (!e->id.ptr || !e->has_side || !e->has_sz)
		return inconsistent(why, "an ack without id, side or sz");
	if (e->amended ? !o : o != NULL)
		return inconsistent(why, o ? "an ack of an order that is open"
					   : "an amend of an order that is not open");
	if (!o) {
		o = make_order(b);
		if (!o)
			return LADDER_FULL;
		s = ladder_symbol(b, e->symbol);
		o->symbol = (size_t)(s - b->symbols);
	}
	hide_order(b, o);
	keeps = e->amended && !o->waiting && o->has_px && e->has_px &&
		decimal_compare(o->px, e->px) == 0 && decimal_compare(e->sz, o->left) <= 0;
	o->buy = e->buy;
	o->waiting = e->waiting;
	o->has_px = e->has_px;
	o->px = e->px;
	o->left = e->sz;
	if (e->has_display_sz || !e->amended)
		o->display = e->has_display_sz ? e->display_sz : zero;
	/* smaller at the same price: it keeps its place, and the slice that it shows */
	if (!keeps)
		slice(o);
	else if (decimal_compare(o->visible, o->left) > 0)
		o->visible = o->left;
	return show_order(b, o) ? LADDER_TAKEN : LADDER_FULL;
}

static enum ladder_verdict
on_triggered(struct ladder *b, const struct event *e, const char **why)
{
	struct ladder_order *o = find_order(b, e->symbol, e->account, e->id);

	if (!o || !o->waiting)
		return inconsistent(why, "triggered, but no order was waiting");
	o->waiting = false;
	o->has_px = e->has_px;
	o->px = e->px;
	if (e->has_sz)
		o->left = e->sz;
	slice(o);
	return show_order(b, o) ? LADDER_TAKEN : LADDER_FULL;
}

/* One side of a fill. The taker's slice is cut anew; a resting one is used up first. */
static enum ladder_verdict
fill(struct ladder *b, const struct event *e, bool maker, bool resting, const char **why)
{
	struct ladder_order *o = maker ? find_order(b, e->symbol, e->maker_account, e->maker_id)
				       : find_order(b, e->symbol, e->taker_account, e->taker_id);

	if (maker && span_starts(e->maker_id, SPAN_LIT("pool:")))
		return LADDER_TAKEN;
	if (!o || o->waiting)
		return inconsistent(why, "a trade of an order that is not open");
	if (decimal_compare(e->sz, o->left) > 0)
		return inconsistent(why, "a trade of more than was left");
	hide_order(b, o);
	decimal_subtract(o->left, e->sz, &o->left);
	if (!resting || decimal_subtract(o->visible, e->sz, &o->visible) != DECIMAL_OK ||
	    decimal_sign(o->visible) <= 0)
		slice(o);
	return show_order(b, o) ? LADDER_TAKEN : LADDER_FULL;
}

static enum ladder_verdict
on_trade(struct ladder *b, const struct event *e, const char **why)
{
	enum ladder_verdict maker, taker;

	if (e->rfq)
		return LADDER_TAKEN;
	if (!e->maker_id.ptr || !e->taker_id.ptr || !e->has_sz)
		return inconsistent(why, "a trade without makerId, takerId or sz");
	maker = fill(b, e, true, true, why);
	/* in an auction both have been resting */
	taker = fill(b, e, false, !e->has_side, why);
	return maker == LADDER_TAKEN ? taker : maker;
}

static enum ladder_verdict
on_done(struct ladder *b, const struct event *e, const char **why)
{
	struct ladder_order *o = find_order(b, e->symbol, e->account, e->id);

	if (!o)
		return inconsistent(why, "done, but the order is not open");
	drop_order(b, o);
	return LADDER_TAKEN;
}

/* What of an event concerns the books. */
static enum ladder_verdict
apply_type(struct ladder *b, const struct event *e, const char **why)
{
	struct ladder_symbol *s;

	if (e->type == EVENT_OTHER || e->type == EVENT_REJECT || e->type == EVENT_SNAP ||
	    e->type == EVENT_BOOK)
		return LADDER_TAKEN;
	if (!e->symbol.ptr || e->symbol.len == 0)
		return inconsistent(why, "no symbol");
	s = ladder_make_symbol(b, e->symbol);
	if (!s)
		return LADDER_FULL;
	if (e->has_ts) {
		s->has_ts = true;
		s->ts = e->ts;
	}
	switch (e->type) {
	case EVENT_ACK: return on_ack(b, e, why);
	case EVENT_TRIGGERED: return on_triggered(b, e, why);
	case EVENT_TRADE: return on_trade(b, e, why);
	case EVENT_DONE: return on_done(b, e, why);
	case EVENT_OTHER:
	case EVENT_REJECT:
	case EVENT_BOOK:
	case EVENT_SNAP: break;
	}
	return LADDER_TAKEN;
}

enum ladder_verdict
ladder_apply(struct ladder *b, const struct event *e, const char **why)
{
	/* the seq of a book record is that of another stream's event */
	if (e->has_seq && e->type != EVENT_BOOK && e->type != EVENT_SNAP) {
		if (e->seq <= b->seq)
			return LADDER_OLD;
		b->missed += e->seq - b->seq - 1;
		b->seq = e->seq;
	}
	return apply_type(b, e, why);
}

/* ---- print ---- */

static void
print_decimal(struct decimal d, struct buf *out)
{
	char text[DECIMAL_TEXT_MAX];

	buf_json_string(out, (struct span){text, decimal_print(d, text)});
}

static void
print_side(const struct ladder_side *side, const char *name, size_t depth, struct buf *out)
{
	size_t n = side && side->n < depth ? side->n : side ? depth : 0;

	buf_json_key(out, name);
	buf_byte(out, '[');
	for (size_t i = 0; i < n; i++) {
		const struct ladder_level *l = &side->levels[side->n - 1 - i];

		buf_str(out, i ? ",[" : "[");
		print_decimal(l->px, out);
		buf_byte(out, ',');
		print_decimal(l->sz, out);
		buf_byte(out, ',');
		buf_u64(out, l->n);
		buf_byte(out, ']');
	}
	buf_byte(out, ']');
}

void
ladder_print(const struct ladder *b, struct span symbol, size_t depth, struct buf *out)
{
	uint64_t i;
	const struct ladder_symbol *s =
	    keymap_find(&b->by_name, symbol, &i) ? &b->symbols[i] : NULL;

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("book"));
	buf_json_member_u64(out, "seq", b->seq);
	buf_json_member_string(out, "symbol", symbol);
	buf_json_member_u64(out, "depth", depth);
	if (b->missed)
		buf_json_member_u64(out, "missed", b->missed);
	print_side(s ? &s->sides[1] : NULL, "bids", depth, out);
	print_side(s ? &s->sides[0] : NULL, "asks", depth, out);
	if (s && s->has_ts)
		buf_json_member_i64(out, "ts", s->ts);
	buf_byte(out, '}');
}
