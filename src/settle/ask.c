/* ask: the requests of adapter(5), out of the book. */
#include "flow.h"

#include "check.h"
#include "diag.h"
#include "limit.h"

static void
member(struct buf *b, const char *name, const char *value)
{
	if (value && *value)
		buf_json_member_string(b, name, span_of(value));
}

static void
member_json(struct buf *b, const char *name, const char *json)
{
	if (json)
		buf_json_member_raw(b, name, span_of(json));
}

static void
open_request(struct flow *f, const struct child *c, enum flow_op op)
{
	buf_clear(&f->request);
	buf_byte(&f->request, '{');
	buf_json_member_string(&f->request, "op", span_of(flow_op_name(op)));
	buf_json_member_u64(&f->request, "id", child_id(c));
}

static void
send(struct flow *f, struct child *c, enum flow_op op, void *subject)
{
	buf_byte(&f->request, '}');
	CHECK(buf_ok(&f->request));
	child_ask(c, (int)op, subject, buf_span(&f->request), f->now_us);
}

/* ---- chains ---- */

void
ask_chain(struct flow *f, struct flow_chain *c, enum flow_op op)
{
	open_request(f, &c->child, op);
	if (op == OP_BALANCE) {
		member(&f->request, "address", c->wallet);
		member(&f->request, "asset", c->config->asset);
	}
	send(f, &c->child, op, c);
}

/* ---- legs ---- */

static void
print_payment(struct flow *f, const struct flow_chain *c, const struct leg *l)
{
	struct buf *b = &f->request;

	member(b, "job", l->id);
	member(b, "asset", l->asset);
	member(b, "from", l->payer ? c->config->spender : c->wallet);
	member(b, "to", l->to);
	member(b, "amount", l->amount);
	member(b, "payer", l->payer);
}

/* What every other transaction of this chain's wallet holds. */
static void
print_busy(struct flow *f, const struct flow_chain *c, const struct leg *mine)
{
	struct buf *b = &f->request;
	const struct flow_chain *of;
	bool first = true;

	buf_json_key(b, "busy");
	buf_byte(b, '[');
	for (size_t i = 0; i < f->open_n; i++) {
		const struct leg *l = f->open[i];

		of = l == mine ? NULL : flow_chain_of(f, l);
		if (!of || !flow_same_wallet(c, of))
			continue;
		for (size_t k = 0; k < l->versions_n; k++) {
			struct span s = span_of(l->versions[k].spends);

			if (l->versions[k].state == VERSION_DEAD || s.len <= 2)
				continue;
			if (!first)
				buf_byte(b, ',');
			first = false;
			buf_add(b, (struct span){s.ptr + 1, s.len - 2});
		}
	}
	buf_byte(b, ']');
}

