/* Catches a verify request that is taken though it is wrong, a header that a key could break out
 * of, and an instrument read as another type. */
#include "bundle.h"
#include "chain.h"
#include "json.h"
#include "okx_endpoint.h"
#include "request.h"
#include "test.h"

static char memory[1024];
static const struct credentials no_keys = {{"", 0}, {"", 0}, {"", 0}};

#define GOOD                                                                                 \
	"\"exchange\":\"okx\",\"instId\":\"BTC-USDT-SWAP\",\"ordId\":\"12345\",\"keyMode\":" \
	"\"inline\""
#define KEYS ",\"apiKey\":\"k\",\"secretKey\":\"s\",\"passphrase\":\"p\""

static bool
parse(const char *line, struct request *r, struct request_fault *f)
{
	struct buf secrets = {.ptr = memory, .cap = sizeof memory, .max = sizeof memory};

	*r = (struct request){0};
	return request_parse(span_of(line), &no_keys, &secrets, r, f);
}

static void
test_good(void)
{
	struct request r;
	struct request_fault f;

	EXPECT(parse("{" GOOD KEYS "}", &r, &f));
	EXPECT(r.live && !r.fresh && !r.no_cache && !r.simulated && r.uid.len == 0 &&
	       !r.request_id.ptr);
	EXPECT(parse("{" GOOD ",\"apiKey\":\"a\\u0062c\",\"secretKey\":\"s\\\"x\",\"passphrase\":"
		     "\"p p\",\"live\":false,\"fresh\":true,\"noCache\":true,"
		     "\"simulated\":true,\"uid\":\"77\",\"clientMeta\":{\"requestId\":\"r-1\"},"
		     "\"other\":[1]}",
		     &r, &f));
	EXPECT(!r.live && r.fresh && r.no_cache && r.simulated && span_is(r.uid, "77") &&
	       span_is(r.request_id, "\"r-1\""));
	EXPECT(span_is(r.keys.api_key, "abc") && span_is(r.keys.secret_key, "s\"x") &&
	       span_is(r.keys.passphrase, "p p"));
	EXPECT(parse("{" GOOD KEYS ",\"uid\":\"\",\"live\":null}", &r, &f) && r.live);
}

