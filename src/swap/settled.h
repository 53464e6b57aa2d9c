/*
 * settled: which trades are over for good: an answer for ever, in little memory.
 *
 * A swap's id is SYMBOL:TRADEID. Trade ids that are decimal numbers, as match gives them, are kept
 * as ranges of each symbol: where they rise by one, a symbol needs one range however many there
 * were. Any other id is kept as it is, at about 200 bytes.
 *
 * Pure: no I/O, no clock. settled_write() gives lines of JSON, in an order that depends on nothing
 * but what was added; settled_range() and settled_other() read them back.
 */
#ifndef TP_SETTLED_H
#define TP_SETTLED_H

#include "buf.h"
#include "keymap.h"

struct settled_range {
	uint64_t from, to;
};

struct settled_symbol {
	char *name;
	struct settled_range *ranges; /* ascending, with holes between them */
	size_t n, cap;
};

struct settled {
	struct keymap symbol_names, other_names;
	struct settled_symbol *symbols;
	size_t symbols_n, symbols_cap;
	char **others;
	size_t others_n, others_cap;
};

void settled_init(struct settled *s, const uint64_t secret[2]);
void settled_release(struct settled *s);

bool settled_has(const struct settled *s, struct span id);
void settled_add(struct settled *s, struct span id);

void settled_write(const struct settled *s, struct buf *out);
/* False: it does not stand behind what was added before. */
bool settled_range(struct settled *s, struct span symbol, uint64_t from, uint64_t to);
bool settled_other(struct settled *s, struct span id);

#endif
