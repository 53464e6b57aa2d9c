/*
 * bip39: words for a seed (BIP39, the English list).
 *
 * Words are lower case, one space between two. BIP39 wants Unicode's NFKD form; of ASCII that is
 * itself, and other words or passphrases are refused rather than hashed as they happen to be
 * written. Seeds and words are secrets: the caller's memory, the caller wipes.
 */
#ifndef TP_BIP39_H
#define TP_BIP39_H

#include "buf.h"
#include "span.h"

#define BIP39_ENTROPY_MAX 32
#define BIP39_SEED 64
/* 24 words of at most 8 letters and the spaces between, and room for a NUL */
#define BIP39_TEXT_MAX (24 * 9)
/* The salt is held on the stack. */
#define BIP39_PASSPHRASE_MAX 256

/* 16, 20, 24, 28 or 32 bytes of entropy to 12 to 24 words. */
bool bip39_print(const unsigned char *entropy, size_t n, char out[BIP39_TEXT_MAX]);

/* False: a word that is not of the list, another number of words, or a wrong checksum. */
bool bip39_parse(struct span words, unsigned char entropy[BIP39_ENTROPY_MAX], size_t *n);

/* 2,048 rounds of PBKDF2 (3 ms). False: words that bip39_parse() refuses, or a passphrase that is
 * not ASCII or too long. */
bool bip39_seed(struct span words, struct span passphrase, unsigned char out[BIP39_SEED]);

#endif
