/* Catches a wrong status for an answer, a signature that is taken for another's, a nonce that
 * counts twice, and counters that lose something. */
#include "answer.h"
#include "counters.h"
#include "json.h"
#include "nonces.h"
#include "signature.h"
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned
status_of(const char *json)
{
	EXPECT(json_check(span_of(json), NULL) == JSON_OK);
	return answer_code_status(answer_code_of(span_of(json)));
}

static void
statuses(void)
{
	static const struct {
		const char *code;
		unsigned status;
	} codes[] = {{"BAD_REQUEST", 400},
		     {"AUTH_ERROR", 401},
		     {"NOT_FOUND", 404},
		     {"CONFLICT", 409},
		     {"RATE_LIMIT", 429},
		     {"INTERNAL", 500},
		     {"REMOTE_4XX", 502},
		     {"REMOTE_5XX", 502},
		     {"NETWORK", 502},
		     {"UNAVAILABLE", 503},
		     {"TIMEOUT", 504},
		     {"other", 500},
		     {"", 500},
		     {"bad_request", 500}};
	char json[100];

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		snprintf(json, sizeof json, "{\"a\":1,\"error\":{\"code\":\"%s\"}}", codes[i].code);
		EXPECT(status_of(json) == codes[i].status);
	}
	EXPECT(status_of("{\"error\":null}") == 200);
	EXPECT(status_of("{}") == 200 && status_of("[1]") == 200 && status_of("3") == 200);
	EXPECT(status_of("{\"a\":{\"error\":{\"code\":\"TIMEOUT\"}}}") == 200);
	EXPECT(status_of("{\"error\":\"x\"}") == 500 && status_of("{\"error\":{}}") == 500);
	EXPECT(status_of("{\"error\":{\"code\":404}}") == 500);
}

static void
ends(void)
{
	EXPECT(answer_of_end(END_STATUS, 0) == ANSWER_INTERNAL);
	EXPECT(answer_of_end(END_STATUS, 1) == ANSWER_NOT_FOUND);
	EXPECT(answer_of_end(END_STATUS, 100) == ANSWER_BAD_REQUEST);
	EXPECT(answer_of_end(END_STATUS, 101) == ANSWER_INTERNAL);
	EXPECT(answer_of_end(END_STATUS, 102) == ANSWER_INTERNAL);
	EXPECT(answer_of_end(END_STATUS, 111) == ANSWER_UNAVAILABLE);
	EXPECT(answer_of_end(END_SIGNAL, 1) == ANSWER_INTERNAL);
	EXPECT(answer_of_end(END_LATE, 0) == ANSWER_TIMEOUT);
	EXPECT(answer_of_end(END_FLOOD, 0) == ANSWER_INTERNAL);
}

static const char *
taken(const char *printed, bool array)
{
	static char out[200];
	struct buf b;
	bool ok;

	buf_init(&b, sizeof out - 1);
	ok = answer_take(span_of(printed), array, &b);
	snprintf(out, sizeof out, "%.*s", ok ? (int)b.len : 2, ok ? b.ptr : "no");
	buf_release(&b);
	return out;
}

static void
taking(void)
{
	EXPECT_STR(taken("{\"a\":1}\n", false), "{\"a\":1}\n");
	EXPECT_STR(taken("{\"a\":1}", false), "{\"a\":1}\n");
	EXPECT_STR(taken("1\n2\n", false), "no");
	EXPECT_STR(taken("", false), "no");
	EXPECT_STR(taken("\n", false), "no");
	EXPECT_STR(taken("{\n}\n", false), "no");
	EXPECT_STR(taken("x\n", false), "no");
	EXPECT_STR(taken("", true), "{\"items\":[]}\n");
	EXPECT_STR(taken("1\n{}\n", true), "{\"items\":[1,{}]}\n");
	EXPECT_STR(taken("1\n\n2\n", true), "no");
}

