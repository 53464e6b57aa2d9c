/*
 * listing: a swap as --list prints it.
 */
#ifndef TP_LISTING_H
#define TP_LISTING_H

#include "buf.h"
#include "swap_book.h"

/* {"type":"swap",...}: how a swap stands. */
void listing_swap(const struct swap *s, struct buf *out);

/* open, held, settled, void, refunded or half */
const char *listing_state(const struct swap *s);

#endif
