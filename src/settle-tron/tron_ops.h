/*
 * tron_ops: what settle-tron's operations share: its settings, and the checks that several of them
 * make.
 *
 * The operations are those of adapter(5); each has the form that frame_main() wants, with a struct
 * tron_settle as context.
 */
#ifndef TP_TRON_OPS_H
#define TP_TRON_OPS_H

#include "token_adapter.h"
#include "tron_node.h"

/* A block is solid when 19 of 27 representatives have built upon it. */
#define TRON_SOLID 20

struct tron_settle {
	struct tron_node node;
	struct tron_wallet wallet;
	bool has_contract, has_owner;
	unsigned decimals;
	char asset[TOKEN_ADAPTER_ASSET_MAX + 1];
};

/* The environment's settings; dies with 102 naming one that is wrong. asset is set before. */
void tron_take_settings(struct tron_settle *s);

/* Wallet and contract set, network's pins kept, contract as configured: asked once a process. */
bool tron_check_chain(struct tron_settle *s, struct frame_error *e);
bool tron_read_address(struct span text, const char *what, struct tron_address *out,
		       struct frame_error *e);
bool tron_read_order(const struct tron_settle *s, const struct frame_request *q,
		     struct tron_order *out, struct frame_error *e);

void tron_member_address(struct buf *answer, const char *name, const struct tron_address *address);
/* Amounts are strings. */
void tron_member_amount(struct buf *answer, const char *name, decimal_int amount);

typedef bool tron_op(void *context, const struct frame_request *q, struct buf *answer,
		     struct frame_error *e);

tron_op tron_op_prepare, tron_op_assemble, tron_op_submit;
tron_op tron_op_poll, tron_op_balance, tron_op_height;

#endif
