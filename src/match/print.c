#include "print.h"

#include "check.h"
#include "digits.h"
#include "market_parts.h"

static const char *const side_names[] = {"buy", "sell"};

const char *
done_reason_name(enum done_reason r)
{
	switch (r) {
	case DONE_FILLED: return "filled";
	case DONE_USER: return "user";
	case DONE_MASS_CANCEL: return "mass_cancel";
	case DONE_REPLACED: return "replaced";
	case DONE_EXPIRED: return "expired";
	case DONE_STP: return "stp";
	case DONE_POST_ONLY: return "post_only";
	case DONE_FOK: return "fok";
	case DONE_UNFILLED: return "unfilled";
	case DONE_BAND: return "band";
	}
	return "";
}

/* ---- parts: each returns where the next one begins ---- */

static inline char *
put(char *p, struct span s)
{
	memcpy(p, s.ptr, s.len);
	return p + s.len;
}

/* A name that stands in an array of NAME_MAX_BYTES: most are short. */
static inline char *
put_stored(char *p, const char name[NAME_MAX_BYTES], size_t len)
{
	memcpy(p, name, 16);
	if (len > 16)
		memcpy(p + 16, name + 16, NAME_MAX_BYTES - 16);
	return p + len;
}

#define PUT(p, literal) (memcpy((p), (literal), sizeof(literal) - 1), (p) + sizeof(literal) - 1)

static inline char *
put_px(char *p, const struct symbol *s, int64_t px)
{
	p = PUT(p, ",\"px\":\"");
	p += grid_print(&s->tick, px, p);
	*p++ = '"';
	return p;
}

static inline char *
put_lots(char *p, const struct symbol *s, int64_t sz)
{
	p += grid_print(&s->lot, sz, p);
	*p++ = '"';
	return p;
}

static inline char *
put_amount(char *p, const struct symbol *s, int64_t amount)
{
	p += grid_print_product(&s->tick, &s->lot, amount, p);
	*p++ = '"';
	return p;
}

static inline char *
put_symbol(char *p, const struct symbol *s)
{
	p = PUT(p, ",\"symbol\":\"");
	p = put_stored(p, s->name, s->name_len);
	*p++ = '"';
	return p;
}

/* key is `,"name":"` */
static inline char *
put_name(char *p, struct span key, struct span name)
{
	if (name.len == 0)
		return p;
	p = put(p, key);
	p = put(p, name);
	*p++ = '"';
	return p;
}

/* An account and its closing quote. */
static inline char *
put_owner(char *p, const struct market *m, uint32_t account)
{
	const struct name *n = &m->accounts.list[account - 1];

	p = put_stored(p, n->text, n->len);
	*p++ = '"';
	return p;
}

/* An order's id and its closing quote. */
static inline char *
put_id(char *p, const struct order *o)
{
	p = put_stored(p, o->id, o->id_len);
	*p++ = '"';
	return p;
}

static inline char *
put_account(char *p, const struct market *m, uint32_t account)
{
	if (account == 0)
		return p;
	p = PUT(p, ",\"account\":\"");
	return put_owner(p, m, account);
}

/* One more than it is: its last digits that are 9 become 0. False: it is nines alone. */
static inline bool
count_one(struct print_counter *c)
{
	unsigned i = c->len;

	for (; i > 0 && c->text[i - 1] == '9'; i--)
		c->text[i - 1] = '0';
	if (i == 0)
		return false;
	c->text[i - 1]++;
	return true;
}

static inline char *
put_counter(char *p, struct print_counter *c, uint64_t v)
{
	if (v != c->value || !c->len) {
		if (v != c->value + 1 || !count_one(c))
			c->len = (unsigned)(digits_put(c->text, v) - c->text);
		c->value = v;
	}
	memcpy(p, c->text, sizeof c->text);
	return p + c->len;
}

static inline char *
put_ts(char *p, struct printer *r, const struct event *e)
{
	p = PUT(p, ",\"ts\":");
	return put_counter(p, &r->ts, (uint64_t)e->ts);
}

/* What each begins with; type is `{"type":"name","seq":` */
static inline __attribute__((always_inline)) char *
begin(char *p, struct printer *r, struct span type, const struct event *e)
{
	memcpy(p, type.ptr, type.len);
	p += type.len;
	p = put_counter(p, &r->seq, e->seq);
	p = PUT(p, ",\"in\":");
	return put_counter(p, &r->in, e->in);
}

#define BEGIN(p, r, type, e) begin((p), (r), SPAN_LIT("{\"type\":\"" type "\",\"seq\":"), (e))

