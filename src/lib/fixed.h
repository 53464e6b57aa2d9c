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
#include "swar.h"

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

/*
 * fixed_parse() of 1 to 8 bytes in one word, the last one in its highest byte: each xor '0', so
 * that digits are 0 to 9, and 0 below the first. False, if they are no good number, is for
 * fixed_parse() to say why.
 */
static inline bool
fixed_word(uint64_t w, size_t n, unsigned scale, int64_t *out)
{
	const uint64_t is_point = '.' ^ '0';
	uint64_t first = w >> 8 * (8 - n), point = swar_zero(w ^ SWAR_ONES * is_point), below;
	unsigned places = 0;

	if ((first & 0xff) == is_point || w >> 56 == is_point ||
	    ((first & 0xff) == 0 && n > 1 && (first >> 8 & 0xff) != is_point))
		return false;
	if (point) {
		/* the digits before it move up by one; a second one is no digit */
		point &= 0 - point;
		places = 7 - (unsigned)__builtin_ctzll(point) / 8;
		below = (point >> 7) - 1;
		w = (w & ~(below << 8 | 0xff)) | (w & below) << 8;
	}
	return places <= scale && swar_are_digits(w) &&
	       !__builtin_mul_overflow((int64_t)swar_join(w), fixed_power[scale - places], out);
}

/* fixed_parse() of n bytes that end at `end`, if they are short and good, as most numbers are. The
 * eight bytes before `end` must be there to be read, whatever they are. False: for fixed_parse().
 */
static inline bool
fixed_parse_before(const char *end, size_t n, unsigned scale, int64_t *out)
{
	return n - 1 < 8 && fixed_word(swar_before(end, n), n, scale, out);
}

/* The same for sums, which are wider; scale 0 to 38. */
enum fixed_error fixed_parse_wide(struct span text, unsigned scale, decimal_int *out);

/* value / 10^scale without superfluous zeros; scale 0 to 38. Returns the length; no NUL. */
size_t fixed_print(decimal_int value, unsigned scale, char out[FIXED_TEXT_MAX]);

#endif
