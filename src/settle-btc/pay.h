/*
 * pay: the operations that make transactions of the wallet: prepare, bump and cancel (adapter(5)).
 */
#ifndef TP_PAY_H
#define TP_PAY_H

#include "adapter.h"

bool pay_prepare(void *context, const struct frame_request *q, struct buf *answer,
		 struct frame_error *e);
bool pay_bump(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e);
bool pay_cancel(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e);

#endif
