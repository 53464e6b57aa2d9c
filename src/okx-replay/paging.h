/*
 * paging: which rows of a ledger make up one reply.
 *
 * OKX's rules (API guide v5, "Pagination"), over rows that stand newest first: begin and end are
 * inclusive and come first, then before and after, which are exclusive; of the rows that are left
 * at most `limit` are served. When there are more: with after, those closest to it; with before
 * alone, those closest to before; with begin alone, those closest to begin; else the newest. Two
 * exceptions, by rule: fills ignore the rule for begin; positions-history ignores the one for
 * before, and serves all rows that have the uTime of the last one, beyond the limit.
 *
 * Pure; the caller filters and hands over the rows that match.
 */
#ifndef TP_PAGING_H
#define TP_PAGING_H

#include "table.h"

enum paging_rule { PAGING_PLAIN, PAGING_FILLS, PAGING_CLOSED };

struct paging {
	enum paging_rule rule;
	bool by_time; /* after and before compare at_ms, not key */
	bool has_after, has_before, has_begin, has_end;
	uint64_t after, before;
	int64_t begin_ms, end_ms;
	size_t limit;
};

/* Is the row between begin and end, and between before and after? */
bool paging_admits(const struct paging *p, const struct row *r);

/* Of n rows that were admitted: the first one served and how many. */
size_t paging_cut(const struct paging *p, const struct row *const rows[], size_t n, size_t *first);

#endif
