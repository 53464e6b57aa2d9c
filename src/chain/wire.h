/*
 * wire: Bitcoin's way to write integers and runs of bytes: little endian, lengths as "compact
 * sizes" (1, 3, 5 or 9 bytes, always the shortest).
 *
 * A cursor that has once read past its end, or found a length in a longer spelling than needed, is
 * bad and stays so: read many parts, ask once. What it gives then is zero or empty.
 */
#ifndef TP_WIRE_H
#define TP_WIRE_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

struct cursor {
	const unsigned char *p, *end;
	bool bad;
};

static inline struct cursor
cursor_of(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	return (struct cursor){p, p ? p + s.len : p, false};
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static inline bool
cursor_done(const struct cursor *c)
{
	return !c->bad && c->p == c->end;
}

struct span wire_bytes(struct cursor *c, uint64_t n);
uint64_t wire_int(struct cursor *c, unsigned bytes);
uint64_t wire_compact(struct cursor *c);
/* A compact size and that many bytes. */
struct span wire_run(struct cursor *c);

void wire_put_int(struct buf *out, uint64_t v, unsigned bytes);
void wire_put_compact(struct buf *out, uint64_t v);
void wire_put_run(struct buf *out, struct span s);

/* The compact size alone, 1 to 9 bytes; returns how many. */
unsigned wire_compact_print(uint64_t v, unsigned char out[9]);

#endif
