/*
 * number: unsigned integers out of text, strictly: digits, no sign, no leading zeros, no exponent.
 */
#ifndef TP_NUMBER_H
#define TP_NUMBER_H

#include "span.h"

#include <stdint.h>

/* False for any other text, and for what does not fit into 64 bits. */
bool number_u64(struct span text, uint64_t *out);

/* The same for a time or another value that must fit into a signed one. */
bool number_i64(struct span text, int64_t *out);

#endif
