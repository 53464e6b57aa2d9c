/*
 * kept: the newest trades of all symbols, in a ring, so that one that is cancelled or corrected can
 * be taken out again: high and low cannot be un-added, only found anew.
 */
#ifndef TP_KEPT_H
#define TP_KEPT_H

#include "bar.h"

struct kept_trade {
	struct trade trade;
	uint32_t symbol;
	bool gone; /* cancelled */
};

struct kept {
	struct kept_trade *ring;
	size_t cap, n, next;
};

/* cap 0: none are kept. False: no memory. */
bool kept_init(struct kept *k, size_t cap);
void kept_release(struct kept *k);

void kept_add(struct kept *k, uint32_t symbol, const struct trade *t);

/* The trade, or NULL when it is no longer (or never was) kept. */
struct kept_trade *kept_find(const struct kept *k, uint32_t symbol, uint64_t id);

/* Add up the trades of the symbol from start_us up to end_us. False: a sum overflows. */
bool kept_sum(const struct kept *k, uint32_t symbol, int64_t start_us, int64_t end_us,
	      struct bar *out);

#endif
