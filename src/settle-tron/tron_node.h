/*
 * tron_node: the questions that settle-tron asks a node, and what it may remember of the answers.
 *
 * Remembered, for a time and only to save round trips: the chain's prices, and that the contract
 * was looked at. Calls fail with adapter(5)'s classes; an answer of another form than documented is
 * BAD_ANSWER, class retry.
 */
#ifndef TP_TRON_NODE_H
#define TP_TRON_NODE_H

#include "rpc.h"
#include "tron_plan.h"

/* Prices change by votes, with days of notice. */
#define TRON_PRICES_US 60000000

struct tron_node {
	struct rpc rpc;
	struct buf body;
	struct tron_prices prices;
	int64_t prices_us;
	bool contract_checked;
	char network[TRON_ID_TEXT_MAX]; /* the id of block 0 */
};

void tron_node_init(struct tron_node *n);
void tron_node_release(struct tron_node *n);

bool tron_ask_network(struct tron_node *n, struct frame_error *e);
bool tron_ask_head(struct tron_node *n, struct tron_block *out, struct frame_error *e);
/* The newest block that no fork can take away. */
bool tron_ask_solid(struct tron_node *n, struct tron_block *out, struct frame_error *e);
/* The block of that height, and whether the transaction is in it. */
bool tron_ask_block(struct tron_node *n, uint64_t number, struct span tx_id, struct tron_block *out,
		    bool *within, struct frame_error *e);
bool tron_ask_prices(struct tron_node *n, struct tron_prices *out, struct frame_error *e);
bool tron_ask_balance(struct tron_node *n, const struct tron_address *account, uint64_t *out,
		      struct frame_error *e);
bool tron_ask_resources(struct tron_node *n, const struct tron_address *account,
			struct tron_resources *out, struct frame_error *e);

/* A constant call; parameters are whole words. */
bool tron_ask_call(struct tron_node *n, const struct tron_address *caller,
		   const struct tron_address *contract, const char *function,
		   struct span parameters, struct tron_call *out, struct frame_error *e);
/* One that must give a number. */
bool tron_ask_number(struct tron_node *n, const struct tron_address *caller,
		     const struct tron_address *contract, const char *function,
		     const struct tron_address accounts[], size_t count, decimal_int *out,
		     struct frame_error *e);

bool tron_ask_info(struct tron_node *n, bool solid, struct span tx_id, const struct tron_payment *p,
		   struct tron_info *out, struct frame_error *e);
/* Is it waiting for a block? A node that cannot tell says no. */
bool tron_ask_pending(struct tron_node *n, struct span tx_id);
bool tron_send(struct tron_node *n, struct span transaction, bool *known, struct span *id,
	       struct frame_error *e);

#endif
