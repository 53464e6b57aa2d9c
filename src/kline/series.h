/*
 * series: the finished bars of one symbol and interval that a late trade may still reach, by start.
 *
 * A vector that grows at its end and is cut at its beginning. A bar pointer is good until the next
 * series_put().
 */
#ifndef TP_SERIES_H
#define TP_SERIES_H

#include "bar.h"

struct series {
	struct bar *bars;
	size_t first, end, cap;
};

void series_release(struct series *s);

struct bar *series_find(const struct series *s, int64_t start_us);

/* The first bar that starts at or after start_us, as an index from s->first to s->end. */
size_t series_at(const struct series *s, int64_t start_us);

/* Put in a bar whose start no other has. NULL: no memory. */
struct bar *series_put(struct series *s, const struct bar *b);

/* Forget what starts before start_us. */
void series_cut(struct series *s, int64_t start_us);

#endif
