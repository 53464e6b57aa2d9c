/*
 * Catches a base58 or bech32 text that is read or printed otherwise than Bitcoin Core and BIP173
 * and BIP350 have it. The values are those of their published vectors.
 */
#include "base58.h"
#include "bech32.h"
#include "hashes.h"
#include "hex.h"
#include "test.h"

static const struct {
	const char *hex, *text;
} base58_rows[] = {
    {"", ""},
    {"61", "2g"},
    {"626262", "a3gV"},
    {"636363", "aPEr"},
    {"73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"},
    {"00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"},
    {"516b6fcd0f", "ABnLTmg"},
    {"bf4f89001e670274dd", "3SEo3LWLoPntC"},
    {"572e4794", "3EFU7m"},
    {"ecac89cad93923c02321", "EJDM8drfXA6uyA"},
    {"10c8511e", "Rt5zm"},
    {"00000000000000000000", "1111111111"},
    {"00000000000000000000000000000000000000000000000000000000000000000000000000000000",
     "1111111111111111111111111111111111111111"},
    {"00000000000000000000000000000000000000000000000000000000000000000000000000000001",
     "1111111111111111111111111111111111111112"},
    {"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000000000000000000000000000000000ec39d04c37e71e"
     "5d591881f6",
     "111111111111111111111111111111111111111111111111111111111111111111111111111111111111115TYzLYH"
     "1udmLdzCLM"},
    {"000111d38e5fc9071ffcd20b4a763cc9ae4f252bb4e48fd66a835e252ada93ff480d6dd43dc62a641155a5",
     "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2"
     "e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c"
     "5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8"
     "b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9"
     "babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e"
     "8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "1cWB5HCBdLjAuqGGReWE3R3CguuwSjw6RHn39s2yuDRTS5NsBgNiFpWgAnEx6VQi8csexkgYw3mdYrMHr8x9i7aEwP8kZ"
     "7vccXWqKDvGv3u1GxFKPuAkn8JCPPGDMf3vMMnbzm6Nh9zh1gcNsMvH3ZNLmP5fSG6DGbbi2tuwMWPthr4boWwCxf7ewS"
     "gNQeacyozhKDDQQ1qL5fQFUW52QKUZDZ5fw3KXNQJMcNTcaB723LchjeKun7MuGW5qyCBZYzA1KjofN1gYBV3NqyhQJ3N"
     "s746GNuf9N2pQPmHz4xpnSrrfCvy6TVVz5d4PdrjeshsWQwpZsZGzvbdAdN8MKV5QsBDY"},
    {"271F359E", "zzzzy"},
    {"271F359F", "zzzzz"},
    {"271F35A0", "211111"},
    {"271F35A1", "211112"},
};

static const char *const bech32_good[] = {
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
};

static const char *const bech32_bad[] = {
    "\x20"
    "1nwldj5",
    "\x7f"
    "1axkwrx",
    "\x80"
    "1eym55h",
    "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "de1lg7wt"
    "\xff",
    "A1G7SGD8",
    "10a06t8",
    "1qzzfhee",
};

static const char *const bech32m_good[] = {
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
};

static const char *const bech32m_bad[] = {
    "\x20"
    "1xj0phk",
    "\x7f"
    "1g6xzxy",
    "\x80"
    "1vctc34",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
    "qyrz8wqd2c9m",
    "1qyrz8wqd2c9m",
    "y1b0jsk6g",
    "lt1igcx5c0",
    "in1muywd",
    "mm1crxm3i",
    "au1s5cgom",
    "M1VUXWEZ",
    "16plkw9",
    "1p2gdwpf",
};

