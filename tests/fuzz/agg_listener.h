/* What every fuzz target of the aggregator holds it to when it tells of a bar, a gap or a trade
 * that came too late. */
#ifndef TP_AGG_LISTENER_H
#define TP_AGG_LISTENER_H

#include "agg.h"
#include "fuzz.h"

static inline void
check_prices(const struct bar *b)
{
	FUZZ_CHECK(b->trades == 0 || (b->low <= b->open && b->open <= b->high &&
				      b->low <= b->close && b->close <= b->high && b->low > 0));
}

static inline void
on_gap(void *context, struct span symbol, struct ids_run run, bool filled)
{
	(void)context;
	(void)symbol;
	FUZZ_CHECK(run.first && run.first <= run.last && (!filled || run.first == run.last));
}

static inline void
on_missed(void *context, struct span symbol, const struct interval *interval,
	  const struct trade *trade)
{
	(void)context;
	(void)symbol;
	(void)interval;
	FUZZ_CHECK(trade->id);
}

#endif
