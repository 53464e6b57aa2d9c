/*
 * plain: strings and numbers in the plain form that programs write: ASCII, no escapes, no sign, no
 * exponent. Sixteen bytes at a time: up to 16 bytes behind what is asked for are read.
 */
#ifndef TP_PLAIN_H
#define TP_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Do n (up to 16) bytes at a and b agree? 16 of each can be read. */
static inline bool
same_bytes(const char *a, const char *b, size_t n)
{
#ifdef __SSE2__
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)a);
	__m128i y = _mm_loadu_si128((const __m128i *)(const void *)b);
	unsigned differ = ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));

	return (differ & ((1u << n) - 1)) == 0;
#else
	return memcmp(a, b, n) == 0;
#endif
}

/* A bit for each byte at p that is not a plain character of a string: a quote, a backslash, a
 * control byte, DEL, or no ASCII at all. */
static inline unsigned
odd_bytes(const char *p)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* signed: below 0x20 are the control bytes and all from 0x80 on */
	__m128i odd =
	    _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
			 _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
				      _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')),
						   _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f)))));

	return (unsigned)_mm_movemask_epi8(odd);
#else
	unsigned bits = 0;

	for (unsigned i = 0; i < 16; i++) {
		unsigned char c = (unsigned char)p[i];

		bits |= (unsigned)(c < 0x20 || c >= 0x7f || c == '"' || c == '\\') << i;
	}
	return bits;
#endif
}

/* The quote that ends a string of plain characters that begins at p, or NULL. At most 16 bytes
 * behind the byte that ends it are read. */
static inline const char *
plain_string(const char *p)
{
	unsigned odd;

	while ((odd = odd_bytes(p)) == 0)
		p += 16;
	p += __builtin_ctz(odd);
	return *p == '"' ? p : NULL;
}

/* A bit for each of 16 bytes at p that is no digit. */
static inline unsigned
no_digits(const char *p)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8('0')),
							_mm_cmpgt_epi8(v, _mm_set1_epi8('9'))));
#else
	unsigned bits = 0;

	for (unsigned i = 0; i < 16; i++)
		bits |= (unsigned)((unsigned)(p[i] - '0') > 9) << i;
	return bits;
#endif
}

static inline const char *
skip_digits(const char *p)
{
	unsigned no;

	while ((no = no_digits(p)) == 0)
		p += 16;
	return p + __builtin_ctz(no);
}

/* The end of a plain integer or decimal fraction at p: no exponent; NULL: none. */
static inline const char *
plain_number(const char *p)
{
	const char *start = p;

	p = skip_digits(p);
	if (p == start || (*start == '0' && p > start + 1))
		return NULL;
	if (*p == '.') {
		start = ++p;
		p = skip_digits(p);
		if (p == start)
			return NULL;
	}
	return p;
}

#endif
