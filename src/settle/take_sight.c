/* take_sight: what poll has seen of a payment: nothing, waiting, in a block, dead. */
#include "take_parts.h"

#include "diag.h"
#include "number.h"

#include <string.h>

struct sight {
	struct span status, tx_id, block, hash, fee, moved, code, msg;
	uint64_t confirmations, height;
};

static bool
read_sight(const struct said *a, struct sight *s)
{
	struct span value;

	*s = (struct sight){0};
	if (!said_text(a, "status", &s->status))
		return false;
	said_text(a, "txId", &s->tx_id);
	said_text(a, "fee", &s->fee);
	said_text(a, "moved", &s->moved);
	said_text(a, "code", &s->code);
	said_text(a, "msg", &s->msg);
	if (json_find(a->line, "confirmations", &value) && !number_u64(value, &s->confirmations))
		return false;
	if (said_json(a, "block", JSON_OBJECT, &s->block) &&
	    (!json_find(s->block, "hash", &value) || !json_plain(value, &s->hash) ||
	     !json_find(s->block, "height", &value) || !number_u64(value, &s->height)))
		return false;
	return true;
}

/* ---- its ends ---- */

static void
rolled_back(struct flow *f, struct leg *l, const char *code)
{
	const struct version *v = leg_newest(l);

	if (l->status != LEG_CONFIRMING && l->status != LEG_CONFIRMED)
		return;
	diag(DIAG_WARNING, "reorg", diag_str("leg", l->id), diag_str("code", code),
	     diag_u64("height", l->block_height));
	journal_leg(f, l,
		    &(struct change){.status = LEG_SUBMITTED,
				     .tx_id = v ? span_of(v->tx_id) : (struct span){0},
				     .code = "REORG"});
	/* it may have been over */
	flow_add_swap(f, l->swap);
}

/* Has a version of ours done it, or made it void? */
static bool
is_cancel(const struct leg *l, struct span tx_id)
{
	for (size_t i = 0; i < l->versions_n; i++)
		if (l->versions[i].tx_id && span_is(tx_id, l->versions[i].tx_id))
			return strcmp(l->versions[i].kind, "cancel") == 0;
	return false;
}

static void
finish_failed(struct flow *f, struct leg *l, const struct sight *s, const char *code)
{
	char code_text[FRAME_CODE_MAX + 1], msg_text[FRAME_MSG_MAX + 1];

	said_keep(s->code, code_text, sizeof code_text);
	said_keep(s->msg, msg_text, sizeof msg_text);
	take_count_failure(f, OP_POLL);
	f->troubled = true;
	journal_leg(f, l,
		    &(struct change){.status = LEG_FAILED,
				     .tx_id = s->tx_id,
				     .block = s->block,
				     .confirmations = s->confirmations,
				     .fee = s->fee,
				     .code = *code_text ? code_text : code,
				     .msg = msg_text});
}

static void
finish_paid(struct flow *f, struct leg *l, const struct sight *s)
{
	struct flow_chain *c = flow_chain_of(f, l);

	if (l->submitted_us)
		metrics_set(&f->gauges.metrics, f->gauges.chains[c - f->chains].latency,
			    (f->clock_us - l->submitted_us) / 1000);
	journal_leg(f, l,
		    &(struct change){.status = LEG_CONFIRMED,
				     .tx_id = s->tx_id,
				     .block = s->block,
				     .confirmations = s->confirmations,
				     .fee = s->fee});
}

/* ---- each that can be seen ---- */

/* In a block: with or without effect, or the cancelling version. */
static void
saw_mined(struct flow *f, struct leg *l, const struct sight *s, bool effect)
{
	struct flow_chain *c = flow_chain_of(f, l);
	bool cancelled = is_cancel(l, s->tx_id);
	bool elsewhere = !l->block_hash || !span_is(s->hash, l->block_hash) || !l->tx_id ||
			 !span_is(s->tx_id, l->tx_id);

	l->live.confirmations = s->confirmations;
	metrics_set(&f->gauges.metrics, f->gauges.chains[c - f->chains].confirmations,
		    (int64_t)s->confirmations);
	if (effect && !cancelled && !span_is(s->moved, l->amount)) {
		flow_hold(f, l->swap, "MOVED_OTHER");
		return;
	}
	if (elsewhere)
		rolled_back(f, l, "other block");
	if (s->confirmations >= c->config->confirmations) {
		if (cancelled || !effect)
			finish_failed(f, l, s, cancelled ? "CANCELLED" : "REVERTED");
		else if (l->status != LEG_CONFIRMED)
			finish_paid(f, l, s);
		return;
	}
	if (l->status != LEG_CONFIRMING && l->status != LEG_CONFIRMED)
		journal_leg(f, l,
			    &(struct change){.status = LEG_CONFIRMING,
					     .tx_id = s->tx_id,
					     .block = s->block,
					     .confirmations = s->confirmations,
					     .fee = s->fee,
					     .code = effect ? NULL : "NO_EFFECT"});
}

static void
saw_dead(struct flow *f, struct leg *l, const struct sight *s)
{
	struct flow_chain *c = flow_chain_of(f, l);
	char code[FRAME_CODE_MAX + 1];

	rolled_back(f, l, "dead");
	if (s->confirmations < c->config->confirmations)
		return;
	if (l->cancel) {
		finish_failed(f, l, s, "DEAD");
		return;
	}
	said_keep(s->code, code, sizeof code);
	journal_leg(f, l, &(struct change){.status = LEG_EXPIRED, .code = *code ? code : "DEAD"});
	flow_went_well(l);
}

/* The node does not have it, and nobody knows where it went: the same bytes again. */
static void
saw_nothing(struct flow *f, struct leg *l)
{
	const struct version *v = leg_newest(l);

	rolled_back(f, l, "unknown");
	if (!v || l->swap->held || (l->cancel && strcmp(v->kind, "cancel") != 0))
		return;
	if (f->now_us - l->live.fresh_us >= f->config.retry_us)
		ask_leg(f, l, OP_SUBMIT);
}

static bool
needs_no_id(const struct sight *s)
{
	return span_is(s->status, "dead") || span_is(s->status, "unknown");
}

void
take_sight(struct flow *f, struct leg *l, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);
	struct sight s;

	if (!read_sight(a, &s)) {
		flow_later(f, l);
		return;
	}
	if (s.tx_id.ptr ? !leg_has_version(l, s.tx_id) : !needs_no_id(&s)) {
		take_bad_answer(f, l, OP_POLL, "BAD_ANSWER",
				"saw a transaction that is not of this payment");
		return;
	}
	flow_went_well(l);
	l->live.next_us = f->now_us + c->config->poll_us;
	if (span_is(s.status, "mined") || span_is(s.status, "failed"))
		saw_mined(f, l, &s, span_is(s.status, "mined"));
	else if (span_is(s.status, "dead"))
		saw_dead(f, l, &s);
	else if (span_is(s.status, "unknown"))
		saw_nothing(f, l);
	else if (span_is(s.status, "pending")) {
		rolled_back(f, l, "pending");
		if (l->status == LEG_RELEASED)
			journal_leg(f, l,
				    &(struct change){.status = LEG_SUBMITTED, .tx_id = s.tx_id});
	} else
		flow_later(f, l);
}
