/*
 * events: what closed a position during one life of it, as fills, bills and orders tell it.
 *
 * Pure. Three ledgers are read apart from each other, so that the verdict can ask whether they
 * agree. All sums are exact.
 */
#ifndef TP_EVENTS_H
#define TP_EVENTS_H

#include "okx_life.h"

/* Who closes: from a fill's or bill's subType, else from the order's category. */
enum events_kind {
	EVENTS_USER,
	EVENTS_LIQ_FULL,
	EVENTS_LIQ_PARTIAL,
	EVENTS_ADL,
	EVENTS_DELIVERY,
	EVENTS_REPAY,
	EVENTS_BLOCK,
	EVENTS_MOVE,
	EVENTS_CONVERT,
	EVENTS_OTHER, /* a code that we do not know, or one that closes nothing */
	EVENTS_KINDS,
};

struct events_count {
	size_t n[EVENTS_KINDS];
	int64_t last_ms[EVENTS_KINDS]; /* of the latest of that kind; 0: none */
};

struct events {
	struct events_count fills, bills, orders;
	struct decimal opened, closed; /* sums of fillSz */
	bool overflow;
	/* the last fill that closed something */
	int64_t last_close_ms;
	enum events_kind last_close;
	struct decimal last_close_sz;
	const struct okx_order *last_close_order; /* NULL: not known */
	size_t unknown_orders;			  /* closing fills whose order is not known */
	size_t disagreements; /* fills whose subType and order category contradict each other */
	size_t foreign;	      /* fills left out because their order has another margin mode */
	size_t unsure; /* fills that may be of another margin mode: their order is not known, and
			  that mode was in use */
	struct span liq_px; /* price of the latest liquidation bill, or empty */
};

enum events_kind events_kind_of_sub_type(unsigned sub_type);
enum events_kind events_kind_of_category(struct span category);

/* Everything between from_ms and to_ms (inclusive; slack is the caller's) that belongs to the
 * matched life. */
void events_read(const struct okx_ledger *l, const struct okx_order *o, const struct okx_match *m,
		 int64_t from_ms, int64_t to_ms, struct events *out);

static inline bool
events_has_liquidation(const struct events_count *c)
{
	return c->n[EVENTS_LIQ_FULL] + c->n[EVENTS_LIQ_PARTIAL] > 0;
}

#endif
