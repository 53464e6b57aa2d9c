/* Catches a request by alias that comes out other than it went in but for the keys, or that gets
 * somebody else's. */
#include "alias_request.h"
#include "json.h"
#include "test.h"

static const struct credentials keys = {{"k", 1}, {"s\"", 2}, {"p", 1}, {"12", 2}};
#define KEYS "\"apiKey\":\"k\",\"secretKey\":\"s\\\"\",\"passphrase\":\"p\""

static void
fills(void)
{
	static const char *const rows[][2] = {
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\"}",
	     "{\"keyMode\":\"inline\",\"keyAlias\":\"a\"," KEYS ",\"uid\":\"12\"}"},
	    {" { \"x\" : [1, 2] ,\"keyAlias\":\"a\",\"keyMode\" : \"alias\" } ",
	     "{ \"x\" : [1, 2] ,\"keyAlias\":\"a\",\"keyMode\" : \"inline\" ," KEYS
	     ",\"uid\":\"12\"}"},
	    {"{\"uid\":\"\",\"keyMode\":\"alias\",\"keyAlias\":\"a\"}",
	     "{\"uid\":\"12\",\"keyMode\":\"inline\",\"keyAlias\":\"a\"," KEYS "}"},
	    {"{\"keyMode\":\"alias\",\"uid\":null,\"keyAlias\":\"a\"}",
	     "{\"keyMode\":\"inline\",\"uid\":\"12\",\"keyAlias\":\"a\"," KEYS "}"},
	    {"{\"keyMode\":\"alias\",\"uid\":\"12\",\"keyAlias\":\"a\"}",
	     "{\"keyMode\":\"inline\",\"uid\":\"12\",\"keyAlias\":\"a\"," KEYS "}"},
	};
	struct alias_request r;
	const char *what, *why;
	char text[512];
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		EXPECT(alias_request_read(span_of(rows[i][0]), &r, &what, &why) == ALIAS_ASKED);
		buf_clear(&out);
		alias_request_fill(&r, &keys, &out);
		snprintf(text, sizeof text, "%.*s", (int)out.len, out.ptr);
		EXPECT_STR(text, rows[i][1]);
		EXPECT(json_check(buf_span(&out), NULL) == JSON_OK);
	}
	buf_release(&out);
}

static void
passes_what_is_no_alias_request(void)
{
	static const char *const lines[] = {
	    "{}",
	    "{\"keyMode\":\"inline\",\"keyAlias\":\"a\"}",
	    "{\"keyMode\":null}",
	    "{\"keyMode\":[\"alias\"]}",
	    "{\"keyMode\":\"Alias\"}",
	    /* said twice, or with escapes: okx-fetch refuses it */
	    "{\"keyMode\":\"alias\",\"keyMode\":\"alias\",\"keyAlias\":\"a\"}",
	    "{\"keyMode\":\"al\\u0069as\",\"keyAlias\":\"a\"}",
	    "{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"keyAlias\":\"b\"}",
	    "{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"client\\u004deta\":{},\"clientMeta\":{}}",
	};
	struct alias_request r;
	const char *what, *why;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		EXPECT(alias_request_read(span_of(lines[i]), &r, &what, &why) == ALIAS_NOT_ASKED);
}

static void
refuses(void)
{
	static const char *const rows[][2] = {
	    {"{\"keyMode\":\"alias\"}", "keyAlias"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"\"}", "keyAlias"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":1}", "keyAlias"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"../a\"}", "keyAlias"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\\u0062\"}", "keyAlias"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"apiKey\":\"k\"}", "keyMode"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"passphrase\":null}", "keyMode"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":[]}", "clientMeta"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":{\"userId\":7}}",
	     "clientMeta"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":{\"userId\":\"\"}}",
	     "clientMeta"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":{\"userId\":\"a b\"}}",
	     "clientMeta"},
	    {"{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"uid\":7}", "uid"},
	};
	struct alias_request r;
	const char *what, *why;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		what = "";
		EXPECT(alias_request_read(span_of(rows[i][0]), &r, &what, &why) == ALIAS_REFUSED);
		EXPECT_STR(what, rows[i][1]);
	}
}

