/* take_answer: what a program said, and what follows from it. */
#include "flow.h"

#include "check.h"
#include "diag.h"
#include "json.h"
#include "limit.h"
#include "number.h"

#include <stdio.h>

/* Fewer tries than that of one step are nothing to speak of. */
#define TRIES_LOUD 5

/* An answer that goes into the log, with what is written around it, must fit into a line; and all
 * versions of a payment into a request. Transactions have some hundred bytes. */
#define ANSWER_MAX (LIMIT_LINE_BYTES / 4)
/* Solana's are the longest, 88 characters. */
#define TX_ID_MAX 200

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

static void
went_well(struct leg *l)
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

/* ---- errors ---- */

struct said {
	bool ok;
	struct span line, code, msg;
	enum frame_class class;
	char code_text[FRAME_CODE_MAX + 1], msg_text[FRAME_MSG_MAX + 1];
};

static void
keep_text(struct span s, char *out, size_t size)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	if (n)
		memcpy(out, s.ptr, n);
	out[n] = 0;
}

/* An answer to this very request: it has its id, its op, and where it names a payment, this one. */
static bool
is_answer(const struct said *a, uint64_t id, enum flow_op op, const char *job)
{
	struct span value, plain;
	uint64_t got;

	return json_find(a->line, "id", &value) && number_u64(value, &got) && got == id &&
	       json_find(a->line, "op", &value) && json_plain(value, &plain) &&
	       span_is(plain, flow_op_name(op)) &&
	       (!job || !json_find(a->line, "job", &value) ||
		(json_plain(value, &plain) && span_is(plain, job)));
}

static bool
read_said(struct span line, uint64_t id, enum flow_op op, const char *job, struct said *out)
{
	struct span value, error;

	*out = (struct said){.line = json_trim(line), .class = FRAME_RETRY};
	if (json_check(line, NULL) != JSON_OK || json_type(out->line) != JSON_OBJECT ||
	    !is_answer(out, id, op, job) || !json_find(out->line, "ok", &value))
		return false;
	out->ok = json_is_true(value);
	if (out->ok)
		return true;
	if (!json_find(out->line, "error", &error) || json_type(error) != JSON_OBJECT ||
	    !json_find(error, "class", &value) || !json_plain(value, &value) ||
	    !frame_class_of(value, &out->class))
		return false;
	if (json_find(error, "code", &value) && json_plain(value, &out->code))
		keep_text(out->code, out->code_text, sizeof out->code_text);
	if (json_find(error, "msg", &value) && json_plain(value, &out->msg))
		keep_text(out->msg, out->msg_text, sizeof out->msg_text);
	return true;
}

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

static void
count_failure(struct flow *f, enum flow_op op)
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

/* Nothing of it was ever sent: it fails, and pays nothing. */
static void
fail_leg(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	count_failure(f, op);
	f->troubled = true;
	journal_leg(
	    f, l, &(struct change){.status = LEG_FAILED, .code = a->code_text, .msg = a->msg_text});
}

static bool
was_released(const struct leg *l)
{
	return l->status == LEG_RELEASED || l->status == LEG_SUBMITTED ||
	       l->status == LEG_CONFIRMING || l->cancel;
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
		   (was_released(l) && (op == OP_SIGN || op == OP_ASSEMBLE))) {
		no_replacement(f, l, op, a);
	} else if (was_released(l)) {
		count_failure(f, op);
		make_void(f, l, a);
		flow_later(f, l);
	} else {
		fail_leg(f, l, op, a);
	}
}

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

static void
went_wrong(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
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
		count_failure(f, op);
		flow_hold(f, l->swap, a->code_text);
		flow_later(f, l);
		break;
	}
}

/* ---- answers about legs ---- */

static bool
text(const struct said *a, const char *name, struct span *out)
{
	struct span value;

	*out = (struct span){0};
	return json_find(a->line, name, &value) && json_plain(value, out);
}

static bool
json_of(const struct said *a, const char *name, enum json_type type, struct span *out)
{
	*out = (struct span){0};
	if (!json_find(a->line, name, out) || json_is_null(*out)) {
		*out = (struct span){0};
		return false;
	}
	return json_type(*out) == type;
}

static bool
agrees(const struct said *a, const char *name, const char *with)
{
	struct span s;

	return text(a, name, &s) && span_is(s, with);
}

static bool
is_kind_of(enum flow_op op, const char *kind)
{
	if (op == OP_CANCEL)
		return strcmp(kind, "cancel") == 0;
	return strcmp(kind, "pay") == 0 || (op == OP_BUMP && strcmp(kind, "child") == 0);
}

