/* take_chain: what a chain's program says of the chain itself: what it pays, how high it is, what
 * our wallet has. */
#include "take_parts.h"

#include "diag.h"
#include "number.h"

static void
take_info(struct flow_chain *c, const struct said *a)
{
	struct flow *f = c->flow;
	struct span assets, one, value, plain;
	struct json_walk w;
	uint64_t decimals;
	bool found = false;

	if (!said_json(a, "assets", JSON_ARRAY, &assets))
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
	if (said_text(a, "wallet", &value))
		said_keep(value, c->wallet, sizeof c->wallet);
	if (said_text(a, "network", &value))
		said_keep(value, c->network, sizeof c->network);
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

	if (!said_text(a, "amount", &amount) || !base_units_parse(amount, &have))
		return;
	if (said_text(a, "feeAmount", &fees))
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

void
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
