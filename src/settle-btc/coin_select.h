/*
 * coin_select: which coins pay. Exact and deterministic: the same coins, amounts, rate and seed
 * give the same choice.
 *
 * Each coin counts with what is left of it after its own input has been paid for (its effective
 * value); coins that cost more than they bring are left out. First a choice is looked for that
 * needs no change: branch and bound over the coins from large to small, for a sum between the
 * target and the target plus what change would cost, the least excess first found winning ties, at
 * most SELECT_TRIES steps. If there is none, coins are drawn one after the other in an order that
 * the seed shuffles (single random draw), until they pay the target, the change output and at least
 * `change_min` of change; if that takes more than inputs_max coins, the largest are taken. If even
 * these do not reach the change, but the target, the rest goes to the fee.
 *
 * Rates are satoshi per 1,000 vbytes; fees are rounded up.
 */
#ifndef TP_COIN_SELECT_H
#define TP_COIN_SELECT_H

#include "btc_tx.h"

/* As Bitcoin Core's. */
#define SELECT_TRIES 100000
/* Coins that are looked at: the largest of more. */
#define SELECT_COINS_MAX 4096

struct select_coin {
	uint64_t amount;
	size_t at; /* the caller's number of it */
};

struct select_ask {
	uint64_t target; /* all payments */
	uint64_t rate;
	size_t base_weight; /* of the transaction without inputs and change */
	size_t input_weight;
	size_t change_weight;
	uint64_t change_min; /* less change than this is not made */
	size_t inputs_max;
	unsigned char seed[HASH_BYTES];
};

struct select_answer {
	size_t n;
	size_t chosen[BTC_INPUTS_MAX]; /* the callers' numbers, in no order */
	uint64_t fee, change;	       /* change 0: none */
	bool exact;		       /* found by branch and bound */
};

uint64_t select_fee(uint64_t rate, size_t weight);

enum select_verdict { SELECT_OK, SELECT_SHORT, SELECT_MANY };

/* coins are put into another order. SHORT: all together are not enough; MANY: they are, but not
 * inputs_max of them. */
enum select_verdict select_coins(const struct select_ask *ask, struct select_coin coins[], size_t n,
				 struct select_answer *out);

#endif
