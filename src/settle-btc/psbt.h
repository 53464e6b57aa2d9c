/*
 * psbt: partially signed Bitcoin transactions, BIP174 (version 0) and BIP370 (version 2), with the
 * taproot fields of BIP371.
 *
 * A PSBT is maps of keys to values: one for the whole, one an input, one an output. All pairs stand
 * in one array, sorted by map and key, so that no key stands twice and what is printed has one
 * order. Fields that are not known are kept and passed on.
 *
 * psbt_parse() borrows the text's bytes; psbt_put() copies what it is given into the struct's own
 * memory. The caller owns the struct (it is large: not on a stack). Every field whose form the BIPs
 * give is checked when it is read; what the fields mean together is psbt_role's concern.
 */
#ifndef TP_PSBT_H
#define TP_PSBT_H

#include "btc_tx.h"

/* A payment's input has 4 pairs, an input of a 15-of-15 up to 40; all inputs and outputs at once
 * would be above any transaction that is relayed. */
#define PSBT_PAIRS_MAX 8192
/* What is added: for each of 256 inputs a coin, a key origin and a signature. */
#define PSBT_MEMORY_MAX (256u << 10)
/* Whole: with 100,000 vbytes, and previous transactions beside. */
#define PSBT_BYTES_MAX (768u << 10)

enum psbt_global {
	PSBT_UNSIGNED_TX = 0x00,
	PSBT_XPUB = 0x01,
	PSBT_TX_VERSION = 0x02,
	PSBT_FALLBACK_LOCK = 0x03,
	PSBT_INPUT_COUNT = 0x04,
	PSBT_OUTPUT_COUNT = 0x05,
	PSBT_MODIFIABLE = 0x06,
	PSBT_VERSION = 0xfb,
};

enum psbt_in {
	PSBT_IN_WHOLE_TX = 0x00,
	PSBT_IN_COIN = 0x01,
	PSBT_IN_SIGNATURE = 0x02,
	PSBT_IN_SIGHASH = 0x03,
	PSBT_IN_REDEEM = 0x04,
	PSBT_IN_WITNESS_SCRIPT = 0x05,
	PSBT_IN_ORIGIN = 0x06,
	PSBT_IN_FINAL_SCRIPT = 0x07,
	PSBT_IN_FINAL_WITNESS = 0x08,
	PSBT_IN_SHA256 = 0x0b,
	PSBT_IN_TXID = 0x0e,
	PSBT_IN_VOUT = 0x0f,
	PSBT_IN_SEQUENCE = 0x10,
	PSBT_IN_LOCK_TIME = 0x11,
	PSBT_IN_LOCK_HEIGHT = 0x12,
	PSBT_IN_TAP_SIGNATURE = 0x13,
	PSBT_IN_TAP_ORIGIN = 0x16,
	PSBT_IN_TAP_KEY = 0x17,
	PSBT_IN_TAP_ROOT = 0x18,
};

enum psbt_out {
	PSBT_OUT_REDEEM = 0x00,
	PSBT_OUT_WITNESS_SCRIPT = 0x01,
	PSBT_OUT_ORIGIN = 0x02,
	PSBT_OUT_AMOUNT = 0x03,
	PSBT_OUT_SCRIPT = 0x04,
	PSBT_OUT_TAP_KEY = 0x05,
	PSBT_OUT_TAP_ORIGIN = 0x07,
};

enum psbt_error {
	PSBT_OK,
	PSBT_E_SYNTAX,	/* no PSBT, cut short, or bytes behind it */
	PSBT_E_TWICE,	/* one key twice in one map */
	PSBT_E_FIELD,	/* a key or value without the form of its type */
	PSBT_E_VERSION, /* a field that this version does not have, or lacks; another version */
	PSBT_E_TX,	/* the unsigned transaction is none, or signed */
	PSBT_E_LIMIT,	/* more than we hold */
};

const char *psbt_error_text(enum psbt_error e);

struct psbt_pair {
	uint32_t map;
	struct span key, value; /* the type is the key's first byte */
};

struct psbt {
	unsigned version;
	size_t inputs_n, outputs_n;
	size_t n;
	struct psbt_pair pairs[PSBT_PAIRS_MAX];
	size_t used;
	char memory[PSBT_MEMORY_MAX];
};

/* Numbers of the maps. */
static inline uint32_t
psbt_in(size_t i)
{
	return (uint32_t)(1 + i);
}

static inline uint32_t
psbt_out(const struct psbt *p, size_t i)
{
	return (uint32_t)(1 + p->inputs_n + i);
}

enum psbt_error psbt_parse(struct span bytes, struct psbt *out);
void psbt_print(const struct psbt *p, struct buf *out);

/* A new one of this transaction; its inputs' coins are added by psbt_put_coin(). */
enum psbt_error psbt_create(const struct btc_tx *tx, unsigned version, struct psbt *out);

/* The value of a key; keydata is what follows the type. */
bool psbt_get(const struct psbt *p, uint32_t map, unsigned type, struct span keydata,
	      struct span *value);
/* Set or replace; false: no room. */
bool psbt_put(struct psbt *p, uint32_t map, unsigned type, struct span keydata, struct span value);
void psbt_drop(struct psbt *p, uint32_t map, unsigned type, struct span keydata);

/* The pairs of a map and type: walk with *at from psbt_first() while psbt_next() is true. */
size_t psbt_first(const struct psbt *p, uint32_t map, unsigned type);
bool psbt_next(const struct psbt *p, uint32_t map, unsigned type, size_t *at, struct span *keydata,
	       struct span *value);

/* The unsigned transaction, with the coins that the inputs name. For version 2 the lock time is
 * computed (BIP370). False: more inputs than we hold, a previous transaction that is another one's,
 * or locks that exclude each other. */
bool psbt_tx(const struct psbt *p, struct btc_tx *out);

bool psbt_put_coin(struct psbt *p, size_t input, uint64_t amount, struct span script);

/* The same in the other version. False: no room, or no transaction. */
bool psbt_convert(const struct psbt *from, unsigned version, struct btc_tx *work, struct psbt *out);

#endif
