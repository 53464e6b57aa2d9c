/*
 * holes: windows without a bar between two bars, and what the trade ids say about them.
 *
 * Ids rise by one a symbol. Where the first id after a hole follows the last one before it, nobody
 * traded, and the windows are known to be empty. Else trades are missing, or nobody can tell: that
 * is a hole. Beyond the first and the last bar nothing is known.
 */
#ifndef TP_HOLES_H
#define TP_HOLES_H

#include "bar.h"

struct holes {
	int64_t width_us;
	int64_t end_us; /* of the last window seen; 0: none yet */
	uint64_t last_id;
};

struct hole {
	int64_t from_us, to_us;
	uint64_t first, last; /* missing ids; 0: not known */
};

/* Show the bars in order of time. True: there is a hole before this one. */
bool holes_see(struct holes *h, const struct bar *b, struct hole *out);

#endif
