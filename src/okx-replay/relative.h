/*
 * relative: texts of a scenario that stand for a moment, so that scenarios never grow too old.
 *
 *     @t-90m       the start of the run less 90 minutes, in milliseconds since 1970
 *     @id-90m/7    an id that OKX would have made at that moment, 7 in its low bits (okx_id.h)
 *     @ymd-2d      that day as YYMMDD; the only one that may follow other text (BTC-USDT-@ymd-2d)
 *
 * What follows the name are moves, in turn: + or - and numbers with the units ms (or none), s, m,
 * h, d ("-1d2h" goes back 26 hours), and ^ to the beginning of the UTC day ("@t-2d^+8h": 08:00 of
 * the day before yesterday).
 *
 * Pure: the start of the run is a parameter, so one token has one value all through a run.
 */
#ifndef TP_RELATIVE_H
#define TP_RELATIVE_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

enum relative_result {
	RELATIVE_PLAIN, /* no token: nothing was appended */
	RELATIVE_DONE,	/* the whole text, its token replaced, was appended to out */
	RELATIVE_BAD,	/* begins like a token and is none: *why says what is wrong */
};

enum relative_result relative_resolve(struct span text, int64_t now_ms, struct buf *out,
				      const char **why);

#endif
