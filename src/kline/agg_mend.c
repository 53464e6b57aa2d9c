#include "agg_parts.h"
#include "check.h"

/* What the bar of interval k would be without (or with another) trade, from the trades or the bars
 * below. */
static enum agg_verdict
rebuild(const struct agg *a, const struct agg_symbol *s, size_t k, const struct bar *old,
	const struct bar fresh[], struct bar *out)
{
	int source = a->options.intervals.list[k].source;
	int64_t end_us = old->start_us + agg_width(a, k);

	*out = (struct bar){.start_us = old->start_us,
			    .version = old->version,
			    .partial = old->partial,
			    .closed = old->closed};
	if (source < 0) {
		return kept_sum(&a->kept, a->last, old->start_us, end_us, out) ? AGG_OK
									       : AGG_E_OVERFLOW;
	}
	for (size_t i = series_at(&s->done[source], old->start_us);
	     i < s->done[source].end && s->done[source].bars[i].start_us < end_us; i++) {
		const struct bar *b = &s->done[source].bars[i];

		if (b->start_us == fresh[source].start_us)
			b = &fresh[source];
		if (!bar_merge(out, b))
			return AGG_E_OVERFLOW;
	}
	return AGG_OK;
}

/* Put the rebuilt bars in the places of the old and tell those that have closed. */
static void
replace(struct agg *a, struct agg_symbol *s, const struct bar fresh[], const bool touched[])
{
	for (size_t k = 0; k < a->options.intervals.n; k++) {
		struct bar *b;

		if (!touched[k])
			continue;
		b = fresh[k].closed ? series_find(&s->done[k], fresh[k].start_us) : &s->open[k];
		CHECK(b && b->start_us == fresh[k].start_us);
		*b = fresh[k];
		b->changed = true;
		if (b->closed)
			agg_tell_again(a, s, k, b);
	}
}

/* Make the bars of the trade's windows anew. less: how many trades they must have lost. */
static enum agg_verdict
remake(struct agg *a, struct agg_symbol *s, int64_t ts_us, uint64_t less)
{
	const struct intervals *v = &a->options.intervals;
	struct bar fresh[INTERVALS_MAX];
	bool touched[INTERVALS_MAX] = {0};

	for (size_t k = 0; k < v->n; k++) {
		int64_t start_us = agg_window(a, k, ts_us);
		int source = v->list[k].source;
		bool closed = start_us + agg_width(a, k) <= s->clock_us;
		const struct bar *old = closed ? series_find(&s->done[k], start_us) : &s->open[k];
		enum agg_verdict e;

		fresh[k].start_us = AGG_NO_BAR;
		/* it is still in the open bar below, which is made anew and will bring it */
		if (source >= 0 &&
		    agg_window(a, (size_t)source, ts_us) + agg_width(a, (size_t)source) >
			s->clock_us)
			continue;
		if (!old || old->start_us != start_us)
			return AGG_E_TOO_LATE;
		e = rebuild(a, s, k, old, fresh, &fresh[k]);
		if (e != AGG_OK)
			return e;
		/* something below is no longer kept: better the old bar than a wrong one */
		if (fresh[k].trades + less != old->trades)
			return AGG_E_TOO_LATE;
		touched[k] = true;
	}
	replace(a, s, fresh, touched);
	return AGG_OK;
}

static struct kept_trade *
find_kept(struct agg *a, struct span symbol, uint64_t id, struct agg_symbol **s)
{
	uint32_t *at = agg_place(a, symbol);

	if (*at == 0)
		return NULL;
	a->last = *at - 1;
	*s = a->symbols[a->last];
	return kept_find(&a->kept, a->last, id);
}

enum agg_verdict
agg_cancel(struct agg *a, struct span symbol, uint64_t id)
{
	struct agg_symbol *s;
	struct kept_trade *t = find_kept(a, symbol, id, &s);
	enum agg_verdict v;

	if (!t)
		return AGG_E_UNKNOWN;
	t->gone = true;
	v = remake(a, s, t->trade.ts_us, 1);
	if (v != AGG_OK)
		t->gone = false;
	return v;
}

enum agg_verdict
agg_correct(struct agg *a, struct span symbol, uint64_t id, int64_t px, int64_t sz,
	    decimal_int turnover)
{
	struct agg_symbol *s;
	struct kept_trade *t = find_kept(a, symbol, id, &s);
	struct trade old;
	enum agg_verdict v;

	if (!t)
		return AGG_E_UNKNOWN;
	old = t->trade;
	t->trade.px = px;
	t->trade.sz = sz;
	t->trade.turnover = turnover;
	v = remake(a, s, old.ts_us, 0);
	if (v != AGG_OK)
		t->trade = old;
	return v;
}
