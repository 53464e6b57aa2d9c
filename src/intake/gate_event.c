#include "exposure.h"
#include "gate_parts.h"
#include "json.h"

static const struct decimal zero;

static struct gate_order *
event_order(struct gate *g, struct span account, struct span symbol, struct span id)
{
	return account.ptr ? gate_order_find(g, gate_account_find(g, account), symbol, id) : NULL;
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
	    !gate_account_make(g, e->account, &account) ||
	    !gate_holding_make(&g->accounts[account], base_name, &base) ||
	    !gate_holding_make(&g->accounts[account], quote_name, &quote))
		return NULL;
	o = gate_order_open(g, account, e->symbol, e->id);
	if (o)
		*o = (struct gate_order){
		    .account = account, .base = base, .quote = quote, .buy = e->buy};
	return o;
}

static void
on_ack(struct gate *g, const struct event *e)
{
	struct gate_order *o = event_order(g, e->account, e->symbol, e->id);

	if (!o)
		o = open_acked(g, e);
	if (!o)
		return;
	if (o->unanswered)
		o->unanswered--;
	if (e->has_px) {
		o->px = e->px;
		o->has_px = true;
	}
	if (e->has_sz)
		o->left = e->sz;
	gate_order_settle(g, o);
}

/* One side of a fill. A quote amount that could not be held (NULL) breaks the sums that it belongs
 * to. */
static void
on_fill(struct gate *g, const struct event *e, bool maker, const struct decimal *quote)
{
	struct span name = maker ? e->maker_account : e->taker_account, base_name, quote_name;
	struct gate_order *o = event_order(g, name, e->symbol, maker ? e->maker_id : e->taker_id);
	size_t account, base, quote_i;
	bool buy = e->has_side ? e->buy != maker : o && o->buy;

	if (!name.ptr || !incoming_symbol(e->symbol, &base_name, &quote_name))
		return;
	if (!e->has_side && !o) {
		g->unknown_sides++;
		return;
	}
	if (!gate_account_make(g, name, &account) ||
	    !gate_holding_make(&g->accounts[account], base_name, &base) ||
	    !gate_holding_make(&g->accounts[account], quote_name, &quote_i))
		return;
	exposure_fill(&g->accounts[account].holdings[base], buy, e->sz);
	if (quote)
		exposure_fill(&g->accounts[account].holdings[quote_i], !buy, *quote);
	else
		g->accounts[account].holdings[quote_i].broken = true;
	if (o && decimal_subtract(o->left, e->sz, &o->left) == DECIMAL_OK) {
		if (decimal_sign(o->left) < 0)
			o->left = zero;
		gate_order_settle(g, o);
	}
}

static void
on_trade(struct gate *g, const struct event *e)
{
	struct decimal quote = e->quote_sz;
	bool held = true;

	if (!e->symbol.ptr || !e->has_sz || (!e->has_px && !e->has_quote_sz))
		return;
	if (!e->has_quote_sz)
		held = decimal_multiply(e->px, e->sz, &quote) == DECIMAL_OK;
	on_fill(g, e, true, held ? &quote : NULL);
	on_fill(g, e, false, held ? &quote : NULL);
}

static void
on_done(struct gate *g, const struct event *e)
{
	struct gate_order *o = event_order(g, e->account, e->symbol, e->id);

	if (o)
		gate_order_close(g, o, e->symbol, e->id);
}

/* match repeats the line that it rejects: its account, and whether it was an amend, stand there. */
static void
on_reject(struct gate *g, const struct event *e)
{
	struct incoming m = {0};
	struct buf text;
	const char *why;
	struct gate_order *o;

	if (!e->input.ptr || e->input.len < 2 || e->input.ptr[0] != '"')
		return;
	buf_init(&text, e->input.len);
	json_decode(e->input, &text);
	if (buf_ok(&text))
		incoming_read(buf_span(&text), &m, &why);
	o = event_order(g, m.account, m.symbol, m.id);
	if (o && o->unanswered && m.kind == INCOMING_AMEND) {
		o->unanswered--;
		gate_order_settle(g, o);
	} else if (o && o->unanswered && m.kind == INCOMING_ORDER) {
		gate_order_close(g, o, m.symbol, m.id);
	}
	buf_release(&text);
}

/* No event of match's has names as long as these could be; a snapshot holds no longer ones. */
static bool
has_names(const struct event *e)
{
	const struct span all[] = {e->id,	    e->account,	      e->symbol,
				   e->maker_id,	    e->maker_account, e->taker_id,
				   e->taker_account};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i].len > GATE_NAME_BYTES)
			return false;
	return true;
}

/* Is it new? Then it is noted. */
static bool
take_seq(struct gate *g, uint64_t seq)
{
	if (seq <= g->events_seq)
		return false;
	if (g->events_seq)
		g->events_missed += seq - g->events_seq - 1;
	g->events_seq = seq;
	return true;
}

bool
gate_event(struct gate *g, const struct event *e)
{
	/* one without a seq is not of match's stream */
	if (!e->has_seq || !take_seq(g, e->seq) || !g->options.track || !g->options.releases ||
	    !has_names(e))
		return false;
	switch (e->type) {
	case EVENT_ACK: on_ack(g, e); break;
	case EVENT_TRADE: on_trade(g, e); break;
	case EVENT_DONE: on_done(g, e); break;
	case EVENT_REJECT:
		/* our own, of a line that match never saw; what another one took out behind us we
		 * had let in */
		if (e->passed && !e->by)
			return false;
		on_reject(g, e);
		break;
	case EVENT_OTHER:
	case EVENT_TRIGGERED:
	case EVENT_BOOK:
	case EVENT_SNAP: return false;
	}
	g->events_logged = e->seq;
	return true;
}
