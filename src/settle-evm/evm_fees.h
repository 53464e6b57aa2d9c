/*
 * evm_fees: what a transaction offers for its gas, within a cap.
 *
 * A first version offers twice the base fee and the tip (six full blocks in a row cannot outrun
 * it), less where that would cost too much, but never less than the next block's highest possible
 * base fee and the tip. A new version of it offers at least an eighth more than every version
 * before it, in both numbers, rounded up: nodes ask for 10 %, some for 12.5 %; and no less than a
 * first version would. An eighth is never cut down to the cap: what does not fit is refused.
 *
 * Where blocks have no base fee, there is one number, the price; it stands in cap, and tip with it.
 */
#ifndef TP_EVM_FEES_H
#define TP_EVM_FEES_H

#include "u256.h"

struct evm_fees {
	struct u256 tip, cap; /* wei a gas */
};

struct evm_market {
	bool dynamic; /* blocks have a base fee */
	struct u256 base;
	struct u256 tip; /* what the node suggests; without base fee: the price that it suggests */
};

struct evm_ceiling {
	struct u256 cap;  /* most wei a gas */
	struct u256 cost; /* most wei in all */
};

enum evm_fees_error {
	EVM_FEES_OK,
	EVM_FEES_E_CAP,	 /* the market wants more wei a gas than there may be */
	EVM_FEES_E_COST, /* ... than the whole may cost */
};

/* gas is not 0. */
enum evm_fees_error evm_fees_first(const struct evm_market *market, uint64_t gas,
				   const struct evm_ceiling *ceiling, struct evm_fees *out);

/* highest: the highest tip and the highest cap of the versions before. */
enum evm_fees_error evm_fees_bump(const struct evm_market *market, const struct evm_fees *highest,
				  uint64_t gas, const struct evm_ceiling *ceiling,
				  struct evm_fees *out);

/* gas * cap; false when it does not fit. */
bool evm_fees_cost(const struct evm_fees *fees, uint64_t gas, struct u256 *out);

#endif
