/* take_error: a program has said no, or nothing: what follows depends on the class of the error, on
 * the operation, and on whether bytes of the payment may be out there. */
#include "take_parts.h"

#include "diag.h"

#include <string.h>

/* Fewer tries than that of one step are nothing to speak of. */
#define TRIES_LOUD 5

/* ---- said and counted ---- */

static enum gauges_phase
phase_of(enum flow_op op)
{
	switch (op) {
	case OP_SCREEN: return PHASE_SCREEN;
	case OP_SIGN:
	case OP_ASSEMBLE: return PHASE_SIGN;
	case OP_SUBMIT: return PHASE_SUBMIT;
	case OP_POLL: return PHASE_CONFIRM;
	case OP_INFO:
	case OP_PREPARE:
	case OP_BUMP:
	case OP_CANCEL:
	case OP_BALANCE:
	case OP_HEIGHT:
	case OPS: break;
	}
	return PHASE_PREPARE;
}

void
take_count_failure(struct flow *f, enum flow_op op)
{
	metrics_count(&f->gauges.metrics, f->gauges.failures[phase_of(op)], 1);
	if (op == OP_SIGN || op == OP_ASSEMBLE)
		metrics_count(&f->gauges.metrics, f->gauges.signing_failures, 1);
}

static void
warn(const struct leg *l, enum flow_op op, const struct said *a)
{
	diag(DIAG_WARNING, "refused", diag_str("leg", l->id), diag_str("op", flow_op_name(op)),
	     diag_str("class", frame_class_name(a->class)), diag_str("code", a->code_text),
	     diag_str("why", a->msg_text));
}

void
take_bad_answer(struct flow *f, struct leg *l, enum flow_op op, const char *code, const char *why)
{
	diag(DIAG_ERROR, "adapter", diag_str("leg", l->id), diag_str("op", flow_op_name(op)),
	     diag_str("why", why));
	flow_hold(f, l->swap, code);
	flow_later(f, l);
}

/* ---- refused ---- */

/* Nothing of it was ever sent: it fails, and pays nothing. */
static void
fail_leg(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	take_count_failure(f, op);
	f->troubled = true;
	journal_leg(
	    f, l, &(struct change){.status = LEG_FAILED, .code = a->code_text, .msg = a->msg_text});
}

/* Bytes of it may be out there, and the node does not want them: make them void, and then it has
 * failed. */
static void
make_void(struct flow *f, struct leg *l, const struct said *a)
{
	if (l->cancel)
		return;
	journal_leg(
	    f, l,
	    &(struct change){
		.status = l->status, .cancel = true, .code = a->code_text, .msg = a->msg_text});
}

/* A replacement that cannot be had: the leg goes on as it was, and is not asked again soon. */
static void
no_replacement(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	warn(l, op, a);
	l->live.no_cancel = op == OP_CANCEL && strcmp(a->code_text, "NOT_REPLACEABLE") == 0;
	if (leg_making(l) && leg_newest(l))
		journal_leg(f, l,
			    &(struct change){.status = LEG_SUBMITTED,
					     .tx_id = span_of(leg_newest(l)->tx_id),
					     .code = a->code_text,
					     .msg = a->msg_text});
	l->live.underpriced = false;
	l->live.fresh_us = f->now_us;
	flow_later(f, l);
}

static void
was_refused(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	warn(l, op, a);
	if (op == OP_POLL) {
		/* a look cannot be refused for good, and says nothing about the payment */
		flow_later(f, l);
	} else if (op == OP_BUMP || op == OP_CANCEL ||
		   (leg_released(l) && (op == OP_SIGN || op == OP_ASSEMBLE))) {
		no_replacement(f, l, op, a);
	} else if (leg_released(l)) {
		take_count_failure(f, op);
		make_void(f, l, a);
		flow_later(f, l);
	} else {
		fail_leg(f, l, op, a);
	}
}

/* ---- every class ---- */

static void
pause_chain(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);

	warn(l, op, a);
	if (op != OP_SIGN && op != OP_SCREEN) {
		c->informed = 0;
		c->info_us = f->now_us + f->config.retry_max_us;
	}
	flow_later(f, l);
}

void
take_error(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);
	struct metrics *m = &f->gauges.metrics;

	switch (a->class) {
	case FRAME_RETRY:
		metrics_count(m, f->gauges.chains[c - f->chains].errors, 1);
		if (l->live.tries >= TRIES_LOUD)
			warn(l, op, a);
		flow_later(f, l);
		break;
	case FRAME_FUNDS:
		warn(l, op, a);
		flow_later(f, l);
		break;
	case FRAME_UNDERPRICED:
		if (op == OP_PREPARE && l->live.tries % TRIES_LOUD == 0)
			warn(l, op, a);
		/* bumped, or prepared anew */
		l->live.underpriced = op == OP_SUBMIT;
		if (op == OP_BUMP)
			no_replacement(f, l, op, a);
		else
			flow_later(f, l);
		break;
	case FRAME_CONFLICT:
	case FRAME_EXPIRED:
		l->live.doubt = op == OP_SUBMIT;
		flow_later(f, l);
		break;
	case FRAME_REFUSED: was_refused(f, l, op, a); break;
	case FRAME_CONFIG: pause_chain(f, l, op, a); break;
	case FRAME_REQUEST:
		warn(l, op, a);
		take_count_failure(f, op);
		flow_hold(f, l->swap, a->code_text);
		flow_later(f, l);
		break;
	}
}
