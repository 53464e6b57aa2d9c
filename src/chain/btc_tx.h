/*
 * btc_tx: Bitcoin transactions: others' as they stand in blocks, walked without a copy, and ours,
 * held in full.
 *
 * Transaction ids are kept in the order of the hash; people see them reversed (btc_txid_print).
 * Amounts are satoshi, never above the 21 million coins that there can be.
 */
#ifndef TP_BTC_TX_H
#define TP_BTC_TX_H

#include "hashes.h"
#include "wire.h"

#define BTC_MONEY_MAX UINT64_C(2100000000000000)
#define BTC_TXID_TEXT 65 /* with NUL */

/* Ours: inputs as adapter(5)'s spends; what a payment and its signatures need at most. */
#define BTC_INPUTS_MAX 256
#define BTC_OUTPUTS_MAX 256
/* 100,000 vbytes are the most that nodes relay. */
#define BTC_TX_BYTES_MAX 400000

/* Others': where their parts are. */
struct btc_view {
	struct span whole;
	uint32_t version;
	uint64_t inputs_n, outputs_n;
	struct span inputs, outputs; /* with their counts */
	struct span witness;	     /* empty where there is none */
	uint32_t lock;
};

struct btc_input {
	unsigned char txid[HASH_BYTES];
	uint32_t vout;
	uint32_t sequence;
	struct span script;
	/* the coin that it spends, where that is known */
	bool known;
	uint64_t amount;
	struct span coin_script;
};

struct btc_output {
	uint64_t amount;
	struct span script;
};

/* segwit: a marker after the version is looked for (not in a PSBT's unsigned transaction). False
 * where c does not begin with a transaction. */
bool btc_view_read(struct cursor *c, bool segwit, struct btc_view *out);
struct cursor btc_view_inputs(const struct btc_view *v);
struct cursor btc_view_outputs(const struct btc_view *v);
/* What is left of a cursor of the two above has been found sound by btc_view_read(). */
bool btc_next_input(struct cursor *c, struct btc_input *out);
bool btc_next_output(struct cursor *c, struct btc_output *out);
/* The items of the next input's witness: count and runs. */
uint64_t btc_next_witness(struct cursor *c);

void btc_view_txid(const struct btc_view *v, unsigned char out[HASH_BYTES]);
size_t btc_view_vsize(const struct btc_view *v);

struct btc_tx {
	uint32_t version, lock;
	size_t inputs_n, outputs_n;
	struct btc_input inputs[BTC_INPUTS_MAX];
	struct btc_output outputs[BTC_OUTPUTS_MAX];
};

/* False: more inputs or outputs than ours have. Scripts point into what v points into. */
bool btc_tx_of(const struct btc_view *v, struct btc_tx *out);
/* Without witness. */
void btc_tx_print(const struct btc_tx *tx, struct buf *out);
void btc_tx_txid(const struct btc_tx *tx, unsigned char out[HASH_BYTES]);

/* The pieces that transactions and what is signed of them are hashed from: n bytes, little end
 * first; a compact size; a run with its length before it. */
void btc_hash_int(struct sha2 *s, uint64_t v, unsigned n);
void btc_hash_compact(struct sha2 *s, uint64_t v);
void btc_hash_run(struct sha2 *s, struct span run);

void btc_txid_print(const unsigned char txid[HASH_BYTES], char out[BTC_TXID_TEXT]);
bool btc_txid_parse(struct span text, unsigned char out[HASH_BYTES]);

#endif
