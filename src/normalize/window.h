/*
 * window: did OKX answer all that was asked about a stretch of time?
 *
 * Pure. A ledger is complete for [from, to] when some series of questions covers it within the
 * endpoint's retention, and no series that was asked about it failed or was cut.
 */
#ifndef TP_WINDOW_H
#define TP_WINDOW_H

#include "okx_ledger.h"

struct window {
	int64_t from_ms, to_ms; /* to INT64_MAX: until now */
	int64_t now_ms;
};

/* near and far: the two tiers (OKX_FILLS and OKX_FILLS_HISTORY). param=value must stand in the
 * question ("type", "5"), or param is NULL. */
bool window_complete(const struct okx_ledger *l, const struct window *w, enum okx_endpoint near,
		     enum okx_endpoint far, const char *param, const char *value);

/* positions-history reaches back to before `ms`, or to its end; positions was answered. */
bool window_lives_complete(const struct okx_ledger *l, int64_t ms);
bool window_positions_answered(const struct okx_ledger *l);

/* Every place where an order could be found was asked and answered. */
bool window_order_searched(const struct okx_ledger *l);

#endif
