/*
 * heap: lists that grow and texts that are kept, where there is nothing sensible to do without the
 * memory: it ends the program (CHECK).
 */
#ifndef TP_HEAP_H
#define TP_HEAP_H

#include "span.h"

/* The list, of n elements of `size` bytes, with room for one more. */
void *heap_grown(void *list, size_t n, size_t *cap, size_t size);

/* NUL-terminated, to be freed. NULL for a NULL span. */
char *heap_copy(struct span s);

#endif
