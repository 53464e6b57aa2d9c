#include "chain_filter.h"

#include "diag.h"
#include "limit.h"

enum filter_verdict
chain_refuse(struct filter *f, const struct line *in, const struct chain_fault *fault,
	     struct buf *out)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_u64("off", fault->offset),
	     diag_str("code", fault->code), diag_str("why", fault->why));
	buf_clear(out);
	chain_unreadable(in->number, fault, out);
	filter_emit(f, buf_span(out));
	return FILTER_NO;
}

bool
chain_take(const struct line *in, bool too_long, struct chain_record *out,
	   struct chain_fault *fault)
{
	*fault =
	    (struct chain_fault){"TOO_LONG", "longer than a bundle may be", LIMIT_BUNDLE_BYTES};
	return !too_long && chain_parse(in->text, out, fault);
}
