#include "crc32c.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

uint32_t
crc32c_table(uint32_t seed, struct span bytes)
{
	static uint32_t table[256];
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	uint32_t crc = ~seed;

	if (table[1] == 0) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int k = 0; k < 8; k++)
				c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
			table[i] = c;
		}
	}
	for (size_t i = 0; i < bytes.len; i++)
		crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
crc32c_instruction(uint32_t seed, struct span bytes)
{
	const char *p = bytes.ptr;
	size_t n = bytes.len;
	uint64_t crc = (uint32_t)~seed;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		crc = _mm_crc32_u64(crc, word);
	}
	for (; n; n--, p++)
		crc = _mm_crc32_u8((uint32_t)crc, (unsigned char)*p);
	return ~(uint32_t)crc;
}
#endif

uint32_t
crc32c(uint32_t seed, struct span bytes)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_instruction(seed, bytes);
#endif
	return crc32c_table(seed, bytes);
}
