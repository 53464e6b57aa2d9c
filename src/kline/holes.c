#include "holes.h"

bool
holes_see(struct holes *h, const struct bar *b, struct hole *out)
{
	bool hole = h->end_us && h->end_us < b->start_us;
	uint64_t before = h->last_id, first = b->open_id;

	*out = (struct hole){h->end_us, b->start_us, 0, 0};
	h->end_us = b->start_us + h->width_us;
	/* open and close go by time, which may be another order than that of ids within a bar */
	if (b->close_id > h->last_id)
		h->last_id = b->close_id;
	if (b->open_id > h->last_id)
		h->last_id = b->open_id;
	if (!hole || (before && first && first <= before + 1))
		return false;
	if (before && first) {
		out->first = before + 1;
		out->last = first - 1;
	}
	return true;
}
