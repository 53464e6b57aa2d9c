/*
 * secp: secp256k1 by libsecp256k1: ECDSA as Bitcoin, Ethereum and Tron want it, Schnorr as BIP340
 * wants it, and the sums of keys that BIP32 and BIP341 are made of.
 *
 * Keys are bytes: secret ones 32, public ones 33 (compressed), x-only ones 32. Signatures are 64
 * bytes, r and s or R and s; ECDSA's s is always in the lower half, and is refused elsewhere.
 * Digests are 32 bytes. One order of arguments everywhere: key, message, result. false: a key, a
 * point or a signature that is none; never a matter of memory or luck.
 *
 * secp_init() before the first call: it tests the library and blinds the context against side
 * channels. Who holds secret keys wipes them.
 */
#ifndef TP_SECP_H
#define TP_SECP_H

#include "span.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <stdint.h>

#define SECP_KEY 32
#define SECP_PUBLIC 33
#define SECP_PUBLIC_LONG 65
#define SECP_DIGEST 32
#define SECP_SIGNATURE 64
#define SECP_DER_MAX 72

void secp_init(void);

bool secp_key_ok(const unsigned char key[SECP_KEY]);
bool secp_public_of(const unsigned char key[SECP_KEY], unsigned char out[SECP_PUBLIC]);
/* A point in either form (33 or 65 bytes). */
bool secp_public_ok(struct span public_key);
bool secp_public_compress(struct span public_key, unsigned char out[SECP_PUBLIC]);
bool secp_public_expand(struct span public_key, unsigned char out[SECP_PUBLIC_LONG]);

/* key + tweak, in place; point + tweak * G. False where the sum is no key. */
bool secp_key_add(unsigned char key[SECP_KEY], const unsigned char tweak[SECP_KEY]);
bool secp_public_add(const unsigned char public_key[SECP_PUBLIC],
		     const unsigned char tweak[SECP_KEY], unsigned char out[SECP_PUBLIC]);

/* ECDSA with the nonce of RFC 6979. low_r: Bitcoin Core's way, more entropy until r is below 2^255,
 * so that DER has 70 or 71 bytes. */
bool secp_sign(const unsigned char key[SECP_KEY], const unsigned char digest[SECP_DIGEST],
	       bool low_r, unsigned char out[SECP_SIGNATURE]);
bool secp_sign_recoverable(const unsigned char key[SECP_KEY],
			   const unsigned char digest[SECP_DIGEST],
			   unsigned char out[SECP_SIGNATURE], int *recovery);
bool secp_verify(struct span public_key, const unsigned char digest[SECP_DIGEST],
		 const unsigned char signature[SECP_SIGNATURE]);
bool secp_recover(const unsigned char signature[SECP_SIGNATURE], int recovery,
		  const unsigned char digest[SECP_DIGEST], unsigned char out[SECP_PUBLIC_LONG]);

/* DER (BIP66): returns the length; parse refuses any other spelling of the same numbers, and a high
 * s. */
size_t secp_der_print(const unsigned char signature[SECP_SIGNATURE],
		      unsigned char out[SECP_DER_MAX]);
bool secp_der_parse(struct span der, unsigned char out[SECP_SIGNATURE]);

/* s into the lower half: for signers that do not care (PKCS#11). False: no signature. */
bool secp_normalise(unsigned char signature[SECP_SIGNATURE]);

/* BIP340. A pair is made once and signs often (making costs as much as signing). */
struct secp_pair {
	secp256k1_keypair keys;
};

bool secp_pair_make(const unsigned char key[SECP_KEY], struct secp_pair *out);
void secp_pair_public(const struct secp_pair *pair, unsigned char out[SECP_PUBLIC]);
void secp_pair_xonly(const struct secp_pair *pair, unsigned char out[SECP_KEY]);
/* BIP341's tweak of an x-only key: its point with even y, plus tweak * G. */
bool secp_pair_add(struct secp_pair *pair, const unsigned char tweak[SECP_KEY]);
bool secp_xonly_add(const unsigned char xonly[SECP_KEY], const unsigned char tweak[SECP_KEY],
		    unsigned char out[SECP_KEY], int *parity);
bool secp_xonly_ok(const unsigned char xonly[SECP_KEY]);
/* auxiliary: 32 bytes of entropy, or NULL. */
bool secp_schnorr_sign(const struct secp_pair *pair, const unsigned char digest[SECP_DIGEST],
		       const unsigned char *auxiliary, unsigned char out[SECP_SIGNATURE]);
bool secp_schnorr_verify(const unsigned char xonly[SECP_KEY], struct span message,
			 const unsigned char signature[SECP_SIGNATURE]);

#endif
