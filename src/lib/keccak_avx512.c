/* Eight states side by side, one in each 64-bit eighth of a 512-bit register. Built with -mavx512f;
 * called only where that exists. */
#include "keccak_wide.h"

#if defined(__x86_64__)
#ifdef KECCAK_EMULATE /* the tests run this file on any processor through SIMDe */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#else
#include <immintrin.h>
#endif
#include <stdint.h>

/* 0x96 and 0xd2 are the truth tables of a^b^c and a^(~b&c). */
#define LANE __m512i
#define XOR(a, b) _mm512_xor_si512(a, b)
#define XOR5(a, b, c, d, e) \
	_mm512_ternarylogic_epi64(_mm512_ternarylogic_epi64(a, b, c, 0x96), d, e, 0x96)
#define ROL(a, n) _mm512_rol_epi64(a, n)
#define CHI(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xd2)
#define IOTA(a, word) XOR(a, _mm512_set1_epi64((long long)(word)))
#include "keccak_permute.h"

/* Rows of eight 64-bit words, one row a message, to columns, one column a lane. shuffle_i32x4 moves
 * whole 128-bit quarters. */
static void
transpose(__m512i r[8])
{
	__m512i t[8], u[8];

	for (int i = 0; i < 8; i += 2) {
		t[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
	}
	for (int i = 0; i < 8; i += 4) {
		for (int k = 0; k < 2; k++) {
			u[i + k] = _mm512_shuffle_i32x4(t[i + k], t[i + k + 2], 0x88);
			u[i + k + 2] = _mm512_shuffle_i32x4(t[i + k], t[i + k + 2], 0xdd);
		}
	}
	for (int k = 0; k < 4; k++) {
		r[k] = _mm512_shuffle_i32x4(u[k], u[k + 4], 0x88);
		r[k + 4] = _mm512_shuffle_i32x4(u[k], u[k + 4], 0xdd);
	}
}

static void
absorb(__m512i a[25], const char *const block[8])
{
	long long w[8];

	for (size_t i = 0; i < 16; i += 8) {
		__m512i r[8];

		for (size_t m = 0; m < 8; m++)
			r[m] = _mm512_loadu_si512((const void *)(block[m] + 8 * i));
		transpose(r);
		for (size_t k = 0; k < 8; k++)
			a[i + k] = XOR(a[i + k], r[k]);
	}
	for (size_t m = 0; m < 8; m++)
		memcpy(&w[m], block[m] + 128, 8);
	a[16] = XOR(a[16], _mm512_loadu_si512((const void *)w));
	permute(a);
}

static void
store_digests(const __m512i a[25], unsigned char *out)
{
	for (size_t lane = 0; lane < 4; lane++) {
		uint64_t words[8];

		_mm512_storeu_si512((void *)words, a[lane]);
		for (size_t m = 0; m < 8; m++)
			memcpy(out + 32 * m + 8 * lane, &words[m], 8);
	}
}

void
keccak256_avx512_x8(const struct span messages[8], unsigned char *out)
{
	unsigned char last[8][136];
	const char *block[8];
	size_t blocks = keccak_blocks(messages[0]);
	__m512i a[25];

	for (size_t i = 0; i < 25; i++)
		a[i] = _mm512_setzero_si512();
	for (size_t b = 0; b < blocks; b++) {
		for (size_t m = 0; m < 8; m++) {
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
keccak256_equal_avx512_x8(const unsigned char *messages, size_t size, unsigned char *out)
{
	__m512i a[25];

	for (size_t i = 8; i < 25; i++)
		a[i] = _mm512_setzero_si512();
	for (size_t m = 0; m < 8; m++) {
		uint64_t words[8] = {0};

		memcpy(words, messages + m * size, size);
		a[m] = _mm512_loadu_si512((const void *)words);
	}
	transpose(a);
	a[size / 8] = _mm512_set1_epi64(0x01);
	a[16] = _mm512_set1_epi64(INT64_MIN);
	permute(a);
	store_digests(a, out);
}
#endif
