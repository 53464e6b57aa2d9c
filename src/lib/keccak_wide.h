/*
 * keccak_wide: what keccak.c and the vector files share: a function that hashes WIDTH messages, all
 * with the same number of blocks.
 */
#ifndef TP_KECCAK_WIDE_H
#define TP_KECCAK_WIDE_H

#include "span.h"

/* messages[0..w-1] hold the same number of 136-byte blocks after padding; digests go to out + 32 i.
 */
void keccak256_avx2_x4(const struct span messages[4], unsigned char *out);
void keccak256_avx512_x8(const struct span messages[8], unsigned char *out);

/* 4 or 8 messages of `size` bytes each, 32 or 64, end to end. */
void keccak256_equal_avx2_x4(const unsigned char *messages, size_t size, unsigned char *out);
void keccak256_equal_avx512_x8(const unsigned char *messages, size_t size, unsigned char *out);

/* Copy block `index` of the padded message to block[136]. Every byte is written. */
void keccak_padded_block(struct span message, size_t index, unsigned char *block);

static inline size_t
keccak_blocks(struct span message)
{
	return message.len / 136 + 1;
}

#endif
