/*
 * cipher: what key-vault and sign-key seal and how (key-vault(1), SEALED FORMS).
 *
 * Pure: no I/O, no clock, no random numbers; nonces and keys come in. AES-256-GCM and scrypt are
 * OpenSSL's. A box is nonce (12 bytes), ciphertext, tag (16). Additional data is a list of texts,
 * each with its length before it, so that no two lists are one string.
 *
 *     master secret -> KEK             HMAC-SHA256 for a key, scrypt for a passphrase
 *     KEK  -> wraps the data key       and a check value, for GCM does not commit to its key
 *     data key -> encrypts payloads    and a check value, and a seal over all rows
 */
#ifndef TP_CIPHER_H
#define TP_CIPHER_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

#define CIPHER_KEY_BYTES 32
#define CIPHER_NONCE_BYTES 12
#define CIPHER_TAG_BYTES 16
#define CIPHER_EXTRA_BYTES (CIPHER_NONCE_BYTES + CIPHER_TAG_BYTES)
#define CIPHER_SALT_BYTES 16

/* The costs of scrypt that we use, and the most that we follow a file to: 1 GiB, some 6 s. */
#define CIPHER_SCRYPT_LOG_N 17
#define CIPHER_SCRYPT_LOG_N_MAX 20
#define CIPHER_SCRYPT_R 8
#define CIPHER_SCRYPT_P 1

struct cipher_kdf {
	bool scrypt; /* else the secret is a key of 32 bytes */
	uint64_t log_n, r, p;
	unsigned char salt[CIPHER_SALT_BYTES];
};

enum cipher_use { CIPHER_WRAP, CIPHER_CHECK, CIPHER_ENCRYPT, CIPHER_SEAL };

/* False when the costs are past their caps, or there is no memory for them. */
bool cipher_kek(struct span secret, const struct cipher_kdf *kdf, struct span vault_id,
		unsigned char out[CIPHER_KEY_BYTES]);

/* A key for one use only. */
void cipher_subkey(const unsigned char key[CIPHER_KEY_BYTES], enum cipher_use use,
		   unsigned char out[CIPHER_KEY_BYTES]);

/* Append length and bytes of each part. */
void cipher_list(const struct span parts[], size_t n, struct buf *out);

/* out: plain.len + CIPHER_EXTRA_BYTES. */
bool cipher_box(const unsigned char key[CIPHER_KEY_BYTES],
		const unsigned char nonce[CIPHER_NONCE_BYTES], struct span data, struct span plain,
		unsigned char *out);

/* out: box.len - CIPHER_EXTRA_BYTES; all zero unless the tag is right. */
bool cipher_unbox(const unsigned char key[CIPHER_KEY_BYTES], struct span data, struct span box,
		  unsigned char *out);

#endif
