#include "trade.h"

#include "json.h"

/* One side of a trade: an asset that goes from one account to another. */
struct side {
	struct span asset, chain; /* chain: as the symbol or the trade names it, or NULL */
	struct span taker, giver, order_id;
	struct decimal value;
};

struct parts {
	struct span base, quote;
	struct side sides[2];
	char id[200], digest[400];
};

/* ---- reading ---- */

/* "USDC.eth" is USDC, wanted on eth. */
static void
split_asset(struct span name, struct side *s)
{
	size_t dot = span_find(name, SPAN_LIT("."));

	s->asset = (struct span){name.ptr, dot};
	if (dot < name.len)
		s->chain = (struct span){name.ptr + dot + 1, name.len - dot - 1};
}

static bool
split_symbol(struct span symbol, struct parts *p)
{
	size_t at = 0;

	while (at < symbol.len && !strchr("-/_", symbol.ptr[at]))
		at++;
	if (at == 0 || at + 1 >= symbol.len)
		return false;
	split_asset((struct span){symbol.ptr, at}, &p->sides[0]);
	split_asset((struct span){symbol.ptr + at + 1, symbol.len - at - 1}, &p->sides[1]);
	return p->sides[0].asset.len > 0 && p->sides[1].asset.len > 0;
}

static bool
quote_size(const struct event *e, struct decimal *out)
{
	if (e->has_quote_sz) {
		*out = e->quote_sz;
		return true;
	}
	return e->has_px && decimal_multiply(e->px, e->sz, out) == DECIMAL_OK;
}

static bool
name_parts(const struct event *e, struct span trade_id, struct parts *p)
{
	struct buf id = {.ptr = p->id, .cap = sizeof p->id, .max = sizeof p->id - 1};
	struct buf digest = {
	    .ptr = p->digest, .cap = sizeof p->digest, .max = sizeof p->digest - 1};
	char text[DECIMAL_TEXT_MAX] = "";
	const struct span names[] = {p->sides[0].taker, p->sides[0].order_id, p->sides[1].taker,
				     p->sides[1].order_id};

	/* one name, however the symbol is spelled */
	for (size_t i = 0; i < e->symbol.len; i++)
		buf_byte(&id, strchr("/_", e->symbol.ptr[i]) ? '-' : e->symbol.ptr[i]);
	buf_byte(&id, ':');
	buf_add(&id, trade_id);
	for (size_t i = 0; i < 2; i++) {
		size_t n = decimal_print(p->sides[i].value, text);

		buf_add(&digest, (struct span){text, n});
		buf_byte(&digest, ' ');
	}
	for (size_t i = 0; i < 4; i++) {
		buf_add(&digest, names[i]);
		buf_byte(&digest, ' ');
	}
	/* where it is to be paid is part of what was said, too */
	for (size_t i = 0; i < 2; i++) {
		if (p->sides[i].chain.ptr)
			buf_add(&digest, p->sides[i].chain);
		buf_byte(&digest, ' ');
	}
	if (!buf_ok(&id) || !buf_ok(&digest))
		return false;
	p->id[id.len] = 0;
	p->digest[digest.len] = 0;
	return true;
}

static const char *
take_parts(const struct event *e, struct span line, struct parts *p)
{
	struct span value, trade_id, chain = {0};
	struct side *base = &p->sides[0], *quote = &p->sides[1];

	*p = (struct parts){0};
	if (!json_find(line, "tradeId", &value) || !json_plain(value, &trade_id) ||
	    trade_id.len == 0 || trade_id.len > 40)
		return "a trade to settle wants a tradeId";
	if (!e->symbol.ptr || e->symbol.len > 64 || !split_symbol(e->symbol, p))
		return "the symbol is no pair";
	if (!e->has_sz || !e->maker_account.ptr || !e->taker_account.ptr ||
	    !quote_size(e, &quote->value))
		return "px (or quoteSz), sz, makerAccount and takerAccount are wanted";
	if (e->maker_account.len > 64 || e->taker_account.len > 64)
		return "an account's name is longer than 64 bytes";
	if (!e->has_side)
		return "without side nobody knows who bought";
	base->value = e->sz;
	base->taker = quote->giver = e->buy ? e->taker_account : e->maker_account;
	base->giver = quote->taker = e->buy ? e->maker_account : e->taker_account;
	base->order_id = e->buy ? e->taker_id : e->maker_id;
	quote->order_id = e->buy ? e->maker_id : e->taker_id;
	/* "chain" says where the asset that lives on many chains is paid */
	if (json_find(line, "chain", &value) && json_plain(value, &chain))
		for (size_t i = 0; i < 2; i++)
			if (!p->sides[i].chain.ptr && !span_is(p->sides[i].asset, "BTC"))
				p->sides[i].chain = chain;
	return name_parts(e, trade_id, p) ? NULL : "order ids or the chain's name are too long";
}

