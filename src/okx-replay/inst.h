/*
 * inst: what an OKX instId says about its instrument.
 *
 * SPOT A-B, SWAP A-B-SWAP, FUTURES A-B-YYMMDD, OPTION A-B-YYMMDD-STRIKE-C|P. B may carry a suffix
 * ("USD_UM"): it belongs to the family, not to the underlying. Anything else (EVENTS) has the type
 * "" here. Contracts quoted in USD settle in A (inverse), all others in B (linear). Spans point
 * into the instId.
 */
#ifndef TP_INST_H
#define TP_INST_H

#include "buf.h"
#include "span.h"

struct inst {
	const char *type;  /* "SPOT", "SWAP", "FUTURES", "OPTION" or "" */
	struct span base;  /* A */
	struct span quote; /* B without its suffix */
	struct span family;
	struct span date; /* YYMMDD */
	struct span strike;
	struct span right; /* "C" or "P" */
	bool inverse;
};

void inst_read(struct span inst_id, struct inst *out);

/*
 * Append what an instrument row of that id has by default, as a JSON string: instType, family, uly,
 * baseCcy, quoteCcy, settleCcy, ctValCcy, ctType, ctVal, ctMult, expTime (08:00 UTC of the date),
 * stk, optType. A member that means nothing for the type is "".
 */
void inst_default(const struct inst *inst, struct span member, struct buf *out);

#endif
