/*
 * btc_header: block headers: proof of work, the link to the block before, and the root of a
 * block's transactions.
 */
#ifndef TP_BTC_HEADER_H
#define TP_BTC_HEADER_H

#include "btc_script.h"
#include "btc_tx.h"

#define BTC_HEADER_BYTES 80
/* Blocks after which the difficulty is set anew, by a factor of at most 4. */
#define BTC_RETARGET 2016

struct btc_header {
	uint32_t version, time, bits, nonce;
	unsigned char previous[HASH_BYTES], root[HASH_BYTES], hash[HASH_BYTES];
};

/* bytes: exactly 80. */
void btc_header_parse(struct span bytes, struct btc_header *out);

/* Is the hash below the target in bits, and that not above the network's limit? */
bool btc_header_has_work(const struct btc_header *h, enum btc_network network);

/* May `next` be the block after `h`, at this height? Linked, and its target within the rules: equal
 * inside a period, at most a factor of 4 apart at its end (main network and signet; elsewhere
 * targets jump). */
bool btc_header_follows(const struct btc_header *h, const struct btc_header *next,
			uint64_t next_height, enum btc_network network);

/* A block's bytes: does it begin with this header, and are its transactions those of its root?
 * Each transaction is given to step(). False: not so (step() may have seen some). */
bool btc_block_walk(struct span block, const unsigned char hash[HASH_BYTES],
		    void (*step)(void *context, const struct btc_view *tx, uint64_t at),
		    void *context);

#endif