/* ---- legs ---- */

struct plan {
	const struct config_chain *chain; /* NULL: nothing to pay */
	const struct address *to;
	const char *payer;
	decimal_int own, purse;
	bool carried;
};

static bool
is_house(const struct swap_book *b, const struct side *s)
{
	const struct address *to =
	    swap_book_address(b, s->taker, (struct span){"", 0}, (struct span){"", 0});

	return span_equal(s->taker, s->giver) || (to && to->house);
}

static bool
plan_side(const struct swap_book *b, struct config *c, const struct side *s, struct plan *out)
{
	const struct address *giver;

	*out = (struct plan){0};
	if (is_house(b, s))
		return true;
	out->to = swap_book_address(b, s->taker, s->asset,
				    s->chain.ptr ? s->chain : (struct span){"", 0});
	out->chain = out->to ? config_chain(c, span_of(out->to->chain)) : NULL;
	if (!out->chain || !span_is(s->asset, out->chain->asset))
		return false;
	if (!base_units_of(s->value, out->chain->decimals, &out->own, NULL))
		return false;
	out->purse = swap_book_carried(b, s->taker, s->asset, span_of(out->chain->name));
	out->carried = out->own + out->purse < out->chain->dust || out->own + out->purse == 0;
	giver = swap_book_address(b, s->giver, s->asset, span_of(out->chain->name));
	if (out->chain->spender && giver && giver->payer)
		out->payer = giver->payer;
	return true;
}

static void
print_leg(const char *swap, int n, const struct side *s, const struct plan *p, struct buf *out)
{
	char text[BASE_UNITS_TEXT_MAX];
	/* what is carried goes into the purse, and what is in it is paid with the next */
	base_units_print(p->carried ? p->own : p->own + p->purse, text);
	buf_byte(out, '{');
	buf_json_key(out, "leg");
	buf_byte(out, '"');
	buf_str(out, swap);
	buf_byte(out, '/');
	buf_u64(out, (uint64_t)n);
	buf_byte(out, '"');
	buf_json_member_string(out, "orderId", s->order_id);
	buf_json_member_string(out, "account", s->taker);
	buf_json_member_string(out, "giver", s->giver);
	buf_json_member_string(out, "chain", span_of(p->chain ? p->chain->name : "house"));
	buf_json_member_string(out, "asset", s->asset);
	buf_json_member_string(out, "direction", span_of(p->payer ? "pull" : "out"));
	buf_json_member_string(out, "amount", span_of(text));
	if (p->purse && !p->carried) {
		base_units_print(p->purse, text);
		buf_json_member_string(out, "purse", span_of(text));
	}
	if (p->to)
		buf_json_member_string(out, "to", span_of(p->to->address));
	if (p->payer)
		buf_json_member_string(out, "payer", span_of(p->payer));
	buf_json_member_string(out, "status",
			       span_of(leg_status_name(!p->chain    ? LEG_HOUSE
						       : p->carried ? LEG_CARRIED
								    : LEG_NEW)));
	buf_byte(out, '}');
}

/* False, and an empty list: an address or its chain is missing. */
static bool
print_legs(const struct swap_book *b, struct config *c, const struct parts *p, struct buf *out)
{
	struct plan plans[2];
	bool known =
	    plan_side(b, c, &p->sides[0], &plans[0]) && plan_side(b, c, &p->sides[1], &plans[1]);

	buf_json_key(out, "legs");
	buf_byte(out, '[');
	for (int i = 0; known && i < 2; i++) {
		if (i > 0)
			buf_byte(out, ',');
		print_leg(p->id, i + 1, &p->sides[i], &plans[i], out);
	}
	buf_byte(out, ']');
	return known;
}

/* ---- swaps ---- */

static bool
asset_known(const struct config *c, struct span asset)
{
	for (size_t i = 0; i < c->chains_n; i++)
		if (span_is(asset, c->chains[i].asset))
			return true;
	return false;
}

