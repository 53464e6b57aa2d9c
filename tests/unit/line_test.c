/* Catches a reader that loses, joins or invents lines for some chunking, and a writer that loses
 * output or hides a failure. */
#include "line.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

struct feed {
	int fd;
	const char *bytes;
	size_t len, chunk;
};

static void *
feeder(void *argument)
{
	struct feed *f = argument;

	for (size_t i = 0; i < f->len; i += f->chunk) {
		size_t n = f->len - i < f->chunk ? f->len - i : f->chunk;

		if (!write_all(f->fd, (struct span){f->bytes + i, n}))
			break;
	}
	close(f->fd);
	return NULL;
}

/* Read everything through a pipe in chunks of that size; lines joined by "|", too long ones marked
 * "!". */
static void
read_through(const char *bytes, size_t len, size_t chunk, size_t max, char *out)
{
	int p[2];
	struct feed f = {.bytes = bytes, .len = len, .chunk = chunk};
	pthread_t thread;
	struct line_reader r;
	struct line line;
	enum line_status s;
	uint64_t expected_offset = 0, number = 0;

	EXPECT(pipe(p) == 0);
	f.fd = p[1];
	pthread_create(&thread, NULL, feeder, &f);
	EXPECT(line_reader_init(&r, p[0], max, NULL));
	*out = 0;
	while ((s = line_next(&r, &line)) == LINE_OK || s == LINE_TOO_LONG) {
		EXPECT(line.number == ++number);
		EXPECT(line.offset >= expected_offset);
		EXPECT(memcmp(bytes + line.offset, line.text.ptr, line.text.len) == 0);
		expected_offset = line.offset + line.text.len;
		if (s == LINE_TOO_LONG)
			strcat(out, "!");
		else
			strncat(out, line.text.ptr, line.text.len);
		strcat(out, "|");
	}
	EXPECT(s == LINE_END);
	pthread_join(thread, NULL);
	line_reader_release(&r);
	close(p[0]);
}

static void
test_chunks(void)
{
	static const char text[] = "one\n\ntwo two\r\n{\"a\":1}\nlast without newline";
	static const char want[] = "one||two two\r|{\"a\":1}|last without newline|";
	char out[256];

	for (size_t chunk = 1; chunk <= sizeof text; chunk++) {
		read_through(text, sizeof text - 1, chunk, 100, out);
		EXPECT_STR(out, want);
	}
	read_through("", 0, 1, 100, out);
	EXPECT_STR(out, "");
	read_through("\n", 1, 1, 100, out);
	EXPECT_STR(out, "|");
}

/* N-1, N, N+1 bytes around the limit; the lines around a long one go through. */
static void
test_limit(void)
{
	char text[64], out[256];

	for (size_t n = 9; n <= 11; n++) {
		memset(text, 'x', sizeof text);
		memcpy(text, "a\n", 2);
		memcpy(text + 2 + n, "\nb\n", 3);
		for (size_t chunk = 1; chunk < 20; chunk++) {
			read_through(text, 2 + n + 3, chunk, 10, out);
			EXPECT_STR(out, n == 9	  ? "a|xxxxxxxxx|b|"
					: n == 10 ? "a|xxxxxxxxxx|b|"
						  : "a|!|b|");
		}
	}
	memset(text, 'x', sizeof text);
	read_through(text, 40, 7, 10, out);
	EXPECT_STR(out, "!|");
}

/* A record must come out before the reader waits for the next line. */
static void
test_flush_before_wait(void)
{
	int in[2], out[2];
	struct line_writer w;
	struct line_reader r;
	struct line line;
	char got[16] = "";

	EXPECT(pipe(in) == 0 && pipe(out) == 0);
	EXPECT(line_writer_init(&w, out[1]) && line_reader_init(&r, in[0], 100, &w));
	EXPECT(write(in[1], "q\n", 2) == 2);
	EXPECT(line_next(&r, &line) == LINE_OK);
	line_write(&w, SPAN_LIT("answer"));
	/* more input is there at once: no need to flush yet */
	EXPECT(write(in[1], "r\n", 2) == 2);
	EXPECT(line_next(&r, &line) == LINE_OK);
	EXPECT(w.len == 7);
	close(in[1]);
	EXPECT(line_next(&r, &line) == LINE_END);
	line_flush(&w);
	EXPECT(read(out[0], got, sizeof got) == 7 && memcmp(got, "answer\n", 7) == 0);
	line_reader_release(&r);
	line_writer_release(&w);
}

