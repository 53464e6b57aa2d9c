/* Catches a request, query, message or stream line that crashes its reader or is read otherwise
 * than it is printed. Input: what, then the bytes. */
#include "fuzz.h"
#include "push_message.h"
#include "stream_file.h"
#include "upgrade.h"

static void
fuzz_request(struct span in)
{
	static const char *const origins[] = {"https://a.example"};
	static struct topics topics;
	struct http_request r;
	struct upgrade u;
	uint64_t since;
	bool has;

	http_request_init(&r);
	if (http_request_read(&r, in) != HTTP_COMPLETE)
		return;
	upgrade_read(&r, (struct span){in.ptr, r.head_len}, origins, 1, &u);
	FUZZ_CHECK((u.kind == UPGRADE_REFUSED) == (u.status != 0) && (u.status == 0) == !u.why);
	FUZZ_CHECK(u.kind != UPGRADE_WS || strlen(u.accept) == UPGRADE_ACCEPT);
	FUZZ_CHECK(u.kind != UPGRADE_PAGE ||
		   (u.file.len && u.file.len <= 64 && u.file.ptr[0] != '.' &&
		    !memchr(u.file.ptr, '/', u.file.len)));
	topics_query(r.query, &topics, &has, &since);
	FUZZ_CHECK(topics.n <= TOPICS_MAX);
}

static void
fuzz_record(struct span in)
{
	static struct record_reader reader;
	static bool made;
	struct push_record r;

	if (!made)
		push_record_init(&reader);
	made = true;
	if (push_record_read(&reader, in, &r))
		return;
	FUZZ_CHECK(r.symbol.len <= PUSH_SYMBOL_MAX && r.interval.len <= PUSH_INTERVAL_MAX);
	FUZZ_CHECK(r.kind == PUSH_OTHER || r.symbol.len > 0);
	FUZZ_CHECK(r.kind != PUSH_KLINE || r.interval.len > 0);
}

static void
fuzz_line(struct span in)
{
	struct stream_header h;
	struct stream_line l;
	struct buf b;

	buf_init(&b, STREAM_LINE_BYTES);
	if (stream_line_parse(in, &l)) {
		stream_line_print(l.seq, l.record, &b);
		FUZZ_CHECK(span_equal(buf_span(&b), in));
		fuzz_record(l.record);
	}
	buf_clear(&b);
	if (stream_header_parse(in, &h)) {
		stream_header_print(&h, &b);
		FUZZ_CHECK(span_equal(buf_span(&b), in));
	}
	buf_release(&b);
}

static void
fuzz_message(struct span in)
{
	static struct message m;

	if (!message_read(in, &m))
		FUZZ_CHECK(m.op == MESSAGE_PING || (m.topics.n && m.topics.n <= TOPICS_MAX));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);

	if (in.len == 0)
		return 0;
	in.ptr++;
	in.len--;
	if (data[0] == 'l')
		fuzz_line(in);
	else if (data[0] == 'm')
		fuzz_message(in);
	else
		fuzz_request(in);
	return 0;
}