static void
test_bad(void)
{
	static const struct {
		const char *line, *what;
	} cases[] = {
	    {"", "JSON_EMPTY"},
	    {"{", "JSON_TRUNCATED"},
	    {"[]", "request"},
	    {"{\"instId\":\"BTC-USDT\",\"ordId\":\"1\",\"keyMode\":\"inline\"" KEYS "}",
	     "exchange"},
	    {"{\"exchange\":\"binance\",\"instId\":\"BTC-USDT\",\"ordId\":\"1\",\"keyMode\":"
	     "\"inline\"" KEYS "}",
	     "exchange"},
	    {"{\"exchange\":\"okx\",\"ordId\":\"1\",\"keyMode\":\"inline\"" KEYS "}", "instId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC&x=1\",\"ordId\":\"1\",\"keyMode\":"
	     "\"inline\"" KEYS "}",
	     "instId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"keyMode\":\"inline\"" KEYS "}",
	     "ordId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"ordId\":12345,\"keyMode\":"
	     "\"inline\"" KEYS "}",
	     "ordId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"ordId\":\"12 "
	     "345\",\"keyMode\":\"inline\"" KEYS "}",
	     "ordId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"ordId\":\"18446744073709551615\","
	     "\"keyMode\":\"inline\"" KEYS "}",
	     "ordId"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"ordId\":\"1\"" KEYS "}", "keyMode"},
	    {"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT\",\"ordId\":\"1\",\"keyMode\":\"alias\","
	     "\"keyAlias\":\"x\"}",
	     "keyMode"},
	    {"{" GOOD "}", "apiKey"},
	    {"{" GOOD ",\"apiKey\":\"k\",\"passphrase\":\"p\"}", "secretKey"},
	    {"{" GOOD ",\"apiKey\":\"k\",\"secretKey\":\"s\"}", "passphrase"},
	    {"{" GOOD ",\"apiKey\":\"k\\r\\nX: y\",\"secretKey\":\"s\",\"passphrase\":\"p\"}",
	     "apiKey"},
	    {"{" GOOD ",\"apiKey\":\"k\",\"secretKey\":\"s\",\"passphrase\":\"\\u00e9\"}",
	     "passphrase"},
	    {"{" GOOD ",\"apiKey\":\"\",\"secretKey\":\"s\",\"passphrase\":\"p\"}", "apiKey"},
	    {"{" GOOD KEYS ",\"live\":\"true\"}", "live"},
	    {"{" GOOD KEYS ",\"noCache\":1}", "noCache"},
	    {"{" GOOD KEYS ",\"uid\":\"7x\"}", "uid"},
	    {"{" GOOD KEYS ",\"uid\":7}", "uid"},
	    {"{" GOOD KEYS ",\"instId\":\"ETH-USDT\"}", "instId"},
	    {"{" GOOD KEYS ",\"raw\":{}}", "raw"},
	    {"{" GOOD KEYS ",\"m\\u0065ta\":{}}", "meta"},
	    {"{" GOOD KEYS ",\"evidence\":null}", "evidence"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct request r;
		struct request_fault f = {"", "", 0};

		EXPECT(!parse(cases[i].line, &r, &f));
		EXPECT_STR(f.what, cases[i].what);
	}
}

static void
test_standing_keys(void)
{
	static const struct credentials standing = {{"K", 1}, {"S", 1}, {"P", 1}};
	struct buf secrets = {.ptr = memory, .cap = sizeof memory, .max = sizeof memory};
	struct request r = {0};
	struct request_fault f;

	EXPECT(request_parse(SPAN_LIT("{" GOOD "}"), &standing, &secrets, &r, &f) &&
	       span_is(r.keys.secret_key, "S"));
	EXPECT(request_parse(SPAN_LIT("{" GOOD KEYS "}"), &standing, &secrets, &r, &f) &&
	       span_is(r.keys.secret_key, "s"));
	/* a request with some keys must bring all */
	EXPECT(
	    !request_parse(SPAN_LIT("{" GOOD ",\"apiKey\":\"k\"}"), &standing, &secrets, &r, &f));
}

static void
test_inst_types(void)
{
	static const char *const cases[][2] = {{"BTC-USDT", "SPOT"},
					       {"BTC-USDT-SWAP", "SWAP"},
					       {"BTC-USD_UM-SWAP", "SWAP"},
					       {"BTC-USD-251226", "FUTURES"},
					       {"BTC-USD-251226-100000-C", "OPTION"},
					       {"BTC-USD-251226-100000-P", "OPTION"},
					       {"BTC", NULL},
					       {"BTC-USD-251226-100000-X", NULL},
					       {"BTC--USDT", NULL},
					       {"A-B-C-D", NULL},
					       {"BTC-USDT-25122", NULL}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool pair;
		const char *type = okx_inst_type(span_of(cases[i][0]), &pair);

		EXPECT((type == NULL) == (cases[i][1] == NULL));
		if (type && cases[i][1])
			EXPECT_STR(type, cases[i][1]);
		EXPECT(pair == (i == 0));
	}
}

static void
test_query(void)
{
	struct span v, q = SPAN_LIT("instType=SWAP&type=5&begin=10&x=");

	EXPECT(okx_query_get(q, "type", &v) && span_is(v, "5"));
	EXPECT(okx_query_get(q, "instType", &v) && span_is(v, "SWAP"));
	EXPECT(okx_query_get(q, "x", &v) && v.len == 0);
	EXPECT(!okx_query_get(q, "egin", &v) && !okx_query_get(q, "beg", &v) &&
	       !okx_query_get(SPAN_LIT(""), "x", &v));
}

/* A raw entry as a body makes it: OKX's members as received, ours behind them. */
static void
expect_entry(const char *body, size_t len, const char *begins)
{
	struct bundle_reply r = {.key = "k",
				 .request = "GET /x",
				 .body = {body, len},
				 .status = 200,
				 .fetched_ms = 1700000000000};
	struct buf out, scratch;

	buf_init(&out, 1 << 16);
	buf_init(&scratch, 1 << 16);
	buf_byte(&out, '{');
	bundle_append(&r, &out, &scratch);
	buf_byte(&out, '}');
	EXPECT(json_check(buf_span(&out), NULL) == JSON_OK);
	if (!span_starts(buf_span(&out), span_of(begins)))
		printf("got %.*s\n", (int)out.len, out.ptr);
	EXPECT(span_starts(buf_span(&out), span_of(begins)));
	EXPECT(span_find(buf_span(&out),
			 SPAN_LIT("\"httpStatus\":200,\"request\":\"GET /x\",\"bodySha256\":\"")) <
	       out.len);
	buf_release(&out);
	buf_release(&scratch);
}

static void
test_bundle(void)
{
	static char deep[200];

	expect_entry("{\"code\":\"0\", \"data\" : [1.10]}", 29,
		     "{\"k\":{\"code\":\"0\", \"data\" : [1.10],\"httpStatus\"");
	expect_entry("{}", 2, "{\"k\":{\"httpStatus\"");
	expect_entry(" {\n\"a\": 1\r\n}\n", 13, "{\"k\":{\"a\":1,\"httpStatus\"");
	expect_entry("<html>", 6, "{\"k\":{\"body\":\"<html>\",\"bodyEncoding\":\"utf8\"");
	expect_entry("", 0, "{\"k\":{\"body\":\"\",\"bodyEncoding\":\"utf8\"");
	expect_entry("\xff\xfe", 2, "{\"k\":{\"body\":\"//4=\",\"bodyEncoding\":\"base64\"");
	expect_entry("[1]", 3, "{\"k\":{\"body\":\"[1]\"");
	expect_entry("{\"a\":1,\"a\":2}", 13, "{\"k\":{\"body\":\"{\\\"a\\\":1");
	expect_entry("{\"id\":2940071038556348417}", 26, "{\"k\":{\"body\":\"");
	expect_entry("{\"httpStatus\":1}", 16, "{\"k\":{\"body\":\"");
	expect_entry("{\"\\u0062ody\":1}", 15, "{\"k\":{\"body\":\"");
	memcpy(deep, "{\"a\":", 5);
	memset(deep + 5, '[', 63);
	memset(deep + 68, ']', 63);
	deep[131] = '}';
	expect_entry(deep, 132, "{\"k\":{\"body\":\"{");
}

int
main(void)
{
	RUN(test_good);
	RUN(test_bad);
	RUN(test_standing_keys);
	RUN(test_inst_types);
	RUN(test_query);
	RUN(test_bundle);
	return test_done();
}
