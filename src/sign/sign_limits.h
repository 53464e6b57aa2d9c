/*
 * limits: how much of an asset may go out on a chain, at once and in a day (screen(1), LIMITS).
 *
 *     {"type":"limit","chain":"eth","asset":"USDC","decimals":6,"txMax":"...","dayMax":"..."}
 *
 * A chain and asset without a rule are refused. A job counts once, whatever often and in whichever
 * phase it is asked about. A day is the last 24 to 25 hours (ledger.h).
 *
 * Pure: no I/O, no clock. The text of the rules must outlive them.
 */
#ifndef TP_LIMITS_H
#define TP_LIMITS_H

#include "ledger.h"

#define LIMITS_MAX 64
#define LIMITS_FILE_BYTES (64u << 10)
#define LIMITS_JOBS_MAX (1u << 20)

struct limit {
	struct span chain, asset;
	uint64_t decimals;
	units_int tx_max, day_max;
	struct ledger_window spent;
};

struct limits {
	struct limit list[LIMITS_MAX];
	size_t n;
	struct keymap jobs; /* to a digest of what they were counted for */
	int64_t now_ms;
	uint64_t fault_line;
	const char *fault;
};

/* False: fault_line and fault are set. */
bool limits_read(struct limits *l, struct span text, const uint64_t secret[2]);
void limits_release(struct limits *l);

struct limit *limits_find(struct limits *l, struct span chain, struct span asset);

struct limits_asked {
	struct span job, chain, asset, address;
	units_int amount;
	uint64_t decimals; /* LIMITS_NO_DECIMALS: not said */
	int64_t at_ms;
};
#define LIMITS_NO_DECIMALS UINT64_MAX

/* NULL, or a code and in *why a reason. */
const char *limits_judge(struct limits *l, const struct limits_asked *a, const char **why);

/* Count it, unless its job has been. False: no memory, or a million jobs. */
bool limits_enter(struct limits *l, const struct limits_asked *a);

#endif
