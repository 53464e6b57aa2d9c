/* Catches a request head that crashes its reader, is read differently in pieces, or is taken
 * although a second server could see another request in it. */
#include "fuzz.h"
#include "http_request.h"

static char room[65536];

static enum http_verdict
read_in_steps(struct span in, size_t step, struct http_request *r)
{
	enum http_verdict v = HTTP_MORE;

	http_request_init(r);
	for (size_t have = 0; v == HTTP_MORE && have < in.len;) {
		have = have + step < in.len ? have + step : in.len;
		v = http_request_read(r, (struct span){in.ptr, have});
	}
	return v;
}

/* What must hold of every head that is taken. */
static void
check_taken(const struct http_request *r, struct span in)
{
	struct span head = {in.ptr, r->head_len};

	FUZZ_CHECK(r->head_len <= HTTP_HEAD_BYTES && r->head_len <= in.len);
	FUZZ_CHECK(span_find(head, SPAN_LIT("\r\n\r\n")) == head.len - 4);
	FUZZ_CHECK(!memchr(head.ptr, 0, head.len));
	for (size_t i = 0; i < head.len; i++) {
		FUZZ_CHECK(head.ptr[i] != '\n' || (i && head.ptr[i - 1] == '\r'));
		FUZZ_CHECK(head.ptr[i] != '\r' || head.ptr[i + 1] == '\n');
	}
	FUZZ_CHECK(r->path.len >= 1 && r->path.ptr[0] == '/' &&
		   !memchr(r->path.ptr, '?', r->path.len));
	FUZZ_CHECK(r->fields[HTTP_HOST].len >= 1);
	FUZZ_CHECK(!r->fields[HTTP_TRANSFER_ENCODING].ptr);
	FUZZ_CHECK(r->length == 0 ||
		   (r->method == HTTP_POST && r->fields[HTTP_CONTENT_LENGTH].ptr));
	FUZZ_CHECK(r->length <= 9999999 && r->headers <= HTTP_HEADERS);
	FUZZ_CHECK(r->minor == 1 || !r->keep_alive);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request whole, pieces;
	struct span in = {room, size < sizeof room ? size : sizeof room};
	enum http_verdict v;

	if (in.len)
		memcpy(room, data, in.len);
	v = read_in_steps(in, in.len + 1, &whole);
	FUZZ_CHECK(read_in_steps(in, 1, &pieces) == v);
	FUZZ_CHECK(read_in_steps(in, 7, &pieces) == v);
	FUZZ_CHECK(*http_verdict_reason(v));
	if (v == HTTP_COMPLETE) {
		check_taken(&whole, in);
		FUZZ_CHECK(pieces.head_len == whole.head_len &&
			   span_equal(pieces.path, whole.path));
	} else {
		FUZZ_CHECK((v == HTTP_MORE) == (http_verdict_status(v) == 0));
		/* what is not decided is not long */
		FUZZ_CHECK(v != HTTP_MORE || in.len <= HTTP_HEAD_BYTES);
	}
	return 0;
}
