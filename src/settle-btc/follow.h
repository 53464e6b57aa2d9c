/*
 * follow: the best chain as the node tells it, checked, and the wallet's coins kept up with it.
 *
 * Begins at the wallet's birth (reading every block since) or, where none is given, with the node's
 * own list of unspent outputs (scantxoutset), and reads every block from then on. Each header is
 * checked for its work and its link, each block for its transactions. What is held is a cache: it
 * is made anew when a process starts, or when a reorganisation goes deeper than FOLLOW_RING.
 */
#ifndef TP_FOLLOW_H
#define TP_FOLLOW_H

#include "node.h"
#include "utxo.h"

/* Hashes of the newest blocks that are remembered; the deepest reorganisation followed. */
#define FOLLOW_RING 512
/* Blocks read in one go: a request does not wait for more. */
#define FOLLOW_BLOCKS_MAX 2000

struct follow {
	struct node *node;
	const struct wallet *wallet;
	struct utxo utxo;
	bool has_birth;
	uint64_t birth;
	uint64_t lag_s_max; /* 0: a tip may be of any age */
	uint64_t lookback;

	bool started, syncing;
	uint64_t height, ring_n;
	struct btc_header tip;
	unsigned char ring[FOLLOW_RING][HASH_BYTES]; /* by height modulo */
	uint64_t node_height, lag_s;
	uint64_t reorgs, reorg_depth;
};

void follow_init(struct follow *f, struct node *node, const struct wallet *wallet);

/* Up to the node's tip. False: the node cannot be asked, or its chain is not sound; what was held
 * before still holds. Where the node itself is behind, f->syncing is set. */
bool follow_sync(struct follow *f, struct frame_error *e);
/* The same, and class retry while the node is behind: nothing may be paid on an old view. */
bool follow_ready(struct follow *f, struct frame_error *e);

/* Who spent an output in the best chain, looking back as far as settings say. *height 0: nobody
 * that was found. */
bool follow_spender(struct follow *f, const unsigned char txid[HASH_BYTES], uint32_t vout,
		    unsigned char spender[HASH_BYTES], uint64_t *height, struct frame_error *e);

#endif
