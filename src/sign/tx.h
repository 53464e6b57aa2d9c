/*
 * tx: what an unsigned transaction does, read from its own bytes and from nothing else.
 *
 * A reader of a form (psbt, evm, solana, tron) takes the payload as adapter(5) gives it, decoded to
 * bytes, and fills in whom it pays how much of what, what it can cost at most, what it uses up, and
 * which digests are to be signed by which keys. A payload that does anything else than pay or
 * give change is refused: a signer signs what it understands wholly.
 *
 * Pure: no I/O, no clock, no keys. Spans are none: a struct tx owns nothing and stays good when the
 * payload is gone.
 */
#ifndef TP_TX_H
#define TP_TX_H

#include "span.h"
#include "units.h"

#include <stdint.h>

/* One payment pays one; Bitcoin's change makes two, a batch some more. */
#define TX_PAYMENTS_MAX 32
/* Inputs of a transaction: a sweep of more coins is better made in several. */
#define TX_SIGNATURES_MAX 128
/* BIP84's paths have 5 steps, BIP48's 6. */
#define TX_PATH_MAX 8
/* All of a PSBT's: 128 inputs of a 2-of-3 have 384, 32 outputs with 15 keys each 480. */
#define TX_PATHS_MAX 1024

/* CHECKMULTISIG of 15 keys is what a standard witness script may hold. */
#define TX_SCRIPT_KEYS_MAX 15

enum tx_form { TX_PSBT, TX_EVM_LEGACY, TX_EVM_1559, TX_SOLANA, TX_TRON };
#define TX_FORMS 5

const char *tx_form_name(enum tx_form form);
bool tx_form_of(struct span name, enum tx_form *out);

enum tx_scheme { TX_ECDSA, TX_RECOVERABLE, TX_SCHNORR, TX_ED25519 };

const char *tx_scheme_name(enum tx_scheme scheme);

/* An address, a contract or a key in the chain's own bytes: a scriptPubKey (up to 42 bytes; longer
 * ones are refused), 20 bytes of EVM, 32 of Solana, 21 of Tron; a public key of 32 or 33. */
#define TX_NAME_MAX 43
struct tx_name {
	unsigned char len;
	unsigned char bytes[TX_NAME_MAX];
};

bool tx_name_set(struct tx_name *name, struct span bytes);
bool tx_name_equal(const struct tx_name *a, const struct tx_name *b);
struct span tx_name_span(const struct tx_name *name);

/* Where an HD key lies, as a PSBT says. */
struct tx_path {
	unsigned char fingerprint[4]; /* of the master key */
	unsigned char steps_n;
	uint32_t steps[TX_PATH_MAX];
	unsigned char key[33]; /* what it is said to lead to; 32 bytes for a taproot key */
	unsigned char key_bytes;
};

struct tx_payment {
	struct tx_name to;
	struct tx_name asset; /* contract or mint; of length 0: the chain's coin */
	struct tx_name payer; /* transferFrom: whose tokens; of length 0: the signer's */
	units_int amount;
	size_t path_first, paths_n; /* of an output that may be change: in the tx's paths */
};

struct tx_wanted {
	enum tx_scheme scheme;
	size_t path_first, paths_n; /* in the tx's paths */
	/* whose key: a public key, or the name that is made from one (a P2WPKH script, an EVM or
	 * Tron address). Of length 0: any of `keys` in witness_script, the request says which */
	struct tx_name key;
	unsigned char digest[32]; /* not for ed25519: the payload itself is signed */
	bool taproot;		  /* the key is tweaked (BIP341), with root or no script tree */
	bool rooted;
	unsigned char root[32];
	/* public keys of 33 bytes that a witness script names */
	unsigned char keys_n;
	unsigned char keys[TX_SCRIPT_KEYS_MAX][33];
};

/* What it uses up: no two transactions with the same spend can both be mined. */
struct tx_spend {
	unsigned char id[36]; /* outpoint; or sender and nonce */
	units_int amount;     /* what the input is said to hold */
};

struct tx {
	enum tx_form form;
	uint64_t chain_id;   /* EVM */
	uint64_t nonce;	     /* EVM */
	struct tx_name from; /* Solana, Tron: who pays; not known of EVM and PSBT */
	units_int fee;	     /* the most that it can cost, in the chain's coin */
	int64_t expires_ms;  /* Tron: since 1970; 0: not known */
	size_t payments_n, wanted_n, spends_n, paths_n;
	/* what is in them beyond their counts is undefined */
	struct tx_payment payments[TX_PAYMENTS_MAX];
	struct tx_wanted wanted[TX_SIGNATURES_MAX];
	struct tx_spend spends[TX_SIGNATURES_MAX];
	struct tx_path paths[TX_PATHS_MAX];
};

void tx_init(struct tx *t, enum tx_form form);

/* The next of each kind, zeroed; NULL when there are too many. */
struct tx_payment *tx_payment_add(struct tx *t);
struct tx_wanted *tx_wanted_add(struct tx *t);
struct tx_spend *tx_spend_add(struct tx *t);
struct tx_path *tx_path_add(struct tx *t);

/* NULL, or why the payload is refused. out is undefined then. */
const char *psbt_read(struct span payload, struct tx *out);
const char *evm_read(struct span payload, enum tx_form form, struct tx *out);
const char *solana_read(struct span payload, struct tx *out);
const char *tron_read(struct span payload, struct tx *out);

const char *tx_read(enum tx_form form, struct span payload, struct tx *out);

/* Solana: is `account` the associated token account of owner and mint? */
bool solana_is_associated(struct span account, struct span owner, struct span mint);

#endif
