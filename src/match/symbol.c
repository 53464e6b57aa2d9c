/* symbol.c: a symbol comes to the market. */
#include "market_parts.h"

#include <stdlib.h>

/* BASE-QUOTE, one hyphen, both there. */
static bool
is_symbol(struct span name, size_t *base_len)
{
	const char *hyphen = memchr(name.ptr, '-', name.len);

	if (!hyphen || hyphen == name.ptr || hyphen == name.ptr + name.len - 1 ||
	    memchr(hyphen + 1, '-', (size_t)(name.ptr + name.len - hyphen - 1)))
		return false;
	*base_len = (size_t)(hyphen - name.ptr);
	return true;
}

void
symbol_release(struct symbol *s)
{
	for (int i = BUY; i <= SELL; i++) {
		side_release(&s->sides[i]);
		side_release(&s->stops[TRIGGER_LAST][i]);
		side_release(&s->stops[TRIGGER_ORACLE][i]);
	}
	free(s->amm.of);
	free(s->expiries);
	free(s->rfqs);
	free(s->quotes);
	free(s->quotes_of);
}

void
symbol_sides(struct symbol *s)
{
	s->sides[SELL].low_first = true;
	for (int by = TRIGGER_LAST; by <= TRIGGER_ORACLE; by++)
		s->stops[by][BUY].low_first = true;
}

static enum reject
read_grids(const struct message *r, struct symbol *s)
{
	if (grid_init(&s->tick, r->m[M_TICK_SZ]) != GRID_OK)
		return REJECT_PX;
	if (grid_init(&s->lot, r->m[M_LOT_SZ]) != GRID_OK)
		return REJECT_SZ;
	s->deviation = (struct decimal){0, 0};
	if (r->m[M_MAX_DEVIATION].ptr && !number_fraction(r->m[M_MAX_DEVIATION], &s->deviation))
		return REJECT_BAND;
	return REJECT_NONE;
}

/* Only the deviation may change. */
static enum reject
change(struct market *m, struct symbol *s, const struct symbol *given)
{
	if (memcmp(&s->tick, &given->tick, sizeof s->tick) != 0 ||
	    memcmp(&s->lot, &given->lot, sizeof s->lot) != 0)
		return REJECT_SYMBOL_CHANGED;
	expiry_advance(m, s, m->message.ts);
	s->deviation = given->deviation;
	oracle_band(s);
	market_emit(m, &(struct event){.type = EVENT_SYMBOL, .symbol = s});
	return REJECT_NONE;
}

enum reject
symbol_define(struct market *m, bool *ok)
{
	const struct message *r = &m->message;
	struct span name = r->m[M_SYMBOL];
	struct symbol given = {0};
	enum reject why = read_grids(r, &given);
	size_t base_len;
	void *list = m->symbols;
	uint32_t i;

	if (why != REJECT_NONE)
		return why;
	if (!is_symbol(name, &base_len))
		return REJECT_SYMBOL_NAME;
	i = names_find(&m->symbol_names, name);
	if (i)
		return change(m, &m->symbols[i - 1], &given);
	if (m->symbol_names.n == SYMBOLS_MAX)
		return REJECT_SYMBOLS_FULL;
	*ok = names_reserve(&m->symbol_names, 1) &&
	      market_grow(&list, &m->symbols_cap, m->symbol_names.n + 1, sizeof *m->symbols);
	m->symbols = list;
	if (!*ok)
		return REJECT_SYMBOLS_FULL;
	memcpy(given.name, name.ptr, name.len);
	given.name_len = (unsigned char)name.len;
	given.base_len = (unsigned char)base_len;
	given.ts = r->ts < 0 ? 0 : r->ts;
	symbol_sides(&given);
	i = names_put(&m->symbol_names, name);
	m->symbols[i - 1] = given;
	market_emit(m, &(struct event){.type = EVENT_SYMBOL, .symbol = &m->symbols[i - 1]});
	return REJECT_NONE;
}