/* Whatever an adapter may have done wrong, this is what we rest on. NULL: all is well. */
static const char *
bad_version(const struct flow_chain *c, const struct leg *l, const struct change *n,
	    const struct said *a, enum flow_op op)
{
	bool pays = op == OP_PREPARE || strcmp(n->kind, "pay") == 0;
	char spends[4096];
	decimal_int fee;

	if (pays && (!agrees(a, "to", l->to) || !agrees(a, "amount", l->amount) ||
		     !agrees(a, "asset", l->asset)))
		return "pays another amount, or somebody else";
	if (!base_units_parse(n->fee, &fee) || fee > c->config->fee_max)
		return "costs more than feeMax";
	if (n->spends.len >= sizeof spends)
		return "spends too much at once";
	if (!is_kind_of(op, n->kind))
		return "is of another kind than was asked for";
	if (op == OP_PREPARE)
		return NULL;
	keep_text(n->spends, spends, sizeof spends);
	for (size_t i = 0; i < l->versions_n && strcmp(n->kind, "child") != 0; i++)
		if (l->versions[i].state == VERSION_SIGNED &&
		    strcmp(l->versions[i].kind, "child") != 0 &&
		    !spends_meet(spends, l->versions[i].spends))
			return "could be mined beside an earlier version";
	return NULL;
}

static void
bad_answer(struct flow *f, struct leg *l, enum flow_op op, const char *code, const char *why)
{
	diag(DIAG_ERROR, "adapter", diag_str("leg", l->id), diag_str("op", flow_op_name(op)),
	     diag_str("why", why));
	flow_hold(f, l->swap, code);
	flow_later(f, l);
}

/* Was it asked for by a leg that has changed since, by an operator's hand? */
static bool
is_stale(const struct leg *l, enum flow_op op)
{
	if (op == OP_PREPARE)
		return l->status != LEG_SCREENED && l->status != LEG_EXPIRED;
	return !was_released(l);
}

static void
take_prepared(struct flow *f, struct leg *l, const struct said *a, enum flow_op op)
{
	struct flow_chain *c = flow_chain_of(f, l);
	struct change n = {.status = LEG_PREPARED};
	struct span kind;
	char kind_text[16];
	const char *why;

	if (is_stale(l, op)) {
		flow_later(f, l);
		return;
	}
	if (!text(a, "kind", &kind) || kind.len >= sizeof kind_text || !text(a, "fee", &n.fee) ||
	    !json_of(a, "unsigned", JSON_OBJECT, &n.unsigned_) || a->line.len > ANSWER_MAX) {
		bad_answer(f, l, op, "BAD_ANSWER", "no kind, fee or unsigned, or too long");
		return;
	}
	keep_text(kind, kind_text, sizeof kind_text);
	n.kind = kind_text;
	text(a, "feeRate", &n.fee_rate);
	json_of(a, "spends", JSON_ARRAY, &n.spends);
	json_of(a, "expiry", JSON_OBJECT, &n.expiry);
	why = bad_version(c, l, &n, a, op);
	if (why || l->versions_n == SWAP_BOOK_VERSIONS_MAX) {
		bad_answer(f, l, op, "BAD_VERSION", why ? why : "too many versions");
		return;
	}
	if (op == OP_BUMP)
		metrics_count(&f->gauges.metrics, f->gauges.chains[c - f->chains].bumps, 1);
	journal_leg(f, l, &n);
	went_well(l);
}

static void
take_signatures(struct flow *f, struct leg *l, const struct said *a)
{
	struct span signatures, payload;

	json_of(a, "signatures", JSON_ARRAY, &signatures);
	json_of(a, "payload", JSON_STRING, &payload);
	/* not logged: if it is lost, the same payload is signed again */
	if (!ask_assemble(f, l, signatures, payload))
		flow_later(f, l);
}

static bool
has_version(const struct leg *l, struct span tx_id)
{
	for (size_t i = 0; i < l->versions_n; i++)
		if (l->versions[i].state == VERSION_SIGNED && span_is(tx_id, l->versions[i].tx_id))
			return true;
	return false;
}

/* Has another payment this transaction? */
static bool
is_known(const struct flow *f, const struct leg *mine, const struct change *n)
{
	for (size_t i = 0; i < f->open_n; i++)
		if (f->open[i] != mine && strcmp(f->open[i]->chain, mine->chain) == 0 &&
		    has_version(f->open[i], n->tx_id))
			return true;
	return false;
}

static void
take_assembled(struct flow *f, struct leg *l, const struct said *a)
{
	struct change n = {.status = LEG_SIGNED};
	const struct version *v = leg_making(l);

	if (!v) { /* thrown away meanwhile */
		flow_later(f, l);
		return;
	}
	if (!text(a, "raw", &n.raw) || !text(a, "txId", &n.tx_id) || n.tx_id.len == 0 ||
	    n.tx_id.len > TX_ID_MAX || a->line.len > ANSWER_MAX) {
		bad_answer(f, l, OP_ASSEMBLE, "BAD_ANSWER", "no raw or txId, or too long");
		return;
	}
	if (is_known(f, l, &n)) {
		/* one transaction would be taken for two payments */
		bad_answer(f, l, OP_ASSEMBLE, "BAD_ANSWER",
			   "this transaction is another payment's");
		return;
	}
	n.kind = v->kind;
	n.fee = span_of(v->fee);
	journal_leg(f, l, &n);
	went_well(l);
	l->live.screened = false;
	l->live.underpriced = false;
	l->live.fresh_us = f->now_us;
}

