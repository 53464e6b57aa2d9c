/*
 * span: a borrowed run of bytes.
 *
 * Every parser here works over a span and copies nothing. A span never owns memory; it is good for
 * as long as the buffer that it points into (for an input line: until the next line is asked for).
 * It is not NUL-terminated.
 */
#ifndef TP_SPAN_H
#define TP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *ptr;
	size_t len;
};

/* A span over a string literal, without its final NUL. */
#define SPAN_LIT(s) ((struct span){(s), sizeof(s) - 1})

static inline struct span
span_of(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
span_is(struct span a, const char *s)
{
	return span_equal(a, span_of(s));
}

/* Bytewise order, a prefix before what it begins. */
static inline int
span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Offset of needle in hay, or hay.len when it is not there. */
static inline size_t
span_find(struct span hay, struct span needle)
{
	const char *hit;

	if (needle.len == 0 || needle.len > hay.len)
		return needle.len == 0 ? 0 : hay.len;
	hit = memmem(hay.ptr, hay.len, needle.ptr, needle.len);
	return hit ? (size_t)(hit - hay.ptr) : hay.len;
}

static inline bool
span_starts(struct span a, struct span prefix)
{
	return a.len >= prefix.len && memcmp(a.ptr, prefix.ptr, prefix.len) == 0;
}

#endif
