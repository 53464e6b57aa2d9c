/*
 * tron_poll: what has become of a payment of which there may be several versions.
 *
 * Pure. A node looks at a transaction's expiration when it puts it into a block, and compares it
 * with the time of the block before. So once a solid block is later than the expiration, no later
 * one can have the transaction; and when the node, asked after that, knows of none in its solid
 * blocks, it is dead. A minute is added: behind one URL there may be several nodes, one of them
 * late.
 */
#ifndef TP_TRON_POLL_H
#define TP_TRON_POLL_H

#include "tron_answer.h"

#define TRON_MARGIN_S 60

struct tron_version {
	struct span tx_id;
	uint64_t expires_s; /* UINT64_MAX: not known, never dead */
};

/* The version that matters: one that took effect, else one that failed, else none (n). */
size_t tron_poll_choose(const struct tron_info info[], size_t n);

/* Are all versions past their expiration, as the solid chain has it? */
bool tron_poll_expired(const struct tron_version versions[], size_t n,
		       const struct tron_block *solid);

/* 1 in the newest block; `final` or more exactly when a solid block has it. */
uint64_t tron_poll_confirmations(uint64_t head, uint64_t block, bool solid, uint64_t final);

#endif
