/* Catches hex, base64, UTF-8, CRC-32C, time and buffer code that is off by one or takes two
 * spellings for one value. */
#include "base64.h"
#include "buf.h"
#include "crc32c.h"
#include "digest.h"
#include "hex.h"
#include "test.h"
#include "utc.h"
#include "utf8.h"

static void
test_hex(void)
{
	unsigned char bytes[4], hash[32];
	char text[67];

	hex_print((const unsigned char *)"\x00\x7f\x80\xff", 4, text);
	EXPECT_STR(text, "007f80ff");
	EXPECT(hex_parse(SPAN_LIT("007f80ff"), false, bytes, 4) &&
	       memcmp(bytes, "\x00\x7f\x80\xff", 4) == 0);
	EXPECT(!hex_parse(SPAN_LIT("007F80ff"), false, bytes, 4));
	EXPECT(hex_parse(SPAN_LIT("007F80ff"), true, bytes, 4));
	EXPECT(!hex_parse(SPAN_LIT("007f80f"), false, bytes, 4) &&
	       !hex_parse(SPAN_LIT("007f80fff"), false, bytes, 4));
	EXPECT(!hex_parse(SPAN_LIT("007f80fg"), false, bytes, 4));
	memset(hash, 0xab, 32);
	hex_print_hash(hash, text);
	EXPECT(hex_parse_hash(span_of(text), hash));
	EXPECT(!hex_parse_hash((struct span){text + 2, 64}, hash));
	text[1] = 'X';
	EXPECT(!hex_parse_hash(span_of(text), hash));
}

/* Each byte as a digit, at both places. */
static void
test_hex_digits(void)
{
	for (unsigned c = 0; c < 256; c++) {
		static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
		const char *low = c ? strchr(lower, (int)c) : NULL,
			   *high = c ? strchr(upper, (int)c) : NULL;
		char text[2] = {(char)c, '0'}, turned[2] = {'0', (char)c};
		struct span first = {text, 2}, second = {turned, 2};
		unsigned want = (unsigned)(low ? low - lower : high ? high - upper : 0);
		unsigned char out;

		EXPECT(hex_parse(first, false, &out, 1) == (low != NULL));
		EXPECT(!low || out == want << 4);
		EXPECT(hex_parse(second, true, &out, 1) == (low || high));
		EXPECT(!(low || high) || out == want);
	}
}

/* RFC 4648 section 10, and what a strict reader must refuse. */
static void
test_base64(void)
{
	static const char *const cases[][2] = {{"", ""},
					       {"f", "Zg=="},
					       {"fo", "Zm8="},
					       {"foo", "Zm9v"},
					       {"foob", "Zm9vYg=="},
					       {"fooba", "Zm9vYmE="},
					       {"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {"Z",	   "Zg",       "Zg=",  "Zg===", "Zh==",	  "Zm9=",
					  "Zm 9v", "Zg==Zg==", "====", "Z===",	"Zm9v\n", "Zm-_"};

	for (size_t i = 0; i < 7; i++) {
		struct buf out;

		buf_init(&out, 64);
		base64_append(span_of(cases[i][0]), &out);
		EXPECT(span_is(buf_span(&out), cases[i][1]));
		buf_clear(&out);
		EXPECT(base64_decode(span_of(cases[i][1]), &out));
		EXPECT(span_is(buf_span(&out), cases[i][0]));
		buf_release(&out);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf out;

		buf_init(&out, 64);
		EXPECT(!base64_decode(span_of(bad[i]), &out));
		buf_release(&out);
	}
}

/* Each byte as a letter, at each place; and no room beyond the bytes is asked for. */
static void
test_base64_letters(void)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned i = 0; i < 4 * 256; i++) {
		char text[8] = "AAAAAAA=", room[5], again[8];
		struct buf out = {room, 0, sizeof room, sizeof room, false};
		struct buf back = {again, 0, sizeof again, sizeof again, false};
		bool letter = i / 4 && strchr(alphabet, (int)i / 4);

		text[i % 4] = (char)(i / 4);
		EXPECT(base64_decode((struct span){text, 8}, &out) == letter);
		base64_append(buf_span(&out), &back);
		EXPECT(!letter || span_equal(buf_span(&back), (struct span){text, 8}));
	}
}

