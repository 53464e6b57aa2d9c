/*
 * wallet: the hot wallet as an adapter knows it: public keys alone, out of an output descriptor
 * (BIP380 and following), and the pool of addresses made from them.
 *
 *     wpkh(KEY)                       BIP84
 *     tr(KEY)                         BIP86
 *     wsh(sortedmulti(2,KEY,KEY,KEY)) or multi
 *
 * where KEY is [FINGERPRINT/84h/0h/0h]xpub... and then two chains and a star, "/<0;1>/" "*";
 * with or without #CHECKSUM behind it. Chain 0 receives (deposits; its first address is the
 * wallet's name), chain 1 takes the change. Addresses up to the pool's size are looked for in the
 * blocks.
 */
#ifndef TP_WALLET_H
#define TP_WALLET_H

#include "bip32.h"
#include "btc_script.h"
#include "psbt.h"

/* Deposit addresses, and change addresses, that are watched: each costs 0.1 ms at the start. */
#define WALLET_POOL_MAX 1000
/* A descriptor of 16 keys. */
#define WALLET_TEXT_MAX 4096

enum wallet_kind { WALLET_WPKH, WALLET_TR, WALLET_WSH };

struct wallet_key {
	struct bip32_key account;
	unsigned char fingerprint[4];
	struct bip32_path origin;
};

struct wallet_place {
	unsigned chain;
	uint32_t index;
};

struct wallet_entry {
	struct wallet_place place;
	struct btc_script script;
};

struct wallet {
	enum btc_network network;
	enum wallet_kind kind;
	bool sorted;
	unsigned m, n;
	struct wallet_key keys[BTC_MULTI_MAX];
	struct bip32_key chains[BTC_MULTI_MAX][2];
	size_t pool;
	size_t entries_n;
	struct wallet_entry entries[2 * WALLET_POOL_MAX]; /* sorted by script */
	char address[BTC_ADDRESS_MAX];			  /* its first */
};

/* NULL, or what is wrong with the descriptor. Keys of the main network go with it alone. */
const char *wallet_parse(struct span text, enum btc_network network, struct wallet *out);
void wallet_fill_pool(struct wallet *w, size_t pool);

/* The script of a place, and its keys in the order of the script. */
bool wallet_script(const struct wallet *w, struct wallet_place place, struct btc_script *script,
		   struct btc_multi *keys);
bool wallet_find(const struct wallet *w, struct span script, struct wallet_place *out);

/* Weight of an input that spends a coin of ours, and of an output to us. */
size_t wallet_input_weight(const struct wallet *w);
size_t wallet_output_bytes(const struct wallet *w);

/* Scripts and key origins of a coin or of change, for the signer to check. False: no room. */
bool wallet_put_input(const struct wallet *w, struct wallet_place place, struct psbt *psbt,
		      size_t input);
bool wallet_put_output(const struct wallet *w, struct wallet_place place, struct psbt *psbt,
		       size_t output);
/* The origin of one public key of ours, where a script of another kind names it (HTLC). */
bool wallet_put_origin(const struct wallet *w, struct wallet_place place, struct psbt *psbt,
		       size_t input);

#endif
