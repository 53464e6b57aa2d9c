/* swap_book_find: swaps and legs by name: what all kinds of lines ask of the book. */
#include "swap_book.h"

struct swap *
swap_book_swap(const struct swap_book *b, struct span id)
{
	uint64_t i;

	return keymap_find(&b->swap_names, id, &i) ? b->swaps[i] : NULL;
}

struct leg *
swap_book_leg(const struct swap_book *b, struct span id)
{
	uint64_t i;

	return keymap_find(&b->leg_names, id, &i) ? b->legs[i] : NULL;
}
