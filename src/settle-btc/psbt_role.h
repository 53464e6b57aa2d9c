/*
 * psbt_role: what is done with a PSBT (BIP174's roles): say what each input's signatures sign,
 * sign, take signatures in, combine, finalise, extract.
 *
 * Spent can be P2PKH, P2WPKH (also inside P2SH), P2WSH and P2SH of m-of-n (also one inside the
 * other), P2WSH of btc_script's HTLC, and P2TR by its key. Everything is checked where it is used:
 * scripts against the hashes in the coin, signatures against the digests.
 */
#ifndef TP_PSBT_ROLE_H
#define TP_PSBT_ROLE_H

#include "btc_script.h"
#include "btc_sighash.h"
#include "psbt.h"

enum role_error {
	ROLE_OK,
	ROLE_E_TX,	  /* no transaction can be made of it */
	ROLE_E_COIN,	  /* the coin of an input is not known */
	ROLE_E_SCRIPT,	  /* a script that is not the one of the coin, or that we cannot spend */
	ROLE_E_TYPE,	  /* a signature type that we do not make or take */
	ROLE_E_KEY,	  /* the key is none of the input's */
	ROLE_E_SIGNATURE, /* a signature that does not verify */
	ROLE_E_MISSING,	  /* not enough signatures, or no preimage */
	ROLE_E_LOCK,	  /* the transaction's lock does not open the script */
	ROLE_E_OTHER,	  /* PSBTs of different transactions */
	ROLE_E_LIMIT,
};

const char *role_error_text(enum role_error e);

/* A PSBT at work. psbt and tx are the caller's. */
struct role {
	struct psbt *psbt;
	struct btc_tx *tx;
	struct btc_sighash sighash;
	/* signatures came with the PSBT: they are verified when it is finalised. Those that were
	 * put in or made here have been. */
	bool verify;
};

enum role_error role_init(struct role *r, struct psbt *psbt, struct btc_tx *tx);

enum role_way { ROLE_LEGACY, ROLE_V0, ROLE_V1 };

/* How an input is spent. */
struct role_input {
	enum role_way way;
	unsigned type; /* of signature hash */
	struct span code;
	bool single; /* one key, of this hash (P2PKH, P2WPKH) or this output key (P2TR) */
	struct span key;
	bool multi, htlc;
	struct span redeem; /* P2SH: what goes into the script; NULL */
	struct span script; /* the script of keys, where there is one */
	unsigned char own[25];
};

enum role_error role_look(const struct role *r, size_t input, struct role_input *out);
enum role_error role_digest(const struct role *r, size_t input, const struct role_input *how,
			    unsigned char out[HASH_BYTES]);

/* Take a signature in after it has been verified. ECDSA: DER without the type; Schnorr: 64 bytes,
 * public_key is not looked at. */
enum role_error role_put_signature(struct role *r, size_t input, struct span public_key,
				   struct span signature);

/* A secret key and what signing with it wants at hand (each costs as much as a signature). Belongs
 * into secret memory; who made it wipes it. */
struct role_key {
	unsigned char secret[SECP_KEY], point[SECP_PUBLIC];
	struct secp_pair tap; /* BIP86: tweaked by itself */
	unsigned char output[SECP_KEY];
};

/* False: no key. */
bool role_key_make(const unsigned char secret[SECP_KEY], struct role_key *out);

/* Sign every input that this key can sign; *made says how many. A taproot key is the internal one
 * (with the root that the PSBT names, if any). */
enum role_error role_sign_with(struct role *r, const struct role_key *key, bool low_r,
			       size_t *made);
enum role_error role_sign(struct role *r, const unsigned char secret[SECP_KEY], bool low_r,
			  size_t *made);

/* All inputs: script and witness out of the signatures, which are taken out. */
enum role_error role_finalise(struct role *r);
/* The signed transaction of a finalised PSBT. */
enum role_error role_extract(const struct role *r, struct buf *raw);

/* Put b's fields into a, where a has not that key. The transactions must be the same. */
enum role_error role_combine(struct psbt *a, const struct psbt *b, struct btc_tx *work_a,
			     struct btc_tx *work_b);

#endif
