/* Catches an answer that is taken though it is another's, a mark that changes more than perf, and a
 * signature that is not what it is said to be. */
#include "ask.h"
#include "json.h"
#include "relayed.h"
#include "sign.h"
#include "test.h"
#include "utc.h"

#include <stdlib.h>

#define REQUEST                                                                        \
	"{\"exchange\":\"okx\",\"instId\":\"BTC-USDT-SWAP\",\"ordId\":\"42\","         \
	"\"keyMode\":\"inline\",\"apiKey\":\"api-key-1\",\"secretKey\":\"s3cr3t-s3\"," \
	"\"passphrase\":\"p\\\"ass-phrase\",\"clientMeta\":{ \"requestId\" : \"r\" , " \
	"\"password\":\"x\"}}"
#define AT "2026-11-21T08:00:00Z"
#define META                                                                     \
	"\"meta\":{\"exchange\":\"okx\",\"instId\":\"BTC-USDT-SWAP\",\"ordId\":" \
	"\"42\",\"verifiedAt\":\"" AT "\",\"live\":true,\"fresh\":false,"        \
	"\"requestId\":\"r\",\"version\":\"jp-verify@1.0.0\"}"
#define REST                                                                      \
	"\"normalized\":{\"order\":null,\"position\":{}},\"raw\":{},\"perf\":{ }" \
	",\"error\":null,\"evidence\":{}"
#define GOOD "{" META "," REST "}"

static char memory[1024];
static struct buf secrets = {.ptr = memory, .cap = sizeof memory, .max = sizeof memory};
static struct buf meta, room;

static struct ask
ask(const char *request)
{
	struct ask_fault fault;
	struct ask a;

	EXPECT(ask_read(span_of(request), &secrets, &meta, &a, &fault));
	return a;
}

static enum relayed_fault
judge(const char *answer, unsigned status, int64_t later_us)
{
	struct ask a = ask(REQUEST);
	struct chain_record r;
	int64_t at_us;

	EXPECT(utc_parse_us(span_of(AT), &at_us));
	return relayed_check(&a, span_of(answer), status, at_us + later_us, &r);
}

static void
test_ask(void)
{
	struct ask a = ask(REQUEST);
	struct ask_fault fault;

	EXPECT(span_is(a.client_meta, "{\"requestId\":\"r\"}"));
	EXPECT(span_is(a.request_id, "\"r\"") && span_is(a.ord_id, "\"42\""));
	EXPECT(span_is(a.secrets[0], "api-key-1") && span_is(a.secrets[2], "p\"ass-phrase"));
	EXPECT(!ask_read(span_of("[]"), &secrets, &meta, &a, &fault) && !a.text.ptr);
	EXPECT(!ask_read(span_of("{\"a\":1}x"), &secrets, &meta, &a, &fault) && fault.offset == 7);
	EXPECT(!ask_read(span_of("{\"ordId\":1,\"ord\\u0049d\":2}"), &secrets, &meta, &a, &fault));
	EXPECT(!ask_read(span_of("{\"evidence\":{}}"), &secrets, &meta, &a, &fault));
	EXPECT(ask_read(span_of("{}"), &secrets, &meta, &a, &fault) && a.secrets[1].len == 0);
}

static void
test_time(void)
{
	EXPECT(judge(GOOD, 200, 0) == RELAYED_FINE);
	EXPECT(judge(GOOD, 200, RELAYED_SKEW_US) == RELAYED_FINE);
	EXPECT(judge(GOOD, 200, -RELAYED_SKEW_US) == RELAYED_FINE);
	EXPECT(judge(GOOD, 200, RELAYED_SKEW_US + 1) == RELAYED_STALE);
	EXPECT(judge(GOOD, 200, -RELAYED_SKEW_US - 1) == RELAYED_STALE);
}

