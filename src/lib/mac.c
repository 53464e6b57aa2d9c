#include "mac.h"

#include "sha2_ni.h"

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void
schedule(const unsigned char *p, uint32_t w[64])
{
	for (int i = 0; i < 16; i++, p += 4)
		w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
		       (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

void
sha2_plain_compress(uint32_t state[8], const unsigned char block[64])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	uint32_t w[64];

	schedule(block, w);
	/* in registers: an array that is shifted costs a call a round */
	for (int i = 0; i < 64; i++) {
		uint32_t one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			       ((e & f) ^ (~e & g)) + sha2_constants[i] + w[i];
		uint32_t two =
		    (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + one;
		d = c;
		c = b;
		b = a;
		a = one + two;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
	explicit_bzero(w, sizeof w);
}

static void
compress(uint32_t state[8], const unsigned char block[64])
{
	if (sha2_ni_there())
		sha2_ni_compress(state, block);
	else
		sha2_plain_compress(state, block);
}

void
sha2_begin(struct sha2 *s)
{
	*s = (struct sha2){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
				     0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void
sha2_resume(struct sha2 *s, const uint32_t state[8], uint64_t blocks)
{
	memcpy(s->state, state, sizeof s->state);
	s->len = 64 * blocks;
}

void
sha2_add(struct sha2 *s, struct span bytes)
{
	size_t held = s->len % 64;

	s->len += bytes.len;
	while (bytes.len) {
		size_t n = bytes.len < 64 - held ? bytes.len : 64 - held;

		if (n == 64) {
			compress(s->state, (const unsigned char *)bytes.ptr);
		} else {
			memcpy(s->block + held, bytes.ptr, n);
			held += n;
			if (held == 64)
				compress(s->state, s->block);
			held %= 64;
		}
		bytes.ptr += n;
		bytes.len -= n;
	}
}

/* The highest byte first. */
static void
put_word(unsigned char *out, uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	memcpy(out, &word, sizeof word);
}

void
sha2_end(struct sha2 *s, unsigned char out[MAC_BYTES])
{
	uint64_t bits = s->len * 8;
	size_t held = s->len % 64;

	s->block[held++] = 0x80;
	memset(s->block + held, 0, sizeof s->block - held);
	if (held > 56) {
		compress(s->state, s->block);
		memset(s->block, 0, 56);
	}
	put_word(s->block + 56, (uint32_t)(bits >> 32));
	put_word(s->block + 60, (uint32_t)bits);
	compress(s->state, s->block);
	for (int i = 0; i < 8; i++)
		put_word(out + 4 * i, s->state[i]);
	explicit_bzero(s, sizeof *s);
}

/* A fresh state that has taken in the key, each byte XOR pad. */
static void
begin_keyed(struct sha2 *s, const unsigned char key[64], unsigned char pad)
{
	unsigned char block[64];

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = key[i] ^ pad;
	sha2_begin(s);
	sha2_add(s, (struct span){(const char *)block, sizeof block});
	explicit_bzero(block, sizeof block);
}

void
mac_sha256(struct span key, const struct span parts[], size_t n, unsigned char out[MAC_BYTES])
{
	unsigned char block[64] = {0};
	struct sha2 s;

	if (key.len > sizeof block) {
		sha2_begin(&s);
		sha2_add(&s, key);
		sha2_end(&s, block);
	} else if (key.len) {
		memcpy(block, key.ptr, key.len);
	}
	begin_keyed(&s, block, 0x36);
	for (size_t i = 0; i < n; i++)
		sha2_add(&s, parts[i]);
	sha2_end(&s, out);
	begin_keyed(&s, block, 0x5c);
	sha2_add(&s, (struct span){(const char *)out, MAC_BYTES});
	sha2_end(&s, out);
	explicit_bzero(block, sizeof block);
}
