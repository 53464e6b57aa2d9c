#include "heap.h"

#include "check.h"

#include <stdlib.h>

void *
heap_grown(void *list, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return list;
	*cap = *cap ? 2 * *cap : 16;
	more = realloc(list, *cap * size);
	CHECK(more);
	return more;
}

char *
heap_copy(struct span s)
{
	char *p;

	if (!s.ptr)
		return NULL;
	p = malloc(s.len + 1);
	CHECK(p);
	memcpy(p, s.ptr, s.len);
	p[s.len] = 0;
	return p;
}
