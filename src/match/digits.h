/*
 * digits: decimal digits eight at a time (swar.h), without a loop or a table.
 *
 * Numbers are half of what match prints, and their lengths vary: loops over digits cost more in
 * wrong guesses of the processor than in work. Unlike swar.h's, these read and write beyond the
 * number's end.
 */
#ifndef TP_DIGITS_H
#define TP_DIGITS_H

#include "swar.h"

#define DIGITS_WORD UINT64_C(100000000)

/* The text that digits_put() may write over, counted from where the number begins. */
#define DIGITS_MAX 24

/* v below 10^8 without leading zeros. */
static inline char *
digits_put_short(char *p, uint32_t v)
{
	uint64_t word = swar_split(v);
	/* the last digit is printed even if it is 0 */
	unsigned zeros = (unsigned)__builtin_ctzll(word | UINT64_C(1) << 56) / 8;

	swar_store(p, (word | SWAR_ZEROS) >> 8 * zeros);
	return p + 8 - zeros;
}

static inline char *
digits_put_word(char *p, uint32_t v)
{
	swar_store(p, swar_print(v));
	return p + 8;
}

/* v in decimal; returns where it ends. Up to DIGITS_MAX bytes from p on are written. */
static inline char *
digits_put(char *p, uint64_t v)
{
	uint64_t high = v / DIGITS_WORD;

	if (high == 0)
		return digits_put_short(p, (uint32_t)v);
	if (high < DIGITS_WORD) {
		p = digits_put_short(p, (uint32_t)high);
	} else {
		p = digits_put_short(p, (uint32_t)(high / DIGITS_WORD));
		p = digits_put_word(p, (uint32_t)(high % DIGITS_WORD));
	}
	return digits_put_word(p, (uint32_t)(v % DIGITS_WORD));
}

/* What digits_until() and digits_take() may read behind the text they are asked about. */
#define DIGITS_BEHIND 16

/* How many of the eight bytes at p come before the first c; 8: it is not there. */
static inline unsigned
digits_until(const char *p, char c)
{
	uint64_t zero = swar_zero(swar_load(p) ^ (SWAR_ONES * (unsigned char)c));

	return zero ? (unsigned)__builtin_ctzll(zero) / 8 : 8;
}

/* The value of n digits, 1 to 8, at p; false: they are not. Eight bytes are read. */
static inline bool
digits_take(const char *p, unsigned n, uint64_t *value)
{
	/* what is behind is shifted out, and zeros come before */
	uint64_t w = (swar_load(p) ^ SWAR_ZEROS) << (64 - 8 * n);

	*value = swar_join(w);
	return swar_are_digits(w);
}

#endif
