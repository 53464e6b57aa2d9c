#include "gauges.h"

#include "check.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
label(const char *name, const char *value)
{
	char *text;

	CHECK(asprintf(&text, "%s=\"%s\"", name, value) > 0);
	return text;
}

/* Bitcoin's names have no chain among their labels where the dashboards have none. */
static const struct family {
	size_t at;
	const char *btc, *other, *type, *help;
} families[] = {
    {offsetof(struct gauges_chain, submitted), "dex_btc_tx_submitted_total",
     "dex_usdc_tx_submitted_total", "counter", "Transactions that a node took, replacements too."},
    {offsetof(struct gauges_chain, confirmations), "dex_btc_tx_confirmations",
     "dex_usdc_tx_confirmations", "gauge", "Confirmations of the payment looked at last."},
    {offsetof(struct gauges_chain, latency), "dex_btc_tx_latency", "dex_usdc_tx_latency_ms",
     "gauge", "Milliseconds from submission to confirmed, of the last payment."},
    {offsetof(struct gauges_chain, pending), "dex_btc_psbt_pending", "dex_usdc_tx_pending", "gauge",
     "Payments that are prepared or signed and not sent."},
    {offsetof(struct gauges_chain, errors), "dex_btc_rpc_errors_total", "dex_usdc_rpc_errors_total",
     "counter", "Answers of class retry, and adapters that did not answer."},
    {offsetof(struct gauges_chain, height), "dex_btc_chain_height", "dex_usdc_chain_height",
     "gauge", "Height of the chain."},
    {offsetof(struct gauges_chain, limit), "dex_risk_btc_limit", "dex_risk_usdc_limit", "gauge",
     "Base units that may be open at once; 0: any."},
    {offsetof(struct gauges_chain, exposure), "dex_risk_btc_open", "dex_risk_usdc_open", "gauge",
     "Base units that are open now."},
    {offsetof(struct gauges_chain, events), "dex_settlement_events_total", NULL, "counter",
     "Changes of payments that were logged."},
    {offsetof(struct gauges_chain, lag), "dex_settlement_lag_ms", NULL, "gauge",
     "Age of the chain's newest block."},
    {offsetof(struct gauges_chain, reorgs), "dex_settlement_reorgs_total", NULL, "counter",
     "Payments that a reorganisation took out of their block."},
    {offsetof(struct gauges_chain, balance), "dex_settlement_balance", NULL, "gauge",
     "The hot wallet's balance of the asset, in base units."},
    {offsetof(struct gauges_chain, fee_balance), "dex_settlement_fee_balance", NULL, "gauge",
     "The hot wallet's balance of what fees are paid in, in base units."},
    {offsetof(struct gauges_chain, spends), "dex_settlement_spends", NULL, "gauge",
     "Inputs or nonces that transactions on their way hold."},
    {offsetof(struct gauges_chain, utxos), "dex_settlement_utxos", NULL, "gauge",
     "Coins in the wallet, where there are such."},
    {offsetof(struct gauges_chain, bumps), "dex_settlement_bumps_total", NULL, "counter",
     "Replacements at a higher fee."},
};

/* The members of one family must stand side by side in the file. */
static void
add_family(struct gauges *g, const struct family *f, const struct config *c, bool btc)
{
	const char *name = btc || !f->other ? f->btc : f->other;

	for (size_t i = 0; i < c->chains_n; i++) {
		size_t *index = (size_t *)(void *)((char *)&g->chains[i] + f->at);

		if (f->other && btc != (strcmp(c->chains[i].asset, "BTC") == 0))
			continue;
		*index = metrics_add(&g->metrics, name, f->type, f->help,
				     label("chain", c->chains[i].name));
	}
}

void
gauges_init(struct gauges *g, const char *file, const struct config *c)
{
	static const char *const phases[PHASES] = {"screen", "prepare", "sign", "submit",
						   "confirm"};
	struct metrics *m = &g->metrics;

	metrics_init(m, file);
	for (int i = 0; i < PHASES; i++)
		g->failures[i] =
		    metrics_add(m, "dex_crosschain_failures_total", "counter",
				"Payments that failed for good, or are held, by where.",
				label("phase", phases[i]));
	g->held = metrics_add(m, "dex_settlement_held", "gauge", "Swaps that wait for an operator.",
			      NULL);
	g->open =
	    metrics_add(m, "dex_settlement_open", "gauge", "Payments that are not over.", NULL);
	g->signing_failures = metrics_add(m, "dex_settlement_signing_failures_total", "counter",
					  "Signatures that were refused or are wrong.", NULL);
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		add_family(g, &families[i], c, true);
		if (families[i].other)
			add_family(g, &families[i], c, false);
	}
	for (size_t i = 0; i < c->chains_n; i++)
		gauges_units(g, g->chains[i].limit, c->chains[i].open_max);
}

void
gauges_units(struct gauges *g, size_t index, decimal_int units)
{
	metrics_set(&g->metrics, index, units > INT64_MAX ? INT64_MAX : (int64_t)units);
}
