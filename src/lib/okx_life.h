/*
 * okx_life: which life of which position an order belongs to.
 *
 * OKX writes no position id on orders and fills, and a posId outlives the position. What ties an
 * order to a life is instId, margin mode, side and time: the life that was open while the order
 * filled. Both okx-fetch (to know which window to ask for) and normalize (to decide) ask here.
 */
#ifndef TP_OKX_LIFE_H
#define TP_OKX_LIFE_H

#include "okx_ledger.h"

/* OKX's own times of one event differ by a few milliseconds between ledgers; a second is far above
 * that and far below a human's pace. */
#define OKX_SLACK_MS 1000

enum okx_role {
	OKX_ROLE_OPENS,	 /* opened or increased the position */
	OKX_ROLE_CLOSES, /* closed or reduced it */
	OKX_ROLE_FLIPS,	 /* closed one and opened the opposite: it belongs to the one it opened */
};

struct okx_match {
	size_t lives;		     /* how many rows of positions-history fit; 1 is a match */
	const struct okx_life *life; /* when lives == 1 */
	const struct okx_position
	    *open; /* the open position, when it is the same or the only life */
	enum okx_role role;
	bool is_long;			     /* direction of the life */
	int64_t first_fill_ms, last_fill_ms; /* of the order; 0 when it never filled */
};

/* First and last fill of the order, from its fills where they are known, else from the order itself
 * (cTime, fillTime). */
void okx_order_times(const struct okx_ledger *l, const struct okx_order *o, int64_t *first_ms,
		     int64_t *last_ms);

void okx_match_life(const struct okx_ledger *l, const struct okx_order *o, struct okx_match *out);

/* The time that the life spans: from its cTime to its uTime, or to the end of time while it is
 * open. */
void okx_match_window(const struct okx_match *m, int64_t *from_ms, int64_t *to_ms);

#endif
