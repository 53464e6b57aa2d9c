/* Catches a stream file that crashes its reader, or makes it hand out an update that does not
 * follow the one before. Input: a file. */
#include "fuzz.h"
#include "stream_cursor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int directory = -1;

static void
make_directory(void)
{
	char name[] = "/tmp/stream-fuzz-XXXXXX";

	FUZZ_CHECK(mkdtemp(name) != NULL);
	directory = open(name, O_RDONLY | O_DIRECTORY);
	FUZZ_CHECK(directory >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stream_cursor c;
	struct stream_line line;
	enum cursor_status s;
	uint64_t last = 0;
	int fd;

	if (directory < 0)
		make_directory();
	fd = openat(directory, "00000000000000000005.ndjson", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
	cursor_init(&c, directory);
	s = cursor_newest(&c);
	while (s == CURSOR_SNAPSHOT || s == CURSOR_UPDATE) {
		s = cursor_next(&c, &line);
		if (s == CURSOR_UPDATE) {
			FUZZ_CHECK(line.seq == (last ? last + 1 : 5));
			last = line.seq;
		}
		if (s == CURSOR_SNAPSHOT)
			FUZZ_CHECK(line.seq < 5 && last == 0);
	}
	FUZZ_CHECK(s == CURSOR_END || s == CURSOR_DAMAGED);
	cursor_close(&c);
	return 0;
}
