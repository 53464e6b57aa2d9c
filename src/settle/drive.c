/* drive: what is to be done next, by the book alone. */
#include "flow.h"

#include "diag.h"
#include "tool.h"
#include "trade.h"

#include <errno.h>
#include <stdlib.h>

/* How long after its confirmation a payment of an earlier run is looked at again: deeper
 * reorganisations than that are for the reconciliation to find. */
#define WATCH_AGAIN_US (24 * 3600 * INT64_C(1000000))
/* An operator may want to retry what has failed. */
#define FAILED_KEPT_US (7 * 24 * 3600 * INT64_C(1000000))
/* Heights are asked for at least this far apart. */
#define HEIGHT_US 1000000
/* Legs that wait for something that nobody will announce. */
#define TICK_US 200000

/* ---- lists ---- */

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

static void
forget_finished(struct flow *f)
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

/* ---- chains ---- */

static bool
lags(const struct flow_chain *c)
{
	return c->config->lag_max_us && c->lag_us > c->config->lag_max_us;
}

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

/* ---- legs ---- */

static bool
is_on_its_way(const struct leg *l)
{
	return l->status == LEG_RELEASED || l->status == LEG_SUBMITTED ||
	       l->status == LEG_CONFIRMING;
}

/* A payment of the trade itself, that is made on a chain. */
static bool
pays(const struct leg *l)
{
	return !l->of && l->status != LEG_CARRIED && l->status != LEG_HOUSE;
}

static bool
all_taken(const struct swap *s)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (pays(s->legs[i]) &&
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
	if (lags(c) || over_limit(f, c, l))
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
	       l->versions_n < SWAP_BOOK_VERSIONS_MAX - 2;
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

static bool
screened_now(const struct flow *f, const struct leg *l)
{
	return !f->config.screener[0] ||
	       (l->live.screened && f->now_us - l->live.screened_us < f->config.screened_us);
}

static void
drive_leg(struct flow *f, struct leg *l)
{
	struct flow_chain *c = flow_chain_of(f, l);
	bool at_rest = l->swap->held && !is_on_its_way(l) && l->status != LEG_CONFIRMED;

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
		if (!screened_now(f, l))
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

/* ---- swaps ---- */

/* Signed and to be sent, or sent. Not what is being made void. */
static bool
may_go(struct flow *f, const struct leg *l)
{
	const struct flow_chain *c = flow_chain_of(f, l);

	if (l->status == LEG_CONFIRMED)
		return true;
	if (l->status != LEG_SIGNED)
		return is_on_its_way(l) && !l->cancel;
	return screened_now(f, l) && !l->live.asked && c && !lags(c) && c->informed &&
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

		if (pays(l) &&
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
		all = all && (!pays(s->legs[i]) || may_go(f, s->legs[i]));
		any = any || s->legs[i]->status == LEG_SIGNED;
	}
	if (!any)
		return;
	journal_begin_together(f);
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];

		if (l->status == LEG_SIGNED && (l->of ? may_refund(f, l) : all && pays(l)))
			release(f, l);
	}
	journal_end_together(f);
}

static struct leg *
refund_of(const struct swap *s, const struct leg *failed)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (s->legs[i]->of && strcmp(s->legs[i]->of, failed->id) == 0)
			return s->legs[i];
	return NULL;
}

static void
make_refund(struct flow *f, const struct leg *paid, const struct leg *failed)
{
	struct swap *s = paid->swap;
	struct buf line;

	buf_init(&line, 4096);
	if (f->config.on_failure == FAILURE_REFUND && s->legs_n < SWAP_BOOK_LEGS_MAX &&
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
		if (f->open[i] != l && is_on_its_way(f->open[i]) &&
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
	struct leg *refund = refund_of(failed->swap, failed);

	if (other->status == LEG_CONFIRMED && !refund)
		make_refund(f, other, failed);
	else if (refund && refund->status == LEG_CONFIRMED)
		journal_leg(f, failed, &(struct change){.status = LEG_REFUNDED, .code = "REFUND"});
	else if (refund && refund->status == LEG_FAILED)
		flow_hold(f, failed->swap, "REFUND_FAILED");
	else if (!leg_over(other) && !is_on_its_way(other) && !other->live.asked)
		give_up(f, other);
	else if (other->status == LEG_REFUNDED ||
		 (other->status == LEG_FAILED && refund_alive(failed->swap)))
		/* what was paid is not paid any more, and its refund is out */
		flow_hold(f, failed->swap, "REFUND_ALONE");
}

static void
drive_swap(struct flow *f, struct swap *s)
{
	if (s->held)
		return;
	if (s->legs_n == 0) {
		struct buf line;

		buf_init(&line, 8192);
		if (trade_legs(&f->book, &f->config, s, &line)) {
			journal_line(f, buf_span(&line));
			flow_add_swap(f, s);
		} else {
			flow_hold(f, s, "NO_ADDRESS");
		}
		buf_release(&line);
		return;
	}
	for (size_t i = 0; i < s->legs_n; i++)
		for (size_t k = 0; k < s->legs_n; k++)
			if (i != k && s->legs[i]->status == LEG_FAILED && pays(s->legs[i]) &&
			    pays(s->legs[k]) && !s->held)
				drive_failed(f, s->legs[i], s->legs[k]);
	if (!s->held)
		drive_release(f, s);
}

/* ---- everything ---- */

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
	forget_finished(f);
	return next;
}

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

void
flow_append(struct flow *f)
{
	if (f->log.len == 0)
		return;
	if (!wal_append(&f->wal, buf_span(&f->log)))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	buf_clear(&f->log);
	f->appended = true;
}

void
flow_commit(struct flow *f)
{
	flow_append(f);
	if (!f->appended)
		return;
	if (!wal_sync(&f->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	f->appended = false;
	f->unmarked = true;
}
