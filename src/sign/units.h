/*
 * units: base units of an asset (satoshi, wei, lamport, sun, a token's smallest unit), exactly.
 *
 * 38 digits as in adapter(5): 127 bits hold them, and sums are checked. Text is decimal, without
 * sign, point or leading zeros.
 */
#ifndef TP_UNITS_H
#define TP_UNITS_H

#include "span.h"

#include <stdint.h>

__extension__ typedef unsigned __int128 units_int;

#define UNITS_DIGITS 38
#define UNITS_TEXT_MAX (UNITS_DIGITS + 2)

bool units_parse(struct span text, units_int *out);

/* Big-endian bytes, any number of them; false where the value has more than 38 digits. */
bool units_of_bytes(struct span bytes, units_int *out);

/* Returns the length; NUL-terminated. */
size_t units_print(units_int value, char out[UNITS_TEXT_MAX]);

/* False, and out unchanged, when the result has more than 38 digits. */
bool units_add(units_int a, units_int b, units_int *out);
bool units_multiply(units_int a, units_int b, units_int *out);

#endif
