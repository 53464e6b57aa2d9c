/*
 * pkcs11: keys in a token that never leave it, by the token's own library.
 *
 * Private keys are found by their label (CKA_LABEL) once, when the session is open; then only
 * signing is asked for: CKM_ECDSA over 32 bytes, CKM_EDDSA over a whole message. The header is
 * Debian's p11-kit; the library is the operator's choice (SoftHSM, a card, an HSM).
 */
#ifndef TP_PKCS11_H
#define TP_PKCS11_H

#include "span.h"

#include <stdint.h>

struct pkcs11;

/* Load the library, open a session on the token of this label and log in. Dies with 102 where that
 * fails: it is configuration. The PIN is wiped by the caller. */
struct pkcs11 *pkcs11_open(const char *library, const char *token_label, struct span pin);
void pkcs11_close(struct pkcs11 *p);

/* The private key of this label (which must stay where it is), as a handle; NULL, or why not. */
const char *pkcs11_find(struct pkcs11 *p, const char *label, unsigned long *handle);

/* Its public key: 65 bytes of secp256k1 (uncompressed), 32 of ed25519. NULL, or why not. */
const char *pkcs11_public(struct pkcs11 *p, const char *label, bool ed25519, unsigned char out[65]);

/* 64 bytes. NULL, or why not. */
const char *pkcs11_sign(struct pkcs11 *p, const char *label, bool ed25519, struct span message,
			unsigned char out[64]);

#endif