static void
users(void)
{
	struct alias_request r;
	const char *what, *why;

	alias_request_read(SPAN_LIT("{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":"
				    "{\"userId\":\"u-7\"}}"),
			   &r, &what, &why);
	EXPECT(span_is(r.user_id, "u-7") && span_is(r.alias, "a"));
	alias_request_read(SPAN_LIT("{\"keyMode\":\"alias\",\"keyAlias\":\"a\",\"clientMeta\":"
				    "{\"userId\":null}}"),
			   &r, &what, &why);
	EXPECT(span_is(r.user_id, "local"));
}

static void
names(void)
{
	char text[130];

	memset(text, 'a', sizeof text);
	EXPECT(!alias_is_name((struct span){text, 0}) && alias_is_name((struct span){text, 1}));
	EXPECT(alias_is_name((struct span){text, 64}) && !alias_is_name((struct span){text, 65}));
	EXPECT(alias_is_user((struct span){text, 128}) && !alias_is_user((struct span){text, 129}));
	EXPECT(alias_is_name(SPAN_LIT("okx-main-001")) && alias_is_name(SPAN_LIT("_.A-9")));
	EXPECT(!alias_is_name(SPAN_LIT(".a")) && !alias_is_name(SPAN_LIT("-a")));
	EXPECT(!alias_is_name(SPAN_LIT("a/b")) && !alias_is_name(SPAN_LIT("a b")) &&
	       !alias_is_name(SPAN_LIT("\303\244")));
}

static void
credentials_of(void)
{
	static const char *const bad[] = {
	    "",
	    "[]",
	    "{}",
	    "{\"apiKey\":\"a\",\"secretKey\":\"b\"}",
	    "{\"apiKey\":\"\",\"secretKey\":\"b\",\"passphrase\":\"c\"}",
	    "{\"apiKey\":1,\"secretKey\":\"b\",\"passphrase\":\"c\"}",
	    "{\"apiKey\":\"a\\n\",\"secretKey\":\"b\",\"passphrase\":\"c\"}",
	    "{\"apiKey\":\"\303\244\",\"secretKey\":\"b\",\"passphrase\":\"c\"}",
	    "{\"apiKey\":\"a\",\"secretKey\":\"b\",\"passphrase\":\"c\",\"uid\":\"x\"}",
	    "{\"apiKey\":\"a\",\"secretKey\":\"b\",\"passphrase\":\"c\",\"uid\":12}",
	    "{\"apiKey\":\"a\",\"secretKey\":\"b\",\"passphrase\":\"c\",\"more\":\"x\"}",
	    "{\"apiKey\":\"a\",\"apiKey\":\"a\",\"secretKey\":\"b\",\"passphrase\":\"c\"}",
	    "{\"apiKey\":\"a\",\"secretKey\":\"b\",\"passphrase\":\"c\"}{}",
	};
	struct credentials c;
	const char *why;
	char text[2048];
	struct buf room;

	buf_init(&room, CREDENTIALS_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&room);
		EXPECT(!credentials_parse(span_of(bad[i]), &room, &c, &why) && why);
	}
	buf_clear(&room);
	EXPECT(credentials_parse(SPAN_LIT("{\"uid\":null,\"passphrase\":\"c \\u0021\","
					  "\"secretKey\":\"b\",\"apiKey\":\"a\"}"),
				 &room, &c, &why));
	EXPECT(span_is(c.passphrase, "c !") && span_is(c.api_key, "a") && c.uid.len == 0);
	for (int n = 255; n <= 257; n++) {
		snprintf(text, sizeof text,
			 "{\"apiKey\":\"a\",\"secretKey\":\"%0*d\",\"passphrase\":\"c\"}", n, 0);
		buf_clear(&room);
		EXPECT(credentials_parse(span_of(text), &room, &c, &why) == (n <= 256));
	}
	buf_release(&room);
}

int
main(void)
{
	RUN(fills);
	RUN(passes_what_is_no_alias_request);
	RUN(refuses);
	RUN(users);
	RUN(names);
	RUN(credentials_of);
	return test_done();
}
