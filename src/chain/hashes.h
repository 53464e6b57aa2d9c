/*
 * hashes: what the chains hash with beside SHA-256 and Keccak: double SHA-256, RIPEMD-160 of
 * SHA-256, BIP340's tagged hash, HMAC-SHA512.
 *
 * SHA-256 is src/lib's own (mac.h); RIPEMD-160 and SHA-512 are OpenSSL's: call hashes_init() before
 * a sandbox closes the file system.
 */
#ifndef TP_HASHES_H
#define TP_HASHES_H

#include "mac.h"
#include "span.h"

#define HASH_BYTES 32
#define HASH160_BYTES 20
#define HMAC512_BYTES 64

void hashes_init(void);

/* SHA-256, once and twice. */
void hash_single(struct span bytes, unsigned char out[HASH_BYTES]);
void hash256(struct span bytes, unsigned char out[HASH_BYTES]);

/* RIPEMD-160, and RIPEMD-160 of SHA-256. */
void ripemd160(struct span bytes, unsigned char out[HASH160_BYTES]);
void hash160(struct span bytes, unsigned char out[HASH160_BYTES]);

/* The end of a double SHA-256 whose first was begun with sha2_begin(). */
void hash256_end(struct sha2 *s, unsigned char out[HASH_BYTES]);

/* Begin SHA-256(SHA-256(tag) || SHA-256(tag) || ...); go on with sha2_add() and sha2_end(). */
void tagged_begin(struct sha2 *s, const char *tag);

/* Over the two parts, one behind the other; either may be empty. */
void hmac_sha512(struct span key, struct span first, struct span second,
		 unsigned char out[HMAC512_BYTES]);

#endif
