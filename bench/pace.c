/*
 * pace: send lines to a program at a steady rate, and say how long each took to be answered.
 *
 *     pace RATE SECONDS PROGRAM [ARGUMENT ...] <orders.ndjson
 *
 * RATE 0: one line after the other, each when the last is answered. A line is answered when a
 * record with its `in` has come. Times are from when a line was due, not from when it could be
 * written: a program that falls behind does not hide it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUT_BYTES (4 << 20)

static int64_t *due, *answered;
static uint64_t lines, sent, done;
static char *text, *next, *text_end;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
read_all(void)
{
	size_t cap = 1 << 26, n = 0;
	ssize_t got;

	text = malloc(cap);
	while ((got = read(0, text + n, cap - n)) > 0) {
		n += (size_t)got;
		if (n == cap)
			text = realloc(text, cap *= 2);
	}
	text_end = text + n;
	next = text;
}

/* Take note of every `in` that has come. */
static void
hear(char *p, char *end)
{
	int64_t now = now_ns();

	for (char *line = p; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line)), *in;
		uint64_t n;

		*stop = 0;
		in = strstr(line, "\"in\":");
		n = in ? strtoull(in + 5, NULL, 10) : 0;
		for (; done < n && done < lines; done++)
			answered[done] = now;
		line = stop + 1;
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(uint64_t rate)
{
	int64_t *took = malloc(done * sizeof *took);

	for (uint64_t i = 0; i < done; i++)
		took[i] = answered[i] - due[i];
	qsort(took, done, sizeof *took, compare);
	printf("%8llu /s offered, %8llu answered: p50 %7.0f us  p99 %7.0f us  p99.9 %7.0f us\n",
	       (unsigned long long)rate, (unsigned long long)done, (double)took[done / 2] / 1e3,
	       (double)took[done * 99 / 100] / 1e3, (double)took[done * 999 / 1000] / 1e3);
}

static void
run(uint64_t rate, int to, int from)
{
	static char out[OUT_BYTES];
	size_t held = 0;
	int64_t start = now_ns();

	while (done < lines) {
		struct pollfd p[2] = {{from, POLLIN, 0}, {to, POLLOUT, 0}};
		uint64_t may =
		    rate ? (uint64_t)(now_ns() - start) * rate / 1000000000 + 1 : done + 1;

		if (may > lines)
			may = lines;
		if (sent < may) {
			char *from_here = next, *end = next;
			ssize_t n;

			while (sent < may && end - next < 65536) {
				end = (char *)memchr(end, '\n', (size_t)(text_end - end)) + 1;
				due[sent] =
				    rate ? start + (int64_t)(sent * 1000000000 / rate) : now_ns();
				sent++;
			}
			n = write(to, from_here, (size_t)(end - from_here));
			if (n < 0) /* full: below, once there is room */
				n = 0;
			while (n < end - from_here) {
				ssize_t more;

				poll(p, 2, -1);
				if (p[0].revents) {
					ssize_t got = read(from, out + held, OUT_BYTES - held);
					char *last;

					held += got > 0 ? (size_t)got : 0;
					last = memrchr(out, '\n', held);
					if (last) {
						hear(out, last + 1);
						held -= (size_t)(last + 1 - out);
						memmove(out, last + 1, held);
					}
				}
				more = write(to, from_here + n, (size_t)(end - from_here - n));
				if (more > 0)
					n += more;
			}
			next = end;
		}
		if (poll(p, 1, rate ? 0 : -1) > 0) {
			ssize_t got = read(from, out + held, OUT_BYTES - held);
			char *last;

			if (got <= 0)
				break;
			held += (size_t)got;
			last = memrchr(out, '\n', held);
			if (last) {
				hear(out, last + 1);
				held -= (size_t)(last + 1 - out);
				memmove(out, last + 1, held);
			}
		} else if (rate && rate < 200000) {
			struct timespec nap = {0, 20000};

			nanosleep(&nap, NULL);
		}
	}
}

int
main(int argc, char **argv)
{
	uint64_t rate = argc > 3 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t seconds = argc > 3 ? strtoull(argv[2], NULL, 10) : 0, all = 0;
	int to[2], from[2];

	if (argc < 4 || pipe(to) || pipe(from))
		return 100;
	read_all();
	for (char *p = text; p < text_end && (p = memchr(p, '\n', (size_t)(text_end - p))); p++)
		all++;
	lines = rate ? rate * seconds : 2000 * seconds;
	if (lines > all)
		lines = all;
	due = calloc(lines, sizeof *due);
	answered = calloc(lines, sizeof *answered);
	if (fork() == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execvp(argv[3], argv + 3);
		_exit(111);
	}
	close(to[0]);
	close(from[1]);
	fcntl(to[1], F_SETFL, O_NONBLOCK);
	run(rate, to[1], from[0]);
	close(to[1]);
	report(rate);
	while (wait(NULL) > 0)
		;
	return 0;
}
