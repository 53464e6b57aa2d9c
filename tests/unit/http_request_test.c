/* Catches a request head that is read otherwise than RFC 9112 has it, or leniently where two
 * servers could differ. Each text is read at once, byte by byte, and cut at every place. */
#include "http_request.h"
#include "test.h"

static char room[65536];

/* In steps of so many bytes; the buffer never moves. */
static enum http_verdict
read_in_steps(const char *text, size_t len, size_t step, struct http_request *r)
{
	enum http_verdict v = HTTP_MORE;

	memcpy(room, text, len);
	http_request_init(r);
	for (size_t have = step < len ? step : len; v == HTTP_MORE;) {
		v = http_request_read(r, (struct span){room, have});
		if (have == len)
			break;
		have = have + step < len ? have + step : len;
	}
	return v;
}

static enum http_verdict
verdict_of_bytes(const char *text, size_t len, struct http_request *r)
{
	enum http_verdict whole = read_in_steps(text, len, len ? len : 1, r);
	struct http_request other;

	for (size_t step = 1; step < 40; step += 6)
		EXPECT(read_in_steps(text, len, step, &other) == whole);
	return read_in_steps(text, len, len ? len : 1, r);
}

static unsigned
status_of(const char *text)
{
	struct http_request r;
	enum http_verdict v = verdict_of_bytes(text, strlen(text), &r);

	return v == HTTP_COMPLETE ? 200 : v == HTTP_MORE ? 0 : http_verdict_status(v);
}

#define GET "GET /x HTTP/1.1\r\nHost: h\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: h\r\n"

