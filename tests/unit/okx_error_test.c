/* Catches an answer of OKX put into the wrong class: a caller would retry what cannot work, or
 * blame himself for OKX's trouble. */
#include "okx_error.h"
#include "test.h"

static struct okx_judgement
judge(enum okx_endpoint endpoint, unsigned status, const char *body)
{
	struct okx_reply r = {.endpoint = endpoint, .http_status = status, .code = {"", 0}};
	struct okx_judgement j;

	okx_reply_read_body(span_of(body), &r);
	okx_judge(OKX_ANSWERED, NULL, &r, span_of(body), &j);
	return j;
}

/* The 82 codes that OKX documents for private reads, by class. */
static const struct {
	enum okx_class class;
	const char *codes;
} classes[] = {
    {OKX_AUTH_ERROR,
     "50007 50008 50009 50012 50027 50029 50030 50035 50041 50051 50052 50059 50060 50067 50100 "
     "50101 50102 50103 50104 50105 "
     "50106 50107 50108 50109 50110 50111 50112 50113 50114 50118 50119 50120 50121 51024"},
    {OKX_NOT_FOUND, "50047 51001 51014 51023 51027 51043 51063 51603"},
    {OKX_RATE_LIMIT, "50011 50040 50061"},
    {OKX_REMOTE_4XX, "50000 50002 50005 50006 50010 50014 50015 50016 50017 50018 50019 50020 "
		     "50021 50022 50023 50024 50025 50028 50033 50038 "
		     "50039 50042 50053 50076 50077 50115 50116 51000 51002 51010 51015"},
    {OKX_REMOTE_5XX, "50001 50013 50026 50046 50062"},
    {OKX_TIMEOUT, "50004"},
};

/* The code decides, whatever the HTTP status beside it. */
static void
test_every_code(void)
{
	static const unsigned statuses[] = {200, 400, 401, 403, 429, 500, 503};
	size_t n, tested = 0;

	for (size_t c = 0; c < sizeof classes / sizeof classes[0]; c++) {
		for (const char *p = classes[c].codes; *p; p += p[5] ? 6 : 5) {
			for (size_t s = 0; s < sizeof statuses / sizeof statuses[0]; s++) {
				char body[80];
				struct okx_judgement j;

				snprintf(body, sizeof body, "{\"msg\":\"x\",\"code\":\"%.5s\"}", p);
				j = judge(OKX_BILLS, statuses[s], body);
				if (j.class != classes[c].class)
					printf("%.5s: %s\n", p, okx_class_name(j.class));
				EXPECT(j.class == classes[c].class);
				EXPECT(j.hint && strlen(j.hint) > 10);
				EXPECT(span_equal(j.code, (struct span){p, 5}));
			}
			tested++;
		}
	}
	okx_code_table(&n);
	EXPECT(tested == n && n == 82);
}

static void
test_retries(void)
{
	static const char *const again[] = {"50001", "50004", "50011", "50013",
					    "50026", "50040", "50061"};
	size_t n, retried = 0;
	const struct okx_code *table = okx_code_table(&n);

	for (size_t i = 0; i < sizeof again / sizeof again[0]; i++)
		EXPECT(okx_code_find(span_of(again[i]))->retry == OKX_RETRY_YES);
	for (size_t i = 0; i < n; i++) {
		retried += table[i].retry == OKX_RETRY_YES;
		EXPECT(i == 0 || table[i - 1].code < table[i].code);
	}
	EXPECT(retried == sizeof again / sizeof again[0]);
	EXPECT(okx_code_find(SPAN_LIT("50102"))->retry == OKX_RETRY_ONCE);
	EXPECT(!okx_code_find(SPAN_LIT("5010")) && !okx_code_find(SPAN_LIT("501022")) &&
	       !okx_code_find(SPAN_LIT("59999")) && !okx_code_find(SPAN_LIT("5a102")));
}

/* Bodies as others have captured them. */
static void
test_recorded_bodies(void)
{
	EXPECT(
	    judge(OKX_CONFIG, 401, "{\"code\":\"50111\",\"msg\":\"Invalid OK-ACCESS-KEY\"}").class
	    == OKX_AUTH_ERROR);
	EXPECT(judge(OKX_CONFIG, 401, "{\"msg\":\"Timestamp request expired\",\"code\":\"50102\"}")
		   .class
	       == OKX_AUTH_ERROR);
	EXPECT(
	    judge(OKX_CONFIG, 401, "{\"msg\":\"API key doesn't exist\",\"code\":\"50119\"}").class
	    == OKX_AUTH_ERROR);
	EXPECT(judge(OKX_CONFIG, 429, "{\"msg\":\"Too Many Requests\",\"code\":\"50011\"}").class ==
	       OKX_RATE_LIMIT);
	EXPECT(judge(OKX_CONFIG, 404,
		     "{\"code\":404,\"data\":{},\"detailMsg\":\"\",\"error_code\":\"404\",\"error_"
		     "message\":\"Not Found\",\"msg\":\"Not Found\"}")
		   .class
	       == OKX_NOT_FOUND);
	EXPECT(judge(OKX_ORDER, 200,
		     "{\"code\":\"51001\",\"data\":[],\"msg\":\"Instrument ID doesn't exist.\"}")
		   .class
	       == OKX_NOT_FOUND);
}

