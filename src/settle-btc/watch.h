/*
 * watch: the operations that look, and the one that sends: info, address, submit, poll, balance,
 * height, transfers (adapter(5)), and deposit and deposits (settle-btc(1)).
 */
#ifndef TP_WATCH_H
#define TP_WATCH_H

#include "adapter.h"

bool watch_info(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e);
bool watch_address(void *context, const struct frame_request *q, struct buf *answer,
		   struct frame_error *e);
bool watch_submit(void *context, const struct frame_request *q, struct buf *answer,
		  struct frame_error *e);
bool watch_balance(void *context, const struct frame_request *q, struct buf *answer,
		   struct frame_error *e);
bool watch_height(void *context, const struct frame_request *q, struct buf *answer,
		  struct frame_error *e);
bool watch_transfers(void *context, const struct frame_request *q, struct buf *answer,
		     struct frame_error *e);
bool watch_deposit(void *context, const struct frame_request *q, struct buf *answer,
		   struct frame_error *e);
bool watch_deposits(void *context, const struct frame_request *q, struct buf *answer,
		    struct frame_error *e);

#endif
