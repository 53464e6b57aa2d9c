/* drive: what is to be done next, by the book alone. */
#include "drive_parts.h"

/* Heights are asked for at least this far apart. */
#define HEIGHT_US 1000000
/* Legs that wait for something that nobody will announce. */
#define TICK_US 200000

/* ---- chains ---- */

static void
drive_chain(struct flow *f, struct flow_chain *c)
{
	if (!child_ready(&c->child, f->now_us))
		return;
	if (c->informed != c->child.starts) {
		if (!c->asked_info && f->now_us >= c->info_us) {
			c->asked_info = true;
			ask_chain(f, c, OP_INFO);
		}
		return;
	}
	if (!c->asked_height && f->now_us >= c->height_us) {
		c->asked_height = true;
		c->height_us =
		    f->now_us + (c->config->poll_us > HEIGHT_US ? c->config->poll_us : HEIGHT_US);
		ask_chain(f, c, OP_HEIGHT);
	}
	if (!c->asked_balance && f->now_us >= c->balance_us && child_ready(&c->child, f->now_us)) {
		c->asked_balance = true;
		c->balance_us = f->now_us + c->config->balance_us;
		ask_chain(f, c, OP_BALANCE);
	}
}

/* ---- gauges ---- */

static void
count_chain(struct flow *f, struct flow_chain *c)
{
	struct gauges_chain *g = &f->gauges.chains[c - f->chains];
	int64_t pending = 0, spends = 0;

	c->open = 0;
	for (size_t i = 0; i < f->open_n; i++) {
		const struct leg *l = f->open[i];

		if (strcmp(l->chain, c->config->name) != 0)
			continue;
		pending += l->status == LEG_PREPARED || l->status == LEG_SIGNED;
		if (l->status >= LEG_PREPARED && !leg_over(l))
			c->open += l->units;
		for (size_t k = 0; k < l->versions_n; k++)
			spends += l->versions[k].state != VERSION_DEAD && !leg_over(l);
	}
	metrics_set(&f->gauges.metrics, g->pending, pending);
	metrics_set(&f->gauges.metrics, g->spends, spends);
	gauges_units(&f->gauges, g->exposure, c->open);
}

static void
count_all(struct flow *f)
{
	int64_t held = 0;

	for (size_t i = 0; i < f->pending_n; i++)
		held += f->pending[i]->held;
	metrics_set(&f->gauges.metrics, f->gauges.held, held);
	metrics_set(&f->gauges.metrics, f->gauges.open, (int64_t)f->open_n);
	for (size_t i = 0; i < f->chains_n; i++)
		count_chain(f, &f->chains[i]);
}

/* ---- everything ---- */

int64_t
flow_drive(struct flow *f)
{
	int64_t next = f->open_n ? f->now_us + TICK_US : f->now_us + 5 * TICK_US;

	for (size_t i = 0; i < f->chains_n; i++)
		drive_chain(f, &f->chains[i]);
	for (size_t i = 0; i < f->pending_n; i++)
		drive_swap(f, f->pending[i]);
	count_all(f);
	for (size_t i = 0; i < f->open_n; i++)
		drive_leg(f, f->open[i]);
	/* what was signed in this round is released in the next, which is now */
	for (size_t i = 0; i < f->open_n; i++)
		if (!f->open[i]->live.asked && f->open[i]->live.next_us > f->now_us &&
		    f->open[i]->live.next_us < next)
			next = f->open[i]->live.next_us;
	flow_forget_finished(f);
	return next;
}
