/* Catches lines that come out otherwise when a thread reads ahead: lost, doubled, cut elsewhere, or
 * with a brief that says something else than the line. Also to be run with a sanitizer for threads
 * (make tsan). */
#include "ahead.h"
#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define INPUT_MAX (32u << 20)

static struct ahead ahead; /* large */
static struct message parsed, recalled;
static uint64_t state = 7;

struct input {
	char *text;
	size_t len;
	int fd;
	bool unsteady; /* pauses between writes of any size */
};

static uint64_t
below(uint64_t n)
{
	return test_random(&state) % n;
}

/* ---- what is written ---- */

static void
add(struct input *in, const char *text, size_t n)
{
	memcpy(in->text + in->len, text, n);
	in->len += n;
}

static void
add_order(struct input *in)
{
	char line[256];
	int n = snprintf(line, sizeof line,
			 "{\"type\":\"order\",\"id\":\"%u\",\"account\":\"a%u\",\"symbol\":\"A-B\","
			 "\"side\":\"%s\",\"ordType\":\"limit\",\"px\":\"%u\",\"sz\":\"1\"%s}\n",
			 (unsigned)below(1000000), (unsigned)below(1000), below(2) ? "buy" : "sell",
			 (unsigned)below(100000), below(9) ? "" : ",\"memo\":\"\\u0041\"");

	add(in, line, (size_t)n);
}

static void
add_long(struct input *in, size_t len)
{
	memset(in->text + in->len, 'x', len);
	in->len += len;
	add(in, "\n", 1);
}

/* So many orders, and now and then, with `odd`, what is no order. */
static void
make_input(struct input *in, unsigned lines, bool odd)
{
	static const size_t lengths[] = {65535,
					 65536,
					 70000,
					 LIMIT_LINE_BYTES - 1,
					 LIMIT_LINE_BYTES,
					 LIMIT_LINE_BYTES + 1,
					 LIMIT_LINE_BYTES + 200000,
					 3 * LIMIT_LINE_BYTES};

	in->text = malloc(INPUT_MAX);
	in->len = 0;
	for (unsigned i = 0; i < lines; i++) {
		if (odd && i % 997 == 0)
			add_long(in, lengths[below(8)]);
		else if (odd && i % 31 == 0)
			add_long(in, below(3));
		else
			add_order(in);
	}
	in->len -= odd; /* the last newline */
}

static void *
write_input(void *context)
{
	const struct input *in = context;
	uint64_t random = 11;

	for (size_t at = 0, n; at < in->len; at += n) {
		n = in->len - at;
		if (in->unsteady && n > 1)
			n = 1 + test_random(&random) % (n < 400000 ? n : 400000);
		if (write(in->fd, in->text + at, n) != (ssize_t)n)
			break;
		if (in->unsteady && test_random(&random) % 3 == 0)
			usleep(2000);
	}
	close(in->fd);
	return NULL;
}

/* ---- what is read ---- */

struct reader {
	const char *expected, *end; /* what is still to come */
	unsigned long batches, reads, lines, noted;
};

/* The next line of what was written is this one, or begins with it and is too long. */
static void
expect_line(struct reader *r, struct span line)
{
	const char *newline = memchr(r->expected, '\n', (size_t)(r->end - r->expected));
	const char *stop = newline ? newline : r->end;
	size_t len = (size_t)(stop - r->expected);

	if (len > LIMIT_LINE_BYTES)
		len = LIMIT_LINE_BYTES;
	EXPECT(span_equal(line, (struct span){r->expected, len}));
	r->expected = newline ? newline + 1 : r->end;
	r->lines++;
}

static void
expect_brief(const struct brief *b, struct span line)
{
	struct message_fault fault;
	bool good = message_parse(line, &parsed, &fault);

	EXPECT(b->line_len == line.len);
	if (b->type == MESSAGE_NONE)
		return;
	brief_recall(b, line.ptr, &recalled);
	EXPECT(good && recalled.type == parsed.type && recalled.present == parsed.present &&
	       recalled.strings == parsed.strings && recalled.ts == parsed.ts &&
	       recalled.side == parsed.side && recalled.ord_type == parsed.ord_type);
	for (unsigned i = 0; i < MEMBERS; i++)
		EXPECT(recalled.m[i].ptr == parsed.m[i].ptr &&
		       recalled.m[i].len == parsed.m[i].len);
}

