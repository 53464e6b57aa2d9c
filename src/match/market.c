#include "market_parts.h"

#include "check.h"

#include <stdlib.h>

/* ---- events ---- */

static void
emit_reject(struct market *m, struct span line, enum reject why)
{
	m->rejects++;
	market_emit(m, &(struct event){.type = EVENT_REJECT,
				       .reject = why,
				       .message = &m->message,
				       .fault = &m->fault,
				       .line = line});
}

/* ---- room ---- */

/* What the longest quote may add. Every other line adds less. */
#define ROOM (2 * QUOTE_LEVELS_MAX)

static bool
symbol_room(struct market *m, struct symbol *s)
{
	uint32_t n = m->message.type == MESSAGE_QUOTE ? ROOM : 1;
	bool ok = pool_reserve(&m->pool, n) && index_reserve(&m->index, n);

	for (int side = BUY; ok && side <= SELL; side++)
		/* what waits may come to the book in one line, all of it */
		ok = side_reserve(&s->sides[side], n + s->stops_n + 1) &&
		     side_reserve(&s->stops[TRIGGER_LAST][side], 1) &&
		     side_reserve(&s->stops[TRIGGER_ORACLE][side], 1);
	if (ok && (m->message.m[M_EXPIRE_TS].ptr || m->message.type == MESSAGE_AMEND))
		ok = expiry_reserve(m, s, n);
	if (ok && m->message.type == MESSAGE_QUOTE)
		ok = quote_reserve(s);
	if (ok && m->message.type == MESSAGE_RFQ)
		ok = rfq_reserve(s);
	if (ok && m->message.type == MESSAGE_LIQUIDITY)
		ok = liquidity_reserve(s);
	if (ok && s->stops_n >= m->triggered_cap) {
		void *list = m->triggered;

		ok = market_grow(&list, &m->triggered_cap, s->stops_n + 1, sizeof(uint32_t));
		m->triggered = list;
	}
	return ok;
}

static bool
make_room(struct market *m, struct symbol *s)
{
	uint32_t names = m->message.type == MESSAGE_RFQ ? RFQ_ACCOUNTS_MAX + 1 : 2;

	if (m->message.type == MESSAGE_MASS_CANCEL) {
		void *list = m->scratch;
		bool ok = market_grow(&list, &m->scratch_cap, m->pool.live + 1, sizeof(uint32_t));

		m->scratch = list;
		return ok;
	}
	return names_reserve(&m->accounts, names) && (!s || symbol_room(m, s));
}

/* ---- one line ---- */

static enum reject
parse_reject(enum message_error e)
{
	switch (e) {
	case MESSAGE_OK: return REJECT_NONE;
	case MESSAGE_E_JSON: return REJECT_JSON;
	case MESSAGE_E_OBJECT: return REJECT_NOT_OBJECT;
	case MESSAGE_E_TWICE: return REJECT_TWICE;
	case MESSAGE_E_TYPE: return REJECT_TYPE;
	case MESSAGE_E_MISSING: return REJECT_MISSING;
	case MESSAGE_E_MEMBER: return REJECT_MEMBER;
	case MESSAGE_E_NAME: return REJECT_NAME;
	}
	return REJECT_TYPE;
}

static enum reject
take_watermark(struct market *m)
{
	for (uint32_t i = 0; i < m->symbol_names.n; i++)
		expiry_advance(m, &m->symbols[i], m->message.ts);
	market_emit(m, &(struct event){.type = EVENT_WATERMARK, .ts = m->message.ts});
	return REJECT_NONE;
}

static enum reject
take_end(struct market *m)
{
	struct span text = m->message.m[M_COUNT];
	char count[24];
	size_t n = sizeof count;
	uint64_t v = m->in - 1;

	do
		count[--n] = (char)('0' + v % 10);
	while (v /= 10);
	if (!span_equal(text, (struct span){count + n, sizeof count - n}))
		return REJECT_END_COUNT;
	market_emit(m, &(struct event){.type = EVENT_END, .count = m->seq});
	return REJECT_NONE;
}

/* A line that was refused before it came here is told among the events, in its place. */
static enum reject
pass_reject(struct market *m, struct span line)
{
	if (line.len > PASSED_BYTES_MAX)
		return REJECT_TOO_LONG;
	market_emit(m, &(struct event){.type = EVENT_PASSED, .line = line});
	return REJECT_NONE;
}

