/*
 * Catches a line reader that loses, joins or cuts lines, miscounts them, or holds more than its
 * limit, however the input comes in; and a writer that does not write what it was given.
 *
 * The first byte chooses the limit, the second the sizes of the pieces in which the rest comes out
 * of a pipe. The oracle splits the whole at its newlines.
 */
#include "fuzz.h"
#include "line.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reads from this descriptor come in pieces. */
static int pieces_fd = -1;
static unsigned pieces_step, pieces_state;

ssize_t
read(int fd, void *buffer, size_t n)
{
	if (fd == pieces_fd) {
		size_t most = 1 + (pieces_state >> 16) % (1 + pieces_step % 61);

		pieces_state = pieces_state * 1103515245 + 12345;
		n = n < most ? n : most;
	}
	return syscall(SYS_read, fd, buffer, n);
}

/* Read one line and compare it with what the oracle says comes next. */
static void
expect_line(struct line_reader *r, struct span *rest, size_t max, uint64_t number, uint64_t *offset)
{
	size_t before = rest->len;
	struct span want = fuzz_until(rest, '\n');
	struct line line;
	enum line_status status = line_next(r, &line);

	FUZZ_CHECK(status == (want.len > max ? LINE_TOO_LONG : LINE_OK));
	FUZZ_CHECK(line.number == number && line.offset == *offset);
	if (status == LINE_OK)
		FUZZ_CHECK(span_equal(line.text, want));
	else
		FUZZ_CHECK(line.text.len <= max + 1 && span_starts(want, line.text));
	FUZZ_CHECK(r->cap <= max + 1);
	*offset += before - rest->len;
	if (r->writer && status == LINE_OK)
		FUZZ_CHECK(line_write(r->writer, line.text));
}

static void
expect_written(int fd, struct span in, size_t max)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);
	struct span have = {text, (size_t)size};

	FUZZ_CHECK(text && pread(fd, text, have.len, 0) == size);
	while (in.len) {
		struct span want = fuzz_until(&in, '\n');

		if (want.len <= max)
			FUZZ_CHECK(span_equal(fuzz_until(&have, '\n'), want));
	}
	FUZZ_CHECK(have.len == 0);
	free(text);
}

static void
read_through(struct span in, size_t max, unsigned step, bool fixed)
{
	struct line_writer w;
	struct line_reader r;
	struct line line;
	struct span rest = in;
	char memory[300];
	uint64_t number = 0, offset = 0;
	int fds[2], out = memfd_create("out", 0);

	FUZZ_CHECK(out >= 0 && pipe(fds) == 0 && line_writer_init(&w, out));
	FUZZ_CHECK(write_all(fds[1], in) && close(fds[1]) == 0);
	pieces_fd = fds[0];
	pieces_step = pieces_state = step;
	if (fixed)
		line_reader_init_fixed(&r, fds[0], memory, max + 1, &w);
	else
		FUZZ_CHECK(line_reader_init(&r, fds[0], max, &w));
	while (rest.len)
		expect_line(&r, &rest, max, ++number, &offset);
	FUZZ_CHECK(line_next(&r, &line) == LINE_END);
	FUZZ_CHECK(line_next(&r, &line) == LINE_END);
	pieces_fd = -1;
	FUZZ_CHECK(line_flush(&w));
	expect_written(out, in, max);
	line_reader_release(&r);
	line_writer_release(&w);
	close(fds[0]);
	close(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	size_t max = 1 + fuzz_byte(&in);
	unsigned step = fuzz_byte(&in);

	read_through(in, max, step, step % 2);
	return 0;
}
