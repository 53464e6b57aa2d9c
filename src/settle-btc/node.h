/*
 * node: Bitcoin's JSON-RPC calls that the adapter makes, and their answers taken apart.
 *
 * A node without a wallet is enough. Everything that a node says is checked for its form; blocks
 * and headers also for their work and hashes. Errors come as adapter(5)'s classes.
 */
#ifndef TP_NODE_H
#define TP_NODE_H

#include "btc_header.h"
#include "rpc.h"

struct node {
	struct rpc rpc;
	enum btc_network network;
	struct buf params, bytes;
	uint64_t rpc_errors;
};

void node_init(struct node *n, const char *url_variable, enum btc_network network);
void node_release(struct node *n);

struct node_info {
	enum btc_network network;
	uint64_t blocks, headers;
	unsigned char best[HASH_BYTES];
	bool initial_download;
};

bool node_info(struct node *n, struct node_info *out, struct frame_error *e);
bool node_block_hash(struct node *n, uint64_t height, unsigned char out[HASH_BYTES],
		     struct frame_error *e);
/* With its work checked. */
bool node_header(struct node *n, const unsigned char hash[HASH_BYTES], struct btc_header *out,
		 struct frame_error *e);
/* The block's bytes, good until the next call. */
bool node_block(struct node *n, const unsigned char hash[HASH_BYTES], struct span *out,
		struct frame_error *e);

/* Satoshi per 1,000 vbytes; *known false where the node has no estimate. */
bool node_estimate(struct node *n, unsigned blocks, bool *known, uint64_t *rate,
		   struct frame_error *e);
/* What a node wants at least, and for a replacement in addition. */
bool node_mempool(struct node *n, uint64_t *minimum, uint64_t *increment, struct frame_error *e);

struct node_coin {
	bool there;
	uint64_t amount, confirmations;
	struct btc_script script;
	unsigned char best[HASH_BYTES];
};

/* An unspent output, with (or without) what the mempool spends. */
bool node_coin(struct node *n, const unsigned char txid[HASH_BYTES], uint32_t vout, bool mempool,
	       struct node_coin *out, struct frame_error *e);

struct node_tx {
	bool there;
	struct span raw; /* good until the next call */
	bool mined;
	unsigned char block[HASH_BYTES]; /* where mined */
	uint64_t confirmations;
};

/* Known by the mempool, by a node with an index, or in the named block (NULL: none). */
bool node_tx(struct node *n, const unsigned char txid[HASH_BYTES], const unsigned char *block,
	     struct node_tx *out, struct frame_error *e);

/* "accepted", "known" (in *known); else why not. */
bool node_send(struct node *n, struct span raw_hex, const unsigned char txid[HASH_BYTES],
	       bool *known, struct frame_error *e);

/* Unspent outputs of these scripts at a height (scantxoutset). Each is given to step(). */
bool node_scan(struct node *n, const struct btc_script *const scripts[], size_t scripts_n,
	       uint64_t *height, unsigned char best[HASH_BYTES],
	       bool (*step)(void *context, const unsigned char txid[HASH_BYTES], uint32_t vout,
			    struct span script, uint64_t amount, uint64_t height, bool coinbase),
	       void *context, struct frame_error *e);

/* ---- for tests and fuzzers: answers without a node ---- */

/* An amount of bitcoins as JSON number to satoshi: "0.00012345", "1e-05", "21000000". */
bool node_amount(struct span json, uint64_t *out);
bool node_read_info(struct span result, struct node_info *out);
bool node_read_coin(struct span result, struct node_coin *out);
bool node_read_tx(struct span result, struct buf *bytes, struct node_tx *out);

#endif