static void
test_empty_and_fine(void)
{
	EXPECT(judge(OKX_ORDER, 200, "{\"code\":\"0\",\"data\":[],\"msg\":\"\"}").class ==
	       OKX_NOT_FOUND);
	EXPECT(judge(OKX_FILLS, 200, "{\"code\":\"0\",\"data\":[],\"msg\":\"\"}").class ==
	       OKX_FINE);
	EXPECT(judge(OKX_ORDER, 200, "{\"code\":\"0\",\"data\":[{}],\"msg\":\"\"}").class ==
	       OKX_FINE);
	EXPECT(judge(OKX_FILLS, 200, " {\"data\":[{}] , \"code\" : 0}\n").class == OKX_FINE);
	/* good words with a bad status, or without data, are not good */
	EXPECT(judge(OKX_FILLS, 500, "{\"code\":\"0\",\"data\":[],\"msg\":\"\"}").class ==
	       OKX_REMOTE_5XX);
	EXPECT(judge(OKX_FILLS, 200, "{\"code\":\"0\",\"msg\":\"\"}").class == OKX_REMOTE_5XX);
	EXPECT(judge(OKX_FILLS, 200, "{\"code\":\"0\",\"data\":{}}").class == OKX_REMOTE_5XX);
}

/* A gateway, a firewall or a maintenance page speaks. */
static void
test_foreign_bodies(void)
{
	static const struct {
		unsigned status;
		const char *body;
		enum okx_class class;
		enum okx_retry retry;
	} cases[] = {
	    {200, "<html>maintenance</html>", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {502, "<html>Bad Gateway</html>", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {503, "", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {403, "<html>Access denied</html>", OKX_AUTH_ERROR, OKX_RETRY_NO},
	    {429, "slow down", OKX_RATE_LIMIT, OKX_RETRY_YES},
	    {404, "not here", OKX_NOT_FOUND, OKX_RETRY_NO},
	    {400, "bad", OKX_REMOTE_4XX, OKX_RETRY_NO},
	    {504, "", OKX_TIMEOUT, OKX_RETRY_YES},
	    {200, "{\"code\":\"0\",\"data\":[{\"ordId\":\"1", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {200, "{\"code\":\"0\",\"data\":[\"\xff\"]}", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {200, "{\"code\":\"0\",\"code\":\"0\",\"data\":[]}", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {200, "[]", OKX_REMOTE_5XX, OKX_RETRY_YES},
	    {200, "{\"data\":[]}", OKX_REMOTE_5XX, OKX_RETRY_YES},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct okx_judgement j = judge(OKX_BILLS, cases[i].status, cases[i].body);

		if (j.class != cases[i].class)
			printf("case %zu: %s\n", i, okx_class_name(j.class));
		EXPECT(j.class == cases[i].class && j.retry == cases[i].retry && j.hint &&
		       j.reason);
	}
	EXPECT(strstr(judge(OKX_BILLS, 200, "{\"code\":\"0\",\"data\":[{\"a").reason, "truncated"));
}

static void
test_unknown_codes(void)
{
	static const struct {
		unsigned status;
		enum okx_class class;
	} cases[] = {{401, OKX_AUTH_ERROR}, {403, OKX_AUTH_ERROR}, {404, OKX_NOT_FOUND},
		     {410, OKX_NOT_FOUND},  {408, OKX_TIMEOUT},	   {504, OKX_TIMEOUT},
		     {429, OKX_RATE_LIMIT}, {400, OKX_REMOTE_4XX}, {500, OKX_REMOTE_5XX},
		     {503, OKX_REMOTE_5XX}, {200, OKX_REMOTE_4XX}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		EXPECT(
		    judge(OKX_BILLS, cases[i].status, "{\"code\":\"59998\",\"msg\":\"new\"}").class
		    == cases[i].class);
}

static void
test_transport(void)
{
	static const struct {
		enum okx_transport transport;
		enum okx_class class;
		enum okx_retry retry;
	} cases[] = {{OKX_TIMED_OUT, OKX_TIMEOUT, OKX_RETRY_YES},
		     {OKX_NO_ANSWER, OKX_NETWORK, OKX_RETRY_YES},
		     {OKX_CUT_SHORT, OKX_REMOTE_5XX, OKX_RETRY_YES},
		     {OKX_TOO_LARGE, OKX_REMOTE_5XX, OKX_RETRY_NO}};

	for (size_t i = 0; i < 4; i++) {
		struct okx_reply r = {.endpoint = OKX_BILLS, .code = {"", 0}};
		struct okx_judgement j;

		okx_judge(cases[i].transport, "detail", &r, SPAN_LIT(""), &j);
		EXPECT(j.class == cases[i].class && j.retry == cases[i].retry && j.hint &&
		       j.reason);
	}
}

int
main(void)
{
	RUN(test_every_code);
	RUN(test_retries);
	RUN(test_recorded_bodies);
	RUN(test_empty_and_fine);
	RUN(test_foreign_bodies);
	RUN(test_unknown_codes);
	RUN(test_transport);
	return test_done();
}
