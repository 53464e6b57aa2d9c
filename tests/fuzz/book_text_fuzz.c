/* A snapshot of settle's book with a right checksum and anything in it: refused, or read into a
 * book that is written as one which reads the same again. */
#include "book_text.h"
#include "fuzz.h"
#include "snapshots.h"

static void
expect_same_again(const struct swap_book *b)
{
	static const uint64_t secret[2] = {5, 6};
	struct swap_book again;
	struct buf first, second;
	uint64_t seq, archived;

	swap_book_init(&again, secret);
	buf_init(&first, 64u << 20);
	buf_init(&second, 64u << 20);
	book_text_write(b, 7, 8, &first);
	if (book_text_read(&again, buf_span(&first), &seq, &archived) || seq != 7 || archived != 8)
		abort();
	book_text_write(&again, 7, 8, &second);
	if (!span_equal(buf_span(&first), buf_span(&second)))
		abort();
	swap_book_release(&again);
	buf_release(&first);
	buf_release(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t secret[2] = {1, 2};
	struct swap_book b;
	struct buf text;
	uint64_t seq, archived;

	swap_book_init(&b, secret);
	buf_init(&text, 64u << 20);
	buf_add(&text, fuzz_span(data, size));
	snapshots_seal(&text, 0);
	if (!book_text_read(&b, buf_span(&text), &seq, &archived))
		expect_same_again(&b);
	swap_book_release(&b);
	buf_release(&text);
	return 0;
}
