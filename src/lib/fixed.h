/*
 * fixed: decimal text to and from scaled integers, for hot paths.
 *
 * A value is an integer count of 10^-scale, as matching and candles keep prices and sizes: text
 * "61800.30" at scale 8 is 6180030000000. Nothing rounds: digits beyond the scale must be zeros,
 * and what does not fit is an error. decimal.h is for sums whose scale is not known beforehand.
 *
 * Text form as in decimal.h: -?(0|[1-9][0-9]*)(.[0-9]+)?
 */
#ifndef TP_FIXED_H
#define TP_FIXED_H

#include "decimal.h"

/* Longest printed form: sign, 39 digits, point, and zeros up to the scale. */
#define FIXED_TEXT_MAX 48

/* The powers of ten that an int64_t holds. */
#define FIXED_POWERS 19
extern const int64_t fixed_power[FIXED_POWERS];

enum fixed_error {
	FIXED_OK,
	FIXED_E_SYNTAX,
	FIXED_E_INEXACT, /* a digit beyond the scale that is not zero */
	FIXED_E_RANGE,	 /* more than 63 bits */
};

/* scale: 0 to 18. */
enum fixed_error fixed_parse(struct span text, unsigned scale, int64_t *out);

/* The same for sums, which are wider; scale 0 to 38. */
enum fixed_error fixed_parse_wide(struct span text, unsigned scale, decimal_int *out);

/* value / 10^scale without superfluous zeros; scale 0 to 38. Returns the length; no NUL. */
size_t fixed_print(decimal_int value, unsigned scale, char out[FIXED_TEXT_MAX]);

#endif
