/*
 * evm_answer: what a node's answers mean: quantities, blocks, receipts, transactions, logs,
 * refusals.
 *
 * Pure: JSON text that json_check() has accepted in, structs out; spans point into the text. A
 * member that is missing or of another form makes the answer bad, and nothing is guessed: what a
 * payment did is judged by these alone.
 *
 * Source: ethereum/execution-apis; messages of geth, erigon, nethermind, besu, parity, bsc, anvil.
 */
#ifndef TP_EVM_ANSWER_H
#define TP_EVM_ANSWER_H

#include "evm_address.h"
#include "json.h"
#include "u256.h"

#define EVM_HASH_BYTES 32
#define EVM_HASH_TEXT_MAX 67

enum evm_answer {
	EVM_ANSWER_OK,
	EVM_ANSWER_NULL, /* the node has none */
	EVM_ANSWER_BAD,
};

struct evm_hash {
	unsigned char bytes[EVM_HASH_BYTES];
};

bool evm_hash_equal(const struct evm_hash *a, const struct evm_hash *b);
/* "0x" and 64 digits. */
bool evm_hash_parse(struct span text, struct evm_hash *out);
void evm_hash_print(const struct evm_hash *h, char out[EVM_HASH_TEXT_MAX]);

bool evm_answer_u256(struct span json, struct u256 *out);
bool evm_answer_u64(struct span json, uint64_t *out);
bool evm_answer_hash(struct span json, struct evm_hash *out);

/* "0x" and pairs of digits; at most size bytes. */
bool evm_answer_bytes(struct span json, unsigned char *to, size_t size, struct span *out);

struct evm_block {
	uint64_t number, time;
	struct evm_hash hash;
	bool dynamic; /* has a base fee */
	struct u256 base;
	uint64_t gas_limit;
};

enum evm_answer evm_answer_block(struct span json, struct evm_block *out);

struct evm_receipt {
	struct evm_hash tx, block;
	uint64_t number;
	bool success;
	struct u256 fee;  /* gas used * price paid */
	struct span logs; /* array */
};

enum evm_answer evm_answer_receipt(struct span json, struct evm_receipt *out);

/* Is the transaction in a block, as far as the node knows? */
enum evm_answer evm_answer_transaction(struct span json, bool *mined);

struct evm_log {
	struct evm_address contract;
	bool removed;
	bool transfer; /* an ERC-20 Transfer: three topics, one word */
	struct evm_address from, to;
	struct u256 amount;
	struct evm_hash tx; /* only where with_place was asked for */
	uint64_t number;
};

/* One log of a receipt or of eth_getLogs. with_place: transactionHash and blockNumber are wanted.
 */
bool evm_answer_log(struct span json, bool with_place, struct evm_log *out);

/*
 * How much of the token moved from payer to `to` in the transaction, by its Transfer events, and
 * how much from payer to anybody else (a token that takes a fee). False where a log is bad or a sum
 * does not fit.
 */
bool evm_answer_moved(struct span logs, const struct evm_address *token,
		      const struct evm_address *payer, const struct evm_address *to,
		      struct u256 *moved, struct u256 *elsewhere);

/* ---- refusals ---- */

enum evm_refusal {
	EVM_REFUSAL_KNOWN,	 /* it has these bytes */
	EVM_REFUSAL_NONCE,	 /* the nonce is used up */
	EVM_REFUSAL_UNDERPRICED, /* too little for now, or for a replacement */
	EVM_REFUSAL_FUNDS,	 /* the account cannot pay gas and value */
	EVM_REFUSAL_CHAIN,	 /* signed for another chain, or by nobody */
	EVM_REFUSAL_INVALID,	 /* never, at any price */
	EVM_REFUSAL_REVERT,	 /* the contract says no */
	EVM_REFUSAL_BUSY,	 /* not now */
	EVM_REFUSAL_OTHER,
};

/* By the words of an error's message, for codes differ from node to node. */
enum evm_refusal evm_refusal_of(int64_t code, struct span message);

/* The data of a revert, wherever in error.data the node has put it. False: none. */
bool evm_refusal_data(struct span data, unsigned char *to, size_t size, struct span *out);

#endif
