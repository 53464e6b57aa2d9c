/*
 * tron_plan: from what the chain says to the one transaction that pays, or to the reason why not.
 *
 * Pure. fee_limit is the most that the call's energy may cost, and the node holds to it even where
 * the energy is staked for and costs nothing: so it is taken from a trial of the very call, half as
 * much again added (energy prices of contracts in demand rise between trial and block), and never
 * above the setting. On top of it come a thousand sun, or what the chain asks, for each byte.
 */
#ifndef TP_TRON_PLAN_H
#define TP_TRON_PLAN_H

#include "tron_answer.h"

/* What a node counts beyond raw_data: the signature, what wraps both, and room for the result. */
#define TRON_WRAPPING_BYTES 144

struct tron_wallet {
	struct tron_address owner, contract;
	uint64_t fee_limit_max; /* sun */
	int64_t life_ms;
};

struct tron_order {
	struct tron_address to;
	bool pull; /* out of payer's tokens */
	struct tron_address payer;
	decimal_int amount;
	struct span job;
	uint64_t fee_max; /* UINT64_MAX: none */
};

struct tron_facts {
	struct tron_block solid; /* named by the transaction: no fork can take it away */
	int64_t now_ms;		 /* the newest block's time */
	struct tron_call trial;
	struct tron_prices prices;
	struct tron_resources resources;
	uint64_t balance;      /* sun */
	decimal_int tokens;    /* of who pays */
	decimal_int allowance; /* with pull */
};

/* Are these addresses to be paid at all? */
bool tron_plan_allowed(const struct tron_wallet *w, const struct tron_order *o,
		       struct frame_error *e);

/* The call alone, for the trial. */
void tron_plan_call(const struct tron_wallet *w, const struct tron_order *o,
		    struct tron_transfer *out);

/* The transaction and the most that it can cost. */
bool tron_plan(const struct tron_wallet *w, const struct tron_order *o, const struct tron_facts *f,
	       struct tron_transfer *out, uint64_t *fee, struct frame_error *e);

#endif
