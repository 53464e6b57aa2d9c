/*
 * swap_book_parts: what the files of swap_book share, and nobody else.
 */
#ifndef TP_SWAP_BOOK_PARTS_H
#define TP_SWAP_BOOK_PARTS_H

#include "json.h"
#include "swap_book.h"

/* The list with room for one more. */
void *book_grown(void *list, size_t n, size_t *cap, size_t size);
/* NULL for a NULL span. */
char *book_copy(struct span s);
void book_replace(char **to, struct span s);
void book_free_address(struct address *a);

/* A member: absent or null: a NULL span. False: of another type. */
bool book_get(struct span object, const char *name, enum json_type type, struct span *out);
bool book_get_text(struct span object, const char *name, struct span *out);
bool book_get_copy(struct span object, const char *name, char **to);

/* Names of an address, or of a purse, are not too long. */
bool book_fits(struct span account, struct span asset, struct span chain);
const char *book_apply_address(struct swap_book *b, struct span line);
decimal_int *book_purse_of(struct swap_book *b, struct span account, struct span asset,
			   struct span chain);

#endif
