/*
 * psbt_parts: a PSBT's transaction between the reader of its maps (psbt.c) and the maker of what is
 * to be signed (psbt_digest.c). Spans point into the payload.
 */
#ifndef TP_PSBT_PARTS_H
#define TP_PSBT_PARTS_H

#include "tx.h"

#define PSBT_OUTPOINT 36
#define PSBT_COINS_MAX (UINT64_C(21000000) * 100000000)

struct psbt_input {
	unsigned char outpoint[PSBT_OUTPOINT];
	uint32_t sequence;
	struct span script; /* of the output that it spends */
	uint64_t amount;
	bool known; /* script and amount are */
	bool typed;
	uint32_t type; /* of the signature hash */
	struct span witness_script, root;
	uint32_t lock_time, lock_height; /* version 2: the least that it needs; 0: none */
	size_t path_first, paths_n;
};

struct psbt_parts {
	uint32_t tx_version, lock;
	size_t inputs_n;
	struct psbt_input inputs[TX_SIGNATURES_MAX];
	/* of all inputs and outputs: their SHA-256 (BIP341), and a second one over it (BIP143);
	 * undefined where no input is of that kind */
	unsigned char prevouts[32], sequences[32], amounts[32], scripts[32], outputs[32];
	unsigned char prevouts_twice[32], sequences_twice[32], outputs_twice[32];
};

/* What is to be signed, and what it spends. NULL, or why the payload is refused. */
const char *psbt_want(struct psbt_parts *t, struct tx *out);

#endif
