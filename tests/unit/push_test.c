/* Catches a stream line or name that is read otherwise than it is written, a topic or query that is
 * taken wrongly, a handshake that is let through, a snapshot that is not the newest. */
#include "newest.h"
#include "push_message.h"
#include "stream_file.h"
#include "test.h"
#include "topics.h"
#include "upgrade.h"

static void
names_and_lines(void)
{
	char name[STREAM_NAME_MAX];
	struct stream_header h;
	struct stream_line l;
	struct buf b;
	uint64_t n;

	stream_name(UINT64_MAX, name);
	EXPECT_STR(name, "18446744073709551615.ndjson");
	EXPECT(stream_name_parse(name, &n) && n == UINT64_MAX);
	EXPECT(!stream_name_parse("18446744073709551616.ndjson", &n));
	EXPECT(!stream_name_parse("00000000000000000000.ndjson", &n));
	EXPECT(!stream_name_parse("00000000000000000001.ndjson.tmp", &n));
	EXPECT(!stream_name_parse("0000000000000000001.ndjson", &n));
	buf_init(&b, 1000);
	stream_line_print(7, SPAN_LIT("{\"a\":1}"), &b);
	EXPECT(stream_line_parse(buf_span(&b), &l) && l.seq == 7 && span_is(l.record, "{\"a\":1}"));
	for (size_t i = 0; i < b.len; i++)
		EXPECT(!stream_line_parse((struct span){b.ptr, i}, &l));
	EXPECT(!stream_line_parse(SPAN_LIT("{\"s\":07,\"r\":{}}"), &l));
	EXPECT(!stream_line_parse(SPAN_LIT("{\"s\":7,\"r\":[]}"), &l));
	buf_clear(&b);
	stream_header_print(&(struct stream_header){9, 3}, &b);
	EXPECT(stream_header_parse(buf_span(&b), &h) && h.first == 9 && h.snapshot == 3);
	EXPECT(!stream_header_parse(SPAN_LIT("{\"stream\":1,\"first\":0,\"snapshot\":0}"), &h));
	EXPECT(!stream_header_parse(SPAN_LIT("{\"stream\":2,\"first\":1,\"snapshot\":0}"), &h));
	buf_release(&b);
}

static const char *
query(const char *text, struct topics *t)
{
	bool has;
	uint64_t since;

	return topics_query(span_of(text), t, &has, &since);
}

static void
queries(void)
{
	static struct topics t;
	struct push_record r = {PUSH_KLINE, SPAN_LIT("BTC-USDC"), SPAN_LIT("1m"), 0, 1};

	EXPECT(!query("symbol=BTC_USDC,ETH%2FUSDC&interval=1m%2C5m&with=trades", &t) && t.n == 6);
	EXPECT(topics_match(&t, &r));
	r.interval = SPAN_LIT("15m");
	EXPECT(!topics_match(&t, &r));
	EXPECT(!query("interval=15m", &t) && t.n == 1 && topics_match(&t, &r));
	r.kind = PUSH_OTHER;
	r.symbol = (struct span){NULL, 0};
	EXPECT(!topics_match(&t, &r));
	EXPECT(!query("symbol=A-B&with=events", &t) && topics_match(&t, &r));
	EXPECT(!query("", &t) && t.n == 0);
	EXPECT(query("symbol=A-B", &t));
	EXPECT(query("interval=1m&interval=1m", &t));
	EXPECT(query("interval=0m", &t));
	EXPECT(query("interval=1x", &t));
	EXPECT(query("interval=%31m", &t));
	EXPECT(query("symbol=&interval=1m", &t));
	EXPECT(query("symbol=A*&interval=1m", &t));
	EXPECT(query("with=all", &t));
	EXPECT(query("with=book&since=-1", &t));
	EXPECT(query("with=book&other=1", &t));
}

