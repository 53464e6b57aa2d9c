/*
 * amount: base units of an asset (satoshi, wei, lamport, sun, a token's smallest unit), exactly.
 *
 * 38 digits as in adapter(5): 127 bits hold them, and sums are checked. Text is decimal, without
 * sign, point or leading zeros.
 */
#ifndef TP_AMOUNT_H
#define TP_AMOUNT_H

#include "span.h"

#include <stdint.h>

__extension__ typedef unsigned __int128 amount_int;

#define AMOUNT_DIGITS 38
#define AMOUNT_TEXT_MAX (AMOUNT_DIGITS + 2)

bool amount_parse(struct span text, amount_int *out);

/* Big-endian bytes, any number of them; false where the value has more than 38 digits. */
bool amount_of_bytes(struct span bytes, amount_int *out);

/* Returns the length; NUL-terminated. */
size_t amount_print(amount_int value, char out[AMOUNT_TEXT_MAX]);

/* False, and out unchanged, when the result has more than 38 digits. */
bool amount_add(amount_int a, amount_int b, amount_int *out);
bool amount_multiply(amount_int a, amount_int b, amount_int *out);

#endif