static void
malformed(void)
{
	static const struct {
		unsigned status;
		const char *text;
	} cases[] = {
	    {200, GET "\r\n" GET "\r\n"},
	    {400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
	    {400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
	    {400, POST "Content-Length: 5, 5\r\n\r\nhello"},
	    {400, POST "Content-Length: 5abc\r\n\r\nhello"},
	    {400, POST "Content-Length: +5\r\n\r\nhello"},
	    {400, POST "Content-Length: -1\r\n\r\nhello"},
	    {400, POST "Content-Length: 0x5\r\n\r\nhello"},
	    {400, POST "Content-Length:\r\n\r\nhello"},
	    {413, POST "Content-Length: 18446744073709551621\r\n\r\nhello"},
	    {413, POST "Content-Length: 10000000\r\n\r\n"},
	    {200, POST "Content-Length: 9999999\r\n\r\n"},
	    {400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"},
	    {411, POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
	    {411, POST "transfer-encoding:\t Chunked \r\n\r\n"},
	    {501, POST "Transfer-Encoding: xchunked\r\n\r\n"},
	    {501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
	    {400, POST "Transfer-Encoding: \x0b"
		       "chunked\r\n\r\n"},
	    {400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"},
	    {400, "POST /x HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\r\n\r\n"},
	    {400, GET "Host: h\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\r\nHost:\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n"},
	    {400, POST "Content-Length : 5\r\n\r\nhello"},
	    {400, POST "Content-Length\t: 5\r\n\r\nhello"},
	    {400, GET "Content-Length: 5\r\n\r\nhello"},
	    {400, "HEAD /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"},
	    {200, GET "Content-Length: 0\r\n\r\n"},
	    {400, GET "X: a\r\n b\r\n\r\n"},
	    {400, GET "X: a\r\n\tb\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\r\n Host: h\r\n\r\n"},
	    {400, "GET /x HTTP/1.1\nHost: h\n\n"},
	    {400, GET "X: a\n\r\n"},
	    {400, GET "X: a\rY: b\r\n\r\n"},
	    {400, GET "\n"},
	    {400, GET "X: \x01\r\n\r\n"},
	    {400, GET "X: \x7f\r\n\r\n"},
	    {200, GET "X: \xff\r\n\r\n"},
	    {400, GET ": a\r\n\r\n"},
	    {400, GET "X\r\n\r\n"},
	    {400, GET "X(: a\r\n\r\n"},
	    {200, "GET /../../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {505, "GET /x HTTP/9.9\r\nHost: h\r\n\r\n"},
	    {505, "GET /x HTTP/1.2\r\nHost: h\r\n\r\n"},
	    {505, "GET /x HTTP/2.0\r\nHost: h\r\n\r\n"},
	    {200, "GET /x HTTP/1.0\r\nHost: h\r\n\r\n"},
	    {400, "GET /x HTTP/1.10\r\nHost: h\r\n\r\n"},
	    {400, "GET /x http/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /x\r\nHost: h\r\n\r\n"},
	    {400, "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /x  HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /x HTTP/1.1 \r\nHost: h\r\n\r\n"},
	    {400, " GET /x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /x y HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET\t/x\tHTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /x#y HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "G(T /x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {501, "get /x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {501, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {501, "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {501, "DELETE /x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {501, "PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n"},
	    {200, "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {200, "GET http://H HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET http://g/x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {400, "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n"},
	    {200, POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"},
	    {417, POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n"},
	    {200, "\r\n" GET "\r\n"},
	    {400, "\r\n\r\n" GET "\r\n"},
	    {400, "\n" GET "\r\n"},
	    {400, "\x16\x03\x01\x02\n\r\n"},
	    {400, POST "X-Signature: a\r\nX-Signature: b\r\n\r\n"},
	    {200, POST "Connection: a\r\nConnection: b\r\n\r\n"},
	    {0, GET},
	    {0, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		EXPECT(status_of(cases[i].text) == cases[i].status);
		if (status_of(cases[i].text) != cases[i].status)
			printf("%u, not %u: %s\n", status_of(cases[i].text), cases[i].status,
			       cases[i].text);
	}
}

static void
nul(void)
{
	static const char one[] = GET "X: a\0b\r\n\r\n",
			  two[] = "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n",
			  three[] = GET "X\0: a\r\n\r\n";
	struct http_request r;

	EXPECT(verdict_of_bytes(one, sizeof one - 1, &r) == HTTP_E_VALUE);
	EXPECT(verdict_of_bytes(two, sizeof two - 1, &r) == HTTP_E_TARGET);
	EXPECT(verdict_of_bytes(three, sizeof three - 1, &r) == HTTP_E_NAME);
}

/* Build a head with a target of so many bytes in all, headers of so many. */
static unsigned
status_of_sizes(size_t line, size_t headers, size_t header_bytes)
{
	static char text[60000];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof text, "GET /");
	while (n < line - strlen(" HTTP/1.1"))
		text[n++] = 'a';
	n += (size_t)snprintf(text + n, sizeof text - n, " HTTP/1.1\r\nHost: h\r\n");
	for (size_t i = 0; i < headers; i++) {
		size_t end = n + header_bytes;

		text[n++] = 'X';
		text[n++] = ':';
		while (n < end)
			text[n++] = 'a';
		text[n++] = '\r';
		text[n++] = '\n';
	}
	n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
	return status_of(text);
}

static void
limits(void)
{
	EXPECT(status_of_sizes(1023, 0, 0) == 200);
	EXPECT(status_of_sizes(1024, 0, 0) == 200);
	EXPECT(status_of_sizes(1025, 0, 0) == 414);
	EXPECT(status_of_sizes(20000, 0, 0) == 414);
	EXPECT(status_of_sizes(100, 30, 10) == 200);
	EXPECT(status_of_sizes(100, 31, 10) == 200);
	EXPECT(status_of_sizes(100, 32, 10) == 431);
	EXPECT(status_of_sizes(100, 100, 10) == 431);
	EXPECT(status_of_sizes(100, 1, 4095) == 200);
	EXPECT(status_of_sizes(100, 1, 4096) == 200);
	EXPECT(status_of_sizes(100, 1, 4097) == 431);
	EXPECT(status_of_sizes(100, 1, 20000) == 431);
	/* 9 bytes of Host, then three lines, all with their ends */
	EXPECT(status_of_sizes(100, 2, 4090) == 431);
	EXPECT(status_of_sizes(100, 3, (8192 - 9 - 6) / 3) == 200);
	EXPECT(status_of_sizes(100, 3, (8192 - 9 - 6) / 3 + 1) == 431);
}

static void
parts(void)
{
	static const char text[] = "\r\nPOST /a/b?c=d&e HTTP/1.1\r\nhOST: \t h:1 \r\nX-Nonce:n\r\n"
				   "Connection: x, CLOSE\r\nContent-Length: 007\r\n\r\nbody";
	struct http_request r;

	EXPECT(verdict_of_bytes(text, sizeof text - 1, &r) == HTTP_COMPLETE);
	EXPECT(r.method == HTTP_POST && r.minor == 1 && r.length == 7 && !r.keep_alive);
	EXPECT(span_is(r.target, "/a/b?c=d&e") && span_is(r.path, "/a/b"));
	EXPECT(span_is(r.query, "c=d&e") && span_is(r.fields[HTTP_HOST], "h:1"));
	EXPECT(span_is(r.fields[HTTP_X_NONCE], "n") && !r.fields[HTTP_EXPECT].ptr);
	EXPECT(r.head_len == sizeof text - 1 - 4);
	EXPECT(verdict_of_bytes(GET "\r\n", strlen(GET "\r\n"), &r) == HTTP_COMPLETE);
	EXPECT(r.keep_alive && r.query.len == 0 && !r.fields[HTTP_CONTENT_LENGTH].ptr);
	EXPECT(status_of("GET /x HTTP/1.0\r\nHost: h\r\nExpect: 9\r\n\r\n") == 200);
}

/* Each verdict has its words, and a status that has a phrase. */
static void
words(void)
{
	for (enum http_verdict v = HTTP_MORE; v <= HTTP_E_EXPECT; v++) {
		EXPECT(*http_verdict_reason(v) != 0);
		EXPECT((http_verdict_status(v) == 0) == (v <= HTTP_COMPLETE));
	}
}

int
main(void)
{
	RUN(malformed);
	RUN(nul);
	RUN(limits);
	RUN(parts);
	RUN(words);
	return test_done();
}
