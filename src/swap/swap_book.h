/*
 * swap_book: what is known of every swap, and nothing but what the log says.
 *
 * The book changes by swap_book_apply() alone, which takes one line of the log (settle(1), "The
 * log"). The live program logs a line and applies it; a start applies the same lines again, and has
 * the same book.
 *
 * A swap keeps the lines that made it, so that a snapshot of the book is those lines again
 * (book_text.h), until swap_book_drop() forgets it: all that is left then is that its trade is
 * settled. Texts are NUL-terminated copies. No I/O, no clock.
 */
#ifndef TP_SWAP_BOOK_H
#define TP_SWAP_BOOK_H

#include "keymap.h"
#include "settled.h"
#include "swap.h"

/* Swaps and addresses in one log. */
#define SWAP_BOOK_NAMES_MAX (1u << 24)

struct address {
	char *account, *asset, *chain, *address, *payer;
	bool house;
	char *line;	 /* as the log has it; NULL: of the configuration */
	uint64_t logged; /* when the log first named it, among addresses */
};

/* Of an account, in an asset, on a chain: what was too little to pay so far. */
struct carry {
	char *key; /* these three, newlines between them */
	decimal_int units;
};

struct swap_book {
	struct swap **swaps; /* in the order they came */
	size_t swaps_n, swaps_cap;
	struct keymap swap_names, leg_names;
	struct leg **legs;
	size_t legs_n, legs_cap;
	struct address *addresses;
	size_t addresses_n, addresses_cap;
	struct keymap address_names, carry_names; /* account, asset and chain between newlines */
	struct carry *carries;
	size_t carry_n, carry_cap;
	struct settled settled;
	uint64_t receipts;    /* lines that were printed: receipts, holds, retries */
	uint64_t numbers;     /* swaps that ever were */
	uint64_t addressed;   /* addresses that the log named */
	struct swap *touched; /* by the line that is being applied */
	bool from_outside;    /* addresses come from the configuration */
	bool restoring;	      /* lines come from a snapshot, and purses apart from them */
};

void swap_book_init(struct swap_book *b, const uint64_t secret[2]);
void swap_book_release(struct swap_book *b);
/* As it was made. */
void swap_book_clear(struct swap_book *b);

/* NULL, or why the line cannot be: such a log is not to be believed. */
const char *swap_book_apply(struct swap_book *b, struct span line);

/* Forget the swaps that chosen() says, for good: their trades are settled. */
void swap_book_drop(struct swap_book *b, bool (*chosen)(void *context, const struct swap *s),
		    void *context);

/* The lines that a swap keeps: NUMBER (0: was not printed) and LINE of each in turn. */
bool swap_book_next_kept(struct span *rest, uint64_t *number, struct span *line);

struct swap *swap_book_swap(const struct swap_book *b, struct span id);
struct leg *swap_book_leg(const struct swap_book *b, struct span id);

/* The address of an account for an asset, on that chain or (chain NULL) on the one that was named
 * first. NULL: none. */
const struct address *swap_book_address(const struct swap_book *b, struct span account,
					struct span asset, struct span chain);

/* Has the log this very address already? */
bool swap_book_has_address(const struct swap_book *b, const struct address *a);

/* What was too little to pay so far. */
decimal_int swap_book_carried(const struct swap_book *b, struct span account, struct span asset,
			      struct span chain);
void swap_book_carry(struct swap_book *b, struct span account, struct span asset, struct span chain,
		     decimal_int units);

#endif