static void
take_submitted(struct flow *f, struct leg *l, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);
	const struct version *v = leg_newest(l);
	struct span tx_id;

	if (text(a, "txId", &tx_id) && (!v || !span_is(tx_id, v->tx_id))) {
		bad_answer(f, l, OP_SUBMIT, "BAD_ANSWER", "the node took it under another id");
		return;
	}
	went_well(l);
	l->live.underpriced = false;
	l->live.sent_n = l->versions_n;
	metrics_count(&f->gauges.metrics, f->gauges.chains[c - f->chains].submitted, 1);
	if (v && (l->status == LEG_RELEASED || strcmp(v->kind, "pay") != 0 || l->versions_n > 1) &&
	    l->status != LEG_CONFIRMING)
		journal_leg(f, l,
			    &(struct change){.status = LEG_SUBMITTED,
					     .tx_id = span_of(v->tx_id),
					     .kind = v->kind});
	l->live.next_us = f->now_us + c->config->poll_us;
}

static void
take_screened(struct flow *f, struct leg *l)
{
	went_well(l);
	if (l->status == LEG_NEW)
		journal_leg(f, l, &(struct change){.status = LEG_SCREENED});
	else
		l->live.screened = true;
	l->live.screened_us = f->now_us;
}

/* ---- poll ---- */

struct sight {
	struct span status, tx_id, block, hash, fee, moved, code, msg;
	uint64_t confirmations, height;
};

static bool
read_sight(const struct said *a, struct sight *s)
{
	struct span value;

	*s = (struct sight){0};
	if (!text(a, "status", &s->status))
		return false;
	text(a, "txId", &s->tx_id);
	text(a, "fee", &s->fee);
	text(a, "moved", &s->moved);
	text(a, "code", &s->code);
	text(a, "msg", &s->msg);
	if (json_find(a->line, "confirmations", &value) && !number_u64(value, &s->confirmations))
		return false;
	if (json_of(a, "block", JSON_OBJECT, &s->block) &&
	    (!json_find(s->block, "hash", &value) || !json_plain(value, &s->hash) ||
	     !json_find(s->block, "height", &value) || !number_u64(value, &s->height)))
		return false;
	return true;
}

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

	keep_text(s->code, code_text, sizeof code_text);
	keep_text(s->msg, msg_text, sizeof msg_text);
	count_failure(f, OP_POLL);
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
	keep_text(s->code, code, sizeof code);
	journal_leg(f, l, &(struct change){.status = LEG_EXPIRED, .code = *code ? code : "DEAD"});
	went_well(l);
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

static void
take_sight(struct flow *f, struct leg *l, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);
	struct sight s;

	if (!read_sight(a, &s)) {
		flow_later(f, l);
		return;
	}
	if (s.tx_id.ptr ? !has_version(l, s.tx_id) : !needs_no_id(&s)) {
		bad_answer(f, l, OP_POLL, "BAD_ANSWER",
			   "saw a transaction that is not of this payment");
		return;
	}
	went_well(l);
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

static void
take_leg(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	if (!a->ok) {
		went_wrong(f, l, op, a);
		return;
	}
	switch (op) {
	case OP_SCREEN: take_screened(f, l); break;
	case OP_PREPARE:
	case OP_BUMP:
	case OP_CANCEL: take_prepared(f, l, a, op); break;
	case OP_SIGN: take_signatures(f, l, a); break;
	case OP_ASSEMBLE: take_assembled(f, l, a); break;
	case OP_SUBMIT: take_submitted(f, l, a); break;
	case OP_POLL: take_sight(f, l, a); break;
	case OP_INFO:
	case OP_BALANCE:
	case OP_HEIGHT:
	case OPS: CHECK(false); /* those are about chains */
	}
}

/* ---- answers about chains ---- */

