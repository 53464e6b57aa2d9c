/* journal: the lines of the log, and the receipts among them. */
#include "flow.h"

#include "check.h"
#include "diag.h"
#include "json.h"
#include "limit.h"
#include "tool.h"

#include <stdio.h>

static const char receipt_head[] = "{\"type\":\"receipt\"";

static void
member(struct buf *b, const char *name, const char *value)
{
	if (value)
		buf_json_member_string(b, name, span_of(value));
}

static void
member_span(struct buf *b, const char *name, struct span value)
{
	if (value.ptr)
		buf_json_member_string(b, name, value);
}

static void
member_json(struct buf *b, const char *name, struct span json)
{
	if (json.ptr)
		buf_json_member_raw(b, name, json);
}

/* ---- out ---- */

bool
journal_receipt(struct span line, uint64_t seq, struct buf *out)
{
	struct span head = {receipt_head, sizeof receipt_head - 1}, log;
	size_t type = head.len;

	if (!span_starts(line, head)) {
		if (!span_starts(line, SPAN_LIT("{\"type\":\"hold\"")) &&
		    !span_starts(line, SPAN_LIT("{\"type\":\"retry\"")))
			return false;
		type = span_find(line, SPAN_LIT(",\"swap\""));
	}
	buf_add(out, (struct span){line.ptr, type});
	buf_json_member_u64(out, "seq", seq);
	if (json_find(line, "log", &log))
		line.len = (size_t)(log.ptr - line.ptr) - sizeof ",\"log\":" + 1;
	else
		line.len--;
	buf_add(out, (struct span){line.ptr + type, line.len - type});
	buf_byte(out, '}');
	return true;
}

/* Take f->line into the log and the book, and what of it is for the outside to stdout. */
static void
keep(struct flow *f)
{
	uint64_t printed = f->book.receipts;
	const char *why;

	CHECK(buf_ok(&f->line));
	why = swap_book_apply(&f->book, buf_span(&f->line));
	if (why)
		tool_die(EXIT_BUG, "log", buf_span(&f->line).ptr, why);
	buf_add(&f->log, buf_span(&f->line));
	buf_byte(&f->log, '\n');
	if (f->book.receipts > printed) {
		CHECK(journal_receipt(buf_span(&f->line), f->book.receipts, &f->out));
		buf_byte(&f->out, '\n');
	}
	CHECK(buf_ok(&f->log) && buf_ok(&f->out));
}

void
journal_line(struct flow *f, struct span line)
{
	buf_clear(&f->line);
	buf_add(&f->line, line);
	keep(f);
}

/* A batch of the log is there whole or not at all, and what is appended at once and short is one
 * batch. So what came before goes first. */
void
journal_begin_together(struct flow *f)
{
	flow_append(f);
}

void
journal_end_together(struct flow *f)
{
	CHECK(f->log.len <= LIMIT_WAL_BATCH_BYTES);
	flow_append(f);
}

/* ---- legs ---- */

static void
print_payment(const struct leg *l, struct buf *b)
{
	member(b, "swap", l->swap->id);
	member(b, "leg", l->id);
	member(b, "orderId", l->order_id);
	member(b, "matchId", l->swap->match_id);
	member(b, "symbol", l->swap->symbol);
	member(b, "account", l->account);
	member(b, "chain", l->chain);
	member(b, "asset", l->asset);
	member(b, "direction", l->direction);
	member(b, "amount", l->amount);
	member(b, "to", l->to);
	member(b, "payer", l->payer);
	member(b, "of", l->of);
}

static uint64_t
version_of(const struct leg *l, const struct change *c)
{
	if (c->status == LEG_PREPARED)
		return l->versions_n + 1;
	for (size_t i = 0; c->tx_id.ptr && i < l->versions_n; i++)
		if (l->versions[i].tx_id && span_is(c->tx_id, l->versions[i].tx_id))
			return i + 1;
	return c->status == LEG_SIGNED ? l->versions_n : 0;
}

static void
print_change(struct flow *f, const struct leg *l, const struct change *c, struct buf *b)
{
	uint64_t version = version_of(l, c);
	char fee_asset[CONFIG_NAME_MAX + 1] = "";
	const struct flow_chain *chain = flow_chain_of(f, l);

	member(b, "status", leg_status_name(c->status));
	if (version)
		buf_json_member_u64(b, "version", version);
	member(b, "kind", c->kind);
	member_span(b, "txId", c->tx_id);
	member_span(b, "fee", c->fee);
	if (chain)
		snprintf(fee_asset, sizeof fee_asset, "%s", chain->config->fee_asset);
	if (c->fee.ptr)
		member(b, "feeAsset", fee_asset);
	if (c->confirmations)
		buf_json_member_u64(b, "confirmations", c->confirmations);
	member_json(b, "block", c->block);
	member(b, "code", c->code);
	member(b, "msg", c->msg);
	if (c->cancel)
		buf_json_member_bool(b, "cancel", true);
	buf_json_member_i64(b, "ts", f->clock_us);
}

static void
print_inner(const struct change *c, struct buf *b)
{
	if (!c->unsigned_.ptr && !c->raw.ptr)
		return;
	buf_json_key(b, "log");
	buf_byte(b, '{');
	member_span(b, "raw", c->raw);
	member_span(b, "feeRate", c->fee_rate);
	member_json(b, "spends", c->spends);
	member_json(b, "expiry", c->expiry);
	member_json(b, "unsigned", c->unsigned_);
	buf_byte(b, '}');
}

void
journal_leg(struct flow *f, struct leg *l, const struct change *c)
{
	struct flow_chain *chain = flow_chain_of(f, l);
	uint64_t reorgs = l->reorgs;

	buf_clear(&f->line);
	buf_str(&f->line, receipt_head);
	print_payment(l, &f->line);
	print_change(f, l, c, &f->line);
	print_inner(c, &f->line);
	buf_byte(&f->line, '}');
	keep(f);
	if (!chain)
		return;
	metrics_count(&f->gauges.metrics, f->gauges.chains[chain - f->chains].events, 1);
	metrics_count(&f->gauges.metrics, f->gauges.chains[chain - f->chains].reorgs,
		      (int64_t)(l->reorgs - reorgs));
}

/* ---- swaps ---- */

void
journal_hold(struct flow *f, struct swap *s, const char *code)
{
	buf_clear(&f->line);
	buf_str(&f->line, "{\"type\":\"hold\"");
	member(&f->line, "swap", s->id);
	member(&f->line, "code", code);
	buf_json_member_i64(&f->line, "ts", f->clock_us);
	buf_byte(&f->line, '}');
	keep(f);
}

void
journal_retry(struct flow *f, struct swap *s, struct span to)
{
	buf_clear(&f->line);
	buf_str(&f->line, "{\"type\":\"retry\"");
	member(&f->line, "swap", s->id);
	member_json(&f->line, "to", to);
	buf_json_member_i64(&f->line, "ts", f->clock_us);
	buf_byte(&f->line, '}');
	keep(f);
}