static void
test_judgement(void)
{
	EXPECT(judge(GOOD, 404, 0) == RELAYED_STATUS);
	EXPECT(judge("{" META "}", 200, 0) == RELAYED_NO_VERDICT);
	EXPECT(judge("{" REST "}", 200, 0) == RELAYED_NO_META);
	EXPECT(judge("{" META "," REST ",\"error\":null}", 200, 0) == RELAYED_NO_RECORD);
	EXPECT(judge("{" META "," REST ",\"err\\u006fr\":null}", 200, 0) == RELAYED_NO_RECORD);
	EXPECT(judge("{" META "," REST ",\"x\":\"p\\\"ass-phrase\"}", 200, 0) == RELAYED_LEAK);
	EXPECT(judge("{" META "," REST ",\"x\":\"s3cr3t-s3\"}", 200, 0) == RELAYED_LEAK);
	EXPECT(judge("{" META "," REST ",\"clientMeta\":{\"requestId\":\"r\"}}", 200, 0) ==
	       RELAYED_FINE);
	EXPECT(judge("{" META "," REST ",\"clientMeta\":{}}", 200, 0) == RELAYED_OTHER_CALLER);
	EXPECT(judge("[1]", 200, 0) == RELAYED_NO_RECORD);
	EXPECT(judge("{", 200, 0) == RELAYED_NOT_JSON);
}

/* A record is marked in perf, and nothing else moves. */
static void
test_mark(void)
{
	struct relayed_mark by_local = {"local", "no \"route\"", 7}, by_jp = {"jp", NULL, 8};
	struct ask a = ask(REQUEST);
	struct chain_fault fault;
	struct chain_record r;
	struct buf out;

	buf_init(&out, 4096);
	EXPECT(chain_parse(span_of(GOOD), &r, &fault));
	relayed_mark(&a, &r, &by_local, &out);
	EXPECT(span_is(buf_span(&out),
		       "{" META ",\"normalized\":{\"order\":null,\"position\":{}},\"raw\":{},"
		       "\"perf\":{\"target\":\"local\",\"fallback\":true,\"fallbackReason\":\"no "
		       "\\\"route\\\"\",\"relayMs\":7},\"error\":null,\"evidence\":{},"
		       "\"clientMeta\":{\"requestId\":\"r\"}}"));
	buf_clear(&out);
	EXPECT(chain_parse(span_of("{\"perf\":{\"a\":1 } }"), &r, &fault));
	a.client_meta = (struct span){0};
	relayed_mark(&a, &r, &by_jp, &out);
	EXPECT(span_is(buf_span(&out), "{\"perf\":{\"a\":1,\"target\":\"jp\",\"fallback\":false,"
				       "\"fallbackReason\":null,\"relayMs\":8}}"));
	buf_release(&out);
}

static void
test_flatten(void)
{
	struct span line;

	EXPECT(relayed_flatten(span_of("{\n\"a\" : \"b c\" }\n"), &room, &line) == RELAYED_FINE);
	EXPECT(span_is(line, "{\"a\":\"b c\"}"));
	EXPECT(relayed_flatten(span_of(" {\"a\" : 1.10}\n"), &room, &line) == RELAYED_FINE);
	EXPECT(span_is(line, "{\"a\" : 1.10}"));
	EXPECT(relayed_flatten(span_of("{}\n{}"), &room, &line) == RELAYED_NOT_JSON);
	EXPECT(relayed_flatten(span_of(""), &room, &line) == RELAYED_NOT_JSON);
}

/* RFC 4231, test case 2; the second by Python's hmac. */
static void
test_sign(void)
{
	static const unsigned char nonce[SIGN_NONCE_BYTES] = {0, 1, 2,	3,  4,	5,  6,	7,
							      8, 9, 10, 11, 12, 13, 14, 15};
	struct sign_headers h;

	sign_v1(SPAN_LIT("Jefe"), SPAN_LIT("what do ya want for nothing?"), &h);
	EXPECT(h.n == 1);
	EXPECT(strcmp(h.line[0], "X-Signature: 5bdcc146bf60754e6a042426089575c75a003f089d273983"
				 "9dec58b964ec3843") == 0);
	sign_v2(SPAN_LIT("0123456789abcdef0123456789abcdef"), 1700000000, nonce, "POST",
		"/api/verify", SPAN_LIT("{}"), &h);
	EXPECT(h.n == 3);
	EXPECT(strcmp(h.line[0], "X-Timestamp: 1700000000") == 0);
	EXPECT(strcmp(h.line[1], "X-Nonce: 000102030405060708090a0b0c0d0e0f") == 0);
	EXPECT(strcmp(h.line[2],
		      "X-Signature-V2: "
		      "v2=d24c704791676e05ceb94945eda46ebfbcbb62fadcb5149ae66b884764c5f881") == 0);
}

int
main(void)
{
	buf_init(&meta, 4096);
	buf_init(&room, 4096);
	test_ask();
	test_time();
	test_judgement();
	test_mark();
	test_flatten();
	test_sign();
	buf_release(&meta);
	buf_release(&room);
	return test_done();
}
