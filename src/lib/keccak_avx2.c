/* Four states side by side, one in each 64-bit quarter of a 256-bit register. Built with -mavx2;
 * called only where that exists. */
#include "keccak_wide.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdint.h>

#define LANE __m256i
#define XOR(a, b) _mm256_xor_si256(a, b)
#define XOR5(a, b, c, d, e) XOR(XOR(XOR(a, b), XOR(c, d)), e)
#define ROL(a, n) _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - (n)))
#define CHI(a, b, c) XOR(a, _mm256_andnot_si256(b, c))
#define IOTA(a, word) XOR(a, _mm256_set1_epi64x((long long)(word)))
#include "keccak_permute.h"

/* Rows of four 64-bit words, one row a message, to columns, one column a lane; and back: the same
 * exchange. */
static void
transpose(__m256i r[4])
{
	__m256i low01 = _mm256_unpacklo_epi64(r[0], r[1]),
		high01 = _mm256_unpackhi_epi64(r[0], r[1]);
	__m256i low23 = _mm256_unpacklo_epi64(r[2], r[3]),
		high23 = _mm256_unpackhi_epi64(r[2], r[3]);

	r[0] = _mm256_permute2x128_si256(low01, low23, 0x20);
	r[1] = _mm256_permute2x128_si256(high01, high23, 0x20);
	r[2] = _mm256_permute2x128_si256(low01, low23, 0x31);
	r[3] = _mm256_permute2x128_si256(high01, high23, 0x31);
}

static __m256i
load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static void
absorb(__m256i a[25], const char *const block[4])
{
	for (size_t i = 0; i < 16; i += 4) {
		__m256i r[4];

		for (size_t m = 0; m < 4; m++)
			r[m] = load(block[m] + 8 * i);
		transpose(r);
		for (size_t k = 0; k < 4; k++)
			a[i + k] = XOR(a[i + k], r[k]);
	}
	/* the 17th lane of the rate */
	{
		long long w[4];

		for (size_t m = 0; m < 4; m++)
			memcpy(&w[m], block[m] + 128, 8);
		a[16] = XOR(a[16], _mm256_set_epi64x(w[3], w[2], w[1], w[0]));
	}
	permute(a);
}

static void
store_digests(__m256i a[25], unsigned char *out)
{
	transpose(a);
	for (size_t m = 0; m < 4; m++)
		_mm256_storeu_si256((__m256i *)(void *)(out + 32 * m), a[m]);
}

void
keccak256_avx2_x4(const struct span messages[4], unsigned char *out)
{
	unsigned char last[4][136];
	const char *block[4];
	size_t blocks = keccak_blocks(messages[0]);
	__m256i a[25];

	for (size_t i = 0; i < 25; i++)
		a[i] = _mm256_setzero_si256();
	for (size_t b = 0; b < blocks; b++) {
		for (size_t m = 0; m < 4; m++) {
			block[m] = messages[m].ptr + b * 136;
			if (b + 1 == blocks) {
				keccak_padded_block(messages[m], b, last[m]);
				block[m] = (const char *)last[m];
			}
		}
		absorb(a, block);
	}
	store_digests(a, out);
}

void
keccak256_equal_avx2_x4(const unsigned char *messages, size_t size, unsigned char *out)
{
	__m256i a[25];

	for (size_t i = 0; i < 25; i++)
		a[i] = _mm256_setzero_si256();
	for (size_t i = 0; i < size / 8; i += 4) {
		for (size_t m = 0; m < 4; m++)
			a[i + m] = load((const char *)messages + m * size + 8 * i);
		transpose(a + i);
	}
	a[size / 8] = _mm256_set1_epi64x(0x01);
	a[16] = _mm256_set1_epi64x(INT64_MIN);
	permute(a);
	store_digests(a, out);
}
#endif