static void
messages(void)
{
	static struct message m;

	EXPECT(!message_read(SPAN_LIT("ping"), &m) && m.op == MESSAGE_PING);
	EXPECT(!message_read(SPAN_LIT("{\"op\":\"subscribe\",\"args\":[{\"channel\":\"kline1m\","
				      "\"instId\":\"BTC-USDC\"}],\"since\":5}"),
			     &m) &&
	       m.topics.n == 1 && m.has_since && m.since == 5);
	EXPECT(message_read(SPAN_LIT("{\"op\":\"subscribe\",\"args\":[]}"), &m));
	EXPECT(message_read(SPAN_LIT("{\"op\":\"subscribe\",\"args\":[1]}"), &m));
	EXPECT(message_read(SPAN_LIT("{\"op\":\"subscribe\",\"args\":[{\"channel\":\"kline1m\"}]}"),
			    &m));
	EXPECT(message_read(SPAN_LIT("[]"), &m));
	EXPECT(message_read(SPAN_LIT("{\"op\":1}"), &m));
}

static unsigned
handshake(const char *lines)
{
	static char head[4096];
	struct http_request r;
	struct upgrade u;
	int n = snprintf(head, sizeof head,
			 "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n%s\r\n", lines);

	http_request_init(&r);
	EXPECT(http_request_read(&r, (struct span){head, (size_t)n}) == HTTP_COMPLETE);
	upgrade_read(&r, (struct span){head, r.head_len}, NULL, 0, &u);
	if (u.kind == UPGRADE_WS)
		EXPECT_STR(u.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455, 1.3 */
	return u.kind == UPGRADE_WS ? 101 : u.status;
}

static void
handshakes(void)
{
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define CONNECTION "Connection: keep-alive, Upgrade\r\n"
	EXPECT(handshake(KEY VERSION CONNECTION) == 101);
	EXPECT(handshake(KEY VERSION CONNECTION "Origin: https://h\r\n") == 101);
	EXPECT(handshake(KEY VERSION CONNECTION "Origin: https://h.evil\r\n") == 403);
	EXPECT(handshake(KEY VERSION CONNECTION "Origin: null\r\n") == 403);
	EXPECT(handshake(KEY VERSION) == 400);
	EXPECT(handshake(KEY CONNECTION) == 426);
	EXPECT(handshake(KEY VERSION VERSION CONNECTION) == 426);
	EXPECT(handshake(KEY KEY VERSION CONNECTION) == 400);
	EXPECT(handshake(VERSION CONNECTION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n") ==
	       400);
}

static bool
collect(void *context, uint64_t seq, struct span text)
{
	buf_u64(context, seq);
	buf_byte(context, ':');
	buf_add(context, text);
	buf_byte(context, ' ');
	return true;
}

static void
put(struct newest *s, uint64_t seq, uint64_t start, uint64_t version, const char *text)
{
	struct push_record r = {PUSH_KLINE, SPAN_LIT("A-B"), SPAN_LIT("1m"), start, version};

	EXPECT(newest_put(s, &r, seq, span_of(text)));
}

static void
newest_state(void)
{
	static struct newest s;
	struct buf b;

	buf_init(&b, 1000);
	newest_init(&s, 2);
	put(&s, 1, 20, 2, "b2");
	put(&s, 2, 10, 1, "a1");
	put(&s, 3, 20, 1, "old");
	put(&s, 4, 5, 1, "too old");
	put(&s, 5, 10, 1, "a1 again");
	put(&s, 6, 30, 1, "c1");
	newest_each(&s, collect, &b);
	buf_byte(&b, 0);
	EXPECT_STR(b.ptr, "1:b2 6:c1 ");
	EXPECT(s.entries == 2 && s.bytes == 4);
	newest_release(&s);
	buf_release(&b);
}

int
main(void)
{
	RUN(names_and_lines);
	RUN(queries);
	RUN(messages);
	RUN(handshakes);
	RUN(newest_state);
	return test_done();
}
