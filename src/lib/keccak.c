#include "keccak.h"

#include "check.h"
#include "keccak_wide.h"

#include <stdlib.h>

#define LANE uint64_t
#define XOR(a, b) ((a) ^ (b))
#define XOR5(a, b, c, d, e) ((a) ^ (b) ^ (c) ^ (d) ^ (e))
#define ROL(a, n) ((a) << (n) | (a) >> (64 - (n)))
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#define IOTA(a, word) ((a) ^ (word))
#include "keccak_permute.h"

/* Lanes are little-endian (Keccak reference, section 1); so are the processors that we build for.
 */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "keccak loads lanes with memcpy");

static void
absorb_lane(uint64_t *lane, const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, 8);
	*lane ^= word;
}

static void
absorb_block(uint64_t lanes[25], const char *block)
{
	for (size_t i = 0; i < KECCAK_RATE / 8; i++)
		absorb_lane(&lanes[i], block + 8 * i);
	permute(lanes);
}

void
keccak_init(struct keccak *k)
{
	memset(k, 0, sizeof *k);
}

void
keccak_update(struct keccak *k, struct span part)
{
	unsigned char *bytes = (unsigned char *)k->lanes;

	while (part.len) {
		if (k->absorbed == 0 && part.len >= KECCAK_RATE) {
			absorb_block(k->lanes, part.ptr);
			part.ptr += KECCAK_RATE;
			part.len -= KECCAK_RATE;
			continue;
		}
		if (k->absorbed % 8 == 0 && part.len >= 8) {
			absorb_lane(&k->lanes[k->absorbed / 8], part.ptr);
			k->absorbed += 8;
			part.ptr += 8;
			part.len -= 8;
		} else {
			bytes[k->absorbed++] ^= (unsigned char)*part.ptr++;
			part.len--;
		}
		if (k->absorbed == KECCAK_RATE) {
			permute(k->lanes);
			k->absorbed = 0;
		}
	}
}

void
keccak_final(struct keccak *k, unsigned char out[KECCAK_BYTES])
{
	unsigned char *bytes = (unsigned char *)k->lanes;

	bytes[k->absorbed] ^= 0x01;
	bytes[KECCAK_RATE - 1] ^= 0x80;
	permute(k->lanes);
	memcpy(out, k->lanes, KECCAK_BYTES);
}

void
keccak256(struct span message, unsigned char out[KECCAK_BYTES])
{
	struct keccak k;

	keccak_init(&k);
	keccak_update(&k, message);
	keccak_final(&k, out);
}

/* One short message: no more than one block, and the padding stands in known lanes. */
static void
hash_equal(const unsigned char *message, size_t size, unsigned char *out)
{
	uint64_t lanes[25] = {0};

	memcpy(lanes, message, size);
	lanes[size / 8] = 0x01;
	lanes[KECCAK_RATE / 8 - 1] = UINT64_C(1) << 63;
	permute(lanes);
	memcpy(out, lanes, KECCAK_BYTES);
}

static bool
has_path(enum keccak_path path)
{
	switch (path) {
	case KECCAK_SCALAR: return true;
#if defined(__x86_64__)
	case KECCAK_AVX2: return __builtin_cpu_supports("avx2");
	case KECCAK_AVX512: return __builtin_cpu_supports("avx512f");
#else
	case KECCAK_AVX2:
	case KECCAK_AVX512: return false;
#endif
	}
	return false;
}

const char *
keccak_path_name(enum keccak_path path)
{
	switch (path) {
	case KECCAK_SCALAR: return "scalar";
	case KECCAK_AVX2: return "avx2";
	case KECCAK_AVX512: return "avx512";
	}
	return "scalar";
}

static struct {
	bool chosen;
	enum keccak_path path;
} choice;

static enum keccak_path
widest_path(void)
{
	const char *wish = getenv("TRADEPIPE_KECCAK");

	for (enum keccak_path p = KECCAK_AVX512; p > KECCAK_SCALAR; p--) {
		bool allowed = !wish || strcmp(wish, keccak_path_name(p)) == 0 ||
			       (p == KECCAK_AVX2 && strcmp(wish, "avx512") == 0);

		if (has_path(p) && allowed)
			return p;
	}
	return KECCAK_SCALAR;
}

enum keccak_path
keccak_path(void)
{
	if (!choice.chosen) {
		choice.path = widest_path();
		choice.chosen = true;
	}
	return choice.path;
}

bool
keccak_use(enum keccak_path path)
{
	if (!has_path(path))
		return false;
	choice.path = path;
	choice.chosen = true;
	return true;
}

/* The next w messages can go side by side when all have as many blocks as the first. */
static bool
same_blocks(const struct span messages[], size_t w)
{
	size_t blocks = keccak_blocks(messages[0]);

	for (size_t i = 1; i < w; i++)
		if (keccak_blocks(messages[i]) != blocks)
			return false;
	return true;
}

void
keccak256_many(const struct span messages[], size_t n, unsigned char *out)
{
	size_t i = 0;

#if defined(__x86_64__)
	enum keccak_path path = keccak_path();

	while (i < n) {
		if (path == KECCAK_AVX512 && n - i >= 8 && same_blocks(messages + i, 8)) {
			keccak256_avx512_x8(messages + i, out + i * KECCAK_BYTES);
			i += 8;
		} else if (path != KECCAK_SCALAR && has_path(KECCAK_AVX2) && n - i >= 4 &&
			   same_blocks(messages + i, 4)) {
			keccak256_avx2_x4(messages + i, out + i * KECCAK_BYTES);
			i += 4;
		} else {
			keccak256(messages[i], out + i * KECCAK_BYTES);
			i++;
		}
	}
#endif
	for (; i < n; i++)
		keccak256(messages[i], out + i * KECCAK_BYTES);
}

void
keccak256_equal(const unsigned char *messages, size_t size, size_t n, unsigned char *out)
{
	size_t i = 0;

	CHECK(size == 32 || size == 64);
#if defined(__x86_64__)
	enum keccak_path path = keccak_path();

	for (; path == KECCAK_AVX512 && n - i >= 8; i += 8)
		keccak256_equal_avx512_x8(messages + i * size, size, out + i * KECCAK_BYTES);
	for (; path != KECCAK_SCALAR && has_path(KECCAK_AVX2) && n - i >= 4; i += 4)
		keccak256_equal_avx2_x4(messages + i * size, size, out + i * KECCAK_BYTES);
#endif
	for (; i < n; i++)
		hash_equal(messages + i * size, size, out + i * KECCAK_BYTES);
}
