/*
 * digest: SHA-256 and HMAC-SHA256, by OpenSSL.
 */
#ifndef TP_DIGEST_H
#define TP_DIGEST_H

#include "span.h"

#define SHA256_BYTES 32

/* Load what libcrypto loads lazily (its configuration, its providers): call before a sandbox closes
 * the file system. */
void digest_init(void);

void sha256(struct span message, unsigned char out[SHA256_BYTES]);

/* Over the parts in turn, without a copy. */
void hmac_sha256(struct span key, const struct span parts[], size_t n,
		 unsigned char out[SHA256_BYTES]);

#endif
