/*
 * bip32: hierarchical keys (BIP32), their paths (BIP44, 49, 84, 86) and key origins.
 *
 * A key is secret or public; public ones derive public children without any secret, which is all
 * that an adapter has. A struct with a secret belongs into secret memory and is wiped by its owner;
 * nothing here keeps copies. Texts are xpub, xprv, tpub and tprv; other version bytes (SLIP-132's
 * zpub ...) are refused, for they say less than a descriptor does.
 */
#ifndef TP_BIP32_H
#define TP_BIP32_H

#include "secp.h"

#include <stdint.h>

#define BIP32_TEXT_MAX 113 /* with NUL */
#define BIP32_CHAIN 32
#define BIP32_HARDENED UINT32_C(0x80000000)
/* A path that derives has 5 steps; a key origin and its children rarely more than 7. */
#define BIP32_STEPS_MAX 16
#define BIP32_PATH_TEXT_MAX (BIP32_STEPS_MAX * 12 + 1)

struct bip32_key {
	unsigned char key[SECP_PUBLIC]; /* compressed point; or 0 and the secret */
	unsigned char chain[BIP32_CHAIN];
	unsigned char parent[4]; /* its parent's fingerprint */
	uint32_t index;
	unsigned depth;
	bool secret;
	bool test; /* tpub, tprv */
};

struct bip32_path {
	uint32_t steps[BIP32_STEPS_MAX];
	size_t n;
};

/* 16 to 64 bytes of seed. False: another length, or one of the seeds that give no key. */
bool bip32_master(struct span seed, bool test, struct bip32_key *out);

bool bip32_parse(struct span text, struct bip32_key *out);
void bip32_print(const struct bip32_key *key, char out[BIP32_TEXT_MAX]);

/* out may be parent. False: a hardened child of a public key, depth 255, or an index without key.
 */
bool bip32_child(const struct bip32_key *parent, uint32_t index, struct bip32_key *out);
bool bip32_derive(const struct bip32_key *key, const struct bip32_path *path,
		  struct bip32_key *out);

/* What makes an unhardened child: its point is the public parent's and sum * G, its secret the
 * parent's plus sum. */
bool bip32_sum(const struct bip32_key *parent, uint32_t index, unsigned char sum[SECP_KEY]);

/* The same key without its secret. */
void bip32_public(const struct bip32_key *key, struct bip32_key *out);
void bip32_fingerprint(const struct bip32_key *key, unsigned char out[4]);

/* "m/84h/0'/0h/0/5", with or without "m/"; h, H or ' is hardened. */
bool bip32_path_parse(struct span text, struct bip32_path *out);
bool bip32_path_equal(const struct bip32_path *a, const struct bip32_path *b);
/* With h, without "m/"; returns the length. */
size_t bip32_path_print(const struct bip32_path *path, char out[BIP32_PATH_TEXT_MAX]);

#endif
