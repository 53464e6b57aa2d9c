/*
 * sol_poll: what has become of a payment of which there may be several versions.
 *
 * Pure. A version is alive until the finalized chain is past the last block height that its
 * blockhash allows, and the node, having looked at least that far and far enough back, knows
 * nothing of it. Only then may another version be signed: two that are both valid would both pay.
 */
#ifndef TP_SOL_POLL_H
#define TP_SOL_POLL_H

#include "sol_answer.h"

/* A block that two thirds of the stake have built 31 blocks upon is final. */
#define SOL_FINAL 32
/* Block heights for which a blockhash is good. */
#define SOL_LIFE 150

struct sol_version {
	struct span tx_id;
	uint64_t last_valid; /* block height; UINT64_MAX: not known, never dead */
};

/* The version that matters: one that took effect, else one that failed, else none (n). */
size_t sol_poll_choose(const struct sol_status status[], size_t n);

/* The oldest slot that a version can be in, at the least: a slot has at most one block, and on the
 * worst days of the chain one of three had none. */
uint64_t sol_poll_oldest(const struct sol_version versions[], size_t n,
			 const struct sol_epoch *final);

/* Are all versions past their last block height, as the finalized chain has it? */
bool sol_poll_expired(const struct sol_version versions[], size_t n, const struct sol_epoch *final);

/* 1 in the newest block; SOL_FINAL or more exactly when the node says finalized. */
uint64_t sol_poll_confirmations(uint64_t height, const struct sol_block *block,
				enum sol_commitment commitment);

/* Did it pay what it was to pay? False sets e with the reason, as it stands in the answer. */
bool sol_poll_moved(const struct sol_landed *l, const struct sol_key *to,
		    const struct sol_key *mint, uint64_t amount, struct frame_error *e);

#endif
