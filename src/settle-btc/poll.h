/*
 * poll: what has become of a payment, by what blocks and mempool hold (adapter(5)).
 *
 * A version is looked for where a node can tell without an index: among the wallet's own coins (a
 * block that spends one of them names the transaction), in the mempool, among the unspent outputs,
 * in the block where it was seen last; and with an index, by its id. What is found is checked: the
 * block must be the one of its height in the best chain, and the transaction's outputs must pay.
 */
#ifndef TP_POLL_H
#define TP_POLL_H

#include "adapter.h"

bool poll_payment(void *context, const struct frame_request *q, struct buf *answer,
		  struct frame_error *e);

#endif