/* RFC 3720 appendix B.4. */
static void
test_crc32c(void)
{
	char zeros[32] = {0}, ones[32], up[32];

	memset(ones, 0xff, 32);
	for (int i = 0; i < 32; i++)
		up[i] = (char)i;
	EXPECT(crc32c(0, (struct span){zeros, 32}) == 0x8a9136aa);
	EXPECT(crc32c(0, (struct span){ones, 32}) == 0x62a8ab43);
	EXPECT(crc32c(0, (struct span){up, 32}) == 0x46dd794e);
	EXPECT(crc32c(0, SPAN_LIT("123456789")) == 0xe3069283);
	for (size_t cut = 0; cut <= 32; cut++) {
		uint32_t part = crc32c(0, (struct span){up, cut});

		EXPECT(crc32c(part, (struct span){up + cut, 32 - cut}) == 0x46dd794e);
		EXPECT(crc32c_table(0, (struct span){up, cut}) == part);
	}
}

/* FIPS 180-2 appendix B.1; RFC 4231 test cases 1, 2 and 6. */
static void
test_digest(void)
{
	unsigned char out[32];
	char text[65], key[131];
	struct span parts[2] = {SPAN_LIT("what do ya want "), SPAN_LIT("for nothing?")};

	digest_init();
	sha256(SPAN_LIT("abc"), out);
	hex_print(out, 32, text);
	EXPECT_STR(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hmac_sha256(SPAN_LIT("Jefe"), parts, 2, out);
	hex_print(out, 32, text);
	EXPECT_STR(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0x0b, 20);
	hmac_sha256((struct span){key, 20}, &SPAN_LIT("Hi There"), 1, out);
	hex_print(out, 32, text);
	EXPECT_STR(text, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	memset(key, 0xaa, 131);
	hmac_sha256((struct span){key, 131},
		    &SPAN_LIT("Test Using Larger Than Block-Size Key - Hash Key First"), 1, out);
	hex_print(out, 32, text);
	EXPECT_STR(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
test_utf8(void)
{
	char out[4];
	size_t offset = 99;

	EXPECT(utf8_valid(SPAN_LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x82"), &offset));
	EXPECT(!utf8_valid(SPAN_LIT("a\xc3"), &offset) && offset == 1);
	EXPECT(!utf8_valid(SPAN_LIT("ab\xe0\x80\xaf"), &offset) && offset == 2);
	EXPECT(!utf8_valid(SPAN_LIT("\xf5\x80\x80\x80"), NULL) &&
	       !utf8_valid(SPAN_LIT("\xed\xbf\xbf"), NULL));
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
		size_t n;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = utf8_encode(c, out);
		EXPECT(utf8_width(out, n) == n);
		EXPECT(n == 1 || utf8_width(out, n - 1) == 0);
	}
}

static void
test_utc(void)
{
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2000-02-29T23:59:59Z", INT64_C(951868799000000)},
	    {"2025-11-04T09:10:11Z", INT64_C(1762247411000000)},
	    {"2025-11-04T09:10:11.5Z", INT64_C(1762247411500000)},
	    {"2025-11-04T09:10:11.000001Z", INT64_C(1762247411000001)},
	    {"9999-12-31T23:59:59Z", INT64_C(253402300799000000)},
	};
	static const char *const bad[] = {"",
					  "2025-11-04",
					  "2025-11-04T09:10:11",
					  "2025-11-04 09:10:11Z",
					  "2025-02-29T00:00:00Z",
					  "1900-02-28T00:00:00Z",
					  "2025-13-01T00:00:00Z",
					  "2025-00-01T00:00:00Z",
					  "2025-11-31T00:00:00Z",
					  "2025-11-04T24:00:00Z",
					  "2025-11-04T09:60:00Z",
					  "2025-11-04T09:10:60Z",
					  "2025-11-04T09:10:11.Z",
					  "2025-11-04T09:10:11.1234567Z",
					  "2025-11-04T09:10:11+00:00",
					  "2025-11-04T09:10:11,5Z",
					  "x025-11-04T09:10:11Z"};
	char text[UTC_TEXT_MAX];
	int64_t us, ms;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		EXPECT(utc_parse_us(span_of(cases[i].text), &us) && us == cases[i].us);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(!utc_parse_us(span_of(bad[i]), &us));
	utc_print_ms(1762247411000, text);
	EXPECT_STR(text, "2025-11-04T09:10:11Z");
	utc_print_ms(1762247411007, text);
	EXPECT_STR(text, "2025-11-04T09:10:11.007Z");
	utc_print_ms_fixed(1762247411000, text);
	EXPECT_STR(text, "2025-11-04T09:10:11.000Z");
	/* every day of 130 years, there and back */
	for (int64_t day = 0; day < 130 * 366; day++) {
		size_t n = utc_print_ms(day * 86400000 + 1, text);

		EXPECT(utc_parse_us((struct span){text, n}, &us) &&
		       us == day * INT64_C(86400000000) + 1000);
	}
	EXPECT(utc_parse_ms_digits(SPAN_LIT("1708587373361"), &ms) && ms == INT64_C(1708587373361));
	EXPECT(!utc_parse_ms_digits(SPAN_LIT(""), &ms) &&
	       !utc_parse_ms_digits(SPAN_LIT("-1"), &ms));
	EXPECT(!utc_parse_ms_digits(SPAN_LIT("1708587373361.0"), &ms) &&
	       !utc_parse_ms_digits(SPAN_LIT("9999999999999999"), &ms));
}

/* N-1, N, N+1 bytes around the maximum; what does not fit leaves nothing half done. */
static void
test_buf(void)
{
	for (size_t n = 999; n <= 1001; n++) {
		struct buf b;
		static char bytes[1001];

		buf_init(&b, 1000);
		buf_add(&b, (struct span){bytes, n});
		EXPECT(buf_ok(&b) == (n <= 1000));
		EXPECT(b.len == (n <= 1000 ? n : 0));
		buf_clear(&b);
		EXPECT(buf_ok(&b) && b.len == 0);
		buf_release(&b);
	}
}

static void
test_buf_numbers(void)
{
	static const struct {
		int64_t value;
		const char *text;
	} rows[] = {{0, "0"},
		    {9, "9"},
		    {10, "10"},
		    {-1, "-1"},
		    {-10, "-10"},
		    {INT64_MAX, "9223372036854775807"},
		    {INT64_MIN, "-9223372036854775808"}};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_clear(&b);
		buf_i64(&b, rows[i].value);
		EXPECT(span_is(buf_span(&b), rows[i].text));
	}
	buf_clear(&b);
	buf_u64(&b, UINT64_MAX);
	EXPECT(span_is(buf_span(&b), "18446744073709551615"));
	buf_release(&b);
}

static void
test_json_string(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_json_string(&b, SPAN_LIT("a\"\\\b\f\n\r\t\x01\x1f\x7f\xe2\x82\xac\xff\xc3"));
	EXPECT(span_is(
	    buf_span(&b),
	    "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd\""));
	/* what has to be escaped, at each place of a long text */
	for (size_t i = 0; i < 70; i++) {
		char text[70], want[74];
		int n;

		memset(text, 'x', sizeof text);
		text[i] = '"';
		n = snprintf(want, sizeof want, "\"%.*s\\\"%.*s\"", (int)i, text, (int)(69 - i),
			     text + i + 1);
		buf_clear(&b);
		buf_json_string(&b, (struct span){text, sizeof text});
		EXPECT(span_equal(buf_span(&b), (struct span){want, (size_t)n}));
	}
	buf_release(&b);
}

int
main(void)
{
	RUN(test_hex);
	RUN(test_hex_digits);
	RUN(test_base64);
	RUN(test_base64_letters);
	RUN(test_crc32c);
	RUN(test_digest);
	RUN(test_utf8);
	RUN(test_utc);
	RUN(test_buf);
	RUN(test_buf_numbers);
	RUN(test_json_string);
	return test_done();
}
