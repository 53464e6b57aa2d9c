/* Catches a Keccak path that gives other bytes than the others, or than the published digests. */
#include "hex.h"
#include "keccak.h"
#include "keccak_wide.h"
#include "test.h"

/* The AVX-512 file once more, through an emulation that runs on any processor. */
#define KECCAK_EMULATE
#define keccak256_avx512_x8 emulated_x8
#define round_words emulated_round_words
#define permute emulated_permute
#define keccak_round emulated_round
#define keccak256_equal_avx512_x8 emulated_equal_x8
void emulated_x8(const struct span messages[8], unsigned char *out);
void emulated_equal_x8(const unsigned char *messages, size_t size, unsigned char *out);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wshadow"
#include "keccak_avx512.c"
#pragma GCC diagnostic pop

static void
expect_digest(struct span message, const char *want)
{
	unsigned char hash[32];
	char text[65];

	keccak256(message, hash);
	hex_print(hash, 32, text);
	EXPECT_STR(text, want);
}

/* From the Ethereum yellow paper (empty string, empty trie), EIP-55's and ERC-20's well-known
 * selectors, and Keccak's own test files. */
static void
test_known_answers(void)
{
	static char million[1000000];

	expect_digest(SPAN_LIT(""),
		      "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	expect_digest(SPAN_LIT("\x80"),
		      "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
	expect_digest(SPAN_LIT("abc"),
		      "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
	expect_digest(SPAN_LIT("Transfer(address,address,uint256)"),
		      "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
	expect_digest(SPAN_LIT("The quick brown fox jumps over the lazy dog"),
		      "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
	memset(million, 'a', sizeof million);
	expect_digest((struct span){million, sizeof million},
		      "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96");
}

#define LENGTHS 420
static unsigned char data[8][LENGTHS];

static void
fill(void)
{
	uint64_t seed = 7;

	for (size_t m = 0; m < 8; m++)
		for (size_t i = 0; i < LENGTHS; i++)
			data[m][i] = (unsigned char)test_random(&seed);
}

typedef void wide(const struct span messages[], unsigned char *out);

/* Every length around three block edges; messages of different lengths that take the same number of
 * blocks, too. */
static void
compare_width(wide *hash, size_t width)
{
	for (size_t len = 0; len < LENGTHS; len++) {
		struct span messages[8];
		unsigned char got[8 * 32], want[32];

		for (size_t m = 0; m < width; m++) {
			size_t shorter = m < len % 136 ? m : 0;

			messages[m] = (struct span){(const char *)data[m], len - shorter};
		}
		hash(messages, got);
		for (size_t m = 0; m < width; m++) {
			keccak256(messages[m], want);
			EXPECT(memcmp(got + 32 * m, want, 32) == 0);
		}
	}
}

typedef void equal(const unsigned char *messages, size_t size, unsigned char *out);

/* Messages end to end, of both sizes, from any address. */
static void
compare_equal(equal *hash, size_t width)
{
	for (size_t size = 32; size <= 64; size += 32)
		for (size_t start = 0; start < 200; start++) {
			const unsigned char *from = (const unsigned char *)data + start;
			unsigned char got[8 * 32], want[32];

			hash(from, size, got);
			for (size_t m = 0; m < width; m++) {
				keccak256((struct span){(const char *)from + m * size, size}, want);
				EXPECT(memcmp(got + 32 * m, want, 32) == 0);
			}
		}
}

static void
test_avx2(void)
{
	if (__builtin_cpu_supports("avx2")) {
		compare_width(keccak256_avx2_x4, 4);
		compare_equal(keccak256_equal_avx2_x4, 4);
	} else
		printf("no AVX2 here: skipped\n");
}

static void
test_avx512_emulated(void)
{
	compare_width(emulated_x8, 8);
	compare_equal(emulated_equal_x8, 8);
}

#undef keccak256_avx512_x8
#undef keccak256_equal_avx512_x8

static void
test_avx512(void)
{
	if (__builtin_cpu_supports("avx512f")) {
		compare_width(keccak256_avx512_x8, 8);
		compare_equal(keccak256_equal_avx512_x8, 8);
	} else
		printf("no AVX-512 here: only its emulation was run\n");
}

/* Any number of messages of any lengths, on every path that this processor has. */
static void
test_many(void)
{
	struct span messages[40];
	unsigned char got[40 * 32], want[32];
	uint64_t seed = 99;

	for (enum keccak_path path = KECCAK_SCALAR; path <= KECCAK_AVX512; path++) {
		if (!keccak_use(path))
			continue;
		for (size_t n = 0; n <= 40; n++) {
			for (size_t i = 0; i < n; i++)
				messages[i] =
				    (struct span){(const char *)data[test_random(&seed) % 8],
						  test_random(&seed) % LENGTHS};
			keccak256_many(messages, n, got);
			for (size_t i = 0; i < n; i++) {
				keccak256(messages[i], want);
				EXPECT(memcmp(got + 32 * i, want, 32) == 0);
			}
		}
	}
}

/* Any number of equal messages, on every path. */
static void
test_equal(void)
{
	unsigned char got[40 * 32], want[32];

	for (enum keccak_path path = KECCAK_SCALAR; path <= KECCAK_AVX512; path++) {
		if (!keccak_use(path))
			continue;
		for (size_t size = 32; size <= 64; size += 32)
			for (size_t n = 0; n <= 40; n++) {
				keccak256_equal(data[0] + n, size, n, got);
				for (size_t i = 0; i < n; i++) {
					struct span m = {(const char *)data[0] + n + i * size,
							 size};

					keccak256(m, want);
					EXPECT(memcmp(got + 32 * i, want, 32) == 0);
				}
			}
	}
}

/* Parts in any cut give the hash of the whole. */
static void
test_parts(void)
{
	unsigned char want[32], got[32];

	keccak256((struct span){(const char *)data[0], LENGTHS}, want);
	for (size_t cut = 0; cut <= LENGTHS; cut++) {
		struct keccak k;

		keccak_init(&k);
		keccak_update(&k, (struct span){(const char *)data[0], cut});
		keccak_update(&k, (struct span){(const char *)data[0] + cut, LENGTHS - cut});
		keccak_final(&k, got);
		EXPECT(memcmp(got, want, 32) == 0);
	}
}

int
main(void)
{
	fill();
	RUN(test_known_answers);
	RUN(test_avx2);
	RUN(test_avx512_emulated);
	RUN(test_avx512);
	RUN(test_many);
	RUN(test_equal);
	RUN(test_parts);
	return test_done();
}
