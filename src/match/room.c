/* room.c: lists that grow before a line is applied, so that nothing can fail while it is. */
#include "market_parts.h"

#include <stdlib.h>

bool
market_grow(void **list, uint32_t *cap, uint32_t want, size_t size)
{
	uint32_t n = *cap ? *cap : 16;
	void *grown;

	if (want <= *cap)
		return true;
	while (n < want)
		n *= 2;
	grown = realloc(*list, n * size);
	if (!grown)
		return false;
	*list = grown;
	*cap = n;
	return true;
}
