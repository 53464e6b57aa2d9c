#include "gate_snapshot.h"

#include "exact.h"
#include "gate_parts.h"
#include "snapshots.h"

#include <stdlib.h>

enum gate_part
gate_part(const struct gate_options *o)
{
	if (!o->track)
		return GATE_PART_NONE;
	return o->releases ? GATE_PART_OPEN : GATE_PART_HELD;
}

const char *
gate_part_name(enum gate_part part)
{
	switch (part) {
	case GATE_PART_NONE: return "none";
	case GATE_PART_HELD: return "held";
	case GATE_PART_OPEN: return "open";
	}
	return "none";
}

/* ---- out ---- */

static void
write_cancels(const struct gate_account *a, unsigned ring, struct buf *b)
{
	uint64_t n = a->cancel_n < ring ? a->cancel_n : ring;

	buf_str(b, ",\"cancels\":[");
	for (uint64_t i = a->cancel_n - n; i < a->cancel_n; i++) {
		if (i > a->cancel_n - n)
			buf_byte(b, ',');
		buf_i64(b, a->cancels[i % ring]);
	}
	buf_str(b, "]}\n");
}

static void
write_account(const struct gate *g, const struct gate_account *a, struct span name, struct buf *b)
{
	exact_put_text(b, "{\"account\":", name);
	if (a->has_nonce)
		exact_put_u64(b, ",\"nonce\":", a->nonce);
	else
		buf_str(b, ",\"nonce\":null");
	if (a->cooldown_until != INT64_MIN)
		exact_put_u64(b, ",\"cooldown\":", (uint64_t)a->cooldown_until);
	else
		buf_str(b, ",\"cooldown\":null");
	write_cancels(a, g->options.storm_cancels, b);
	for (size_t i = 0; i < a->holding_n; i++) {
		const struct holding *h = &a->holdings[i];

		exact_put_text(b, "{\"asset\":", (struct span){h->asset, h->asset_len});
		exact_put_decimal(b, ",\"net\":", h->net);
		exact_put_decimal(b, ",\"coming\":", h->coming);
		exact_put_decimal(b, ",\"going\":", h->going);
		exact_put_u64(b, ",\"broken\":", h->broken);
		buf_str(b, "}\n");
	}
}

/* key is gate_order.c's: ACCOUNT:SYMBOL:ID. A symbol has no colon. */
static void
write_order(const struct gate_order *o, struct span key, struct buf *b)
{
	struct span symbol, id;
	size_t colon = span_find(key, SPAN_LIT(":")) + 1;

	symbol = (struct span){key.ptr + colon, key.len - colon};
	colon = span_find(symbol, SPAN_LIT(":"));
	id = (struct span){symbol.ptr + colon + 1, symbol.len - colon - 1};
	symbol.len = colon;
	exact_put_text(b, "{\"order\":", id);
	exact_put_text(b, ",\"symbol\":", symbol);
	exact_put_u64(b, ",\"account\":", o->account);
	exact_put_u64(b, ",\"buy\":", o->buy);
	if (o->has_px)
		exact_put_decimal(b, ",\"px\":", o->px);
	else
		buf_str(b, ",\"px\":null");
	exact_put_decimal(b, ",\"left\":", o->left);
	exact_put_decimal(b, ",\"base\":", o->held_base);
	exact_put_decimal(b, ",\"quote\":", o->held_quote);
	exact_put_u64(b, ",\"unanswered\":", o->unanswered);
	buf_str(b, "}\n");
}

/* The keys of a map by their values, all below n, and NULL where there is none: so that nothing
 * depends on the order of its slots. NULL: no memory. */
static struct span *
by_value(const struct keymap *m, size_t n)
{
	struct span *keys = calloc(n + 1, sizeof keys[0]), key;
	uint64_t value;

	for (size_t at = 0; keys && keymap_each(m, &at, &key, &value);)
		keys[value] = key;
	return keys;
}

