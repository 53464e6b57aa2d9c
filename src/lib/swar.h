/*
 * swar: text eight bytes at a time, in one 64-bit word, without a loop or a table; runs of text
 * sixteen at a time where the processor can.
 *
 * A word holds the text as it stands in memory, the first byte in the lowest. Nothing here reads a
 * byte outside the text that it is given, but for swar_before(), which says so.
 */
#ifndef TP_SWAR_H
#define TP_SWAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define SWAR_ONES UINT64_C(0x0101010101010101)
#define SWAR_TOPS UINT64_C(0x8080808080808080)
#define SWAR_ZEROS UINT64_C(0x3030303030303030) /* "00000000" */

static inline uint64_t
swar_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint32_t
swar_load4(const char *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}

static inline void
swar_store(char *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(p, &word, sizeof word);
}

static inline void
swar_store4(char *p, uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	memcpy(p, &word, sizeof word);
}

/* n bytes, 1 to 8, as the end of a word that begins with zeros ('0'): a number as it would be
 * printed in eight digits. */
static inline uint64_t
swar_load_end(const char *p, size_t n)
{
	uint64_t w;

	if (n == 8)
		return swar_load(p);
	if (n >= 4)
		w = (uint64_t)swar_load4(p + n - 4) << 32 | (uint64_t)swar_load4(p) << 8 * (8 - n);
	else
		w = (uint64_t)(unsigned char)p[n - 1] << 56 |
		    (uint64_t)(unsigned char)p[n / 2] << (n == 3 ? 48 : 56) |
		    (uint64_t)(unsigned char)p[0] << 8 * (8 - n);
	return w | SWAR_ZEROS >> 8 * n;
}

/* The n bytes, 1 to 8, before `end` as the end of a word, each xor '0', so that digits are 0 to 9,
 * and 0 below them. Eight bytes are read. */
static inline uint64_t
swar_before(const char *end, size_t n)
{
	return (swar_load(end - 8) ^ SWAR_ZEROS) & UINT64_MAX << 8 * (8 - n);
}

/* Where the first zero byte is, its top bit is set; above it bits may be set that mean nothing. */
static inline uint64_t
swar_zero(uint64_t w)
{
	return (w - SWAR_ONES) & ~w & SWAR_TOPS;
}

/* Top bits of the bytes that are not printable ASCII or are a quote or a backslash, right up to the
 * first such byte. */
static inline uint64_t
swar_special(uint64_t w)
{
	return (w | ((w - SWAR_ONES * 0x20) & ~w) | swar_zero(w ^ (SWAR_ONES * '"')) |
		swar_zero(w ^ (SWAR_ONES * '\\'))) &
	       SWAR_TOPS;
}

/* The end of a run of ASCII without control bytes, quotes and backslashes. */
static inline const char *
swar_plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		const __m128i text = _mm_loadu_si128((const __m128i *)p);
		/* signed: what is not ASCII is below the space too */
		const __m128i low = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20)),
			      quote = _mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
			      slash = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
		int stop = _mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash)));

		if (stop)
			return p + __builtin_ctz((unsigned)stop);
	}
#endif
	for (; end - p >= 8; p += 8) {
		uint64_t stop = swar_special(swar_load(p));

		if (stop)
			return p + (__builtin_ctzll(stop) >> 3);
	}
	while (p < end && (unsigned char)(*p - 0x20) < 0x60 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* Eight numbers from 0 to 9, the first in the lowest byte, as one number. */
static inline uint64_t
swar_join(uint64_t w)
{
	w = w * 10 + (w >> 8);
	return ((w & 0x000000ff000000ff) * 0x000f424000000064 +
		(w >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
	       32;
}

/* Are these eight numbers from 0 to 9? */
static inline bool
swar_are_digits(uint64_t w)
{
	return (((w + UINT64_C(0x7676767676767676)) | w) & SWAR_TOPS) == 0;
}

/* The value of eight digits; false: they are not. */
static inline bool
swar_number(uint64_t w, uint64_t *value)
{
	w ^= SWAR_ZEROS;
	if (!swar_are_digits(w))
		return false;
	*value = swar_join(w);
	return true;
}

/* The eight digits of v, which is below 10^8, as numbers from 0 to 9. */
static inline uint64_t
swar_split(uint32_t v)
{
	/* two numbers of four digits, then four of two, then eight of one; 10486 / 2^20 and
	 * 103 / 2^10 are a hundredth and a tenth, near enough for so few digits */
	uint64_t w = v / 10000 | (uint64_t)(v % 10000) << 32, tens;

	tens = (w * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
	w = tens | (w - 100 * tens) << 16;
	tens = (w * 103 >> 10) & UINT64_C(0x000f000f000f000f);
	return tens | (w - 10 * tens) << 8;
}

/* v, below 10^8, in eight digits. */
static inline uint64_t
swar_print(uint32_t v)
{
	return swar_split(v) | SWAR_ZEROS;
}

/* a and b have n bytes each. */
static inline bool
swar_same(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	if (n >= 8) {
		for (; i + 8 < n; i += 8)
			if (swar_load(a + i) != swar_load(b + i))
				return false;
		return swar_load(a + n - 8) == swar_load(b + n - 8);
	}
	if (n >= 4)
		return swar_load4(a) == swar_load4(b) &&
		       swar_load4(a + n - 4) == swar_load4(b + n - 4);
	for (; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

#endif