static void
take_info(struct flow_chain *c, const struct said *a)
{
	struct flow *f = c->flow;
	struct span assets, one, value, plain;
	struct json_walk w;
	uint64_t decimals;
	bool found = false;

	if (!json_of(a, "assets", JSON_ARRAY, &assets))
		return;
	w = json_walk(assets);
	while (json_next_element(&w, &one)) {
		if (!json_find(one, "asset", &value) || !json_plain(value, &plain) ||
		    !span_is(plain, c->config->asset))
			continue;
		found = json_find(one, "decimals", &value) && number_u64(value, &decimals) &&
			decimals == c->config->decimals;
	}
	if (!found) {
		diag(DIAG_ERROR, "config", diag_str("chain", c->config->name),
		     diag_str("why", "asset or decimals are not those of the chain: paused"));
		c->info_us = f->now_us + f->config.retry_max_us;
		return;
	}
	if (text(a, "wallet", &value))
		keep_text(value, c->wallet, sizeof c->wallet);
	if (text(a, "network", &value))
		keep_text(value, c->network, sizeof c->network);
	c->ordered = json_find(a->line, "ordered", &value) && json_is_true(value);
	c->replaces = json_find(a->line, "replaces", &value) && json_is_true(value);
	c->informed = c->child.starts;
}

static void
take_height(struct flow_chain *c, const struct said *a)
{
	struct flow *f = c->flow;
	struct gauges_chain *g = &f->gauges.chains[c - f->chains];
	struct span value;
	uint64_t time = 0;

	if (json_find(a->line, "height", &value) && number_u64(value, &c->height))
		metrics_set(&f->gauges.metrics, g->height, (int64_t)c->height);
	if (!json_find(a->line, "time", &value) || !number_u64(value, &time) || time > UINT32_MAX)
		return;
	c->lag_us = f->clock_us - (int64_t)time * 1000000;
	if (json_find(a->line, "syncing", &value) && json_is_true(value))
		c->lag_us = INT64_MAX / 2;
	metrics_set(&f->gauges.metrics, g->lag, c->lag_us / 1000);
}

static void
take_balance(struct flow_chain *c, const struct said *a)
{
	struct flow *f = c->flow;
	struct gauges_chain *g = &f->gauges.chains[c - f->chains];
	struct span amount, fees, value;
	decimal_int have = 0, gas = 0;
	uint64_t utxos;
	bool low;

	if (!text(a, "amount", &amount) || !base_units_parse(amount, &have))
		return;
	if (text(a, "feeAmount", &fees))
		base_units_parse(fees, &gas);
	if (json_find(a->line, "utxos", &value) && number_u64(value, &utxos))
		metrics_set(&f->gauges.metrics, g->utxos, (int64_t)utxos);
	gauges_units(&f->gauges, g->balance, have);
	gauges_units(&f->gauges, g->fee_balance, gas);
	low = have < c->config->balance_min || gas < c->config->fee_balance_min;
	if (low && !c->low)
		diag(DIAG_WARNING, "balance", diag_str("chain", c->config->name),
		     diag_span("amount", amount), diag_span("fees", fees.ptr ? fees : amount),
		     diag_str("why", "below its minimum"));
	c->low = low;
}

static void
take_chain(struct flow_chain *c, enum flow_op op, const struct said *a)
{
	struct flow *f = c->flow;

	if (!a->ok) {
		metrics_count(&f->gauges.metrics, f->gauges.chains[c - f->chains].errors, 1);
		diag(DIAG_WARNING, "refused", diag_str("chain", c->config->name),
		     diag_str("op", flow_op_name(op)),
		     diag_str("class", frame_class_name(a->class)), diag_str("code", a->code_text),
		     diag_str("why", a->msg_text));
		if (op == OP_INFO)
			c->info_us = f->now_us + (a->class == FRAME_CONFIG ? f->config.retry_max_us
									   : f->config.retry_us);
		return;
	}
	if (op == OP_INFO)
		take_info(c, a);
	else if (op == OP_HEIGHT)
		take_height(c, a);
	else
		take_balance(c, a);
}

/* ---- all of them ---- */

/* A request that ends without an answer is one that may have been carried out. */
static const struct said nothing = {.class = FRAME_RETRY,
				    .code_text = "NO_ANSWER",
				    .msg_text = "the program ended or took too long"};

bool
flow_take_answer(void *context, const struct child_request *q, struct span line)
{
	struct flow *f = context;
	enum flow_op op = (enum flow_op)q->op;
	bool of_chain = op == OP_INFO || op == OP_HEIGHT || op == OP_BALANCE;
	const char *job = of_chain ? NULL : ((struct leg *)q->subject)->id;
	struct said said;
	bool read = line.ptr && read_said(line, q->id, op, job, &said);
	const struct said *a = read ? &said : &nothing;

	if (of_chain) {
		struct flow_chain *c = q->subject;

		*(op == OP_INFO	    ? &c->asked_info
		  : op == OP_HEIGHT ? &c->asked_height
				    : &c->asked_balance) = false;
		take_chain(c, op, a);
	} else {
		struct leg *l = q->subject;
		struct flow_chain *c = flow_chain_of(f, l);

		l->live.asked = false;
		if (c->making == l)
			c->making = NULL;
		take_leg(f, l, op, a);
	}
	return !line.ptr || read;
}
