#include "paging.h"

bool
paging_admits(const struct paging *p, const struct row *r)
{
	uint64_t key = p->by_time ? (uint64_t)r->at_ms : r->key;

	if (p->has_begin && r->at_ms < p->begin_ms)
		return false;
	if (p->has_end && r->at_ms > p->end_ms)
		return false;
	if (p->has_after && key >= p->after)
		return false;
	return !p->has_before || key > p->before;
}

/* Do the oldest rows come when there are too many? */
static bool
from_the_end(const struct paging *p)
{
	if (p->has_after)
		return false;
	if (p->has_before)
		return p->rule != PAGING_CLOSED;
	return p->has_begin && !p->has_end && p->rule != PAGING_FILLS;
}

size_t
paging_cut(const struct paging *p, const struct row *const rows[], size_t n, size_t *first)
{
	size_t end;

	*first = 0;
	if (n <= p->limit)
		return n;
	if (from_the_end(p)) {
		*first = n - p->limit;
		return p->limit;
	}
	end = p->limit;
	while (p->rule == PAGING_CLOSED && end < n && rows[end]->key == rows[end - 1]->key)
		end++;
	return end;
}
