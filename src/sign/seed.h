/*
 * seed: what a person has of an HD wallet, to its master key and chain code (BIP32).
 *
 * Read are words of BIP39 (with an optional passphrase, where the words are), an xprv or tprv of
 * depth 0, and a raw seed of 32 to 128 hex digits.
 *
 * Pure. Text, passphrase and result are secrets in the caller's memory.
 */
#ifndef TP_SEED_H
#define TP_SEED_H

#include "keys.h"

/* NULL, or what is wrong. */
const char *seed_read(struct span text, struct span passphrase, unsigned char out[KEYS_SECRET_MAX]);

#endif
