/*
 * htlc: the operations of hash time locked contracts: htlc (an address to pay to), claim (with the
 * preimage) and refund (after the lock). See settle-btc(1); the script stands in btc_script.h.
 */
#ifndef TP_HTLC_H
#define TP_HTLC_H

#include "adapter.h"

bool htlc_address(void *context, const struct frame_request *q, struct buf *answer,
		  struct frame_error *e);
bool htlc_claim(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e);
bool htlc_refund(void *context, const struct frame_request *q, struct buf *answer,
		 struct frame_error *e);

#endif