static void
print_swap(const struct event *e, const struct parts *p, int64_t now_us, struct buf *out)
{
	struct span id = span_of(p->id);
	size_t colon = span_find(id, SPAN_LIT(":"));

	buf_str(out, "{\"type\":\"swap\"");
	buf_json_member_string(out, "swap", id);
	buf_json_member_string(out, "matchId",
			       (struct span){id.ptr + colon + 1, id.len - colon - 1});
	buf_json_member_string(out, "symbol", (struct span){id.ptr, colon});
	buf_json_member_string(out, "digest", span_of(p->digest));
	buf_json_member_i64(out, "ts", now_us);
	if (e->has_ts)
		buf_json_member_i64(out, "tradeTs", e->ts);
}

enum trade_verdict
trade_swap(const struct swap_book *b, struct config *c, const struct event *e, struct span line,
	   int64_t now_us, struct buf *out, const char **code, const char **why)
{
	struct parts p;
	const struct swap *old;
	size_t begin = out->len;
	bool known;

	*code = "BAD_TRADE";
	*why = take_parts(e, line, &p);
	if (*why)
		return TRADE_REJECT;
	old = swap_book_swap(b, span_of(p.id));
	if (old && strcmp(old->digest, p.digest) == 0)
		return TRADE_KNOWN;
	if (!old && settled_has(&b->settled, span_of(p.id))) {
		buf_str(out, p.id);
		buf_byte(out, '\n');
		buf_str(out, p.digest);
		return TRADE_SETTLED;
	}
	*code = old ? "CONTRADICTION" : "NO_CHAIN";
	*why = old ? "the same tradeId came before with other contents"
		   : "no chain of the configuration has this asset";
	if (old || !asset_known(c, p.sides[0].asset) || !asset_known(c, p.sides[1].asset))
		return TRADE_REJECT;
	print_swap(e, &p, now_us, out);
	known = print_legs(b, c, &p, out);
	if (!known) {
		out->len = begin;
		print_swap(e, &p, now_us, out);
		buf_json_member_raw(out, "trade", json_trim(line));
		buf_str(out, ",\"legs\":[]");
	}
	buf_byte(out, '}');
	return known ? TRADE_SWAP : TRADE_NO_ADDRESS;
}

bool
trade_legs(const struct swap_book *b, struct config *c, const struct swap *s, struct buf *out)
{
	struct event e;
	struct parts p;
	struct span line = span_of(s->trade);
	size_t begin = out->len;

	if (!s->trade || event_read(line, &e) || take_parts(&e, line, &p))
		return false;
	buf_str(out, "{\"type\":\"legs\"");
	buf_json_member_string(out, "swap", span_of(s->id));
	if (!print_legs(b, c, &p, out)) {
		out->len = begin;
		return false;
	}
	buf_byte(out, '}');
	return true;
}

bool
trade_refund(const struct swap_book *b, const struct leg *paid, const struct leg *failed,
	     struct buf *out)
{
	/* who gave what was paid out: the account that should have got the other leg */
	struct span giver = span_of(failed->account);
	const struct address *to =
	    swap_book_address(b, giver, span_of(paid->asset), span_of(paid->chain));
	char text[BASE_UNITS_TEXT_MAX];

	if (!to || !to->address)
		return false;
	/* what came from the payee's purse was given by others */
	base_units_print(paid->units - paid->purse, text);
	buf_str(out, "{\"type\":\"legs\"");
	buf_json_member_string(out, "swap", span_of(paid->swap->id));
	buf_str(out, ",\"legs\":[{\"leg\":\"");
	buf_str(out, paid->id);
	buf_str(out, "r\"");
	buf_json_member_string(out, "of", span_of(failed->id));
	if (failed->order_id)
		buf_json_member_string(out, "orderId", span_of(failed->order_id));
	buf_json_member_string(out, "account", giver);
	buf_json_member_string(out, "chain", span_of(paid->chain));
	buf_json_member_string(out, "asset", span_of(paid->asset));
	buf_json_member_string(out, "direction", SPAN_LIT("refund"));
	buf_json_member_string(out, "amount", span_of(text));
	buf_json_member_string(out, "to", span_of(to->address));
	buf_json_member_string(out, "status", SPAN_LIT("new"));
	buf_str(out, "}]}");
	return true;
}