static void
heads(void)
{
	struct reply r = {.status = 405,
			  .type = SPAN_LIT("a/b"),
			  .body = SPAN_LIT("four"),
			  .allow = "GET",
			  .close = true,
			  .request_id = SPAN_LIT("i"),
			  .now_s = 784111777}; /* RFC 9110 section 5.6.7 */
	struct buf b;

	buf_init(&b, REPLY_HEAD_BYTES);
	reply_print_head(&r, &b);
	buf_byte(&b, 0);
	EXPECT_STR(b.ptr,
		   "HTTP/1.1 405 Method Not Allowed\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		   "Content-Type: a/b\r\nContent-Length: 4\r\nCache-Control: no-store\r\n"
		   "X-Content-Type-Options: nosniff\r\nAllow: GET\r\nX-Request-Id: i\r\n"
		   "Connection: close\r\n\r\n");
	buf_clear(&b);
	r.now_s = 951827696; /* February 29 */
	reply_print_head(&r, &b);
	EXPECT(memmem(b.ptr, b.len, "Tue, 29 Feb 2000 12:34:56 GMT", 29) != NULL);
	buf_release(&b);
	for (enum http_verdict v = HTTP_E_LINE; v <= HTTP_E_EXPECT; v++)
		EXPECT(*reply_phrase(http_verdict_status(v)) != 0);
	for (enum answer_code c = ANSWER_FINE; c < ANSWER_CODES; c++)
		EXPECT(*reply_phrase(answer_code_status(c)) != 0);
}

/* ---- signatures ----------------------------------------------------------------------------- */

#define NOW 1700000000

static struct signature_keys keys;
static char head[2000];

/* Read POST /v?q with the headers and judge it, with the body {"a":1}. */
static enum signature_verdict
judge(const char *headers, bool version_2_only, int64_t now_s, size_t *key)
{
	struct span body = SPAN_LIT("{\"a\":1}");
	struct http_request r;
	enum signature_verdict v;
	int n = snprintf(head, sizeof head,
			 "POST /v?q HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n%s\r\n", headers);

	http_request_init(&r);
	EXPECT(http_request_read(&r, (struct span){head, (size_t)n}) == HTTP_COMPLETE);
	v = signature_shape(&r, version_2_only);
	return v == SIGNATURE_GOOD ? signature_check(&keys, &r, body, now_s, key) : v;
}

