/*
 * evm_ops: the operations of adapter(5), as the frame calls them. context is a struct evm_node.
 */
#ifndef TP_EVM_OPS_H
#define TP_EVM_OPS_H

#include "frame.h"

typedef bool evm_op(void *context, const struct frame_request *q, struct buf *answer,
		    struct frame_error *e);

/* evm_prepare.c */
evm_op evm_prepare, evm_bump, evm_cancel;

/* evm_assemble.c: without network */
evm_op evm_assemble;

/* evm_submit.c, evm_poll.c */
evm_op evm_submit, evm_poll;

/* evm_watch.c */
evm_op evm_info, evm_address_op, evm_balance, evm_height, evm_transfers;

#endif
