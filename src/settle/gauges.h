/*
 * gauges: settle's metrics, under the names that the dashboards have (settle(1), "Metrics").
 */
#ifndef TP_GAUGES_H
#define TP_GAUGES_H

#include "config.h"
#include "metrics.h"

enum gauges_phase { PHASE_SCREEN, PHASE_PREPARE, PHASE_SIGN, PHASE_SUBMIT, PHASE_CONFIRM, PHASES };

struct gauges {
	struct metrics metrics;
	size_t failures[PHASES], held, open;
	struct gauges_chain {
		size_t submitted, confirmations, latency, pending, errors, height, lag, reorgs,
		    events, limit, exposure, balance, fee_balance, spends, utxos, bumps;
	} chains[CONFIG_CHAINS_MAX];
	size_t signing_failures;
};

void gauges_init(struct gauges *g, const char *file, const struct config *c);

/* Base units as a metric: at most what fits into 63 bits. */
void gauges_units(struct gauges *g, size_t index, decimal_int units);

#endif
