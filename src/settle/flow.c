#include "flow.h"

#include "diag.h"
#include "tool.h"

#include <errno.h>
#include <stdlib.h>

/* How long after its confirmation a payment of an earlier run is looked at again: deeper
 * reorganisations than that are for the reconciliation to find. */
#define WATCH_AGAIN_US (24 * 3600 * INT64_C(1000000))
/* An operator may want to retry what has failed. */
#define FAILED_KEPT_US (7 * 24 * 3600 * INT64_C(1000000))

/* ---- start ---- */

void
flow_start(struct flow *f)
{
	f->chains_n = f->config.chains_n;
	for (size_t i = 0; i < f->chains_n; i++) {
		struct flow_chain *c = &f->chains[i];

		c->config = &f->config.chains[i];
		c->flow = f;
		child_init(&c->child, c->config->name, c->config->adapter, c->config->timeout_us);
		child_init(&c->signer, "signer", c->config->signer, 60000000);
	}
	child_init(&f->signer, "signer", f->config.signer, 60000000);
	child_init(&f->screener, "screener", f->config.screener, 60000000);
	for (size_t i = 0; i < f->book.swaps_n; i++)
		flow_add_swap(f, f->book.swaps[i]);
}

/* NULL: no more. */
struct child *
flow_child(struct flow *f, size_t i)
{
	if (i < f->chains_n)
		return &f->chains[i].child;
	if (i < 2 * f->chains_n)
		return &f->chains[i - f->chains_n].signer;
	return i == 2 * f->chains_n ? &f->signer : i == 2 * f->chains_n + 1 ? &f->screener : NULL;
}

/* ---- what is not over ---- */

static void *
room(void *list, size_t n, size_t *cap)
{
	void *more;

	if (n < *cap)
		return list;
	*cap = *cap ? 2 * *cap : 256;
	more = realloc(list, *cap * sizeof(void *));
	if (!more)
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	return more;
}

static void
watch(struct flow *f, struct leg *l)
{
	if (l->live.watched)
		return;
	l->live.watched = true;
	l->live.fresh_us = f->now_us;
	f->open = room(f->open, f->open_n, &f->open_cap);
	f->open[f->open_n++] = l;
}

static bool
worth_watching(const struct flow *f, const struct leg *l)
{
	if (!leg_over(l))
		return true;
	return l->status == LEG_CONFIRMED && f->clock_us - l->since_us < WATCH_AGAIN_US;
}

void
flow_add_swap(struct flow *f, struct swap *s)
{
	bool listed = false;

	for (size_t i = 0; i < s->legs_n; i++)
		if (worth_watching(f, s->legs[i]))
			watch(f, s->legs[i]);
	for (size_t i = f->pending_n; i-- > 0 && !listed;)
		listed = f->pending[i] == s;
	if (listed || (s->over && !s->held))
		return;
	f->pending = room(f->pending, f->pending_n, &f->pending_cap);
	f->pending[f->pending_n++] = s;
}

/* Confirmed twice over, or come to another end. */
static bool
done_with(struct flow *f, const struct leg *l)
{
	const struct flow_chain *c = flow_chain_of(f, l);

	if (!leg_over(l) || l->live.asked)
		return false;
	return l->status != LEG_CONFIRMED || !c ||
	       l->live.confirmations >= 2 * c->config->confirmations;
}

void
flow_forget_finished(struct flow *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->open_n; i++) {
		if (done_with(f, f->open[i]))
			f->open[i]->live.watched = false;
		else
			f->open[n++] = f->open[i];
	}
	f->open_n = n;
	n = 0;
	for (size_t i = 0; i < f->pending_n; i++)
		if (!f->pending[i]->over || f->pending[i]->held)
			f->pending[n++] = f->pending[i];
	f->pending_n = n;
}

bool
flow_done_with_swap(const struct flow *f, const struct swap *s)
{
	if (!s->over || s->held)
		return false;
	for (size_t i = 0; i < s->legs_n; i++) {
		const struct leg *l = s->legs[i];

		if (l->live.watched || l->live.asked ||
		    (l->status == LEG_FAILED && f->clock_us - l->since_us < FAILED_KEPT_US))
			return false;
	}
	return true;
}

bool
flow_needs_somebody(const struct flow *f)
{
	for (size_t i = 0; i < f->pending_n; i++)
		if (f->pending[i]->held)
			return true;
	return f->troubled;
}

bool
flow_idle(struct flow *f)
{
	for (size_t i = 0; i < f->pending_n; i++) {
		const struct swap *s = f->pending[i];

		if (!s->held && !s->over)
			return false;
		/* what is on its way is followed, held or not */
		for (size_t k = 0; k < s->legs_n; k++)
			if (s->legs[k]->status >= LEG_RELEASED && !leg_over(s->legs[k]) &&
			    flow_chain_of(f, s->legs[k]))
				return false;
	}
	return true;
}

/* ---- trying again ---- */

static uint64_t
draw(struct flow *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * UINT64_C(2685821657736338717);
}

void
flow_later(struct flow *f, struct leg *l)
{
	int64_t pause = f->config.retry_us;

	for (unsigned i = 0; i < l->live.tries && pause < f->config.retry_max_us; i++)
		pause *= 2;
	if (pause > f->config.retry_max_us)
		pause = f->config.retry_max_us;
	/* half of it for certain, half by lot: legs that failed together do not come back together
	 */
	l->live.next_us = f->now_us + pause / 2 + (int64_t)(draw(f) % (uint64_t)(pause / 2 + 1));
	l->live.tries++;
}

void
flow_went_well(struct leg *l)
{
	l->live.tries = 0;
	l->live.next_us = 0;
}

void
flow_hold(struct flow *f, struct swap *s, const char *code)
{
	if (s->held)
		return;
	diag(DIAG_WARNING, "held", diag_str("swap", s->id), diag_str("code", code));
	journal_hold(f, s, code);
}
