/*
 * keys: sign-key's key file: names, public keys, and the secret ones sealed (sign-key(1), KEY
 * FILE).
 *
 *     {"type":"keys","version":1,"id","kdf":"key"|"scrypt","logN","salt","check"}
 *     {"type":"key","name","kind","public","box"}     box: AES-256-GCM over the secret; of kind
 *                                                     "hd" over master key and chain code (BIP32)
 *     {"type":"key","name","kind","public","label"}   in a PKCS#11 token, by its label
 *
 * The secret behind the file goes the way of key-vault's (cipher.h). A box' additional data are the
 * file's id and the line's name, kind and public key: nothing can be moved to another line.
 *
 * Secret keys lie in one locked block for the life of the set; keys_release() wipes it.
 */
#ifndef TP_KEYS_H
#define TP_KEYS_H

#include "address.h"
#include "master.h"
#include "secp.h"
#include "tx.h"

/* A hot wallet a chain and asset, and the old ones during a rotation. */
#define KEYS_MAX 256
#define KEYS_FILE_BYTES (1u << 20)
#define KEYS_NAME_MAX 64
#define KEYS_LABEL_MAX 64
#define KEYS_SECRET 32
#define KEYS_SECRET_MAX 64
#define KEYS_BOX_MAX (KEYS_SECRET_MAX + CIPHER_EXTRA_BYTES)

/* KEY_HD signs nothing itself: keys are derived from it (hd.h). */
enum key_kind { KEY_SECP256K1, KEY_ED25519, KEY_HD };
#define KEY_KINDS 3

/* What a secret becomes when it is loaded, in locked memory. */
struct key_secret {
	/* secp256k1: the number; ed25519: the seed; hd: the master key's number and chain code */
	unsigned char bytes[KEYS_SECRET_MAX];
	unsigned char expanded[64]; /* ed25519: as libsodium signs with it */
	struct secp_pair taproot;   /* secp256k1: tweaked without a script tree (BIP86) */
};

struct key {
	char name[KEYS_NAME_MAX + 1], label[KEYS_LABEL_MAX + 1];
	enum key_kind kind;
	bool in_token;
	unsigned char public_key[SECP_PUBLIC];
	unsigned char box[KEYS_BOX_MAX];
	struct key_secret *secret; /* NULL: locked, or in a token */
	/* what transactions call it: scripts of P2WPKH and P2TR (BIP86), addresses */
	struct tx_name wpkh, taproot, evm, tron;
	char evm_text[ADDRESS_TEXT_MAX]; /* as requests name it; with its checksum */
	unsigned char xonly[32];	 /* BIP86's output key */
};

struct key_set {
	struct key list[KEYS_MAX];
	size_t n;
	struct key_secret *secrets; /* locked; KEYS_MAX of them */
	unsigned char id[16];
	struct cipher_kdf kdf;
	unsigned char check[CIPHER_KEY_BYTES];
	unsigned char *kek; /* locked, with the secrets */
	const char *fault;
	uint64_t fault_line;
};

/* 32 or 33. */
size_t key_public_bytes(const struct key *k);
const char *key_kind_name(enum key_kind kind);
bool key_kind_of(struct span name, enum key_kind *out);

/* A new, empty set sealed by this secret. False: no memory for scrypt. */
bool keys_create(struct key_set *s, const struct master *m);

/* Read a file's text. m NULL: without secrets. False: fault says why (fault_line 0: the secret). */
bool keys_open(struct key_set *s, struct span text, const struct master *m);

/* 32, or 64 of kind hd. */
size_t key_secret_bytes(enum key_kind kind);

/* Seal and add. NULL, or why not. */
const char *keys_add(struct key_set *s, struct span name, enum key_kind kind,
		     const unsigned char *secret);
/* The same for a key in a token: its public key (32 or 33 bytes). */
const char *keys_add_token(struct key_set *s, struct span name, enum key_kind kind,
			   struct span label, const unsigned char *public_key);

void keys_print(const struct key_set *s, struct buf *out);
void keys_release(struct key_set *s);

/* Whose this is; NULL: nobody's here. */
const struct key *keys_find(const struct key_set *s, const struct tx_name *name);
const struct key *keys_find_public(const struct key_set *s, struct span public_key);
/* Of kind secp256k1, by its EVM address as it is printed. */
const struct key *keys_find_text(const struct key_set *s, struct span address);
const struct key *keys_find_name(const struct key_set *s, struct span name);

#endif
