#include "kept.h"

#include <stdlib.h>

bool
kept_init(struct kept *k, size_t cap)
{
	*k = (struct kept){.cap = cap};
	if (cap)
		k->ring = malloc(cap * sizeof *k->ring);
	return cap == 0 || k->ring;
}

void
kept_release(struct kept *k)
{
	free(k->ring);
	*k = (struct kept){0};
}

void
kept_add(struct kept *k, uint32_t symbol, const struct trade *t)
{
	if (k->cap == 0)
		return;
	k->ring[k->next] = (struct kept_trade){*t, symbol, false};
	k->next = k->next + 1 == k->cap ? 0 : k->next + 1;
	if (k->n < k->cap)
		k->n++;
}

struct kept_trade *
kept_find(const struct kept *k, uint32_t symbol, uint64_t id)
{
	for (size_t i = 0; i < k->n; i++) {
		struct kept_trade *t = &k->ring[(k->next + k->cap - 1 - i) % k->cap];

		if (t->symbol == symbol && t->trade.id == id && !t->gone)
			return t;
	}
	return NULL;
}

bool
kept_sum(const struct kept *k, uint32_t symbol, int64_t start_us, int64_t end_us, struct bar *out)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct kept_trade *t = &k->ring[i];

		if (t->symbol == symbol && !t->gone && t->trade.ts_us >= start_us &&
		    t->trade.ts_us < end_us && !bar_add(out, &t->trade))
			return false;
	}
	return true;
}
