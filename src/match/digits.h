/*
 * digits: decimal digits eight at a time, in one 64-bit word, without a loop or a table.
 *
 * Numbers are half of what match prints, and their lengths vary: loops over digits cost more in
 * wrong guesses of the processor than in work. A word holds the text as it stands in memory, the
 * first digit in the lowest byte.
 */
#ifndef TP_DIGITS_H
#define TP_DIGITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_ZEROS UINT64_C(0x3030303030303030)
#define DIGITS_WORD UINT64_C(100000000)

/* The text that digits_put() may write over, counted from where the number begins. */
#define DIGITS_MAX 24

static inline uint64_t
digits_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline void
digits_store(char *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(p, &word, sizeof word);
}

/* The eight digits of v, which is below 10^8; as numbers from 0 to 9. */
static inline uint64_t
digits_split(uint32_t v)
{
	uint64_t t, tens;

	/* two numbers of four digits, then four of two, then eight of one; 10486 / 2^20 and
	 * 103 / 2^10 are a hundredth and a tenth, near enough for so few digits */
	t = v / 10000 | (uint64_t)(v % 10000) << 32;
	tens = (t * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
	t = tens | (t - 100 * tens) << 16;
	tens = (t * 103 >> 10) & UINT64_C(0x000f000f000f000f);
	return tens | (t - 10 * tens) << 8;
}

/* v below 10^8 without leading zeros. */
static inline char *
digits_put_short(char *p, uint32_t v)
{
	uint64_t word = digits_split(v);
	/* the last digit is printed even if it is 0 */
	unsigned zeros = (unsigned)__builtin_ctzll(word | UINT64_C(1) << 56) / 8;

	digits_store(p, (word | DIGITS_ZEROS) >> 8 * zeros);
	return p + 8 - zeros;
}

static inline char *
digits_put_word(char *p, uint32_t v)
{
	digits_store(p, digits_split(v) | DIGITS_ZEROS);
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
	uint64_t x = digits_load(p) ^ UINT64_C(0x0101010101010101) * (unsigned char)c;
	/* the lowest byte that is zero sets the lowest bit; those above it may err */
	uint64_t zero = (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);

	return zero ? (unsigned)__builtin_ctzll(zero) / 8 : 8;
}

/* Eight numbers from 0 to 9, the first in the lowest byte, as one. */
static inline uint64_t
digits_join(uint64_t w)
{
	w = w * 10 + (w >> 8);
	return ((w & 0x000000ff000000ff) * 0x000f424000000064 +
		(w >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
	       32;
}

/* The value of n digits, 1 to 8, at p; false: they are not. Eight bytes are read. */
static inline bool
digits_take(const char *p, unsigned n, uint64_t *value)
{
	/* what is behind is shifted out, and zeros come before */
	uint64_t w = (digits_load(p) ^ DIGITS_ZEROS) << (64 - 8 * n);

	*value = digits_join(w);
	return (((w + UINT64_C(0x7676767676767676)) | w) & UINT64_C(0x8080808080808080)) == 0;
}

/* The value of eight digits at p; false: they are not. */
static inline bool
digits_take_word(const char *p, uint64_t *value)
{
	uint64_t w = digits_load(p);

	/* 0x30 to 0x39, and 6 more are still below 0x40 */
	if ((w & 0xf0f0f0f0f0f0f0f0) != DIGITS_ZEROS ||
	    ((w + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) != DIGITS_ZEROS)
		return false;
	*value = digits_join(w - DIGITS_ZEROS);
	return true;
}

#endif
