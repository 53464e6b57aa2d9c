/*
 * adapter: what the operations of settle-btc share: the wallet, the chain, settings, and the
 * memory that a transaction in work needs.
 */
#ifndef TP_ADAPTER_H
#define TP_ADAPTER_H

#include "coin_select.h"
#include "follow.h"
#include "psbt_role.h"

/* sign-key reads 32 outputs; one is the change. */
#define ADAPTER_PAYMENTS_MAX 30
/* Inputs of one payment: sign-key signs 128, and 100 of m-of-n are 30,000 vbytes. */
#define ADAPTER_INPUTS_MAX 100
/* A multisig's digests: m for each input. */
#define ADAPTER_DIGESTS_MAX (ADAPTER_INPUTS_MAX * BTC_MULTI_MAX)

struct adapter {
	struct node node;
	struct wallet wallet;
	struct follow follow;

	/* settings */
	unsigned psbt_version, target_blocks, confirmations;
	uint64_t confirmations_min;	/* of a coin that is spent */
	uint64_t fee_fallback, fee_max; /* satoshi per 1,000 vbytes; fallback 0: none */

	/* work */
	struct psbt psbt, other;
	struct btc_tx tx, old;
	struct role role;
	struct select_coin *coins; /* UTXO_MAX of them */
	struct buf raw, text, in, in_other;
};

/* One coin that a transaction in work spends. */
struct adapter_input {
	unsigned char txid[HASH_BYTES];
	uint32_t vout;
	uint64_t amount;
	struct btc_script script;
	struct wallet_place place;
};

struct adapter_payment {
	struct span job, to, amount_text;
	uint64_t amount;
	struct btc_script script;
};

/* A transaction in work: what goes in and out. */
struct adapter_plan {
	size_t inputs_n, payments_n;
	struct adapter_input inputs[ADAPTER_INPUTS_MAX];
	struct adapter_payment payments[ADAPTER_PAYMENTS_MAX];
	uint64_t fee, change; /* change 0: none */
	struct wallet_place change_place;
	struct btc_script change_script;
	uint32_t lock;
};

#endif
