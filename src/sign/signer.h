/*
 * signer: one signature by one key, in this process or in a PKCS#11 token.
 *
 * In this process signatures are deterministic: RFC 6979 (for Bitcoin with a low r, as Bitcoin Core
 * does), BIP340 without auxiliary entropy, RFC 8032. A token's ECDSA is not, does not care for a
 * low s and knows no recovery id: what it gives is brought into form, and verified before it is
 * used. Tokens know no BIP340: taproot needs a key of the file.
 */
#ifndef TP_SIGNER_H
#define TP_SIGNER_H

#include "keys.h"
#include "pkcs11.h"

#define SIGNATURE_MAX 72

struct signature {
	enum tx_scheme scheme;
	unsigned char bytes[SIGNATURE_MAX]; /* DER for ecdsa, 64 bytes else */
	size_t len;
	int recovery; /* ecdsa-recoverable */
	unsigned char public_key[33];
	size_t public_len;
};

/* NULL, or why not. token may be NULL. */
const char *signer_sign(const struct key *k, struct pkcs11 *token, const struct tx_wanted *w,
			struct span payload, struct signature *out);

#endif
