/* Catches canonical JSON that differs from RFC 8785, and two different values that share one
 * canonical form. */
#include "es6num.h"
#include "jcs.h"
#include "json.h"
#include "test.h"

static void
expect_jcs(const char *in, const char *want)
{
	struct buf out;

	EXPECT(json_check(span_of(in), NULL) == JSON_OK);
	buf_init(&out, 4096);
	EXPECT(jcs_append(span_of(in), &out, NULL) == JCS_OK);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, want);
	buf_release(&out);
}

static enum jcs_error
error_of(const char *in, size_t *offset)
{
	struct buf out;
	enum jcs_error e;

	EXPECT(json_check(span_of(in), NULL) == JSON_OK);
	buf_init(&out, 4096);
	e = jcs_append(span_of(in), &out, offset);
	buf_release(&out);
	return e;
}

/* RFC 8785 section 3.2.2 and 3.2.3, with its one lossy number (333333333.33333329) left out: we
 * refuse it, see below. */
static void
test_rfc_examples(void)
{
	expect_jcs("{\"numbers\": [1E30, 4.50, 2e-3, 0.000000000000000000000000001], \"string\": "
		   "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\", \"literals\": "
		   "[null, true, false]}",
		   "{\"literals\":[null,true,false],\"numbers\":[1e+30,4.5,0.002,1e-27],\"string\":"
		   "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	expect_jcs("{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\": "
		   "\"Hebrew Letter Dalet With Dagesh\", "
		   "\"1\": \"One\", \"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\": "
		   "\"Control\", "
		   "\"\\u00f6\": \"Latin Small Letter O With Diaeresis\"}",
		   "{\"\\r\":\"Carriage "
		   "Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small "
		   "Letter O With Diaeresis\","
		   "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning "
		   "Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

/* RFC 8785 appendix B: IEEE 754 bits and what ECMAScript prints for them. */
static void
test_appendix_b(void)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} cases[] = {
	    {0x0000000000000000, "0"},
	    {0x8000000000000000, "0"},
	    {0x0000000000000001, "5e-324"},
	    {0x8000000000000001, "-5e-324"},
	    {0x7fefffffffffffff, "1.7976931348623157e+308"},
	    {0xffefffffffffffff, "-1.7976931348623157e+308"},
	    {0x4340000000000000, "9007199254740992"},
	    {0xc340000000000000, "-9007199254740992"},
	    {0x4430000000000000, "295147905179352830000"},
	    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
	    {0x44b52d02c7e14af6, "1e+23"},
	    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
	    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
	    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
	    {0x444b1ae4d6e2ef50, "1e+21"},
	    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
	    {0x3eb0c6f7a0b5ed8d, "0.000001"},
	    {0x41b3de4355555553, "333333333.3333332"},
	    {0x41b3de4355555554, "333333333.33333325"},
	    {0x41b3de4355555555, "333333333.3333333"},
	    {0x41b3de4355555556, "333333333.3333334"},
	    {0x41b3de4355555557, "333333333.33333343"},
	    {0xbecbf647612f3696, "-0.0000033333333333333333"},
	    {0x43143ff3c1cb0959, "1424953923781206.2"},
	    /* the neighbours of powers of two, where the nearest 16 digits do not read back */
	    {0x0060000000000000, "7.120236347223045e-307"},
	    {0x0010000000000000, "2.2250738585072014e-308"},
	    {0x000fffffffffffff, "2.225073858507201e-308"},
	    {0x4350000000000000, "18014398509481984"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[ES6NUM_MAX + 1];
		double d;

		memcpy(&d, &cases[i].bits, sizeof d);
		text[es6num_print(d, text)] = 0;
		EXPECT_STR(text, cases[i].text);
	}
}

static void
test_lossy(void)
{
	static const char *const lossy[] = {
	    "2940071038556348416",
	    "2940071038556348417",
	    "333333333.33333329",
	    "9007199254740993",
	    "1e400",
	    "-1e400",
	    "1e-400",
	    "0.1000000000000000055511151231257827",
	    "1e99999999999999999999",
	    "100000000000000000000000000000000000000000000000000000000000000000000000000000000001"};
	static const char *const exact[] = {
	    "1.10", "9007199254740993e0",    "1.0",    "-0", "0e5", "0.0000", "1e22", "1E5",
	    "4.50", "123456789012345680000", "5e-324", "0.1"};
	size_t offset;

	for (size_t i = 0; i < sizeof lossy / sizeof lossy[0]; i++)
		EXPECT(error_of(lossy[i], NULL) == JCS_E_LOSSY);
	for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
		EXPECT((error_of(exact[i], NULL) == JCS_OK) == (i != 1));
	EXPECT(error_of("{\"a\":[1, 9007199254740993]}", &offset) == JCS_E_LOSSY && offset == 9);
	expect_jcs("-0", "0");
	expect_jcs("1.10", "1.1");
}

static void
test_duplicates(void)
{
	size_t offset;

	EXPECT(error_of("{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}", &offset) == JCS_E_DUPLICATE &&
	       offset > 12);
	EXPECT(error_of("{\"a\":1,\"A\":1}", NULL) == JCS_OK);
	EXPECT(error_of("[{\"a\":1},{\"a\":1}]", NULL) == JCS_OK);
}

/* White space, order of members and spelling of escapes do not matter; anything else does. */
static void
test_spellings(void)
{
	expect_jcs("{ \"b\" : [ ] , \"a\" : { } }", "{\"a\":{},\"b\":[]}");
	expect_jcs("\"\\u0061\\u002f\\/\"", "\"a//\"");
	expect_jcs("\"\\u007f\\u2028\"", "\"\x7f\xe2\x80\xa8\"");
	expect_jcs("\"\\b\\u0008\\u001F\"", "\"\\b\\b\\u001f\"");
	expect_jcs("{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}");
}

int
main(void)
{
	RUN(test_rfc_examples);
	RUN(test_appendix_b);
	RUN(test_lossy);
	RUN(test_duplicates);
	RUN(test_spellings);
	return test_done();
}
