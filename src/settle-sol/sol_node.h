/*
 * sol_node: the questions that settle-sol asks a node, and what it may remember of the answers.
 *
 * Remembered, for a time and only to save round trips: the newest blockhash (a transaction lives
 * 150 blocks from it, so some seconds of age cost little), the price of a compute unit, rent, and
 * that the mint was looked at. Each call fails with adapter(5)'s classes; an answer of another form
 * than documented is BAD_ANSWER, class retry.
 */
#ifndef TP_SOL_NODE_H
#define TP_SOL_NODE_H

#include "rpc.h"
#include "sol_plan.h"

/* How old a blockhash and a price may be: a tenth of a transaction's life. */
#define SOL_CACHE_US 5000000

/* Versions of one payment that are polled at once: what the node takes in one call is 256. */
#define SOL_VERSIONS_MAX FRAME_VERSIONS_MAX

struct sol_node {
	struct rpc rpc;
	struct buf params;
	struct sol_blockhash blockhash;
	int64_t blockhash_us; /* CLOCK_MONOTONIC; 0: none */
	uint64_t price;
	int64_t price_us;
	uint64_t rent;
	bool mint_checked;
	char network[SOL_KEY_TEXT_MAX]; /* the genesis hash */
};

void sol_node_init(struct sol_node *n);
void sol_node_release(struct sol_node *n);

/* The genesis hash, to n->network. */
bool sol_ask_network(struct sol_node *n, struct frame_error *e);
bool sol_ask_accounts(struct sol_node *n, const struct sol_key keys[], size_t count,
		      struct sol_account out[], struct frame_error *e);
bool sol_ask_blockhash(struct sol_node *n, struct sol_blockhash *out, struct frame_error *e);
/* What writing to that account was worth lately. */
bool sol_ask_price(struct sol_node *n, const struct sol_key *account, uint64_t *out,
		   struct frame_error *e);
bool sol_ask_rent(struct sol_node *n, uint64_t *out, struct frame_error *e);
/* At commitment "confirmed" or "finalized". */
bool sol_ask_epoch(struct sol_node *n, const char *commitment, struct sol_epoch *out,
		   struct frame_error *e);
bool sol_ask_statuses(struct sol_node *n, const struct span ids[], size_t count,
		      struct sol_status out[], uint64_t *slot, struct frame_error *e);
/* found is false where the node does not have it (yet). */
bool sol_ask_landed(struct sol_node *n, struct span id, struct sol_landed *out, bool *found,
		    struct frame_error *e);
bool sol_ask_block(struct sol_node *n, uint64_t slot, struct sol_block *out, struct frame_error *e);
/* Seconds since 1970; this machine's clock where the node does not know yet. */
bool sol_ask_time(struct sol_node *n, uint64_t slot, uint64_t *out, struct frame_error *e);
/* The first slot of which the node has the blocks. */
bool sol_ask_first_slot(struct sol_node *n, uint64_t *out, struct frame_error *e);
bool sol_ask_healthy(struct sol_node *n, bool *out, struct frame_error *e);
/* known: the node had it already. id: the signature that it gives back, borrowed. */
bool sol_send(struct sol_node *n, struct span transaction, bool *known, struct span *id,
	      struct frame_error *e);

#endif
