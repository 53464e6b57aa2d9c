/* Catches a vault that encrypts otherwise than it says, or opens what was changed. */
#include "cipher.h"
#include "hex.h"
#include "test.h"

static struct span
bytes(const void *p, size_t n)
{
	return (struct span){p, n};
}

/* Test case 14 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)". */
static void
known_answer_gcm(void)
{
	unsigned char key[32] = {0}, nonce[12] = {0}, plain[16] = {0}, box[44], back[16];
	char hex[2 * sizeof box + 1];

	EXPECT(cipher_box(key, nonce, SPAN_LIT(""), bytes(plain, 16), box));
	hex_print(box, sizeof box, hex);
	EXPECT_STR(hex, "000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18"
			"d0d1c8a799996bf0265b98b5d48ab919");
	EXPECT(cipher_unbox(key, SPAN_LIT(""), bytes(box, sizeof box), back));
	EXPECT(memcmp(back, plain, 16) == 0);
}

/* By Python's hashlib.scrypt and hmac. */
static void
known_answer_kek(void)
{
	struct cipher_kdf kdf = {.scrypt = true, .log_n = 10, .r = 8, .p = 1};
	struct span id = SPAN_LIT("0123456789abcdef0123456789abcdef");
	unsigned char key[32], zero[32] = {0};
	char hex[65];

	for (unsigned i = 0; i < sizeof kdf.salt; i++)
		kdf.salt[i] = (unsigned char)i;
	EXPECT(cipher_kek(SPAN_LIT("correct horse"), &kdf, id, key));
	hex_print(key, 32, hex);
	EXPECT_STR(hex, "9df923deed5f4531c279af9f56bd37b1657bef4929e702ce2e811a93388a86a1");
	kdf.scrypt = false;
	EXPECT(cipher_kek(bytes(zero, 32), &kdf, id, key));
	hex_print(key, 32, hex);
	EXPECT_STR(hex, "7fd21ddbac4d866bb5241848b64f7c9a64c92999a69f126f05ec2cf8836b166e");
}

/* A file cannot make us compute for hours. */
static void
costs_are_capped(void)
{
	static const struct {
		uint64_t log_n, r, p;
	} bad[] = {{CIPHER_SCRYPT_LOG_N_MAX + 1, 8, 1},
		   {9, 8, 1},
		   {63, 8, 1},
		   {64, 8, 1},
		   {17, 7, 1},
		   {17, 9, 1},
		   {17, 8, 2},
		   {17, 8, 0},
		   {17, UINT64_MAX, 1}};
	unsigned char key[32];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct cipher_kdf kdf = {
		    .scrypt = true, .log_n = bad[i].log_n, .r = bad[i].r, .p = bad[i].p};

		EXPECT(!cipher_kek(SPAN_LIT("secret"), &kdf, SPAN_LIT("id"), key));
	}
}

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Each bit of box, additional data and key counts, and nothing of the text comes out without the
 * right tag. */
static void
every_bit_counts(void)
{
	unsigned char key[32], nonce[12], box[5 + CIPHER_EXTRA_BYTES], out[5], data[9];

	for (unsigned i = 0; i < 32; i++)
		key[i] = (unsigned char)(7 * i);
	memset(nonce, 9, sizeof nonce);
	memset(data, 1, sizeof data);
	EXPECT(cipher_box(key, nonce, bytes(data, 9), SPAN_LIT("plain"), box));
	for (unsigned i = 0; i < 8 * (sizeof box + sizeof data + sizeof key); i++) {
		unsigned char *at = i < 8 * sizeof box ? box + i / 8
				    : i < 8 * (sizeof box + sizeof data)
					? data + (i / 8 - sizeof box)
					: key + (i / 8 - sizeof box - sizeof data);

		*at ^= (unsigned char)(1u << i % 8);
		memset(out, 0xff, sizeof out);
		EXPECT(!cipher_unbox(key, bytes(data, 9), bytes(box, sizeof box), out));
		EXPECT(is_zero(out, sizeof out));
		*at ^= (unsigned char)(1u << i % 8);
	}
	EXPECT(cipher_unbox(key, bytes(data, 9), bytes(box, sizeof box), out));
	EXPECT(memcmp(out, "plain", 5) == 0);
	for (size_t n = 0; n < sizeof box; n++)
		EXPECT(!cipher_unbox(key, bytes(data, 9), bytes(box, n), out));
}

/* "ab","c" and "a","bc" are two lists. */
static void
lists_are_not_confused(void)
{
	const struct span a[] = {SPAN_LIT("ab"), SPAN_LIT("c")},
			  b[] = {SPAN_LIT("a"), SPAN_LIT("bc")};
	struct buf x, y;

	buf_init(&x, 100);
	buf_init(&y, 100);
	cipher_list(a, 2, &x);
	cipher_list(b, 2, &y);
	EXPECT(x.len == 19 && !span_equal(buf_span(&x), buf_span(&y)));
	buf_release(&x);
	buf_release(&y);
}

static void
uses_have_their_own_keys(void)
{
	unsigned char key[32] = {1}, out[4][32];

	for (int i = 0; i < 4; i++)
		cipher_subkey(key, (enum cipher_use)i, out[i]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			EXPECT(memcmp(out[i], out[j], 32) != 0);
}

int
main(void)
{
	RUN(known_answer_gcm);
	RUN(known_answer_kek);
	RUN(costs_are_capped);
	RUN(every_bit_counts);
	RUN(lists_are_not_confused);
	RUN(uses_have_their_own_keys);
	return test_done();
}
