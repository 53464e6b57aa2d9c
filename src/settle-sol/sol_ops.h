/*
 * sol_ops: what settle-sol's operations share: its settings, and the checks that several of them
 * make.
 *
 * The operations are those of adapter(5); each has the form that frame_main() wants, with a struct
 * sol_settle as context.
 */
#ifndef TP_SOL_OPS_H
#define TP_SOL_OPS_H

#include "sol_node.h"
#include "token_adapter.h"

struct sol_settle {
	struct sol_node node;
	struct sol_wallet wallet;
	bool has_wallet;
	uint64_t price_max;
	char asset[TOKEN_ADAPTER_ASSET_MAX + 1];
	char authority_name[TOKEN_ADAPTER_SETTING_MAX]; /* of the setting */
};

/* The environment's settings; dies with 102 naming one that is wrong. asset is set before. */
void sol_take_settings(struct sol_settle *s);

/* Wallet set, network's pins kept, mint as configured: asked once a process. */
bool sol_check_chain(struct sol_settle *s, struct frame_error *e);
bool sol_read_address(struct span text, const char *what, struct sol_key *out,
		      struct frame_error *e);
bool sol_read_order(const struct sol_settle *s, const struct frame_request *q,
		    struct sol_order *out, struct frame_error *e);

void sol_member_key(struct buf *answer, const char *name, const struct sol_key *key);
/* Amounts are strings. */
void sol_member_amount(struct buf *answer, const char *name, uint64_t amount);

typedef bool sol_op(void *context, const struct frame_request *q, struct buf *answer,
		    struct frame_error *e);

sol_op sol_op_prepare, sol_op_assemble, sol_op_submit;
sol_op sol_op_poll, sol_op_balance, sol_op_height;

#endif
