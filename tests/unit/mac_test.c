/* Catches a SHA-256 or HMAC-SHA256 of ours that differs from the standard's, at any length. Known
 * answers: FIPS 180-4's examples (abc, two blocks, a million a), RFC 4231 sections 4.2 to 4.8; the
 * rest against OpenSSL. */
#include "digest.h"
#include "hex.h"
#include "mac.h"
#include "sha2_ni.h"
#include "test.h"

static const char *
sha2_text(struct span message)
{
	static char text[65];
	unsigned char out[MAC_BYTES];
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, message);
	sha2_end(&s, out);
	hex_print(out, sizeof out, text);
	return text;
}

static void
known_digests(void)
{
	static char million[1000000];

	memset(million, 'a', sizeof million);
	EXPECT_STR(sha2_text(SPAN_LIT("")),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	EXPECT_STR(sha2_text(SPAN_LIT("abc")),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	EXPECT_STR(sha2_text(SPAN_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	EXPECT_STR(sha2_text((struct span){million, sizeof million}),
		   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static struct span
repeated(char c, size_t n)
{
	static char room[2][200];
	static int turn;
	char *p = room[turn++ % 2];

	memset(p, c, n);
	return (struct span){p, n};
}

static const char *
mac_text(struct span key, struct span data)
{
	static char text[65];
	unsigned char out[MAC_BYTES];

	mac_sha256(key, &data, 1, out);
	hex_print(out, sizeof out, text);
	return text;
}

static void
known_macs(void)
{
	char counting[25];

	for (size_t i = 0; i < sizeof counting; i++)
		counting[i] = (char)(i + 1);
	EXPECT_STR(mac_text(repeated(0x0b, 20), SPAN_LIT("Hi There")),
		   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	EXPECT_STR(mac_text(SPAN_LIT("Jefe"), SPAN_LIT("what do ya want for nothing?")),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	EXPECT_STR(mac_text(repeated('\xaa', 20), repeated('\xdd', 50)),
		   "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	EXPECT_STR(mac_text((struct span){counting, sizeof counting}, repeated('\xcd', 50)),
		   "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
	/* 4.6: the first 128 bits */
	EXPECT(strncmp(mac_text(repeated(0x0c, 20), SPAN_LIT("Test With Truncation")),
		       "a3b6167473100ee06e0c796c2955552b", 32) == 0);
	EXPECT_STR(mac_text(repeated('\xaa', 131),
			    SPAN_LIT("Test Using Larger Than Block-Size Key - Hash Key First")),
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	EXPECT_STR(
	    mac_text(repeated('\xaa', 131),
		     SPAN_LIT("This is a test using a larger than block-size key and a larger than "
			      "block-size data. The key needs to be hashed before being used by "
			      "the HMAC algorithm.")),
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* Every length around the block's edges, in two parts cut anywhere. */
static void
like_openssl(void)
{
	uint64_t random = 7;
	char bytes[300];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)test_random(&random);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		size_t cut = len ? (size_t)(test_random(&random) % (len + 1)) : 0;
		struct span parts[] = {{bytes, cut}, {bytes + cut, len - cut}},
			    key = {bytes, (len * 7) % 200};
		unsigned char ours[MAC_BYTES], theirs[SHA256_BYTES];
		struct sha2 s;

		sha2_begin(&s);
		sha2_add(&s, parts[0]);
		sha2_add(&s, parts[1]);
		sha2_end(&s, ours);
		sha256((struct span){bytes, len}, theirs);
		EXPECT(memcmp(ours, theirs, MAC_BYTES) == 0);
		mac_sha256(key, parts, 2, ours);
		hmac_sha256(key, parts, 2, theirs);
		EXPECT(memcmp(ours, theirs, MAC_BYTES) == 0);
	}
}

/* Both ways give the same, where both are there. */
static void
both_ways(void)
{
	uint32_t plain[8] = {1, 2, 3, 4, 5, 6, 7, 0xffffffff}, fast[8], seed = 1;
	unsigned char block[64];

	if (!sha2_ni_there()) {
		printf("this processor has no SHA extensions: one way only\n");
		return;
	}
	memcpy(fast, plain, sizeof fast);
	for (int i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof block; k++) {
			seed = seed * 1103515245 + 12345;
			block[k] = (unsigned char)(seed >> 16);
		}
		sha2_plain_compress(plain, block);
		sha2_ni_compress(fast, block);
		EXPECT(memcmp(plain, fast, sizeof fast) == 0);
	}
}

int
main(void)
{
	RUN(known_digests);
	RUN(known_macs);
	RUN(like_openssl);
	RUN(both_ways);
	return test_done();
}
