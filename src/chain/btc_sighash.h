/*
 * btc_sighash: what a signature of a transaction's input signs: the original way, BIP143 (segwit
 * version 0) and BIP341 (taproot).
 *
 * The parts that all inputs have in common are hashed once. The transaction's inputs must be
 * `known` (amount and script of the coins): the input's own for BIP143, all for BIP341.
 */
#ifndef TP_BTC_SIGHASH_H
#define TP_BTC_SIGHASH_H

#include "btc_tx.h"

enum {
	BTC_SIGHASH_DEFAULT = 0, /* taproot: all, and no byte behind the signature */
	BTC_SIGHASH_ALL = 1,
	BTC_SIGHASH_NONE = 2,
	BTC_SIGHASH_SINGLE = 3,
	BTC_SIGHASH_ANYONECANPAY = 0x80,
};

struct btc_sighash {
	const struct btc_tx *tx;
	/* SHA-256 of all outpoints, sequences, outputs; of all amounts and scripts for taproot */
	unsigned char outpoints[HASH_BYTES], sequences[HASH_BYTES], outputs[HASH_BYTES];
	unsigned char amounts[HASH_BYTES], scripts[HASH_BYTES];
	/* the same twice, for BIP143 */
	unsigned char outpoints_twice[HASH_BYTES], sequences_twice[HASH_BYTES];
	unsigned char outputs_twice[HASH_BYTES];
	bool all_known;
};

/* tx must outlive it and stay as it is. */
void btc_sighash_init(struct btc_sighash *s, const struct btc_tx *tx);

/* code: the script that is run, from its last CODESEPARATOR on, others cut out (without a witness);
 * P2WPKH's is P2PKH of the same hash. */
void btc_sighash_legacy(const struct btc_sighash *s, size_t input, struct span code, uint32_t type,
			unsigned char out[HASH_BYTES]);
void btc_sighash_v0(const struct btc_sighash *s, size_t input, struct span code, uint32_t type,
		    unsigned char out[HASH_BYTES]);

/* False: a type that BIP341 does not have, SINGLE without its output, or unknown coins. leaf: the
 * hash of the script that is run, or NULL for a key path. */
bool btc_sighash_v1(const struct btc_sighash *s, size_t input, unsigned type,
		    const unsigned char *leaf, unsigned char out[HASH_BYTES]);

#endif
