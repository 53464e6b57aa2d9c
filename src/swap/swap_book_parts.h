/*
 * swap_book_parts: what the files of swap_book share, and nobody else.
 *
 * swap_book applies a line of the log. Each kind that changes the book has its file:
 * swap_book_hold (an operator's word) may call swap_book_receipt (a leg changes), that
 * swap_book_swap (swaps and legs come in), all of them swap_book_find and swap_book_address; none
 * the other way. What they return is NULL, or why the line cannot be. Memory that cannot be had
 * ends the program.
 */
#ifndef TP_SWAP_BOOK_PARTS_H
#define TP_SWAP_BOOK_PARTS_H

#include "heap.h"
#include "json.h"
#include "swap_book.h"

/* ---- swap_book_parts.c ---- */

void book_replace(char **to, struct span s);

/* A member: absent or null: a NULL span. False: of another type. */
bool book_get(struct span object, const char *name, enum json_type type, struct span *out);
bool book_get_text(struct span object, const char *name, struct span *out);
bool book_get_copy(struct span object, const char *name, char **to);
/* 0 where there is none. */
uint64_t book_get_number(struct span object, const char *name);

/* ---- swap_book_address.c ---- */

/* Names of an address, or of a purse, are not too long. */
bool book_fits(struct span account, struct span asset, struct span chain);
void book_free_address(struct address *a);
const char *book_apply_address(struct swap_book *b, struct span line);
decimal_int *book_purse_of(struct swap_book *b, struct span account, struct span asset,
			   struct span chain);

/* ---- swap_book_swap.c ---- */

const char *book_apply_swap(struct swap_book *b, struct span line);
const char *book_apply_legs(struct swap_book *b, struct span line);
/* After any change of a leg. */
void book_look_whether_over(struct swap *s);
void book_credit_carried(struct swap_book *b, struct swap *s);

/* ---- swap_book_receipt.c ---- */

const char *book_apply_receipt(struct swap_book *b, struct span line);
/* Its spends are free again: unsigned, or (signed_too) proven dead. */
void book_give_up(struct leg *l, bool signed_too);
void book_take_status(struct leg *l, enum leg_status status, int64_t ts);

/* ---- swap_book_hold.c ---- */

const char *book_apply_hold(struct swap_book *b, struct span line, bool held);

#endif
