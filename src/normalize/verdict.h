/*
 * verdict: was the position that this order belongs to force-liquidated?
 *
 * The decision table of normalize(1), row by row. Pure: a ledger in, a verdict out. A "no" needs
 * positive evidence from OKX's own rows; where ledgers are missing, cut, or contradict each other,
 * the answer is null with the reason in `sub`.
 */
#ifndef TP_VERDICT_H
#define TP_VERDICT_H

#include "events.h"
#include "okx_life.h"

enum verdict_answer { VERDICT_NULL, VERDICT_NO, VERDICT_YES };

/* One ledger's testimony. */
struct verdict_source {
	const char
	    *source; /* "order", "positions-history", "positions", "fills", "bills", "orders" */
	char says[96];
	bool agrees; /* with the answer; meaningless when the answer is null */
};

#define VERDICT_SOURCES 8
#define VERDICT_WARNINGS 6

struct verdict {
	unsigned row; /* of the table: 1 to 13 */
	enum verdict_answer liquidated;
	const char *reason;	 /* "forced-liquidation", "adl", "manual-close", "unknown" */
	const char *sub;	 /* NULL: nothing to add */
	const char *scope;	 /* "full", "partial", or NULL */
	const char *confidence;	 /* "proven", "single-source", or NULL */
	int64_t liquidated_ms;	 /* 0: not known, or not liquidated */
	const char *time_source; /* "fills", "bills", "orders", "order", "uTime", or NULL */
	bool adl;
	int64_t adl_ms;		 /* 0: not known */
	const char *final_close; /* how the life ended after a partial liquidation: "manual", "adl",
				    "delivery", "liquidation", "open", ...; or NULL */
	struct verdict_source sources[VERDICT_SOURCES];
	size_t sources_n;
	const char *warnings[VERDICT_WARNINGS];
	size_t warnings_n;

	/* what the answer rests on, for the position's other fields; NULL where there is none */
	const struct okx_order *order;
	const struct okx_life *life;
	const struct okx_position *open;
	struct span liq_px; /* price of the liquidation as bills tell it, or empty */
};

/* ord_id: the order asked for. now_ms: OKX's time of the answers. */
void verdict_decide(const struct okx_ledger *l, struct span ord_id, int64_t now_ms,
		    struct verdict *out);

#endif
