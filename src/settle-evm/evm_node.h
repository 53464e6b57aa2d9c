/*
 * evm_node: the questions that a chain's node is asked, over JSON-RPC.
 *
 * Each returns false with the error set in adapter(5)'s classes. Where the node itself said no, the
 * words of its message choose the class (evm_refusal_of). Nothing is remembered but that network
 * and contract have been checked once: evm_node_check() comes before everything that moves money.
 */
#ifndef TP_EVM_NODE_H
#define TP_EVM_NODE_H

#include "evm_abi.h"
#include "evm_answer.h"
#include "evm_fees.h"
#include "evm_settings.h"
#include "rpc.h"

/* Parameters of one call: a raw transaction of EVM_TX_BYTES in hex is the longest. */
#define EVM_PARAMS_MAX 4096
/* A contract's answer: symbol() has 96 bytes, a reason some hundred. */
#define EVM_CALL_ANSWER_MAX 4096

struct evm_node {
	struct rpc rpc;
	const struct evm_settings *settings;
	bool checked;
	unsigned char answer[EVM_CALL_ANSWER_MAX];
};

/* Reads the URL; dies with 102. Call before the sandbox closes. */
void evm_node_init(struct evm_node *n, const struct evm_settings *s);

/* Chain id, code, decimals and symbol are as the settings say; asked once, until it is so. */
bool evm_node_check(struct evm_node *n, struct frame_error *e);

/* Where the node said no: what that is in adapter(5)'s classes. Returns false. */
bool evm_node_refused(struct evm_node *n, struct frame_error *e);

/* tag: "latest", "pending" or a quantity. */
bool evm_node_block(struct evm_node *n, const char *tag, struct evm_block *out, bool *there,
		    struct frame_error *e);
bool evm_node_block_at(struct evm_node *n, uint64_t number, struct evm_block *out, bool *there,
		       struct frame_error *e);
bool evm_node_head(struct evm_node *n, struct evm_block *out, struct frame_error *e);
bool evm_node_syncing(struct evm_node *n, bool *out, struct frame_error *e);
bool evm_node_nonce(struct evm_node *n, const struct evm_address *a, const char *tag, uint64_t *out,
		    struct frame_error *e);
bool evm_node_nonce_at(struct evm_node *n, const struct evm_address *a, uint64_t number,
		       uint64_t *out, struct frame_error *e);
bool evm_node_native(struct evm_node *n, const struct evm_address *a, struct u256 *out,
		     struct frame_error *e);

/* balanceOf and allowance of the asset's contract. */
bool evm_node_balance(struct evm_node *n, const struct evm_address *a, struct u256 *out,
		      struct frame_error *e);
bool evm_node_allowance(struct evm_node *n, const struct evm_address *owner,
			const struct evm_address *spender, struct u256 *out, struct frame_error *e);

/* A call of the contract from an account, without effect; a revert is of class refused, with the
 * contract's reason. *out points into n->answer. */
bool evm_node_try(struct evm_node *n, const struct evm_address *from, struct span data,
		  struct span *out, struct frame_error *e);
bool evm_node_estimate(struct evm_node *n, const struct evm_address *from, struct span data,
		       uint64_t *gas, struct frame_error *e);

/* What gas costs now. */
bool evm_node_market(struct evm_node *n, const struct evm_block *head, struct evm_market *out,
		     struct frame_error *e);

/* *there: the node has one. The receipt's logs live until the next call. */
bool evm_node_receipt(struct evm_node *n, const struct evm_hash *tx, struct evm_receipt *out,
		      bool *there, struct frame_error *e);
bool evm_node_transaction(struct evm_node *n, const struct evm_hash *tx, bool *there, bool *mined,
			  struct frame_error *e);

/* Send; false where the node said no, and n->rpc holds its words. */
bool evm_node_send(struct evm_node *n, struct span raw_hex, struct evm_hash *out,
		   struct frame_error *e);

/* Transfer events of the contract from an account, as a JSON array that lives until the next call.
 */
bool evm_node_transfers(struct evm_node *n, const struct evm_address *from, uint64_t first,
			uint64_t last, struct span *logs, struct frame_error *e);

#endif