/* s as a JSON string; what is not UTF-8 becomes U+FFFD. */
static char *
put_string(char *p, struct span s)
{
	struct buf b = {.ptr = p, .cap = PRINT_INPUT_MAX * 6 + 2, .max = PRINT_INPUT_MAX * 6 + 2};

	buf_json_string(&b, s);
	CHECK(buf_ok(&b));
	return p + b.len;
}

/* A number of a line? */
static bool
is_count(struct span value)
{
	if (value.len == 0 || value.len > 19 || value.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
	return true;
}

/* ---- the events ---- */

static char *
print_placed(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	const struct order *o = e->order;
	const struct symbol *s = e->symbol;

	p = e->type == EVENT_ACK ? BEGIN(p, r, "ack", e) : BEGIN(p, r, "triggered", e);
	p = PUT(p, ",\"id\":\"");
	p = put_id(p, o);
	p = put_account(p, m, o->account);
	p = put_symbol(p, s);
	p = o->side == BUY ? PUT(p, ",\"side\":\"buy\"") : PUT(p, ",\"side\":\"sell\"");
	if (o->px)
		p = put_px(p, s, o->px);
	p = PUT(p, ",\"sz\":\"");
	p = put_lots(p, s, o->open);
	if (o->display) {
		p = PUT(p, ",\"displaySz\":\"");
		p = put_lots(p, s, o->display);
	}
	if (o->trigger) {
		p = PUT(p, ",\"triggerPx\":\"");
		p += grid_print(&s->tick, o->trigger, p);
		p = PUT(p, "\",\"triggerPxType\":\"");
		p = o->trigger_by == TRIGGER_LAST ? PUT(p, "last\"") : PUT(p, "oracle\"");
	}
	if (e->amended)
		p = PUT(p, ",\"amended\":true");
	return put_ts(p, r, e);
}

static char *
print_pool_amounts(char *p, const struct event *e)
{
	const struct symbol *s = e->symbol;
	struct span base = {s->name, s->base_len};
	struct span quote = {s->name + s->base_len + 1, (size_t)(s->name_len - s->base_len - 1)};

	p = PUT(p, ",\"quoteSz\":\"");
	p = put_amount(p, s, e->quote);
	p = PUT(p, ",\"fee\":\"");
	p = e->side == BUY ? put_amount(p, s, e->fee) : put_lots(p, s, e->fee);
	return put_name(p, SPAN_LIT(",\"feeCcy\":\""), e->side == BUY ? quote : base);
}

static char *
put_pool_name(char *p, const struct symbol *s)
{
	p = PUT(p, "pool:");
	p = put(p, (struct span){s->name, s->name_len});
	*p++ = '"';
	return p;
}

static char *
print_trade(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	const struct symbol *s = e->symbol;
	const struct order *t = e->order, *k = e->maker;

	p = BEGIN(p, r, "trade", e);
	p = PUT(p, ",\"tradeId\":\"");
	p = digits_put(p, e->trade_id);
	*p++ = '"';
	p = put_symbol(p, s);
	p = put_px(p, s, e->px);
	p = PUT(p, ",\"sz\":\"");
	p = put_lots(p, s, e->sz);
	if (!k)
		p = print_pool_amounts(p, e);
	if (e->has_side)
		p = e->side == BUY ? PUT(p, ",\"side\":\"buy\"") : PUT(p, ",\"side\":\"sell\"");
	p = PUT(p, ",\"makerId\":\"");
	p = k ? put_id(p, k) : put_pool_name(p, s);
	p = PUT(p, ",\"takerId\":\"");
	p = put_id(p, t);
	if (!k) {
		p = PUT(p, ",\"makerAccount\":\"");
		p = put_pool_name(p, s);
	} else if (k->account) {
		p = PUT(p, ",\"makerAccount\":\"");
		p = put_owner(p, m, k->account);
	}
	if (t->account) {
		p = PUT(p, ",\"takerAccount\":\"");
		p = put_owner(p, m, t->account);
	}
	if (e->rfq)
		p = PUT(p, ",\"rfq\":true");
	return put_ts(p, r, e);
}

static char *
print_done(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	const struct order *o = e->order;

	p = BEGIN(p, r, "done", e);
	p = PUT(p, ",\"id\":\"");
	p = put_id(p, o);
	p = put_account(p, m, o->account);
	p = put_symbol(p, e->symbol);
	p = e->reason == DONE_FILLED ? PUT(p, ",\"state\":\"filled\"")
				     : PUT(p, ",\"state\":\"canceled\"");
	p = PUT(p, ",\"accFillSz\":\"");
	p = put_lots(p, e->symbol, o->filled);
	p = PUT(p, ",\"leftSz\":\"");
	p = put_lots(p, e->symbol, o->open);
	if (e->reason == DONE_FILLED)
		p = PUT(p, ",\"reason\":\"filled\"");
	else
		p = put_name(p, SPAN_LIT(",\"reason\":\""), span_of(done_reason_name(e->reason)));
	return put_ts(p, r, e);
}

static char *
put_decimal(char *p, struct decimal d)
{
	return p + decimal_print(d, p);
}

static char *
print_symbol(char *p, struct printer *r, const struct event *e)
{
	const struct symbol *s = e->symbol;

	p = BEGIN(p, r, "symbol", e);
	p = put_symbol(p, s);
	p = PUT(p, ",\"tickSz\":\"");
	p += grid_print(&s->tick, 1, p);
	p = PUT(p, "\",\"lotSz\":\"");
	p = put_lots(p, s, 1);
	if (s->deviation.coef) {
		p = PUT(p, ",\"maxDeviation\":\"");
		p = put_decimal(p, s->deviation);
		*p++ = '"';
	}
	return put_ts(p, r, e);
}

static char *
print_rfq(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	static const char *const states[] = {"open", "filled", "canceled", "expired"};
	const struct rfq *q = e->rfq;

	p = BEGIN(p, r, "rfq", e);
	p = put_name(p, SPAN_LIT(",\"id\":\""), (struct span){q->id, q->id_len});
	p = put_account(p, m, q->account);
	p = put_symbol(p, e->symbol);
	p = put_name(p, SPAN_LIT(",\"side\":\""), span_of(side_names[q->side]));
	p = PUT(p, ",\"sz\":\"");
	p = put_lots(p, e->symbol, q->sz);
	if (q->px)
		p = put_px(p, e->symbol, q->px);
	p = put_name(p, SPAN_LIT(",\"state\":\""), span_of(states[e->rfq_state]));
	return put_ts(p, r, e);
}

static char *
print_rfq_quote(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	const struct rfq *q = e->rfq;
	const struct rfq_answer *a = e->answer;

	p = BEGIN(p, r, "rfq_quote", e);
	p = put_name(p, SPAN_LIT(",\"id\":\""), (struct span){a->id, a->id_len});
	p = put_account(p, m, a->account);
	p = put_symbol(p, e->symbol);
	p = put_name(p, SPAN_LIT(",\"rfq\":\""), (struct span){q->id, q->id_len});
	p = put_name(p, SPAN_LIT(",\"requester\":\""), names_text(&m->accounts, q->account));
	p = put_px(p, e->symbol, a->px);
	return put_ts(p, r, e);
}

static char *
put_holdings(char *p, const struct event *e)
{
	p = PUT(p, ",\"base\":\"");
	p = put_lots(p, e->symbol, e->sz);
	p = PUT(p, ",\"quote\":\"");
	p = put_amount(p, e->symbol, e->quote);
	p = PUT(p, ",\"shares\":\"");
	p = digits_put(p, (uint64_t)e->shares);
	*p++ = '"';
	return p;
}

static char *
print_liquidity(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	p = BEGIN(p, r, "liquidity", e);
	p = put_account(p, m, e->account);
	p = put_symbol(p, e->symbol);
	p = e->add ? PUT(p, ",\"action\":\"add\"") : PUT(p, ",\"action\":\"remove\"");
	return put_ts(put_holdings(p, e), r, e);
}

static char *
print_pool(char *p, struct printer *r, const struct event *e)
{
	p = BEGIN(p, r, "pool", e);
	p = put_symbol(p, e->symbol);
	p = put_holdings(p, e);
	p = PUT(p, ",\"feeRate\":\"");
	p = put_decimal(p, (struct decimal){e->symbol->amm.fee_ppm, 6});
	*p++ = '"';
	return put_ts(p, r, e);
}

static char *
print_price(char *p, struct printer *r, const struct event *e)
{
	p = BEGIN(p, r, "price", e);
	p = put_symbol(p, e->symbol);
	p = PUT(p, ",\"px\":\"");
	p = put_decimal(p, e->symbol->oracle);
	*p++ = '"';
	p = put_name(p, SPAN_LIT(",\"source\":\""), e->message->m[M_SOURCE]);
	return put_ts(p, r, e);
}

static char *
print_auction(char *p, struct printer *r, const struct event *e)
{
	p = BEGIN(p, r, "auction", e);
	p = put_symbol(p, e->symbol);
	p = e->opened ? PUT(p, ",\"phase\":\"open\"") : PUT(p, ",\"phase\":\"uncross\"");
	if (e->sz) {
		p = put_px(p, e->symbol, e->px);
		p = PUT(p, ",\"sz\":\"");
		p = put_lots(p, e->symbol, e->sz);
	}
	return put_ts(p, r, e);
}

static char *
print_mass_cancel(char *p, struct printer *r, const struct event *e)
{
	p = BEGIN(p, r, "mass_cancel", e);
	p = put_name(p, SPAN_LIT(",\"account\":\""), e->message->m[M_ACCOUNT]);
	p = put_name(p, SPAN_LIT(",\"symbol\":\""), e->message->m[M_SYMBOL]);
	p = PUT(p, ",\"count\":");
	return digits_put(p, e->count);
}

static char *
print_quote(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	p = BEGIN(p, r, "quote", e);
	p = put_name(p, SPAN_LIT(",\"id\":\""), e->message->m[M_ID]);
	p = put_account(p, m, e->account);
	p = put_symbol(p, e->symbol);
	return put_ts(p, r, e);
}

static char *
print_reject(char *p, struct printer *r, const struct event *e)
{
	struct span line = e->line;

	if (line.len > PRINT_INPUT_MAX)
		line.len = PRINT_INPUT_MAX;
	p = BEGIN(p, r, "reject", e);
	if (e->message->m[M_ID].ptr && message_is_name(e->message->m[M_ID]))
		p = put_name(p, SPAN_LIT(",\"id\":\""), e->message->m[M_ID]);
	if (e->reject == REJECT_JSON) {
		p = put_name(p, SPAN_LIT(",\"reason\":\""),
			     span_of(json_error_code(e->fault->json)));
		p = put_name(p, SPAN_LIT(",\"msg\":\""), span_of(json_error_text(e->fault->json)));
	} else {
		p = put_name(p, SPAN_LIT(",\"reason\":\""), span_of(reject_code(e->reject)));
		p = put_name(p, SPAN_LIT(",\"msg\":\""), span_of(reject_text(e->reject)));
		if (e->fault->member != MEMBERS && e->fault->error != MESSAGE_OK) {
			p--;
			p = PUT(p, ": ");
			p = put(p, span_of(member_names[e->fault->member]));
			*p++ = '"';
		}
	}
	p = PUT(p, ",\"input\":");
	return put_string(p, line);
}

/*
 * The members of a reject that others printed, as they stand; but `seq` and `in` are ours, and
 * theirs of `in` is `passed` (0: they said none). So that who wrote it does not take it for an
 * answer to what it let in.
 */
static char *
print_passed(char *p, struct printer *r, const struct event *e)
{
	struct span record = json_trim(e->line), key, value, passed = SPAN_LIT("0");

	for (struct json_walk w = json_walk(record); json_next_member(&w, &key, &value);)
		if (json_key_is(key, "in") && is_count(value))
			passed = value;
	p = BEGIN(p, r, "reject", e);
	p = PUT(p, ",\"passed\":");
	p = put(p, passed);
	for (struct json_walk w = json_walk(record); json_next_member(&w, &key, &value);) {
		if (json_key_is(key, "type") || json_key_is(key, "seq") || json_key_is(key, "in") ||
		    json_key_is(key, "passed"))
			continue;
		p = PUT(p, ",\"");
		p = put(p, key);
		p = PUT(p, "\":");
		p = put(p, value);
	}
	return p;
}

static char *
print_end(char *p, struct printer *r, const struct event *e)
{
	p = BEGIN(p, r, "end", e);
	p = PUT(p, ",\"count\":");
	return digits_put(p, e->count);
}

static char *
print_kind(char *p, struct printer *r, const struct market *m, const struct event *e)
{
	switch (e->type) {
	case EVENT_ACK:
	case EVENT_TRIGGERED: return print_placed(p, r, m, e);
	case EVENT_TRADE: return print_trade(p, r, m, e);
	case EVENT_DONE: return print_done(p, r, m, e);
	case EVENT_SYMBOL: return print_symbol(p, r, e);
	case EVENT_MASS_CANCEL: return print_mass_cancel(p, r, e);
	case EVENT_QUOTE: return print_quote(p, r, m, e);
	case EVENT_RFQ: return print_rfq(p, r, m, e);
	case EVENT_RFQ_QUOTE: return print_rfq_quote(p, r, m, e);
	case EVENT_LIQUIDITY: return print_liquidity(p, r, m, e);
	case EVENT_POOL: return print_pool(p, r, e);
	case EVENT_PRICE: return print_price(p, r, e);
	case EVENT_AUCTION: return print_auction(p, r, e);
	case EVENT_WATERMARK: return put_ts(BEGIN(p, r, "watermark", e), r, e);
	case EVENT_REJECT: return print_reject(p, r, e);
	case EVENT_PASSED: return print_passed(p, r, e);
	case EVENT_END: return print_end(p, r, e);
	}
	return p;
}

char *
print_event(char *out, struct printer *printer, const struct market *m, const struct event *e)
{
	char *p = print_kind(out, printer, m, e);

	*p++ = '}';
	*p++ = '\n';
	CHECK((size_t)(p - out) <= PRINT_MAX);
	return p;
}