static void
print_versions(struct flow *f, const struct leg *l, bool whole)
{
	struct buf *b = &f->request;
	bool first = true;

	buf_json_key(b, "versions");
	buf_byte(b, '[');
	for (size_t i = 0; i < l->versions_n; i++) {
		const struct version *v = &l->versions[i];

		if (v->state != VERSION_SIGNED)
			continue;
		buf_str(b, first ? "{" : ",{");
		first = false;
		member(b, "txId", v->tx_id);
		member(b, "kind", v->kind);
		buf_json_member_raw(b, "spends", span_of(v->spends ? v->spends : "[]"));
		buf_json_member_raw(b, "expiry", span_of(v->expiry ? v->expiry : "null"));
		if (whole) {
			member(b, "raw", v->raw);
			member(b, "fee", v->fee);
			member(b, "feeRate", v->fee_rate);
		}
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
}

static void
print_block(struct flow *f, const struct leg *l)
{
	struct buf *b = &f->request;

	if (!l->block_hash)
		return;
	buf_json_key(b, "block");
	buf_byte(b, '{');
	buf_json_member_u64(b, "height", l->block_height);
	member(b, "hash", l->block_hash);
	buf_byte(b, '}');
}

static void
print_fee_max(struct flow *f, const struct flow_chain *c)
{
	char text[BASE_UNITS_TEXT_MAX];

	base_units_print(c->config->fee_max, text);
	member(&f->request, "feeMax", text);
}

static void
print_sign(struct flow *f, const struct flow_chain *c, const struct leg *l)
{
	const struct version *v = leg_making(l);
	struct buf *b = &f->request;

	CHECK(v);
	member(b, "chain", c->config->name);
	member(b, "kind", v->kind);
	buf_json_member_u64(b, "version", l->versions_n);
	print_payment(f, c, l);
	member(b, "fee", v->fee);
	member(b, "feeAsset", c->config->fee_asset);
	member_json(b, "unsigned", v->unsigned_);
}

static void
print_screen(struct flow *f, const struct flow_chain *c, const struct leg *l)
{
	struct buf *b = &f->request;

	member(b, "job", l->id);
	member(b, "chain", c->config->name);
	member(b, "asset", l->asset);
	member(b, "address", l->to);
	member(b, "account", l->account);
	member(b, "amount", l->amount);
	buf_json_member_u64(b, "decimals", c->config->decimals);
	member(b, "phase", l->status == LEG_NEW ? "take" : "pay");
}

/* Thousands of open payments, or an adapter's long answers, do not fit: that waits, loudly. */
static bool
fits(struct flow *f, struct leg *l, enum flow_op op)
{
	if (buf_ok(&f->request) && f->request.len < LIMIT_LINE_BYTES - 1)
		return true;
	diag(DIAG_WARNING, "request", diag_str("leg", l->id), diag_str("op", flow_op_name(op)),
	     diag_str("why", "longer than a line may be: it waits"));
	flow_later(f, l);
	return false;
}

static struct child *
child_for(struct flow *f, struct flow_chain *c, enum flow_op op)
{
	if (op == OP_SIGN)
		return c->config->signer[0] ? &c->signer : &f->signer;
	return op == OP_SCREEN ? &f->screener : &c->child;
}

bool
ask_leg(struct flow *f, struct leg *l, enum flow_op op)
{
	struct flow_chain *c = flow_chain_of(f, l);
	const struct version *newest = leg_newest(l);
	struct child *child;

	CHECK(c);
	child = child_for(f, c, op);
	if (!child_ready(child, f->now_us))
		return false;
	open_request(f, child, op);
	switch (op) {
	case OP_SCREEN: print_screen(f, c, l); break;
	case OP_SIGN: print_sign(f, c, l); break;
	case OP_PREPARE:
		print_payment(f, c, l);
		print_busy(f, c, l);
		print_fee_max(f, c);
		buf_json_member_u64(&f->request, "attempt", l->rounds + 1);
		break;
	case OP_BUMP:
	case OP_CANCEL:
		print_payment(f, c, l);
		print_busy(f, c, l);
		print_fee_max(f, c);
		print_versions(f, l, true);
		break;
	case OP_SUBMIT:
		CHECK(newest);
		member(&f->request, "raw", newest->raw);
		member(&f->request, "txId", newest->tx_id);
		l->live.fresh_us = f->now_us;
		break;
	case OP_POLL:
		print_payment(f, c, l);
		print_versions(f, l, false);
		print_block(f, l);
		break;
	case OP_INFO:
	case OP_ASSEMBLE:
	case OP_BALANCE:
	case OP_HEIGHT:
	case OPS: CHECK(false); /* those are about chains */
	}
	if (!fits(f, l, op))
		return false;
	send(f, child, op, l);
	l->live.asked = true;
	return true;
}

bool
ask_assemble(struct flow *f, struct leg *l, struct span signatures, struct span payload)
{
	struct flow_chain *c = flow_chain_of(f, l);
	const struct version *v = leg_making(l);

	CHECK(c);
	if (!v || !child_ready(&c->child, f->now_us))
		return false;
	open_request(f, &c->child, OP_ASSEMBLE);
	member_json(&f->request, "unsigned", v->unsigned_);
	if (payload.ptr)
		buf_json_member_raw(&f->request, "payload", payload);
	buf_json_member_raw(&f->request, "signatures",
			    signatures.ptr ? signatures : SPAN_LIT("[]"));
	if (!fits(f, l, OP_ASSEMBLE))
		return false;
	send(f, &c->child, OP_ASSEMBLE, l);
	l->live.asked = true;
	return true;
}
