/*
 * listing: what --list and --show print, from the log, beside a settle that may be running.
 */
#ifndef TP_LISTING_H
#define TP_LISTING_H

#include "buf.h"
#include "swap_book.h"

/* Read the log below the directory into b, as far as it goes now. line() may be NULL. Dies where
 * the log is damaged. */
void listing_read(int directory, struct swap_book *b, void (*line)(void *context, struct span line),
		  void *context);

/* {"type":"swap",...}: how a swap stands. */
void listing_swap(const struct swap *s, struct buf *out);

/* open, held, settled, void, refunded or half */
const char *listing_state(const struct swap *s);

#endif
