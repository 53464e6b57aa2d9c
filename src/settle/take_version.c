/* take_version: a payment in the making: screened, prepared, signed, assembled, sent. What an
 * adapter has made is checked before it is logged: whatever it may have done wrong, nobody else is
 * paid, and nothing twice. */
#include "take_parts.h"

#include "limit.h"

#include <string.h>

/* An answer that goes into the log, with what is written around it, must fit into a line; and all
 * versions of a payment into a request. Transactions have some hundred bytes. */
#define ANSWER_MAX (LIMIT_LINE_BYTES / 4)
/* Solana's are the longest, 88 characters. */
#define TX_ID_MAX 200

void
take_screened(struct flow *f, struct leg *l)
{
	flow_went_well(l);
	if (l->status == LEG_NEW)
		journal_leg(f, l, &(struct change){.status = LEG_SCREENED});
	else
		l->live.screened = true;
	l->live.screened_us = f->now_us;
}

/* ---- prepared, bumped, cancelled ---- */

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

	if (pays && (!said_agrees(a, "to", l->to) || !said_agrees(a, "amount", l->amount) ||
		     !said_agrees(a, "asset", l->asset)))
		return "pays another amount, or somebody else";
	if (!base_units_parse(n->fee, &fee) || fee > c->config->fee_max)
		return "costs more than feeMax";
	if (n->spends.len >= sizeof spends)
		return "spends too much at once";
	if (!is_kind_of(op, n->kind))
		return "is of another kind than was asked for";
	if (op == OP_PREPARE)
		return NULL;
	said_keep(n->spends, spends, sizeof spends);
	for (size_t i = 0; i < l->versions_n && strcmp(n->kind, "child") != 0; i++)
		if (l->versions[i].state == VERSION_SIGNED &&
		    strcmp(l->versions[i].kind, "child") != 0 &&
		    !spends_meet(spends, l->versions[i].spends))
			return "could be mined beside an earlier version";
	return NULL;
}

/* Was it asked for by a leg that has changed since, by an operator's hand? */
static bool
is_stale(const struct leg *l, enum flow_op op)
{
	if (op == OP_PREPARE)
		return l->status != LEG_SCREENED && l->status != LEG_EXPIRED;
	return !leg_released(l);
}

void
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
	if (!said_text(a, "kind", &kind) || kind.len >= sizeof kind_text ||
	    !said_text(a, "fee", &n.fee) || !said_json(a, "unsigned", JSON_OBJECT, &n.unsigned_) ||
	    a->line.len > ANSWER_MAX) {
		take_bad_answer(f, l, op, "BAD_ANSWER", "no kind, fee or unsigned, or too long");
		return;
	}
	said_keep(kind, kind_text, sizeof kind_text);
	n.kind = kind_text;
	said_text(a, "feeRate", &n.fee_rate);
	said_json(a, "spends", JSON_ARRAY, &n.spends);
	said_json(a, "expiry", JSON_OBJECT, &n.expiry);
	why = bad_version(c, l, &n, a, op);
	if (why || l->versions_n == SWAP_VERSIONS_MAX) {
		take_bad_answer(f, l, op, "BAD_VERSION", why ? why : "too many versions");
		return;
	}
	if (op == OP_BUMP)
		metrics_count(&f->gauges.metrics, f->gauges.chains[c - f->chains].bumps, 1);
	journal_leg(f, l, &n);
	flow_went_well(l);
}

/* ---- signed ---- */

void
take_signatures(struct flow *f, struct leg *l, const struct said *a)
{
	struct span signatures, payload;

	said_json(a, "signatures", JSON_ARRAY, &signatures);
	said_json(a, "payload", JSON_STRING, &payload);
	/* not logged: if it is lost, the same payload is signed again */
	if (!ask_assemble(f, l, signatures, payload))
		flow_later(f, l);
}

/* Has another payment this transaction? */
static bool
is_known(const struct flow *f, const struct leg *mine, const struct change *n)
{
	for (size_t i = 0; i < f->open_n; i++)
		if (f->open[i] != mine && strcmp(f->open[i]->chain, mine->chain) == 0 &&
		    leg_has_version(f->open[i], n->tx_id))
			return true;
	return false;
}

void
take_assembled(struct flow *f, struct leg *l, const struct said *a)
{
	struct change n = {.status = LEG_SIGNED};
	const struct version *v = leg_making(l);

	if (!v) { /* thrown away meanwhile */
		flow_later(f, l);
		return;
	}
	if (!said_text(a, "raw", &n.raw) || !said_text(a, "txId", &n.tx_id) || n.tx_id.len == 0 ||
	    n.tx_id.len > TX_ID_MAX || a->line.len > ANSWER_MAX) {
		take_bad_answer(f, l, OP_ASSEMBLE, "BAD_ANSWER", "no raw or txId, or too long");
		return;
	}
	if (is_known(f, l, &n)) {
		/* one transaction would be taken for two payments */
		take_bad_answer(f, l, OP_ASSEMBLE, "BAD_ANSWER",
				"this transaction is another payment's");
		return;
	}
	n.kind = v->kind;
	n.fee = span_of(v->fee);
	journal_leg(f, l, &n);
	flow_went_well(l);
	l->live.screened = false;
	l->live.underpriced = false;
	l->live.fresh_us = f->now_us;
}

/* ---- sent ---- */

void
take_submitted(struct flow *f, struct leg *l, const struct said *a)
{
	struct flow_chain *c = flow_chain_of(f, l);
	const struct version *v = leg_newest(l);
	struct span tx_id;

	if (said_text(a, "txId", &tx_id) && (!v || !span_is(tx_id, v->tx_id))) {
		take_bad_answer(f, l, OP_SUBMIT, "BAD_ANSWER", "the node took it under another id");
		return;
	}
	flow_went_well(l);
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
