/* numbers.c: prices, sizes and fractions of a request. */
#include "market_parts.h"

enum reject
number_px(const struct symbol *s, struct span text, int64_t *px)
{
	switch (grid_parse(&s->tick, text, px)) {
	case GRID_OK: return *px ? REJECT_NONE : REJECT_PX;
	case GRID_E_SYNTAX: return REJECT_PX;
	case GRID_E_OFF: return REJECT_PX_OFF_TICK;
	case GRID_E_LARGE: return REJECT_PX_LARGE;
	}
	return REJECT_PX;
}

enum reject
number_sz(const struct symbol *s, struct span text, int64_t *sz)
{
	switch (grid_parse(&s->lot, text, sz)) {
	case GRID_OK: return *sz ? REJECT_NONE : REJECT_SZ;
	case GRID_E_SYNTAX: return REJECT_SZ;
	case GRID_E_OFF: return REJECT_SZ_OFF_LOT;
	case GRID_E_LARGE: return REJECT_SZ_LARGE;
	}
	return REJECT_SZ;
}

bool
number_fraction(struct span text, struct decimal *out)
{
	return decimal_parse(text, out) == DECIMAL_OK && text.ptr[0] != '-' && out->scale <= 9 &&
	       decimal_compare(*out, (struct decimal){1, 0}) < 0;
}
