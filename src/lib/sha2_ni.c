#include "sha2_ni.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

/* cpuid is slow where a hypervisor answers it: asked once. */
bool
sha2_ni_there(void)
{
	static _Atomic int known; /* 0: not asked yet, 1: no, 2: yes */
	unsigned a, b, c, d, sse;
	int answer = atomic_load_explicit(&known, memory_order_relaxed);

	if (answer == 0) {
		answer = 1;
		if (__get_cpuid(1, &a, &b, &sse, &d) && (sse & bit_SSE4_1) && (sse & bit_SSSE3) &&
		    __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA))
			answer = 2;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == 2;
}

/* The instructions want the state as (a b e f) and (c d g h), highest first, and do four rounds
 * with two of them. Message words from the 17th on come out of the 16 before, four at a time. */
__attribute__((target("sha,sse4.1,ssse3"))) void
sha2_ni_compress(uint32_t state[8], const unsigned char block[64])
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i low =
	    _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	__m128i high =
	    _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
	const __m128i abef_before = abef, cdgh_before = cdgh;
	__m128i w[4];

	for (int i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(
		    _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), swap);
	for (int i = 0; i < 16; i++) {
		__m128i k =
		    _mm_loadu_si128((const __m128i *)(const void *)(sha2_constants + 4 * i));
		__m128i sum = _mm_add_epi32(w[0], k), next = w[0];

		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
		if (i < 12) {
			next = _mm_sha256msg1_epu32(next, w[1]);
			next = _mm_add_epi32(next, _mm_alignr_epi8(w[3], w[2], 4));
			next = _mm_sha256msg2_epu32(next, w[3]);
		}
		w[0] = w[1];
		w[1] = w[2];
		w[2] = w[3];
		w[3] = next;
	}
	abef = _mm_add_epi32(abef, abef_before);
	cdgh = _mm_add_epi32(cdgh, cdgh_before);
	low = _mm_shuffle_epi32(abef, 0x1b);
	high = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}
#else
bool
sha2_ni_there(void)
{
	return false;
}

void
sha2_ni_compress(uint32_t state[8], const unsigned char block[64])
{
	(void)state;
	(void)block;
}
#endif
