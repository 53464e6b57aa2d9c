/*
 * slots: which key makes which of a payload's signatures, and which of its outputs are change.
 *
 * A key is one of the key file's, or one derived from a seed there where the payload names a path
 * that the policy allows (hd.h). What a request says of digests and keys must be the payload's own.
 */
#ifndef TP_SLOTS_H
#define TP_SLOTS_H

#include "frame.h"
#include "hd.h"
#include "signer.h"

/* What keys there are, for whom. */
struct slots_of {
	struct policy *policy;
	struct key_set *keys;
	struct hd hd;
	struct pkcs11 *token; /* NULL: none */
};

/* One signature to be made. */
struct slot {
	const struct tx_wanted *wanted;
	const struct key *key; /* NULL: a derived one */
	struct hd_leaf leaf;
};

/* Match digests and payload: the same, in the same order; several signatures only where a witness
 * script has several keys. */
bool slots_take(const struct slots_of *of, const struct tx *tx, struct span digests,
		struct span from, size_t chain, struct slot slots[], size_t *n,
		struct frame_error *e);

/* Payments to keys of ours are change. A receiver's token account is never ours. False: an output
 * says that it is ours, by a path that the policy does not allow. */
bool slots_own(const struct slots_of *of, const struct tx *tx, size_t chain,
	       bool own[TX_PAYMENTS_MAX], struct frame_error *e);

/* NULL, or why not. */
const char *slots_sign(const struct slots_of *of, const struct slot *slot, struct span payload,
		       struct signature *out);

#endif
