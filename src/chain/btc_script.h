/*
 * btc_script: the scripts that we pay to and spend from, and their addresses.
 *
 * Paid to: everything that has an address. Spent: P2WPKH, P2TR by its key (BIP86: no scripts
 * below), P2WSH of m-of-n, P2WSH of the HTLC below; and, as far as signing goes, P2PKH and P2WPKH
 * inside P2SH.
 *
 * The HTLC is the miniscript or_i(and_v(v:sha256(H),pk(CLAIM)),and_v(v:pk(REFUND),after(N))), so
 * that any finaliser that knows miniscript can finish it:
 *
 *     IF SIZE 32 EQUALVERIFY SHA256 H EQUALVERIFY CLAIM CHECKSIG
 *     ELSE REFUND CHECKSIGVERIFY N CHECKLOCKTIMEVERIFY ENDIF
 */
#ifndef TP_BTC_SCRIPT_H
#define TP_BTC_SCRIPT_H

#include "base58.h"
#include "bech32.h"
#include "buf.h"
#include "hashes.h"
#include "secp.h"

/* P2TR and P2WSH have 34 bytes, the longest program 42. */
#define BTC_PAY_SCRIPT_MAX 42
/* Text and NUL. */
#define BTC_ADDRESS_MAX 92
/* A multisig with 16 keys has 547 bytes, the HTLC about 115. */
#define BTC_WITNESS_SCRIPT_MAX 600
#define BTC_MULTI_MAX 16
/* Locks from here on are times, below it heights. */
#define BTC_LOCK_TIME_MIN 500000000u

enum btc_network { BTC_MAIN, BTC_TEST, BTC_SIGNET, BTC_REGTEST };

/* "main", "test", "signet" and "regtest", as getblockchaininfo's chain. */
const char *btc_network_name(enum btc_network network);
bool btc_network_of(struct span name, enum btc_network *out);

enum btc_script_kind {
	BTC_OTHER,
	BTC_P2PKH,
	BTC_P2SH,
	BTC_P2WPKH,
	BTC_P2WSH,
	BTC_P2TR,
	BTC_PROGRAM, /* of a version or length that has no meaning yet */
};

/* What an output script is; the hash, key or program in it. */
enum btc_script_kind btc_script_kind(struct span script, struct span *inside);

struct btc_script {
	unsigned char bytes[BTC_PAY_SCRIPT_MAX];
	size_t n;
};

static inline struct span
btc_script_span(const struct btc_script *s)
{
	return (struct span){(const char *)s->bytes, s->n};
}

void btc_p2pkh(const unsigned char hash[HASH160_BYTES], struct btc_script *out);
void btc_p2wpkh(struct span public_key, struct btc_script *out);
void btc_p2wsh(struct span witness_script, struct btc_script *out);
/* BIP86: the key tweaked by itself, no scripts. False: no x-only key. */
bool btc_p2tr(const unsigned char xonly[SECP_KEY], struct btc_script *out);
/* BIP341's tweak of a key with a tree of this root (NULL: none). */
void btc_tap_tweak(const unsigned char xonly[SECP_KEY], const unsigned char *root,
		   unsigned char out[HASH_BYTES]);

/* An address of this network, in any of its forms. False: no address, or of another network. */
bool btc_address_parse(struct span text, enum btc_network network, struct btc_script *out);
/* False: the script has no address. */
bool btc_address_print(struct span script, enum btc_network network, char out[BTC_ADDRESS_MAX]);

/* The smallest amount that nodes relay to this script (at 3 sat/vB, as Bitcoin Core counts). */
uint64_t btc_dust(struct span script);

/* m of n compressed keys, in the order given. */
struct btc_multi {
	unsigned m, n;
	unsigned char keys[BTC_MULTI_MAX][SECP_PUBLIC];
};

void btc_multi_sort(struct btc_multi *multi); /* BIP67 */
void btc_multi_print(const struct btc_multi *multi, struct buf *out);
bool btc_multi_parse(struct span witness_script, struct btc_multi *out);

struct btc_htlc {
	unsigned char hash[HASH_BYTES];
	unsigned char claim[SECP_PUBLIC], refund[SECP_PUBLIC];
	uint32_t lock; /* refund from here on: a height, or a time */
};

void btc_htlc_print(const struct btc_htlc *htlc, struct buf *out);
bool btc_htlc_parse(struct span witness_script, struct btc_htlc *out);

#endif
