/*
 * utxo: the wallet's coins, as the blocks give and take them.
 *
 * Every coin that a block pays to a script of the pool is kept, with the height that brought it
 * and, once it is spent, the height and transaction that took it. So a reorganisation is undone by
 * forgetting what happened above the fork: utxo_rewind(). Nothing is ever dropped otherwise; what a
 * wallet has paid can be read back out of it.
 *
 * The caller owns the struct; it holds no pointers into blocks.
 */
#ifndef TP_UTXO_H
#define TP_UTXO_H

#include "btc_header.h"
#include "wallet.h"

/* A hot wallet that was not swept for years: 100 bytes each. */
#define UTXO_MAX (1u << 18)

struct utxo_coin {
	unsigned char txid[HASH_BYTES];
	uint32_t vout;
	struct wallet_place place;
	uint64_t amount;
	uint64_t height;
	bool coinbase;
	uint64_t spent_height; /* 0: unspent */
	unsigned char spender[HASH_BYTES];
	uint32_t next; /* in its chain of the table, one more than the index; 0: the end */
};

struct utxo {
	const struct wallet *wallet;
	size_t n, cap;
	struct utxo_coin *coins;
	uint32_t *heads; /* of UTXO_HEADS chains */
	uint64_t height; /* of the last block taken in */
	uint64_t since;	 /* coins spent up to this height may be unknown */
	bool full;
};

void utxo_init(struct utxo *u, const struct wallet *wallet);
void utxo_release(struct utxo *u);
/* Forget everything. */
void utxo_clear(struct utxo *u);

/* False: full (and nothing more is taken in). */
bool utxo_add(struct utxo *u, const struct utxo_coin *coin);
struct utxo_coin *utxo_find(const struct utxo *u, const unsigned char txid[HASH_BYTES],
			    uint32_t vout);

/* The next block. False: its bytes are not those of the hash, or the table is full; then the
 * block's height must be rewound to the one before. */
bool utxo_block(struct utxo *u, struct span block, const unsigned char hash[HASH_BYTES],
		uint64_t height);
/* Undo all blocks above this height. */
void utxo_rewind(struct utxo *u, uint64_t height);

#endif
