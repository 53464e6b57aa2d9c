/*
 * order_signature: public keys, and whether a signature over a message is theirs.
 *
 *   ed25519    RFC 8032, key 32 bytes, signature 64, over the message itself; by libsodium, which
 *              refuses keys and points of small order and any s but the lowest.
 *   secp256k1  ECDSA over the message's Keccak-256, compressed key of 33 bytes, signature r, s of
 *              32 bytes each with s in the lower half; by libsecp256k1.
 *
 * Text is lower-case hexadecimal of exactly those lengths. The functions are pure and may be called
 * by many threads; order_signature_init() comes before the first.
 */
#ifndef TP_ORDER_SIGNATURE_H
#define TP_ORDER_SIGNATURE_H

#include "span.h"

#include <secp256k1.h>

#define SIGNATURE_BYTES 64
#define PUBLIC_KEY_BYTES 33

enum signature_scheme { SCHEME_ED25519, SCHEME_SECP256K1 };
#define SCHEMES 2

const char *scheme_name(enum signature_scheme scheme);
bool scheme_of(struct span name, enum signature_scheme *out);

struct public_key {
	enum signature_scheme scheme;
	unsigned char bytes[PUBLIC_KEY_BYTES]; /* the first 32 for ed25519 */
	secp256k1_pubkey point;		       /* of a secp256k1 key */
};

/* False when the libraries cannot be set up. */
bool order_signature_init(void);

/* NULL, or why the text is no key of that scheme that we would trust. */
const char *public_key_parse(enum signature_scheme scheme, struct span hex, struct public_key *out);

bool public_key_is(const struct public_key *key, struct span hex);

/* NULL, or why hex is not key's signature over the message. */
const char *order_signature_check(const struct public_key *key, struct span hex,
				  struct span message);

#endif
