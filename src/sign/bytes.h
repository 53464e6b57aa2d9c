/*
 * bytes: what stands next in a binary form, strictly.
 *
 * A reader runs over a borrowed span. The first thing that is not there sets `bad`, and from then
 * on everything reads as zero or empty: read many fields, ask once.
 */
#ifndef TP_BYTES_H
#define TP_BYTES_H

#include "span.h"

#include <stdint.h>

struct bytes {
	struct span left;
	bool bad;
};

struct bytes bytes_of(struct span all);

/* Nothing is left and nothing was missing. */
bool bytes_done(const struct bytes *b);

unsigned bytes_u8(struct bytes *b);
uint32_t bytes_u32le(struct bytes *b);
uint64_t bytes_u64le(struct bytes *b);
struct span bytes_take(struct bytes *b, uint64_t n);

/* Bitcoin's CompactSize, the shortest form only. */
uint64_t bytes_compact(struct bytes *b);

/* Solana's compact-u16, the shortest form only. */
unsigned bytes_short(struct bytes *b);

/* Protocol Buffers' varint: at most 64 bits, the shortest form only. */
uint64_t bytes_varint(struct bytes *b);

#endif
