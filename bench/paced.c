/*
 * paced RATE COMMAND...: feed stdin's lines (a file) to a command at RATE lines a second, and
 * measure how long each takes from when it was due to when the first record whose `in` is its
 * number came out (or, where records have none, the line of that number).
 *
 * A line counts from when it was due, not from when it could be written: a command that lags is not
 * spared. Status 1 when a line had no answer.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long rate, start_ns;
static size_t lines, answered;
static int to_child, from_child;
static const char *text;
static size_t text_len;
static long *delay_ns; /* 0: no answer yet */

static long
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static long
due_ns(size_t line)
{
	return start_ns + (long)((double)line * 1e9 / (double)rate);
}

static void *
feed(void *unused)
{
	const char *p = text, *end = text + text_len;
	size_t line = 0;

	(void)unused;
	while (p < end) {
		const char *from = p;
		struct timespec pause = {0, 200000};

		while (p < end && due_ns(line) <= now_ns() && p - from < 65536) {
			p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
			line++;
		}
		while (from < p) {
			ssize_t n = write(to_child, from, (size_t)(p - from));

			if (n < 0) {
				perror("paced: write");
				exit(111);
			}
			from += n;
		}
		if (p < end && due_ns(line) > now_ns())
			nanosleep(&pause, NULL);
	}
	close(to_child);
	return NULL;
}

static void
answer(const char *line, size_t number, long now)
{
	const char *in = strstr(line, "\"in\":");
	size_t of = in && strncmp(line, "{\"type\":\"order\"", 15) != 0 ? strtoul(in + 5, NULL, 10)
									: number;

	if (of == 0 || of > lines || delay_ns[of - 1])
		return;
	delay_ns[of - 1] = now - due_ns(of - 1);
	if (delay_ns[of - 1] <= 0)
		delay_ns[of - 1] = 1;
	answered++;
}

static void
read_answers(void)
{
	static char buffer[(1 << 20) + 1];
	size_t have = 0, number = 0;
	ssize_t n;

	while ((n = read(from_child, buffer + have, sizeof buffer - 1 - have)) > 0) {
		long now = now_ns();
		char *line = buffer, *newline;

		have += (size_t)n;
		while ((newline = memchr(line, '\n', have - (size_t)(line - buffer))) != NULL) {
			*newline = 0;
			answer(line, ++number, now);
			line = newline + 1;
		}
		have -= (size_t)(line - buffer);
		memmove(buffer, line, have);
	}
}

static int
compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static void
report(long spent_ns)
{
	qsort(delay_ns, lines, sizeof delay_ns[0], compare);
	printf("offered %ld/s: %zu lines in %.2f s, %zu answered, %zu lost; delay p50 %.2f ms, p99 "
	       "%.2f ms, "
	       "p99.9 %.2f ms, max %.2f ms\n",
	       rate, lines, (double)spent_ns / 1e9, answered, lines - answered,
	       (double)delay_ns[lines / 2] / 1e6, (double)delay_ns[lines * 99 / 100] / 1e6,
	       (double)delay_ns[lines * 999 / 1000] / 1e6, (double)delay_ns[lines - 1] / 1e6);
}

static pid_t
spawn(char **argv)
{
	int in[2], out[2];
	pid_t child;

	if (pipe(in) != 0 || pipe(out) != 0 || (child = fork()) < 0)
		exit(111);
	if (child == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execvp(argv[0], argv);
		_exit(111);
	}
	close(in[0]);
	close(out[1]);
	to_child = in[1];
	from_child = out[0];
	return child;
}

int
main(int argc, char **argv)
{
	struct stat st;
	pthread_t feeder;
	int status;
	pid_t child;

	if (argc < 3 || fstat(0, &st) != 0 || st.st_size == 0)
		return 100;
	rate = strtol(argv[1], NULL, 10);
	text_len = (size_t)st.st_size;
	text = mmap(NULL, text_len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, 0, 0);
	if (text == MAP_FAILED)
		return 111;
	for (const char *p = text; (p = memchr(p, '\n', text_len - (size_t)(p - text))); p++)
		lines++;
	delay_ns = calloc(lines, sizeof delay_ns[0]);
	child = spawn(argv + 2);
	start_ns = now_ns() + 50000000;
	if (pthread_create(&feeder, NULL, feed, NULL) != 0)
		return 111;
	read_answers();
	pthread_join(feeder, NULL);
	waitpid(child, &status, 0);
	report(now_ns() - start_ns);
	return answered == lines && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
