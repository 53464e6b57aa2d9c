#include "gate.h"

#include "check.h"
#include "exposure.h"
#include "json.h"

#include <stdlib.h>

static const struct decimal zero;

void
gate_init(struct gate *g, const struct gate_options *options, const uint64_t secret[2])
{
	*g = (struct gate){.options = *options};
	keymap_init(&g->by_name, GATE_ACCOUNTS_MAX, secret);
	keymap_init(&g->by_id, GATE_ORDERS_MAX, secret);
	buf_init(&g->key, GATE_KEY_BYTES);
}

void
gate_release(struct gate *g)
{
	for (size_t i = 0; i < g->account_n; i++) {
		for (size_t k = 0; k < g->accounts[i].holding_n; k++)
			free(g->accounts[i].holdings[k].asset);
		free(g->accounts[i].holdings);
		free(g->accounts[i].cancels);
	}
	free(g->accounts);
	free(g->orders);
	keymap_release(&g->by_name);
	keymap_release(&g->by_id);
	buf_release(&g->key);
}

/* ---- accounts ---- */

/* Index of the account, made when it is new; false when there is no room. */
static bool
account_of(struct gate *g, struct span name, size_t *index)
{
	uint64_t i;

	if (keymap_find(&g->by_name, name, &i)) {
		*index = (size_t)i;
		return true;
	}
	if (g->account_n == g->account_cap) {
		size_t cap = g->account_cap ? g->account_cap * 2 : 64;
		struct gate_account *grown = realloc(g->accounts, cap * sizeof grown[0]);

		if (!grown)
			return false;
		g->accounts = grown;
		g->account_cap = cap;
	}
	if (!keymap_put(&g->by_name, name, g->account_n))
		return false;
	g->accounts[g->account_n] = (struct gate_account){.cooldown_until = INT64_MIN};
	*index = g->account_n++;
	return true;
}

static bool
holding_of(struct gate_account *a, struct span asset, size_t *index)
{
	struct holding *grown;
	char *name;

	for (size_t i = 0; i < a->holding_n; i++) {
		if (span_equal((struct span){a->holdings[i].asset, a->holdings[i].asset_len},
			       asset)) {
			*index = i;
			return true;
		}
	}
	name = a->holding_n < GATE_ASSETS_MAX ? malloc(asset.len + 1) : NULL;
	if (!name)
		return false;
	grown = realloc(a->holdings, (a->holding_n + 1) * sizeof grown[0]);
	if (!grown) {
		free(name);
		return false;
	}
	memcpy(name, asset.ptr, asset.len);
	a->holdings = grown;
	grown[a->holding_n] = (struct holding){.asset = name, .asset_len = asset.len};
	*index = a->holding_n++;
	return true;
}

bool
gate_nonce_used(const struct gate *g, const struct incoming *m)
{
	uint64_t i;

	return m->has_nonce && keymap_find(&g->by_name, m->account, &i) &&
	       g->accounts[i].has_nonce && m->nonce <= g->accounts[i].nonce;
}

static void
use_nonce(struct gate_account *a, uint64_t nonce)
{
	if (a->has_nonce && nonce <= a->nonce)
		return;
	a->has_nonce = true;
	a->nonce = nonce;
}

/* ---- orders ---- */

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