static enum reject
dispatch(struct market *m, struct symbol *s)
{
	switch (m->message.type) {
	case MESSAGE_NONE:
	case MESSAGE_SYMBOL: break;
	case MESSAGE_ORDER: return order_enter(m, s);
	case MESSAGE_CANCEL: return order_cancel(m, s);
	case MESSAGE_AMEND: return order_amend(m, s);
	case MESSAGE_MASS_CANCEL: return order_mass_cancel(m);
	case MESSAGE_QUOTE: return quote_replace(m, s);
	case MESSAGE_RFQ: return rfq_open(m, s);
	case MESSAGE_RFQ_QUOTE: return rfq_answer(m, s);
	case MESSAGE_RFQ_ACCEPT: return rfq_accept(m, s);
	case MESSAGE_LIQUIDITY: return liquidity_change(m, s);
	case MESSAGE_PRICE: return oracle_price(m, s);
	case MESSAGE_AUCTION: return auction_phase(m, s);
	case MESSAGE_WATERMARK: return take_watermark(m);
	case MESSAGE_END: return take_end(m);
	case MESSAGE_REJECT: break;
	}
	return REJECT_TYPE;
}

/* The symbol that the line is about; NULL: none, or none that is known. */
static struct symbol *
find_symbol(struct market *m)
{
	struct span name = m->message.m[M_SYMBOL];
	struct symbol *s;
	uint32_t i;

	if (!name.ptr)
		return NULL;
	if (m->symbol_latest) {
		s = &m->symbols[m->symbol_latest - 1];
		if (s->name_len == name.len && name_same(s->name, name.ptr, name.len))
			return s;
	}
	i = names_find(&m->symbol_names, name);
	if (i == 0)
		return NULL;
	m->symbol_latest = i;
	return &m->symbols[i - 1];
}

static enum reject
apply(struct market *m, struct symbol *s, struct span line)
{
	if (m->message.type == MESSAGE_REJECT)
		return pass_reject(m, line);
	if (s)
		expiry_advance(m, s, m->message.ts);
	else if (m->message.m[M_SYMBOL].ptr)
		return REJECT_SYMBOL_UNKNOWN;
	return dispatch(m, s);
}

/* The line stands in m->message, unless it is to be refused. */
static inline bool
take_message(struct market *m, struct span line, enum reject why)
{
	struct symbol *s = NULL;
	bool ok = true;

	if (why == REJECT_NONE)
		s = find_symbol(m);
	if (why == REJECT_NONE && !make_room(m, s))
		return false;
	m->in++;
	if (why == REJECT_NONE && m->message.type == MESSAGE_SYMBOL)
		why = symbol_define(m, &ok);
	else if (why == REJECT_NONE)
		why = apply(m, s, line);
	if (!ok) {
		m->in--;
		return false;
	}
	if (why != REJECT_NONE)
		emit_reject(m, line, why);
	stop_run(m);
	return true;
}

static void
no_fault(struct market *m)
{
	m->fault = (struct message_fault){.error = MESSAGE_OK, .member = MEMBERS};
}

bool
market_apply(struct market *m, struct span line, bool too_long)
{
	enum reject why = REJECT_TOO_LONG;

	no_fault(m);
	if (too_long)
		message_clear(&m->message);
	else if (message_parse(line, &m->message, &m->fault))
		why = REJECT_NONE;
	else
		why = parse_reject(m->fault.error);
	return take_message(m, line, why);
}

bool
market_apply_brief(struct market *m, struct span line, const struct brief *b)
{
	no_fault(m);
	brief_recall(b, line.ptr, &m->message);
	return take_message(m, line, REJECT_NONE);
}

/* ---- the whole ---- */

bool
market_init(struct market *m, void (*emit)(void *context, const struct event *e), void *context)
{
	*m = (struct market){.emit = emit, .context = context};
	return names_init(&m->symbol_names) && names_init(&m->accounts) && pool_init(&m->pool) &&
	       index_init(&m->index);
}

void
market_set_key(struct market *m, struct name_key key)
{
	CHECK(m->in == 0);
	m->symbol_names.key = m->accounts.key = m->index.key = key;
}

void
market_release(struct market *m)
{
	for (uint32_t i = 0; i < m->symbol_names.n; i++)
		symbol_release(&m->symbols[i]);
	free(m->symbols);
	free(m->triggered);
	free(m->scratch);
	names_release(&m->symbol_names);
	names_release(&m->accounts);
	pool_release(&m->pool);
	index_release(&m->index);
}
