/* ceiling: what bench/limit measures that no common tool does.
 *
 *     ceiling lines FILE        count lines with memchr
 *     ceiling sync DIR KIB      append and fdatasync for a second
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (1 << 20)

static char block[BLOCK];

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
count_lines(const char *file)
{
	int fd = open(file, O_RDONLY);
	unsigned long n = 0;
	ssize_t got;

	while ((got = read(fd, block, BLOCK)) > 0)
		for (char *p = block; (p = memchr(p, '\n', (size_t)(block + got - p))) != NULL; p++)
			n++;
	printf("%lu\n", n);
	return got < 0 ? 111 : 0;
}

static int
sync_rate(const char *directory, size_t bytes)
{
	char path[4096];
	unsigned long n = 0;
	double start, now;
	int fd;

	snprintf(path, sizeof path, "%s/sync", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || bytes > BLOCK)
		return 111;
	memset(block, 'x', BLOCK);
	start = seconds();
	do {
		if (write(fd, block, bytes) != (ssize_t)bytes || fdatasync(fd) != 0)
			return 111;
		n++;
		now = seconds();
	} while (now - start < 1);
	printf("append %4zu KiB + fdatasync   %8.0f /s, %7.1f MB/s\n", bytes >> 10,
	       (double)n / (now - start), (double)n * (double)bytes / (now - start) / 1e6);
	unlink(path);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "lines") == 0)
		return count_lines(argv[2]);
	if (argc == 4 && strcmp(argv[1], "sync") == 0)
		return sync_rate(argv[2], strtoul(argv[3], NULL, 10) << 10);
	return 100;
}