void
gate_snapshot_write(const struct gate *g, const struct gate_at *at, struct buf *b)
{
	struct span *accounts = by_value(&g->by_name, g->account_n);
	struct span *orders = by_value(&g->by_id, g->order_cap);
	size_t start = b->len;

	exact_put_u64(b, "{\"intake\":1,\"log\":", at->log);
	exact_put_u64(b, ",\"lines\":", at->lines);
	exact_put_u64(b, ",\"events\":", g->events_logged);
	exact_put_u64(b, ",\"ts\":", (uint64_t)g->stream_ts);
	exact_put_text(b, ",\"exposure\":", span_of(gate_part_name(gate_part(&g->options))));
	buf_str(b, "}\n");
	if (!accounts || !orders)
		b->overflow = true;
	for (size_t i = 0; buf_ok(b) && i < g->account_n; i++)
		write_account(g, &g->accounts[i], accounts[i], b);
	for (size_t i = 0; buf_ok(b) && i < g->order_cap; i++)
		if (orders[i].ptr)
			write_order(&g->orders[i], orders[i], b);
	snapshots_seal(b, start);
	free(accounts);
	free(orders);
}

/* ---- in ---- */

struct reader {
	struct gate *g;
	struct gate_account *account; /* the one at hand */
	struct exact in;
	enum gate_part part;
	bool no_memory;
};

static void
need(struct reader *r, bool room)
{
	if (!room)
		r->in.bad = r->no_memory = true;
}

/* A number, or null. */
static bool
number_or_null(struct reader *r, const char *key, uint64_t max, uint64_t *out)
{
	exact_skip(&r->in, key);
	if (exact_starts(&r->in, "null")) {
		exact_skip(&r->in, "null");
		return false;
	}
	*out = exact_u64(&r->in, "", max);
	return !r->in.bad;
}

/* Of what the ring holds now: it may be smaller or larger than the one that was written. */
static void
read_cancels(struct reader *r)
{
	unsigned ring = r->g->options.storm_cancels;
	struct gate_account *a = r->account;

	exact_skip(&r->in, ",\"cancels\":[");
	for (int n = 0; !r->in.bad && !exact_starts(&r->in, "]"); n++) {
		int64_t ts = exact_i64(&r->in, n ? "," : "", INT64_MAX);

		if (n == GATE_STORM_MAX)
			r->in.bad = true;
		if (r->in.bad || ring == 0)
			continue;
		need(r, gate_account_ring(a, ring));
		if (!r->in.bad)
			a->cancels[a->cancel_n++ % ring] = ts;
	}
	exact_skip(&r->in, "]}\n");
}

static void
read_account(struct reader *r)
{
	struct span name = exact_text(&r->in, "{\"account\":", GATE_NAME_BYTES);
	uint64_t until;
	size_t i;

	r->in.bad = r->in.bad || gate_account_find(r->g, name) != GATE_NONE;
	if (!r->in.bad)
		need(r, gate_account_make(r->g, name, &i));
	if (r->in.bad)
		return;
	r->account = &r->g->accounts[i];
	r->account->has_nonce = number_or_null(r, ",\"nonce\":", UINT64_MAX, &r->account->nonce);
	/* where storms are no matter any more, nobody waits */
	if (number_or_null(r, ",\"cooldown\":", INT64_MAX, &until) && r->g->options.storm_cancels)
		r->account->cooldown_until = (int64_t)until;
	read_cancels(r);
}

static void
read_holding(struct reader *r)
{
	struct span asset = exact_text(&r->in, "{\"asset\":", GATE_NAME_BYTES);
	struct holding h = {0};
	size_t i;

	h.net = exact_decimal(&r->in, ",\"net\":");
	h.coming = exact_decimal(&r->in, ",\"coming\":");
	h.going = exact_decimal(&r->in, ",\"going\":");
	h.broken = exact_u64(&r->in, ",\"broken\":", 1);
	exact_skip(&r->in, "}\n");
	r->in.bad = r->in.bad || !r->account || r->part == GATE_PART_NONE ||
		    gate_holding_find(r->account, asset) != GATE_NONE ||
		    r->account->holding_n == GATE_ASSETS_MAX;
	if (r->in.bad || !r->g->options.track)
		return;
	need(r, gate_holding_make(r->account, asset, &i));
	if (r->in.bad)
		return;
	h.asset = r->account->holdings[i].asset;
	h.asset_len = asset.len;
	r->account->holdings[i] = h;
}

