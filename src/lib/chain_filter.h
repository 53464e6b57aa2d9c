/*
 * chain_filter: what the filters of the verify chain do with a line that they cannot take.
 */
#ifndef TP_CHAIN_FILTER_H
#define TP_CHAIN_FILTER_H

#include "chain.h"
#include "filter.h"

/*
 * Put {"in":N,"error":{...}} in the line's place, warn, and count it as a "no". Nothing of the line
 * is repeated. out is cleared and used.
 */
enum filter_verdict chain_refuse(struct filter *f, const struct line *in,
				 const struct chain_fault *fault, struct buf *out);

/* Read a line, or say why not: the same fault for one that is too long. */
bool chain_take(const struct line *in, bool too_long, struct chain_record *out,
		struct chain_fault *fault);

#endif
