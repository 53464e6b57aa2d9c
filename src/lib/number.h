/*
 * number: unsigned integers out of text, strictly: digits, no sign, no leading zeros, no exponent.
 */
#ifndef TP_NUMBER_H
#define TP_NUMBER_H

#include "span.h"
#include "swar.h"

#include <stdint.h>

/* False for any other text, and for what does not fit into 64 bits. */
bool number_u64(struct span text, uint64_t *out);

/* number_u64() of n bytes that end at `end`, if they are 1 to 8 digits; the eight bytes before
 * `end` must be there to be read. False: for number_u64(). */
static inline bool
number_before(const char *end, size_t n, uint64_t *out)
{
	uint64_t w;

	if (n - 1 >= 8)
		return false;
	w = swar_before(end, n);
	*out = swar_join(w);
	return swar_are_digits(w) && (n == 1 || (w >> 8 * (8 - n) & 0xff) != 0);
}

/* The same for a time or another value that must fit into a signed one. */
bool number_i64(struct span text, int64_t *out);

#endif
