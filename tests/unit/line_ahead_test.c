/* Catches lines that are lost, doubled, reordered or changed on their way from the thread that
 * reads ahead, a note that is another line's, and an end or a failure that is not told after all
 * lines. */
#include "line_ahead.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX (3u << 20)

static char input[INPUT_MAX];
static size_t input_len;

static uint32_t
next_random(void)
{
	static uint32_t state = 12345;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

/* Lines up to `longest` bytes, some far longer, some empty; the last one without its newline. */
static void
make_input(size_t len, size_t longest)
{
	input_len = 0;
	while (input_len < len) {
		uint32_t kind = next_random() % 1000;
		size_t n = kind == 0 ? longest * 40 : kind < 20 ? 0 : next_random() % longest;

		for (size_t i = 0; i < n && input_len < len; i++)
			input[input_len++] = (char)('a' + next_random() % 26);
		input[input_len++] = '\n';
	}
	input_len -= input_len > 0;
}

static uint64_t
hash(struct span s)
{
	uint64_t h = s.len;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* No note for every seventh length. */
static bool
note(void *context, struct span line, void *out)
{
	uint64_t h = hash(line);

	*(size_t *)context += 1;
	memcpy(out, &h, sizeof h);
	return line.len % 7 != 0;
}

struct seen {
	uint64_t all; /* hash over every line's number, offset, status and bytes */
	size_t lines, noted;
	enum line_status end;
};

static void
see(struct seen *s, const struct line *line, enum line_status status)
{
	uint64_t of[] = {line->number, line->offset, (uint64_t)status, hash(line->text)};

	s->all = s->all * 31 + hash((struct span){(const char *)of, sizeof of});
	s->lines++;
}

static struct seen
read_plainly(int fd, size_t max)
{
	struct seen s = {0};
	struct line_reader r;
	struct line line;

	EXPECT(line_reader_init(&r, fd, max, NULL));
	while ((s.end = line_next(&r, &line)) == LINE_OK || s.end == LINE_TOO_LONG)
		see(&s, &line, s.end);
	line_reader_release(&r);
	return s;
}

static struct seen
read_ahead(int fd, size_t max, int *error)
{
	struct seen s = {0};
	size_t calls = 0;
	struct line_ahead a = {.note = note, .context = &calls, .note_bytes = sizeof(uint64_t)};
	struct line_reader r;
	struct line line;
	const void *noted;

	EXPECT(line_reader_init(&r, fd, max, NULL));
	EXPECT(line_ahead_start(&a, &r));
	while ((s.end = line_ahead_next(&a, &line, &noted)) == LINE_OK || s.end == LINE_TOO_LONG) {
		see(&s, &line, s.end);
		if (!noted)
			continue;
		s.noted++;
		EXPECT(s.end == LINE_OK && line.text.len % 7 != 0);
		EXPECT(*(const uint64_t *)noted == hash(line.text));
	}
	*error = r.error;
	line_ahead_end(&a);
	EXPECT(s.noted <= calls && calls <= s.lines);
	line_reader_release(&r);
	return s;
}

static int
input_file(void)
{
	int fd = memfd_create("input", 0);

	EXPECT(fd >= 0 && write_all(fd, (struct span){input, input_len}));
	EXPECT(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
expect_same(const struct seen *got, const struct seen *want)
{
	EXPECT(got->lines == want->lines);
	EXPECT(got->all == want->all);
	EXPECT(got->end == want->end);
}

/* Longest lines below, at and above what a batch and a first buffer hold. */
static void
test_files(void)
{
	static const struct {
		size_t len, longest, max;
	} cases[] = {{0, 10, 100},
		     {1000, 10, 100},
		     {2500000, 200, 1000},
		     {2500000, 3, 1 << 20},
		     {2500000, 9000, 1 << 20},
		     {2500000, 200, 65535},
		     {2500000, 5000, 100000},
		     {2500000, 40000, 1 << 20}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen want, got;
		int fd, error;

		make_input(cases[i].len, cases[i].longest);
		if (i % 2)
			input[input_len++] = '\n';
		fd = input_file();
		want = read_plainly(fd, cases[i].max);
		lseek(fd, 0, SEEK_SET);
		got = read_ahead(fd, cases[i].max, &error);
		expect_same(&got, &want);
		EXPECT(want.end == LINE_END);
		/* most was read ahead, or this test shows nothing */
		EXPECT(cases[i].max < 65535 || got.noted > got.lines / 4);
		close(fd);
	}
}

struct feed {
	int fd;
	size_t chunk;
};

/* Chunks up to the size, now and then with a rest in between. */
static void *
feeder(void *argument)
{
	struct feed *f = argument;
	size_t i = 0;

	while (i < input_len) {
		size_t n = 1 + next_random() % f->chunk;

		n = n < input_len - i ? n : input_len - i;
		if (!write_all(f->fd, (struct span){input + i, n}))
			break;
		i += n;
		if (next_random() % 16 == 0)
			usleep(200);
	}
	close(f->fd);
	return NULL;
}

static void
test_pipes(void)
{
	static const size_t chunks[] = {4096, 20000, 65536, 400000};
	struct seen want;
	int fd, error;

	make_input(700000, 300);
	fd = input_file();
	want = read_plainly(fd, 2000);
	close(fd);
	for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
		struct feed f = {.chunk = chunks[i]};
		struct seen got;
		pthread_t thread;
		int p[2];

		EXPECT(pipe(p) == 0);
		f.fd = p[1];
		pthread_create(&thread, NULL, feeder, &f);
		got = read_ahead(p[0], 2000, &error);
		pthread_join(thread, NULL);
		expect_same(&got, &want);
		close(p[0]);
	}
}

/* A peer that closes with something unread: its bytes come first, then the error. */
static void
test_failing_read(void)
{
	struct seen got;
	int p[2], error = 0, room = 4 << 20;

	make_input(150000, 100);
	input[input_len++] = '\n';
	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0);
	EXPECT(setsockopt(p[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
	EXPECT(write(p[0], "x", 1) == 1);
	EXPECT(send(p[1], input, input_len, MSG_DONTWAIT) == (ssize_t)input_len);
	close(p[1]);
	got = read_ahead(p[0], 100000, &error);
	EXPECT(got.end == LINE_READ_FAILED && error == ECONNRESET);
	EXPECT(got.lines > 1000 && got.noted > got.lines / 4);
	close(p[0]);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	RUN(test_files);
	RUN(test_pipes);
	RUN(test_failing_read);
	return test_done();
}
