/*
 * decimal: exact decimal numbers for money, 38 digits wide.
 *
 * A value is coef / 10^scale, coef in 128 bits, scale 0 to 38. Nothing rounds: what does not fit is
 * DECIMAL_E_RANGE. OKX prints up to 25 significant digits ("29786.5999999789081085"); sums of a
 * million of those still fit.
 *
 * Text form: -?(0|[1-9][0-9]*)(.[0-9]+)? and nothing else: no exponent, no plus sign, no spaces.
 */
#ifndef TP_DECIMAL_H
#define TP_DECIMAL_H

#include "span.h"

#include <stdint.h>

__extension__ typedef __int128 decimal_int;

struct decimal {
	decimal_int coef;
	unsigned scale;
};

#define DECIMAL_SCALE_MAX 38
/* Longest printed form: sign, 39 digits, point, and the zero before it. */
#define DECIMAL_TEXT_MAX 44

enum decimal_error {
	DECIMAL_OK,
	DECIMAL_E_SYNTAX, /* not of the text form */
	DECIMAL_E_RANGE,  /* more than 38 digits, or an operation that overflows */
};

enum decimal_error decimal_parse(struct span text, struct decimal *out);

/* Without superfluous zeros: "1.5", "-0.001", "0". Returns the length; out is NUL-terminated too.
 */
size_t decimal_print(struct decimal value, char out[DECIMAL_TEXT_MAX]);

/* -1, 0 or 1. */
int decimal_sign(struct decimal value);
struct decimal decimal_abs(struct decimal value);
struct decimal decimal_negate(struct decimal value);

/* out may be one of the operands. */
enum decimal_error decimal_add(struct decimal a, struct decimal b, struct decimal *out);
enum decimal_error decimal_subtract(struct decimal a, struct decimal b, struct decimal *out);
enum decimal_error decimal_multiply(struct decimal a, struct decimal b, struct decimal *out);

/* -1, 0 or 1; total: values too far apart for one scale are still ordered rightly. */
int decimal_compare(struct decimal a, struct decimal b);

#endif
