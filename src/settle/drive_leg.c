/* drive_leg: the next step of one leg, by its status alone. */
#include "drive_parts.h"

bool
drive_lags(const struct flow_chain *c)
{
	return c->config->lag_max_us && c->lag_us > c->config->lag_max_us;
}

bool
drive_screened_now(const struct flow *f, const struct leg *l)
{
	return !f->config.screener[0] ||
	       (l->live.screened && f->now_us - l->live.screened_us < f->config.screened_us);
}

/* ---- before the release ---- */

static bool
all_taken(const struct swap *s)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (leg_pays(s->legs[i]) &&
		    (s->legs[i]->status == LEG_NEW || s->legs[i]->status == LEG_FAILED))
			return false;
	return true;
}

/* One at a time for a chain: what this one spends must be logged before the next is made. */
static bool
ask_making(struct flow *f, struct flow_chain *c, struct leg *l, enum flow_op op)
{
	for (size_t i = 0; i < f->chains_n; i++)
		if (f->chains[i].making && flow_same_wallet(c, &f->chains[i]))
			return false;
	if (!ask_leg(f, l, op))
		return false;
	c->making = l;
	return true;
}

static bool
over_limit(struct flow *f, const struct flow_chain *c, struct leg *l)
{
	if (c->config->payment_max && l->units > c->config->payment_max) {
		flow_hold(f, l->swap, "LIMIT");
		return true;
	}
	return c->config->open_max && c->open + l->units > c->config->open_max;
}

static void
drive_fresh(struct flow *f, struct flow_chain *c, struct leg *l)
{
	if (!l->of && !all_taken(l->swap))
		return;
	if (l->rounds > f->config.rounds_max) {
		flow_hold(f, l->swap, "ROUNDS");
		return;
	}
	if (drive_lags(c) || over_limit(f, c, l))
		return;
	ask_making(f, c, l, OP_PREPARE);
}

static void
drive_new(struct flow *f, struct leg *l)
{
	if (!l->to)
		flow_hold(f, l->swap, "NO_ADDRESS");
	else if (f->config.screener[0])
		ask_leg(f, l, OP_SCREEN);
	else
		journal_leg(f, l, &(struct change){.status = LEG_SCREENED});
}

/* ---- on its way ---- */

/* Make what was sent void: by a transaction of nothing, or by waiting for its death. */
static void
drive_cancel(struct flow *f, struct flow_chain *c, struct leg *l)
{
	const struct version *newest = leg_newest(l);
	bool made = newest && strcmp(newest->kind, "cancel") == 0;

	if (made && l->live.sent_n < l->versions_n && !l->live.doubt)
		ask_leg(f, l, OP_SUBMIT);
	else if (!made && c->replaces && !l->live.no_cancel && l->live.looked &&
		 l->status != LEG_CONFIRMING)
		l->live.looked = !ask_making(f, c, l, OP_CANCEL);
	else {
		l->live.doubt = false;
		l->live.looked = ask_leg(f, l, OP_POLL) || l->live.looked;
	}
}

static bool
is_stuck(const struct flow *f, const struct flow_chain *c, const struct leg *l)
{
	return c->replaces && l->status != LEG_CONFIRMING &&
	       (l->live.underpriced || f->now_us - l->live.fresh_us >= c->config->stuck_us) &&
	       l->versions_n < SWAP_VERSIONS_MAX - 2;
}

static void
drive_sent(struct flow *f, struct flow_chain *c, struct leg *l)
{
	if (l->swap->held) {
		ask_leg(f, l, OP_POLL);
	} else if (leg_making(l)) {
		ask_leg(f, l, OP_SIGN);
	} else if (l->cancel) {
		drive_cancel(f, c, l);
	} else if (is_stuck(f, c, l)) {
		ask_making(f, c, l, OP_BUMP);
	} else if (l->status != LEG_CONFIRMING && l->live.sent_n < l->versions_n &&
		   !l->live.doubt) {
		ask_leg(f, l, OP_SUBMIT);
	} else {
		l->live.doubt = false;
		ask_leg(f, l, OP_POLL);
	}
}

/* ---- all of them ---- */

void
drive_leg(struct flow *f, struct leg *l)
{
	struct flow_chain *c = flow_chain_of(f, l);
	bool at_rest = l->swap->held && !leg_on_its_way(l) && l->status != LEG_CONFIRMED;

	if (!c && !l->swap->held && !leg_over(l))
		flow_hold(f, l->swap, "NO_CHAIN");
	if (!c || l->live.asked || f->now_us < l->live.next_us || at_rest ||
	    c->informed != c->child.starts || c->informed == 0)
		return;
	switch (l->status) {
	case LEG_NEW: drive_new(f, l); break;
	case LEG_SCREENED:
	case LEG_EXPIRED: drive_fresh(f, c, l); break;
	case LEG_PREPARED: ask_leg(f, l, OP_SIGN); break;
	case LEG_SIGNED:
		if (!drive_screened_now(f, l))
			ask_leg(f, l, OP_SCREEN);
		break;
	case LEG_RELEASED:
	case LEG_SUBMITTED:
	case LEG_CONFIRMING: drive_sent(f, c, l); break;
	case LEG_CONFIRMED: ask_leg(f, l, OP_POLL); break;
	case LEG_FAILED:
	case LEG_REFUNDED:
	case LEG_CARRIED:
	case LEG_HOUSE:
	case LEG_STATUSES: break;
	}
}