static void *
late_writer(void *fd)
{
	usleep(50000);
	EXPECT(write(*(int *)fd, "x\n", 2) == 2);
	return NULL;
}

/* A flush that fails while the reader is about to wait is told apart from a failing read. */
static void
test_failing_flush(void)
{
	int in[2], full = open("/dev/full", O_WRONLY), directory = open("/", O_RDONLY);
	struct line_writer w;
	struct line_reader r;
	struct line line;
	pthread_t thread;

	EXPECT(pipe(in) == 0);
	EXPECT(line_writer_init(&w, full) && line_reader_init(&r, in[0], 100, &w));
	line_write(&w, SPAN_LIT("lost?"));
	pthread_create(&thread, NULL, late_writer, &in[1]);
	EXPECT(line_next(&r, &line) == LINE_FLUSH_FAILED);
	EXPECT(w.error == ENOSPC);
	EXPECT(!line_write(&w, SPAN_LIT("more")) && !line_flush(&w));
	pthread_join(thread, NULL);
	line_reader_release(&r);
	EXPECT(line_reader_init(&r, directory, 100, NULL));
	EXPECT(line_next(&r, &line) == LINE_READ_FAILED && r.error == EISDIR);
	line_reader_release(&r);
	line_writer_release(&w);
}

static int commits;
static bool may_commit;

static bool
commit(void *context)
{
	(void)context;
	commits++;
	errno = EIO;
	return may_commit;
}

/* Nothing leaves a durable tool before its commit, and nothing at all after one that failed. */
static void
test_before_write(void)
{
	int out[2];
	struct line_writer w;
	char got[16];

	EXPECT(pipe(out) == 0);
	EXPECT(line_writer_init(&w, out[1]));
	w.before_write = commit;
	may_commit = true;
	line_write(&w, SPAN_LIT("a"));
	EXPECT(commits == 0);
	EXPECT(line_flush(&w) && commits == 1);
	EXPECT(line_flush(&w) && commits == 1);
	EXPECT(read(out[0], got, sizeof got) == 2);
	may_commit = false;
	line_write(&w, SPAN_LIT("b"));
	EXPECT(!line_flush(&w) && w.error == EIO);
	EXPECT(fcntl(out[0], F_SETFL, O_NONBLOCK) == 0);
	EXPECT(read(out[0], got, sizeof got) < 0 && errno == EAGAIN);
	line_writer_release(&w);
}

/* Records larger than the buffer, and many small ones, arrive whole and in order. */
static void
test_large_records(void)
{
	char path[] = "/tmp/line_test.XXXXXX";
	int fd = mkstemp(path);
	struct line_writer w;
	struct line_reader r;
	struct line line;
	static char big[200000];
	size_t n = 0;

	memset(big, 'y', sizeof big);
	EXPECT(fd >= 0 && line_writer_init(&w, fd));
	for (int i = 0; i < 1000; i++)
		line_write(&w, (struct span){big, i % 100 == 7 ? sizeof big : (size_t)i});
	EXPECT(line_flush(&w) && w.lines == 1000);
	lseek(fd, 0, SEEK_SET);
	EXPECT(line_reader_init(&r, fd, sizeof big, NULL));
	while (line_next(&r, &line) == LINE_OK) {
		EXPECT(line.text.len == (n % 100 == 7 ? sizeof big : n));
		n++;
	}
	EXPECT(n == 1000);
	line_reader_release(&r);
	line_writer_release(&w);
	close(fd);
	unlink(path);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	RUN(test_chunks);
	RUN(test_limit);
	RUN(test_flush_before_wait);
	RUN(test_failing_flush);
	RUN(test_before_write);
	RUN(test_large_records);
	return test_done();
}