static void
expect_batch(struct reader *r, const struct batch *b)
{
	const char *p = b->bytes, *end = p + b->len, *newline;

	for (uint32_t i = 0; p < end; p = newline + 1, i++) {
		struct span line;

		newline = memchr(p, '\n', (size_t)(end - p));
		line = (struct span){p, (size_t)(newline - p)};
		expect_line(r, line);
		if (i < b->briefs_n) {
			expect_brief(&b->briefs[i], line);
			r->noted += b->briefs[i].type != MESSAGE_NONE;
		}
	}
	r->batches++;
}

/* Until the end, or until `most` lines have come, and then what had been read. */
static void
read_input(struct reader *r, int fd, unsigned long most)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	bool halted = false;

	for (;;) {
		struct batch *b = ahead_next(&ahead);

		if (!b && halted)
			return;
		if (!b) {
			poll(&p, 1, -1);
			ahead_read(&ahead);
			r->reads++;
			continue;
		}
		EXPECT(b->state != BATCH_FAILED);
		if (b->state == BATCH_END) {
			if (b->held)
				expect_line(r, (struct span){b->bytes, b->held});
			return;
		}
		expect_batch(r, b);
		if (r->lines >= most && !halted) {
			ahead_halt(&ahead);
			halted = true;
		}
	}
}

/* ---- the tests ---- */

/* A file gives all that is asked for: the thread reads it, from the second batch on. */
static struct reader
run_file(const struct input *in)
{
	struct reader r = {.expected = in->text, .end = in->text + in->len};
	FILE *file = tmpfile();

	EXPECT(file && fwrite(in->text, 1, in->len, file) == in->len && fflush(file) == 0);
	EXPECT(file && lseek(fileno(file), 0, SEEK_SET) == 0);
	EXPECT(ahead_start(&ahead, fileno(file)));
	read_input(&r, fileno(file), ULONG_MAX);
	ahead_end(&ahead);
	fclose(file);
	return r;
}

static struct reader
run_pipe(struct input *in, unsigned long most)
{
	struct reader r = {.expected = in->text, .end = in->text + in->len};
	pthread_t writer;
	int ends[2];

	EXPECT(pipe(ends) == 0);
	fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	in->fd = ends[1];
	EXPECT(ahead_start(&ahead, ends[0]));
	EXPECT(pthread_create(&writer, NULL, write_input, in) == 0);
	read_input(&r, ends[0], most);
	ahead_end(&ahead);
	close(ends[0]);
	pthread_join(writer, NULL);
	return r;
}

static void
test_file(void)
{
	struct input in = {0};
	struct reader r;

	make_input(&in, 60000, false);
	r = run_file(&in);
	EXPECT(r.expected == r.end && r.lines == 60000);
	EXPECT(r.noted > r.lines / 2);
	EXPECT(r.batches > 20 && r.reads == 1);
	free(in.text);
}

static void
test_odd_lines(void)
{
	for (int round = 0; round < 4; round++) {
		struct input in = {.unsteady = round % 2};
		struct reader r;

		make_input(&in, 6000, true);
		r = round < 2 ? run_pipe(&in, ULONG_MAX) : run_file(&in);
		EXPECT(r.expected == r.end && r.lines == 6000);
		free(in.text);
	}
}

static void
test_halt(void)
{
	for (int round = 0; round < 8; round++) {
		struct input in = {0};
		struct reader r;

		make_input(&in, 20000, false);
		r = run_pipe(&in, 1 + below(4000));
		/* nothing is lost up to where it stopped, and it stopped soon */
		EXPECT(r.lines < 4000 + 1000 * (AHEAD_BATCHES + 1));
		free(in.text);
	}
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	RUN(test_file);
	RUN(test_odd_lines);
	RUN(test_halt);
	return test_done();
}