static struct gate_order *
order_find(struct gate *g, size_t account, struct span symbol, struct span id)
{
	uint64_t i;

	if (!id.ptr || !keymap_find(&g->by_id, order_key(g, account, symbol, id), &i))
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

static struct gate_order *
order_open(struct gate *g, size_t account, struct span symbol, struct span id)
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

static void
order_close(struct gate *g, struct gate_order *o, struct span symbol, struct span id)
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

/* Let the holdings count this much for the order, instead of what they do. */
static void
order_hold(struct gate *g, struct gate_order *o, struct decimal base, struct decimal quote)
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

/* Nothing is unanswered: count exactly what is left. */
static void
order_settle(struct gate *g, struct gate_order *o)
{
	struct decimal base, quote;

	if (o->unanswered == 0 &&
	    exposure_need(o->has_px ? &o->px : NULL, o->left, &base, &quote) == DECIMAL_OK)
		order_hold(g, o, base, quote);
}

/* ---- deciding ---- */

static const struct decimal *
limit_of(const struct gate *g, const struct account *account, struct span asset)
{
	for (size_t i = 0; account && i < account->limit_n; i++)
		if (span_equal(account->limits[i].asset, asset))
			return &account->limits[i].amount;
	for (size_t i = 0; i < g->options.limit_n; i++)
		if (span_equal(g->options.limits[i].asset, asset))
			return &g->options.limits[i].amount;
	return NULL;
}

static enum refusal
refuse(enum refusal r, const char **why, const char *text)
{
	*why = text;
	return r;
}

/* What a message would add to its account. */
struct wish {
	size_t account;
	size_t base, quote;
	bool buy;
	struct gate_order *order; /* of an amend, where it is known */
	struct decimal more_base, more_quote;
	struct decimal hold_base, hold_quote; /* for the order, in all */
};

static struct decimal
larger(struct decimal a, struct decimal b)
{
	return decimal_compare(a, b) > 0 ? a : b;
}

/* An amend leaves out what it does not change. Without a memory of its order it counts in full. */
static enum decimal_error
wish_sums(struct wish *w, const struct incoming *m)
{
	const struct gate_order *o = w->order;
	bool has_px = m->has_px || (o && o->has_px);
	struct decimal px = m->has_px ? m->px : o ? o->px : zero;
	struct decimal sz = m->has_sz ? m->sz : o ? o->left : zero;
	enum decimal_error e =
	    exposure_need(has_px ? &px : NULL, sz, &w->hold_base, &w->hold_quote);

	if (e != DECIMAL_OK)
		return e;
	if (o) {
		w->hold_base = larger(w->hold_base, o->held_base);
		w->hold_quote = larger(w->hold_quote, o->held_quote);
	}
	e = decimal_subtract(w->hold_base, o ? o->held_base : zero, &w->more_base);
	return e == DECIMAL_OK
		   ? decimal_subtract(w->hold_quote, o ? o->held_quote : zero, &w->more_quote)
		   : e;
}

static enum refusal
read_wish(struct gate *g, const struct incoming *m, struct wish *w, const char **why)
{
	struct gate_account *a;

	w->buy = m->buy;
	w->order = NULL;
	if (!account_of(g, m->account, &w->account))
		return refuse(REFUSAL_BUSY, why, "too many accounts");
	a = &g->accounts[w->account];
	if (!holding_of(a, m->base, &w->base) || !holding_of(a, m->quote, &w->quote))
		return refuse(REFUSAL_BUSY, why, "too many assets for one account");
	if (g->options.releases)
		w->order = order_find(g, w->account, m->symbol, m->id);
	if (w->order && m->kind == INCOMING_ORDER)
		return refuse(REFUSAL_DUPLICATE_ID, why,
			      "an order of that id is open, as far as is known");
	if (w->order) {
		w->buy = w->order->buy;
		w->base = w->order->base;
		w->quote = w->order->quote;
	}
	if (wish_sums(w, m) != DECIMAL_OK)
		return refuse(REFUSAL_TOO_LARGE, why, "px times sz has more than 38 digits");
	return REFUSAL_NONE;
}

/* An amend of an order that is gone will be rejected by match: it asks for nothing. */
static bool
asks_nothing(const struct gate *g, const struct incoming *m, const struct wish *w)
{
	return m->kind == INCOMING_AMEND && g->options.releases && !w->order;
}

static enum refusal
check_limits(const struct gate *g, const struct account *account, const struct incoming *m,
	     const struct wish *w, const char **why)
{
	const struct gate_account *a = &g->accounts[w->account];
	const struct decimal *base = limit_of(g, account, m->base);
	const struct decimal *quote = limit_of(g, account, m->quote);
	bool fits_base, fits_quote;

	if (a->holdings[w->base].broken || a->holdings[w->quote].broken ||
	    exposure_within(&a->holdings[w->base], w->buy, w->more_base, base, &fits_base) !=
		DECIMAL_OK ||
	    exposure_within(&a->holdings[w->quote], !w->buy, w->more_quote, quote, &fits_quote) !=
		DECIMAL_OK)
		return refuse(REFUSAL_TOO_LARGE, why,
			      "the account's sums have more than 38 digits");
	if (!fits_base)
		return refuse(REFUSAL_LIMIT, why, "over the account's limit of the base asset");
	if (quote && m->kind == INCOMING_ORDER && !m->has_px)
		return refuse(REFUSAL_LIMIT, why,
			      "the quote asset is limited, and an order without px has no bound");
	if (!fits_quote)
		return refuse(REFUSAL_LIMIT, why, "over the account's limit of the quote asset");
	return REFUSAL_NONE;
}

static enum refusal
apply_wish(struct gate *g, const struct incoming *m, const struct wish *w, const char **why)
{
	struct gate_account *a = &g->accounts[w->account];
	struct gate_order *o = w->order;

	if (!g->options.releases) {
		exposure_hold(&a->holdings[w->base], w->buy, w->more_base);
		exposure_hold(&a->holdings[w->quote], !w->buy, w->more_quote);
		return REFUSAL_NONE;
	}
	if (!o) {
		o = order_open(g, w->account, m->symbol, m->id);
		if (!o)
			return refuse(REFUSAL_BUSY, why, "too many open orders");
		*o = (struct gate_order){.account = w->account,
					 .base = w->base,
					 .quote = w->quote,
					 .buy = w->buy,
					 .has_px = m->has_px,
					 .px = m->px,
					 .left = m->sz};
	}
	o->unanswered++;
	order_hold(g, o, w->hold_base, w->hold_quote);
	return REFUSAL_NONE;
}

/* account and limits are looked at unless the log has the last word. */
static enum refusal
expose(struct gate *g, const struct account *account, bool limited, const struct incoming *m,
       const char **why)
{
	struct wish w;
	enum refusal r;

	if (!g->options.track || m->kind == INCOMING_CANCEL || m->kind == INCOMING_OTHER)
		return REFUSAL_NONE;
	r = read_wish(g, m, &w, why);
	if (r != REFUSAL_NONE || asks_nothing(g, m, &w))
		return r;
	if (limited)
		r = check_limits(g, account, m, &w, why);
	return r != REFUSAL_NONE ? r : apply_wish(g, m, &w, why);
}

static bool
note_cancel(struct gate *g, struct gate_account *a)
{
	unsigned n = g->options.storm_cancels;

	if (n == 0)
		return true;
	if (!a->cancels) {
		a->cancels = calloc(n, sizeof a->cancels[0]);
		if (!a->cancels)
			return false;
	}
	a->cancels[a->cancel_n++ % n] = g->stream_ts;
	/* the oldest of the last n stands where the next would go */
	if (a->cancel_n >= n && g->stream_ts - a->cancels[a->cancel_n % n] <= g->options.storm_us &&
	    __builtin_add_overflow(g->stream_ts, g->options.cooldown_us, &a->cooldown_until))
		a->cooldown_until = INT64_MAX;
	return true;
}

static void
note_time(struct gate *g, const struct incoming *m)
{
	if (m->has_ts && m->ts > g->stream_ts)
		g->stream_ts = m->ts;
}

enum refusal
gate_decide(struct gate *g, const struct account *account, const struct incoming *m, bool *spent,
	    const char **why)
{
	int64_t now = m->has_ts && m->ts > g->stream_ts ? m->ts : g->stream_ts;
	enum refusal r;
	size_t i;

	*spent = false;
	if (!m->account.ptr)
		return REFUSAL_NONE; /* unsigned, and of nobody */
	if (gate_nonce_used(g, m))
		return refuse(REFUSAL_NONCE, why, "not higher than the account's last nonce");
	if (!account_of(g, m->account, &i))
		return refuse(REFUSAL_BUSY, why, "too many accounts");
	if (m->has_nonce) {
		use_nonce(&g->accounts[i], m->nonce);
		*spent = true;
	}
	if ((m->kind == INCOMING_ORDER || m->kind == INCOMING_AMEND) &&
	    now < g->accounts[i].cooldown_until)
		return refuse(REFUSAL_COOLDOWN, why, "too many cancels: wait");
	r = expose(g, account, true, m, why);
	if (r != REFUSAL_NONE)
		return r;
	note_time(g, m);
	if (m->kind == INCOMING_CANCEL && !note_cancel(g, &g->accounts[i]))
		return refuse(REFUSAL_BUSY, why, "no memory");
	return REFUSAL_NONE;
}

/* ---- the log ---- */

bool
gate_accepted(struct gate *g, const struct incoming *m)
{
	const char *why;
	size_t i;

	if (!m->account.ptr)
		return true;
	if (!account_of(g, m->account, &i))
		return false;
	if (m->has_nonce)
		use_nonce(&g->accounts[i], m->nonce);
	if (expose(g, NULL, false, m, &why) == REFUSAL_BUSY)
		return false;
	note_time(g, m);
	return m->kind != INCOMING_CANCEL || note_cancel(g, &g->accounts[i]);
}

bool
gate_spent(struct gate *g, struct span account, uint64_t nonce)
{
	size_t i;

	if (!account_of(g, account, &i))
		return false;
	use_nonce(&g->accounts[i], nonce);
	return true;
}

/* ---- events ---- */

static struct gate_order *
event_order(struct gate *g, struct span account, struct span symbol, struct span id, size_t *index)
{
	uint64_t i;

	if (!account.ptr || !keymap_find(&g->by_name, account, &i))
		return NULL;
	*index = (size_t)i;
	return order_find(g, (size_t)i, symbol, id);
}

/* An order that did not come in as one: of a quote. It counts from its ack on. */
static struct gate_order *
open_acked(struct gate *g, const struct event *e)
{
	struct span base_name, quote_name;
	size_t account, base, quote;
	struct gate_order *o;

	if (!e->account.ptr || !e->id.ptr || !e->has_side || !e->has_sz || !e->symbol.ptr ||
	    !incoming_symbol(e->symbol, &base_name, &quote_name) ||
	    !account_of(g, e->account, &account) ||
	    !holding_of(&g->accounts[account], base_name, &base) ||
	    !holding_of(&g->accounts[account], quote_name, &quote))
		return NULL;
	o = order_open(g, account, e->symbol, e->id);
	if (o)
		*o = (struct gate_order){
		    .account = account, .base = base, .quote = quote, .buy = e->buy};
	return o;
}

static bool
on_ack(struct gate *g, const struct event *e)
{
	size_t account;
	struct gate_order *o = event_order(g, e->account, e->symbol, e->id, &account);

	if (!o)
		o = open_acked(g, e);
	if (!o)
		return false;
	if (o->unanswered)
		o->unanswered--;
	if (e->has_px) {
		o->px = e->px;
		o->has_px = true;
	}
	if (e->has_sz)
		o->left = e->sz;
	order_settle(g, o);
	return true;
}

/* One side of a fill. A quote amount that could not be held (NULL) breaks the sums that it belongs
 * to. */
static bool
on_fill(struct gate *g, const struct event *e, bool maker, const struct decimal *quote)
{
	struct span name = maker ? e->maker_account : e->taker_account, base_name, quote_name;
	size_t account = 0, base, quote_i;
	struct gate_order *o =
	    event_order(g, name, e->symbol, maker ? e->maker_id : e->taker_id, &account);
	bool buy = e->buy != maker;

	if (!name.ptr || !incoming_symbol(e->symbol, &base_name, &quote_name) ||
	    !account_of(g, name, &account))
		return false;
	if (!e->has_side) {
		if (!o)
			g->unknown_sides++;
		buy = o && o->buy;
	}
	if ((!e->has_side && !o) || !holding_of(&g->accounts[account], base_name, &base) ||
	    !holding_of(&g->accounts[account], quote_name, &quote_i))
		return false;
	exposure_fill(&g->accounts[account].holdings[base], buy, e->sz);
	if (quote)
		exposure_fill(&g->accounts[account].holdings[quote_i], !buy, *quote);
	else
		g->accounts[account].holdings[quote_i].broken = true;
	if (o && decimal_subtract(o->left, e->sz, &o->left) == DECIMAL_OK) {
		if (decimal_sign(o->left) < 0)
			o->left = zero;
		order_settle(g, o);
	}
	return true;
}

static bool
on_trade(struct gate *g, const struct event *e)
{
	struct decimal quote = e->quote_sz;
	bool held = true, changed;

	if (!e->symbol.ptr || !e->has_sz || (!e->has_px && !e->has_quote_sz))
		return false;
	if (!e->has_quote_sz)
		held = decimal_multiply(e->px, e->sz, &quote) == DECIMAL_OK;
	changed = on_fill(g, e, true, held ? &quote : NULL);
	return on_fill(g, e, false, held ? &quote : NULL) || changed;
}

static bool
on_done(struct gate *g, const struct event *e)
{
	size_t account;
	struct gate_order *o = event_order(g, e->account, e->symbol, e->id, &account);

	if (!o)
		return false;
	order_close(g, o, e->symbol, e->id);
	return true;
}

/* match repeats the line that it rejects: its account, and whether it was an amend, stand there. */
static bool
on_reject(struct gate *g, const struct event *e)
{
	struct incoming m = {0};
	struct buf text;
	const char *why;
	struct gate_order *o;
	size_t account;
	bool changed = false;

	/* our own, of a line that match never saw; what another one took out behind us we had let
	 * in */
	if (e->passed && !e->by)
		return false;
	if (!e->input.ptr || e->input.len < 2 || e->input.ptr[0] != '"')
		return false;
	buf_init(&text, e->input.len);
	json_decode(e->input, &text);
	if (buf_ok(&text))
		incoming_read(buf_span(&text), &m, &why);
	o = event_order(g, m.account, m.symbol, m.id, &account);
	if (o && o->unanswered && m.kind == INCOMING_AMEND) {
		o->unanswered--;
		order_settle(g, o);
		changed = true;
	} else if (o && o->unanswered && m.kind == INCOMING_ORDER) {
		order_close(g, o, m.symbol, m.id);
		changed = true;
	}
	buf_release(&text);
	return changed;
}

bool
gate_event(struct gate *g, const struct event *e)
{
	if (e->has_seq) {
		if (e->seq <= g->events_seq)
			return false; /* read before */
		if (g->events_seq)
			g->events_missed += e->seq - g->events_seq - 1;
		g->events_seq = e->seq;
	}
	if (!g->options.track || !g->options.releases)
		return false;
	switch (e->type) {
	case EVENT_ACK: return on_ack(g, e);
	case EVENT_TRADE: return on_trade(g, e);
	case EVENT_DONE: return on_done(g, e);
	case EVENT_REJECT: return on_reject(g, e);
	case EVENT_OTHER:
	case EVENT_TRIGGERED:
	case EVENT_BOOK:
	case EVENT_SNAP: return false;
	}
	return false;
}

bool
gate_exposure(const struct gate *g, struct span account, struct span asset, struct decimal *out)
{
	uint64_t i;

	if (!keymap_find(&g->by_name, account, &i))
		return false;
	for (size_t k = 0; k < g->accounts[i].holding_n; k++) {
		const struct holding *h = &g->accounts[i].holdings[k];

		if (span_equal((struct span){h->asset, h->asset_len}, asset))
			return exposure_furthest(h, out) == DECIMAL_OK;
	}
	return false;
}
