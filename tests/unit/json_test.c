/* Catches a scanner that takes what RFC 8259 forbids, refuses what it allows, or names the wrong
 * byte. */
#include "json.h"
#include "test.h"

static enum json_error
check(const char *text, size_t *offset)
{
	return json_check(span_of(text), offset);
}

static void
test_accepts(void)
{
	static const char *const good[] = {"{}",
					   "[]",
					   " [ ] ",
					   "0",
					   "-0",
					   "1e5",
					   "1E+5",
					   "-1.25e-7",
					   "\"\"",
					   "true",
					   "false",
					   "null",
					   "{\"a\":[1,{\"b\":null}],\"c\":\"\\u20ac\"}",
					   "[[[[[]]]]]",
					   "\"\\ud83d\\ude02\"",
					   "\t\r\n1\n",
					   "\"\x7f\"",
					   "{\"\":0}",
					   "{\"a\":1,\"a\":2}",
					   "\"\xf4\x8f\xbf\xbf\"",
					   "123456789012345678901234567890"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		EXPECT(check(good[i], NULL) == JSON_OK);
}

static void
test_rejects_at(void)
{
	static const struct {
		const char *text;
		enum json_error error;
		size_t offset;
	} bad[] = {
	    {"", JSON_E_EMPTY, 0},
	    {"  ", JSON_E_EMPTY, 2},
	    {"{", JSON_E_TRUNCATED, 1},
	    {"[1", JSON_E_TRUNCATED, 2},
	    {"[1,", JSON_E_TRUNCATED, 3},
	    {"[1,]", JSON_E_SYNTAX, 3},
	    {"[,1]", JSON_E_SYNTAX, 1},
	    {"{\"a\"}", JSON_E_SYNTAX, 4},
	    {"{\"a\":}", JSON_E_SYNTAX, 5},
	    {"{\"a\":1,}", JSON_E_SYNTAX, 7},
	    {"{a:1}", JSON_E_SYNTAX, 1},
	    {"[1}", JSON_E_SYNTAX, 2},
	    {"01", JSON_E_NUMBER, 1},
	    {"-", JSON_E_TRUNCATED, 1},
	    {"-x", JSON_E_NUMBER, 1},
	    {"1.", JSON_E_TRUNCATED, 2},
	    {"[1.]", JSON_E_NUMBER, 3},
	    {"[1e]", JSON_E_NUMBER, 3},
	    {"+1", JSON_E_SYNTAX, 0},
	    {".5", JSON_E_SYNTAX, 0},
	    {"NaN", JSON_E_SYNTAX, 0},
	    {"nul", JSON_E_TRUNCATED, 3},
	    {"nulL", JSON_E_SYNTAX, 3},
	    {"\"abc", JSON_E_TRUNCATED, 4},
	    {"\"a\nb\"", JSON_E_CONTROL, 2},
	    {"\"\\x41\"", JSON_E_ESCAPE, 2},
	    {"\"\\u12g4\"", JSON_E_ESCAPE, 5},
	    {"\"\\ud800x\"", JSON_E_SURROGATE, 1},
	    {"\"\\udc00\"", JSON_E_SURROGATE, 1},
	    {"\"\\ud800\\ud800\"", JSON_E_SURROGATE, 1},
	    {"\"\xff\"", JSON_E_UTF8, 1},
	    {"\"\xc0\xaf\"", JSON_E_UTF8, 1},
	    {"\"\xed\xa0\x80\"", JSON_E_UTF8, 1},
	    {"\"\xf4\x90\x80\x80\"", JSON_E_UTF8, 1},
	    {"\xef\xbb\xbf{}", JSON_E_SYNTAX, 0},
	    {"1 2", JSON_E_TRAILING, 2},
	    {"{}x", JSON_E_TRAILING, 2},
	    {"[]]", JSON_E_TRAILING, 2},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		size_t offset = 999;
		enum json_error e = check(bad[i].text, &offset);

		if (e != bad[i].error || offset != bad[i].offset)
			printf("case %s: %s at %zu\n", bad[i].text, json_error_code(e), offset);
		EXPECT(e == bad[i].error);
		EXPECT(offset == bad[i].offset);
	}
	EXPECT(json_check((struct span){"[\"\0\"]", 5}, NULL) == JSON_E_CONTROL);
	EXPECT(json_check((struct span){"1\0", 2}, NULL) == JSON_E_TRAILING);
}

/* What is special in a string, at each place of a long one. */
static void
test_long_strings(void)
{
	static const char *const special[] = {"\\\"", "\\\\", "\xe2\x82\xac", "\n", "\xff"};

	for (size_t i = 0; i < 5 * 40; i++) {
		const char *what = special[i / 40];
		size_t before = i % 40, offset;
		bool good = i < 3 * 40;
		char text[80];
		struct span line = {text, 0}, value;

		line.len = (size_t)snprintf(text, sizeof text, "{\"k\":\"%.*s%s%.*s\",\"n\":17}",
					    (int)before, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
					    what, (int)(39 - before),
					    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		EXPECT(json_check(line, &offset) == (good	     ? JSON_OK
						     : *what == '\n' ? JSON_E_CONTROL
								     : JSON_E_UTF8));
		EXPECT(offset == (good ? line.len : 6 + before));
		EXPECT(!good || (json_find(line, "n", &value) && span_is(value, "17")));
	}
}

/* Names that begin alike, with escapes and without. */
static void
test_pick_names(void)
{
	static const char *const names[] = {"ab", "a", "abc", "", "b"};
	struct span out[5];
	size_t twice = 9;

	EXPECT(json_pick(SPAN_LIT("{\"abc\":1,\"\":2,\"abcd\":3,\"\\u0061\":4,\"ac\":5}"), names, 5,
			 out, NULL));
	EXPECT(!out[0].ptr && span_is(out[1], "4") && span_is(out[2], "1") &&
	       span_is(out[3], "2") && !out[4].ptr);
	EXPECT(!json_pick(SPAN_LIT("{\"ab\":1,\"b\":2,\"a\\u0062\":3}"), names, 5, out, &twice) &&
	       twice == 0);
}

/* N-1, N and N+1 containers around the limit; and ten thousand, which must cost no stack. */
static void
test_depth(void)
{
	static char text[20001];
	static const size_t depths[] = {63, 64, 65, 10000};

	for (size_t i = 0; i < 4; i++) {
		size_t n = depths[i], offset;
		enum json_error e;

		memset(text, '[', n);
		memset(text + n, ']', n);
		e = json_check((struct span){text, 2 * n}, &offset);
		EXPECT(e == (n <= 64 ? JSON_OK : JSON_E_DEPTH));
		if (n > 64)
			EXPECT(offset == 64);
	}
}

static void
test_walk(void)
{
	struct span object =
	    SPAN_LIT(" { \"a\" : [1, {\"x\":\"],}\"} ] , \"b\\u0063\":\"q\\\"\" ,\"d\":{} } ");
	struct json_walk w;
	struct span key, value;
	int n = 0;

	EXPECT(json_check(object, NULL) == JSON_OK);
	object = json_trim(object);
	w = json_walk(object);
	while (json_next_member(&w, &key, &value)) {
		n++;
		if (n == 1) {
			struct json_walk elements = json_walk(value);
			struct span e;

			EXPECT(json_next_element(&elements, &e) && span_is(e, "1"));
			EXPECT(json_next_element(&elements, &e) && span_is(e, "{\"x\":\"],}\"}"));
			EXPECT(!json_next_element(&elements, &e));
		}
		if (n == 2) {
			EXPECT(json_key_is(key, "bc"));
			EXPECT(!json_key_is(key, "b"));
			EXPECT(!json_key_is(key, "bcd"));
			EXPECT(span_is(value, "\"q\\\"\""));
		}
	}
	EXPECT(n == 3);
	EXPECT(json_find(object, "d", &value) && span_is(value, "{}"));
	EXPECT(!json_find(object, "e", &value) && span_is(value, "{}"));
}

static void
test_pick(void)
{
	static const char *const names[] = {"a", "b"};
	struct span out[2];
	size_t twice = 9;

	EXPECT(json_pick(SPAN_LIT("{\"b\":2,\"c\":3}"), names, 2, out, NULL));
	EXPECT(out[0].ptr == NULL && span_is(out[1], "2"));
	/* the same name in another spelling is the same name */
	EXPECT(!json_pick(SPAN_LIT("{\"b\":2,\"\\u0062\":3}"), names, 2, out, &twice));
	EXPECT(twice == 1);
}

static void
test_decode(void)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
	    {"\"\"", ""},
	    {"\"abc\"", "abc"},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	    {"\"\\u0041\\u00e9\\u20AC\\ud83d\\ude02z\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x82z"},
	};

	for (size_t i = 0; i < 4; i++) {
		struct buf out;

		buf_init(&out, 100);
		json_decode(span_of(cases[i].json), &out);
		buf_byte(&out, 0);
		EXPECT_STR(out.ptr, cases[i].text);
		buf_release(&out);
	}
}

static void
test_compact(void)
{
	struct buf out;

	buf_init(&out, 100);
	json_compact(SPAN_LIT(" { \"a b\" : [ 1 , \"\\\" \" ,\n2 ] } "), &out);
	EXPECT(span_is(buf_span(&out), "{\"a b\":[1,\"\\\" \",2]}"));
	buf_release(&out);
}

/* What is cut off anywhere is refused, and refused at its end. */
static void
test_every_prefix(void)
{
	const char *text = "{\"a\":[1.5e-3,\"\\ud83d\\ude02\xe2\x82\xac\",true,null,{\"b\":-0}]}";

	for (size_t n = 0; n < strlen(text); n++) {
		size_t offset;
		enum json_error e = json_check((struct span){text, n}, &offset);

		EXPECT(e != JSON_OK);
		EXPECT(offset <= n);
	}
	EXPECT(check(text, NULL) == JSON_OK);
}

int
main(void)
{
	RUN(test_accepts);
	RUN(test_rejects_at);
	RUN(test_long_strings);
	RUN(test_pick_names);
	RUN(test_depth);
	RUN(test_walk);
	RUN(test_pick);
	RUN(test_decode);
	RUN(test_compact);
	RUN(test_every_prefix);
	return test_done();
}