/* Into the gate, with the holdings that it counts in. */
static void
put_order(struct reader *r, struct span symbol, struct span id, struct gate_order o)
{
	struct span base, quote;
	struct gate_order *place;

	r->in.bad = !incoming_symbol(symbol, &base, &quote) ||
		    gate_order_find(r->g, o.account, symbol, id) != NULL;
	if (r->in.bad)
		return;
	o.base = gate_holding_find(&r->g->accounts[o.account], base);
	o.quote = gate_holding_find(&r->g->accounts[o.account], quote);
	r->in.bad = o.base == GATE_NONE || o.quote == GATE_NONE;
	if (r->in.bad)
		return;
	place = gate_order_open(r->g, o.account, symbol, id);
	need(r, place != NULL);
	if (place)
		*place = o;
}

static void
read_order(struct reader *r)
{
	struct gate_order o = {0};
	struct span id = exact_text(&r->in, "{\"order\":", GATE_NAME_BYTES);
	struct span symbol = exact_text(&r->in, ",\"symbol\":", GATE_NAME_BYTES);

	o.account = exact_u64(&r->in, ",\"account\":", GATE_ACCOUNTS_MAX);
	o.buy = exact_u64(&r->in, ",\"buy\":", 1);
	o.has_px = !exact_starts(&r->in, ",\"px\":null");
	if (o.has_px)
		o.px = exact_decimal(&r->in, ",\"px\":");
	else
		exact_skip(&r->in, ",\"px\":null");
	o.left = exact_decimal(&r->in, ",\"left\":");
	o.held_base = exact_decimal(&r->in, ",\"base\":");
	o.held_quote = exact_decimal(&r->in, ",\"quote\":");
	o.unanswered = (unsigned)exact_u64(&r->in, ",\"unanswered\":", UINT32_MAX);
	exact_skip(&r->in, "}\n");
	r->in.bad = r->in.bad || r->part != GATE_PART_OPEN || o.account >= r->g->account_n;
	if (!r->in.bad && r->g->options.track)
		put_order(r, symbol, id, o);
}

static bool
read_part(struct reader *r)
{
	struct span name = exact_text(&r->in, ",\"exposure\":", 4);

	for (int p = GATE_PART_NONE; p <= GATE_PART_OPEN; p++)
		if (!r->in.bad && span_is(name, gate_part_name((enum gate_part)p))) {
			r->part = (enum gate_part)p;
			return true;
		}
	return false;
}

static void
read_head(struct reader *r, struct gate_at *at)
{
	at->log = exact_u64(&r->in, "{\"intake\":1,\"log\":", INT64_MAX);
	at->lines = exact_u64(&r->in, ",\"lines\":", INT64_MAX);
	r->g->events_logged = exact_u64(&r->in, ",\"events\":", UINT64_MAX);
	r->g->events_seq = r->g->events_logged;
	r->g->stream_ts = exact_i64(&r->in, ",\"ts\":", INT64_MAX);
	if (!read_part(r))
		r->in.bad = true;
	exact_skip(&r->in, "}\n");
}

static void
read_lines(struct reader *r)
{
	while (!r->in.bad && exact_starts(&r->in, "{\"a")) {
		if (exact_starts(&r->in, "{\"asset\":"))
			read_holding(r);
		else
			read_account(r);
	}
	while (!r->in.bad && r->in.rest.len)
		read_order(r);
}

enum gate_snapshot_error
gate_snapshot_read(struct gate *g, struct gate_at *at, enum gate_part *part, struct span text)
{
	struct reader r = {.g = g};
	enum gate_part wanted = gate_part(&g->options);

	if (!snapshots_open_seal(&text))
		return GATE_SNAPSHOT_E_DAMAGED;
	r.in.rest = text;
	read_head(&r, at);
	*part = r.part;
	if (!r.in.bad && wanted != GATE_PART_NONE && wanted != r.part)
		return GATE_SNAPSHOT_E_PART;
	read_lines(&r);
	if (r.no_memory)
		return GATE_SNAPSHOT_E_MEMORY;
	return r.in.bad ? GATE_SNAPSHOT_E_DAMAGED : GATE_SNAPSHOT_OK;
}
