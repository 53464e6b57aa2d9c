/*
 * mac: SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104) without a library.
 *
 * For programs that link nothing but libc, where starting fast matters more than hashing fast; all
 * others use digest.h, which is OpenSSL's. No table look-up and no branch depends on what is
 * hashed. The caller owns the state; it is wiped when the digest is out.
 */
#ifndef TP_MAC_H
#define TP_MAC_H

#include "span.h"

#include <stdint.h>

#define MAC_BYTES 32

struct sha2 {
	uint32_t state[8];
	uint64_t len; /* bytes added */
	unsigned char block[64];
};

void sha2_begin(struct sha2 *s);
/* After so many whole blocks the state was this. */
void sha2_resume(struct sha2 *s, const uint32_t state[8], uint64_t blocks);
void sha2_add(struct sha2 *s, struct span bytes);
void sha2_end(struct sha2 *s, unsigned char out[MAC_BYTES]);

/* HMAC-SHA256 over the parts in turn, without a copy. */
void mac_sha256(struct span key, const struct span parts[], size_t n, unsigned char out[MAC_BYTES]);

#endif
