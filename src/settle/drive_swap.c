/* drive_swap: what the legs of a swap have to do with each other: released together, refunded or
 * given up where one has failed. */
#include "drive_parts.h"

#include "trade.h"

/* ---- the release ---- */

/* Signed and to be sent, or sent. Not what is being made void. */
static bool
may_go(struct flow *f, const struct leg *l)
{
	const struct flow_chain *c = flow_chain_of(f, l);

	if (l->status == LEG_CONFIRMED)
		return true;
	if (l->status != LEG_SIGNED)
		return leg_on_its_way(l) && !l->cancel;
	return drive_screened_now(f, l) && !l->live.asked && c && !drive_lags(c) && c->informed &&
	       c->informed == c->child.starts;
}

/* As long as what it makes up for stands: the payment, that it failed; the other, that it is paid.
 */
static bool
may_refund(struct flow *f, const struct leg *refund)
{
	const struct swap *s = refund->swap;

	for (size_t i = 0; i < s->legs_n; i++) {
		const struct leg *l = s->legs[i];

		if (leg_pays(l) &&
		    l->status != (strcmp(l->id, refund->of) == 0 ? LEG_FAILED : LEG_CONFIRMED))
			return false;
	}
	return may_go(f, refund);
}

static void
release(struct flow *f, struct leg *l)
{
	const struct version *v = leg_newest(l);

	journal_leg(f, l,
		    &(struct change){.status = LEG_RELEASED,
				     .tx_id = span_of(v->tx_id),
				     .kind = v->kind,
				     .fee = span_of(v->fee)});
}

/* All payments of the trade at once, in one commit of the log; a refund by itself. */
static void
drive_release(struct flow *f, struct swap *s)
{
	bool all = true, any = false;

	for (size_t i = 0; i < s->legs_n; i++) {
		all = all && (!leg_pays(s->legs[i]) || may_go(f, s->legs[i]));
		any = any || s->legs[i]->status == LEG_SIGNED;
	}
	if (!any)
		return;
	journal_begin_together(f);
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];

		if (l->status == LEG_SIGNED && (l->of ? may_refund(f, l) : all && leg_pays(l)))
			release(f, l);
	}
	journal_end_together(f);
}

/* ---- where one has failed ---- */

static void
make_refund(struct flow *f, const struct leg *paid, const struct leg *failed)
{
	struct swap *s = paid->swap;
	struct buf line;

	buf_init(&line, 4096);
	if (f->config.on_failure == FAILURE_REFUND && s->legs_n < SWAP_LEGS_MAX &&
	    trade_refund(&f->book, paid, failed, &line)) {
		journal_line(f, buf_span(&line));
		flow_add_swap(f, s);
	} else {
		flow_hold(f, s, "HALF_PAID");
	}
	buf_release(&line);
}

/* Would what this one spends leave a hole before others that are on their way? */
static bool
leaves_hole(struct flow *f, const struct leg *l)
{
	const struct flow_chain *c = flow_chain_of(f, l), *of;

	if (!c || !c->ordered || (l->status != LEG_PREPARED && l->status != LEG_SIGNED))
		return false;
	for (size_t i = 0; i < f->open_n; i++)
		if (f->open[i] != l && leg_on_its_way(f->open[i]) &&
		    (of = flow_chain_of(f, f->open[i])) != NULL && flow_same_wallet(c, of))
			return true;
	return false;
}

/* Nothing of it was sent. Where others wait behind its nonce, that is used up by a transaction of
 * nothing: one that is only prepared is signed first, for there to be something to make void. */
static void
give_up(struct flow *f, struct leg *l)
{
	if (!leaves_hole(f, l))
		journal_leg(f, l, &(struct change){.status = LEG_FAILED, .code = "COUNTERPART"});
	else if (l->status == LEG_SIGNED)
		journal_leg(f, l,
			    &(struct change){
				.status = LEG_RELEASED, .cancel = true, .code = "COUNTERPART"});
}

static bool
refund_alive(const struct swap *s)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (s->legs[i]->of && s->legs[i]->status != LEG_FAILED)
			return true;
	return false;
}

/* One has failed for good and paid nothing: what has the other done? */
static void
drive_failed(struct flow *f, struct leg *failed, struct leg *other)
{
	struct leg *refund = swap_refund_of(failed->swap, failed);

	if (other->status == LEG_CONFIRMED && !refund)
		make_refund(f, other, failed);
	else if (refund && refund->status == LEG_CONFIRMED)
		journal_leg(f, failed, &(struct change){.status = LEG_REFUNDED, .code = "REFUND"});
	else if (refund && refund->status == LEG_FAILED)
		flow_hold(f, failed->swap, "REFUND_FAILED");
	else if (!leg_over(other) && !leg_on_its_way(other) && !other->live.asked)
		give_up(f, other);
	else if (other->status == LEG_REFUNDED ||
		 (other->status == LEG_FAILED && refund_alive(failed->swap)))
		/* what was paid is not paid any more, and its refund is out */
		flow_hold(f, failed->swap, "REFUND_ALONE");
}

/* ---- all of it ---- */

/* Somebody may have told an address meanwhile. */
static void
make_legs(struct flow *f, struct swap *s)
{
	struct buf line;

	buf_init(&line, 8192);
	if (trade_legs(&f->book, &f->config, s, &line)) {
		journal_line(f, buf_span(&line));
		flow_add_swap(f, s);
	} else {
		flow_hold(f, s, "NO_ADDRESS");
	}
	buf_release(&line);
}

void
drive_swap(struct flow *f, struct swap *s)
{
	if (s->held)
		return;
	if (s->legs_n == 0) {
		make_legs(f, s);
		return;
	}
	for (size_t i = 0; i < s->legs_n; i++)
		for (size_t k = 0; k < s->legs_n; k++)
			if (i != k && s->legs[i]->status == LEG_FAILED && leg_pays(s->legs[i]) &&
			    leg_pays(s->legs[k]) && !s->held)
				drive_failed(f, s->legs[i], s->legs[k]);
	if (!s->held)
		drive_release(f, s);
}
