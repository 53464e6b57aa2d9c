#include "check.h"
#include "keccak.h"
#include "keccak_wide.h"

#include <string.h>

void
keccak_padded_block(struct span message, size_t index, unsigned char *block)
{
	size_t start = index * KECCAK_RATE;
	size_t left = message.len > start ? message.len - start : 0;
	size_t n = left < KECCAK_RATE ? left : KECCAK_RATE;

	CHECK(start <= message.len);
	if (n)
		memcpy(block, message.ptr + start, n);
	if (n == KECCAK_RATE)
		return;
	memset(block + n, 0, KECCAK_RATE - n);
	block[n] = 0x01;
	block[KECCAK_RATE - 1] |= 0x80;
}