/* What a caller would send: computed here with the MAC that mac_test holds against RFC 4231. */
static void
print_v2(size_t k, const char *method, const char *target, char out[200])
{
	unsigned char derived[MAC_BYTES], mac[MAC_BYTES];
	struct span label = SPAN_LIT("toolchain hmac v2"), derived_key, text;
	char message[300];

	mac_sha256(keys.secret[k], &label, 1, derived);
	derived_key = (struct span){(const char *)derived, MAC_BYTES};
	text = (struct span){message,
			     (size_t)snprintf(message, sizeof message,
					      "v2\n1700000000\nnonce-0123456789\n%s\n%s\n{\"a\":1}",
					      method, target)};
	mac_sha256(derived_key, &text, 1, mac);
	for (int i = 0; i < MAC_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
}

static void
print_v1(size_t k, const char *body, char out[200])
{
	struct span text = span_of(body);
	unsigned char mac[MAC_BYTES];

	mac_sha256(keys.secret[k], &text, 1, mac);
	for (int i = 0; i < MAC_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02X", mac[i]);
}

#define FRESH "X-Timestamp: 1700000000\r\nX-Nonce: nonce-0123456789\r\n"

static void
signatures(void)
{
	char mac[200], other[200], text[1000];
	size_t key = 9;

	keys = (struct signature_keys){.n = 2};
	keys.secret[0] = SPAN_LIT("the old secret, thirty-two bytes");
	keys.secret[1] = SPAN_LIT("the new secret, thirty-two bytes");
	signature_derive(&keys);
	for (size_t k = 0; k < 2; k++) {
		print_v1(k, "{\"a\":1}", mac);
		snprintf(text, sizeof text, "X-Signature: %s\r\n", mac);
		EXPECT(judge(text, false, NOW, &key) == SIGNATURE_GOOD && key == k);
		EXPECT(judge(text, true, NOW, &key) == SIGNATURE_E_OLD);
		snprintf(text, sizeof text, "X-Signature: sha256=%s\r\n", mac);
		EXPECT(judge(text, false, NOW, &key) == SIGNATURE_GOOD && key == k);
		snprintf(text, sizeof text, "X-Signature: sha1=%s\r\n", mac);
		EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_SHAPE);
		mac[63] = mac[63] == '0' ? '1' : '0';
		snprintf(text, sizeof text, "X-Signature: %s\r\n", mac);
		EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_MAC);
		mac[63] = 0;
		snprintf(text, sizeof text, "X-Signature: %s\r\n", mac);
		EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_SHAPE);
		print_v2(k, "POST", "/v?q", mac);
		snprintf(text, sizeof text, FRESH "X-Signature-V2: v2=%s\r\n", mac);
		EXPECT(judge(text, true, NOW, &key) == SIGNATURE_GOOD && key == k);
		EXPECT(judge(text, true, NOW + 300, &key) == SIGNATURE_GOOD);
		EXPECT(judge(text, true, NOW + 301, &key) == SIGNATURE_E_TIME);
		EXPECT(judge(text, true, NOW - 300, &key) == SIGNATURE_GOOD);
		EXPECT(judge(text, true, NOW - 301, &key) == SIGNATURE_E_TIME);
	}
	print_v2(0, "POST", "/v", other);
	snprintf(text, sizeof text, FRESH "X-Signature-V2: v2=%s\r\n", other);
	EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_MAC);
	snprintf(text, sizeof text, FRESH "X-Signature-V2: v2=%s,v2=%s\r\n", other, mac);
	EXPECT(judge(text, false, NOW, &key) == SIGNATURE_GOOD && key == 1);
	snprintf(text, sizeof text, FRESH "X-Signature-V2: v2=%s,v2=%s,v2=%s\r\n", other, other,
		 mac);
	EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_SHAPE);
	snprintf(text, sizeof text, "X-Timestamp: 1700000000\r\nX-Signature-V2: v2=%s\r\n", mac);
	EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_SHAPE);
	/* a MAC of version 1 is none of version 2, and a bad one of version 2 counts */
	print_v1(0, "{\"a\":1}", other);
	snprintf(text, sizeof text, FRESH "X-Signature: %s\r\nX-Signature-V2: v2=%s\r\n", other,
		 other);
	EXPECT(judge(text, false, NOW, &key) == SIGNATURE_E_MAC);
	EXPECT(judge("", false, NOW, &key) == SIGNATURE_ABSENT);
	EXPECT(judge("X-Signature:\r\n", false, NOW, &key) == SIGNATURE_E_SHAPE);
	EXPECT(judge("X-Signature-V2:\r\n", false, NOW, &key) == SIGNATURE_E_SHAPE);
}

static void
nonces(void)
{
	int fd = memfd_create("nonces", 0);
	struct nonces one, two;
	char name[40];
	unsigned full = 0;
	bool made;

	EXPECT(nonces_open(&one, fd, &made) && made);
	EXPECT(nonces_open(&two, dup(fd), &made) && !made);
	EXPECT(nonces_use(&one, SPAN_LIT("a"), NOW, NOW + 600) == NONCE_NEW);
	EXPECT(nonces_use(&two, SPAN_LIT("a"), NOW, NOW + 600) == NONCE_USED);
	EXPECT(nonces_use(&two, SPAN_LIT("a"), NOW + 600, NOW + 900) == NONCE_USED);
	EXPECT(nonces_use(&two, SPAN_LIT("a"), NOW + 601, NOW + 900) == NONCE_NEW);
	/* as many as there are places: some buckets are full before, and nothing is forgotten */
	for (int i = 0; i < 131072; i++) {
		snprintf(name, sizeof name, "nonce-%d", i);
		full += nonces_use(&one, span_of(name), NOW, NOW + 600) == NONCE_FULL;
	}
	EXPECT(full > 0 && full < 131072 / 5);
	EXPECT(nonces_use(&two, SPAN_LIT("nonce-7"), NOW, NOW + 600) == NONCE_USED);
	EXPECT(nonces_use(&two, SPAN_LIT("nonce-131071"), NOW + 601, NOW + 900) == NONCE_NEW);
	EXPECT(ftruncate(fd, 100) == 0 && !nonces_open(&one, fd, &made));
}

