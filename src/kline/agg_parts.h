/*
 * agg_parts: what agg.c and agg_mend.c (cancel and correct) share.
 */
#ifndef TP_AGG_PARTS_H
#define TP_AGG_PARTS_H

#include "agg.h"

#define AGG_NO_BAR INT64_C(-1)

static inline int64_t
agg_window(const struct agg *a, size_t k, int64_t ts_us)
{
	return interval_start(ts_us, a->options.intervals.list[k].width_us,
			      a->options.intervals.offset_us);
}

static inline int64_t
agg_width(const struct agg *a, size_t k)
{
	return a->options.intervals.list[k].width_us;
}

/* The place of the name in the table: its index + 1, or 0 for an empty one. */
uint32_t *agg_place(struct agg *a, struct span name);

/* A bar that was told as closed has another content now. */
void agg_tell_again(struct agg *a, const struct agg_symbol *s, size_t k, struct bar *b);

#endif