static const struct {
	const char *text, *script;
} segwit_rows[] = {
    {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
    {"tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
     "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"},
    {"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
     "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"},
    {"BC1SW50QGDZ25J", "6002751e"},
    {"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"},
    {"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
     "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
    {"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
     "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
     "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
};

static const char *const segwit_bad[] = {
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
    "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
    "bc1gmk9yu",
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
    "bc1rw5uspcuh",
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
    "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
    "bc1gmk9yu",
};

static void
base58_both_ways(void)
{
	for (size_t i = 0; i < sizeof base58_rows / sizeof *base58_rows; i++) {
		unsigned char want[BASE58_BYTES_MAX], have[BASE58_BYTES_MAX];
		char text[BASE58_TEXT_MAX];
		size_t n = strlen(base58_rows[i].hex) / 2, len = 0;

		EXPECT(hex_parse(span_of(base58_rows[i].hex), true, want, n));
		EXPECT(base58_print(want, n, text) == strlen(text));
		EXPECT_STR(text, base58_rows[i].text);
		EXPECT(base58_parse(span_of(text), have, n, &len));
		EXPECT(len == n && memcmp(have, want, n) == 0);
		/* one byte of room too little */
		EXPECT(n == 0 || !base58_parse(span_of(text), have, n - 1, &len));
	}
}

static void
base58_refuses(void)
{
	static const char *const bad[] = {"0",	 "O",	 "I",	  "l",	 " 2g",
					  "2g ", "2g\n", "a3gV!", "\xff"};
	unsigned char out[BASE58_BYTES_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		EXPECT(!base58_parse(span_of(bad[i]), out, sizeof out, &n));
	EXPECT(!base58_parse(SPAN_LIT("2\0g"), out, sizeof out, &n));
}

static void
base58check(void)
{
	char text[BASE58_TEXT_MAX], spoilt[BASE58_TEXT_MAX];
	unsigned char out[BASE58_BYTES_MAX];
	size_t n = 0;

	/* the address of the first block */
	EXPECT(base58check_parse(SPAN_LIT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), out, 21, &n));
	EXPECT(n == 21 && out[0] == 0);
	base58check_print(out, n, text);
	EXPECT_STR(text, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa");
	EXPECT(!base58check_parse(span_of(text), out, 20, &n));
	for (size_t i = 0; text[i]; i++) {
		strcpy(spoilt, text);
		spoilt[i] = text[i] == '2' ? '3' : '2';
		EXPECT(!base58check_parse(span_of(spoilt), out, 21, &n));
	}
	EXPECT(!base58check_parse(SPAN_LIT(""), out, 21, &n));
	/* four bytes are a checksum of nothing */
	EXPECT(base58check_parse(SPAN_LIT("3QJmnh"), out, 21, &n) && n == 0);
}

static void
expect_bech32(const char *text, enum bech32_kind kind)
{
	char hrp[BECH32_HRP_MAX], again[BECH32_TEXT_MAX], lower[BECH32_TEXT_MAX];
	unsigned char data[BECH32_DATA_MAX];
	size_t n, at = 0;

	EXPECT(bech32_parse(span_of(text), hrp, data, &n) == kind);
	EXPECT(bech32_print(kind, hrp, data, n, again));
	for (; text[at]; at++)
		lower[at] = text[at] >= 'A' && text[at] <= 'Z' ? (char)(text[at] + 32) : text[at];
	lower[at] = 0;
	EXPECT_STR(again, lower);
}

static void
bech32_texts(void)
{
	char hrp[BECH32_HRP_MAX];
	unsigned char data[BECH32_DATA_MAX];
	size_t n;

	for (size_t i = 0; i < sizeof bech32_good / sizeof *bech32_good; i++)
		expect_bech32(bech32_good[i], BECH32_OLD);
	for (size_t i = 0; i < sizeof bech32m_good / sizeof *bech32m_good; i++)
		expect_bech32(bech32m_good[i], BECH32_M);
	for (size_t i = 0; i < sizeof bech32_bad / sizeof *bech32_bad; i++)
		EXPECT(bech32_parse(span_of(bech32_bad[i]), hrp, data, &n) != BECH32_OLD);
	for (size_t i = 0; i < sizeof bech32m_bad / sizeof *bech32m_bad; i++)
		EXPECT(bech32_parse(span_of(bech32m_bad[i]), hrp, data, &n) != BECH32_M);
}

static void
segwit_addresses(void)
{
	unsigned char program[SEGWIT_PROGRAM_MAX], script[2 + SEGWIT_PROGRAM_MAX];
	char hex[2 * sizeof script + 1], text[BECH32_TEXT_MAX];
	unsigned version;
	size_t n;

	for (size_t i = 0; i < sizeof segwit_rows / sizeof *segwit_rows; i++) {
		struct span address = span_of(segwit_rows[i].text);
		const char *hrp = (address.ptr[0] | 32) == 'b' ? "bc" : "tb";

		EXPECT(segwit_parse(address, hrp, &version, program, &n));
		EXPECT(!segwit_parse(address, "bcrt", &version, program, &n));
		script[0] = (unsigned char)(version ? 0x50 + version : 0);
		script[1] = (unsigned char)n;
		memcpy(script + 2, program, n);
		hex_print(script, n + 2, hex);
		EXPECT_STR(hex, segwit_rows[i].script);
		EXPECT(segwit_print(hrp, version, program, n, text));
		EXPECT(strcasecmp(text, segwit_rows[i].text) == 0);
	}
	for (size_t i = 0; i < sizeof segwit_bad / sizeof *segwit_bad; i++) {
		EXPECT(!segwit_parse(span_of(segwit_bad[i]), "bc", &version, program, &n));
		EXPECT(!segwit_parse(span_of(segwit_bad[i]), "tb", &version, program, &n));
	}
	EXPECT(!segwit_print("bc", 17, program, 20, text));
	EXPECT(!segwit_print("bc", 0, program, 21, text));
	EXPECT(!segwit_print("bc", 1, program, 1, text));
	EXPECT(!segwit_print("bc", 1, program, 41, text));
}

static void
expect_hash(const unsigned char *hash, size_t n, const char *want)
{
	char hex[2 * HMAC512_BYTES + 1];

	hex_print(hash, n, hex);
	EXPECT_STR(hex, want);
}

/* There and back at every length, and one digit more than the longest. */
static void
base58_lengths(void)
{
	unsigned char bytes[BASE58_BYTES_MAX], have[BASE58_BYTES_MAX];
	char text[BASE58_TEXT_MAX], longer[BASE58_TEXT_MAX + 1];
	size_t len;

	for (size_t n = 1; n <= sizeof bytes; n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)(i < n % 3 && n < 200 ? 0 : 255 - i * n);
		base58_print(bytes, n, text);
		EXPECT(base58_parse(span_of(text), have, n, &len));
		EXPECT(len == n && memcmp(have, bytes, n) == 0);
		EXPECT(!base58_parse(span_of(text), have, n - 1, &len));
	}
	snprintf(longer, sizeof longer, "z%s", text);
	EXPECT(!base58_parse(span_of(longer), have, sizeof have, &len));
}

/* The states that are kept of tags, against their making (BIP340). */
static void
tags(void)
{
	static const char *const names[] = {"TapSighash", "TapTweak", "TapBranch", "Tap"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		unsigned char tag[32], want[32], have[32];
		struct span part = {(const char *)tag, sizeof tag};
		struct sha2 s;

		hash_single(span_of(names[i]), tag);
		sha2_begin(&s);
		sha2_add(&s, part);
		sha2_add(&s, part);
		sha2_add(&s, SPAN_LIT("message"));
		sha2_end(&s, want);
		tagged_begin(&s, names[i]);
		sha2_add(&s, SPAN_LIT("message"));
		sha2_end(&s, have);
		EXPECT(memcmp(want, have, sizeof want) == 0);
	}
}

/* RIPEMD-160's own test values, and RFC 4231's second case */
static void
hash_values(void)
{
	unsigned char out[HMAC512_BYTES];
	struct sha2 s;

	ripemd160(SPAN_LIT("a"), out);
	expect_hash(out, 20, "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe");
	ripemd160(SPAN_LIT("message digest"), out);
	expect_hash(out, 20, "5d0689ef49d2fae572b881b123a85ffa21595f36");
	hash256(SPAN_LIT("hello"), out);
	expect_hash(out, 32, "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50");
	hmac_sha512(SPAN_LIT("Jefe"), SPAN_LIT("what do ya want "), SPAN_LIT("for nothing?"), out);
	expect_hash(
	    out, 64,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a"
	    "6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	tagged_begin(&s, "TapTweak");
	sha2_add(&s, SPAN_LIT(""));
	sha2_end(&s, out);
	expect_hash(out, 32, "8aa4229474ab0100b2d6f0687f031d1fc9d8eef92a042ad97d279bff456b15e4");
}

int
main(void)
{
	hashes_init();
	RUN(base58_both_ways);
	RUN(base58_refuses);
	RUN(base58check);
	RUN(bech32_texts);
	RUN(segwit_addresses);
	RUN(base58_lengths);
	RUN(hash_values);
	RUN(tags);
	return test_done();
}
