/*
 * screen_orders: screen between order-intake and match: a filter over a market's records, with a
 * line in the log for each that was looked at (screen(1), ORDERS).
 */
#ifndef TP_SCREEN_ORDERS_H
#define TP_SCREEN_ORDERS_H

#include "blocklist.h"
#include "sign_limits.h"

struct screen_orders {
	struct blocklist *blocked;
	const struct limits *limits;
	const char *addresses, *state, *metrics_file;
	const uint64_t *secret;
	bool (*hangup)(void); /* whether all lists are to be read, since it was asked last */
};

/* Until the end of the input; the status for main to return. */
int screen_orders(const struct screen_orders *with);

#endif
