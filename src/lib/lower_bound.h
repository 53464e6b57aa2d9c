/*
 * lower_bound: where a key is, or would go, in a sorted list.
 */
#ifndef TP_LOWER_BOUND_H
#define TP_LOWER_BOUND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The first of n elements of `size` bytes whose uint64_t at `offset`, ascending, is not below key;
 * n: there is none. */
static inline size_t
lower_bound_u64(const void *list, size_t n, size_t size, size_t offset, uint64_t key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t at;

		memcpy(&at, (const char *)list + middle * size + offset, sizeof at);
		if (at < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