/* A file that finds no room is left empty, for the next who tries. */
static void
no_room(void)
{
	char name[] = "/tmp/nonces-XXXXXX";
	struct rlimit limit, small;
	int fd = mkstemp(name);
	struct nonces n;
	struct stat st;
	bool made;

	EXPECT(fd >= 0 && unlink(name) == 0 && getrlimit(RLIMIT_FSIZE, &limit) == 0);
	signal(SIGXFSZ, SIG_IGN);
	small = (struct rlimit){100000, limit.rlim_max};
	EXPECT(setrlimit(RLIMIT_FSIZE, &small) == 0);
	EXPECT(!nonces_open(&n, fd, &made));
	EXPECT(fstat(fd, &st) == 0 && st.st_size == 0);
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	EXPECT(nonces_open(&n, fd, &made) && made);
	EXPECT(fstat(fd, &st) == 0 && st.st_size == 3145728 && st.st_blocks >= 6144);
	EXPECT(nonces_use(&n, SPAN_LIT("a"), NOW, NOW + 600) == NONCE_NEW);
}

static bool
has(struct span text, const char *line)
{
	return span_find(text, span_of(line)) < text.len;
}

static void
counting(void)
{
	static char file[] = "GET /a healthz\nPOST /b run -- x\n";
	static struct routes routes;
	struct routes_fault fault;
	struct counters c = {.routes = &routes, .keys = 1, .key_ids = {"k-1"}};
	struct buf b;

	EXPECT(routes_parse(file, strlen(file), &routes, &fault) && counters_open(&c, -1));
	for (int i = 0; i < 100; i++)
		counters_request(&c, 0, 200, i < 94 ? 400 : 2000);
	counters_request(&c, 1, 502, 70000000);
	counters_request(&c, 2, 404, 0);
	counters_answer(&c, ANSWER_REMOTE_4XX);
	counters_answer(&c, ANSWER_RATE_LIMIT);
	counters_answer(&c, ANSWER_REMOTE_5XX);
	counters_answer(&c, ANSWER_NOT_FOUND);
	counters_signed(&c, 0);
	buf_init(&b, COUNTERS_TEXT_BYTES);
	counters_print(&c, &b);
	EXPECT(has(buf_span(&b),
		   "\ntradepipe_http_requests_total{route=\"GET /a\",code=\"200\"} 100\n"));
	EXPECT(has(buf_span(&b), "{route=\"POST /b\",code=\"502\"} 1\n"));
	EXPECT(has(buf_span(&b), "{route=\"other\",code=\"404\"} 1\n"));
	EXPECT(has(buf_span(&b), "tradepipe_http_errors_total{class=\"4xx\"} 1\n"));
	EXPECT(has(buf_span(&b), "tradepipe_http_errors_total{class=\"5xx\"} 1\n"));
	EXPECT(has(buf_span(&b), "upstream_errors_total{class=\"4xx\"} 2\n"));
	EXPECT(has(buf_span(&b), "upstream_errors_total{class=\"5xx\"} 1\n"));
	EXPECT(has(buf_span(&b), "answer_errors_total{error=\"NOT_FOUND\"} 1\n"));
	EXPECT(has(buf_span(&b), "signed_total{key=\"k-1\"} 1\n"));
	EXPECT(has(buf_span(&b), "bucket{route=\"GET /a\",le=\"0.000500\"} 94\n"));
	EXPECT(has(buf_span(&b), "bucket{route=\"GET /a\",le=\"0.002500\"} 100\n"));
	EXPECT(has(buf_span(&b), "bucket{route=\"POST /b\",le=\"60.000000\"} 0\n"));
	EXPECT(has(buf_span(&b), "bucket{route=\"POST /b\",le=\"+Inf\"} 1\n"));
	EXPECT(has(buf_span(&b), "seconds_sum{route=\"GET /a\"} 0.049600\n"));
	/* the 95th of 100 is the first of 6 between 1 and 2.5 ms */
	EXPECT(has(buf_span(&b), "seconds_p95{route=\"GET /a\"} 0.001250\n"));
	buf_release(&b);
	EXPECT(counters_sum(&routes, c.key_ids, 1) != counters_sum(&routes, c.key_ids, 0));
}

int
main(void)
{
	RUN(statuses);
	RUN(ends);
	RUN(taking);
	RUN(heads);
	RUN(signatures);
	RUN(nonces);
	RUN(no_room);
	RUN(counting);
	return test_done();
}
