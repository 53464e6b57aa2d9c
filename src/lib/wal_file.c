#include "wal_file.h"

#include "check.h"
#include "durable.h"
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TORN_NAME_BYTES (WAL_NAME_BYTES + 32)

int
wal_file_open(int directory, uint64_t number, int flags, mode_t mode)
{
	char name[WAL_NAME_BYTES];

	wal_name(number, name);
	return openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
}

bool
wal_file_write(int fd, struct span a, struct span b)
{
	while (a.len) {
		struct iovec parts[2] = {{(void *)(uintptr_t)a.ptr, a.len},
					 {(void *)(uintptr_t)b.ptr, b.len}};
		ssize_t n = writev(fd, parts, b.len ? 2 : 1);
		size_t of_a;

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		of_a = (size_t)n < a.len ? (size_t)n : a.len;
		a = (struct span){a.ptr + of_a, a.len - of_a};
		b = (struct span){b.ptr + ((size_t)n - of_a), b.len - ((size_t)n - of_a)};
	}
	return write_all(fd, b);
}

bool
wal_file_sync(int fd)
{
	int failed;

	do
		failed = fdatasync(fd);
	while (failed && errno == EINTR);
	return !failed;
}

static bool
draw_salt(uint32_t *salt)
{
	ssize_t n;

	do
		n = getrandom(salt, sizeof *salt, 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof *salt;
}

int
wal_file_create(int directory, uint64_t number, struct wal_header *h, mode_t mode)
{
	char text[WAL_HEADER_MAX + 1];
	struct span line = {text, 0};
	int fd, saved;

	if (!draw_salt(&h->salt))
		return -1;
	line.len = wal_header_print(h, text);
	fd = wal_file_open(directory, number, O_RDWR | O_CREAT | O_TRUNC, mode);
	if (fd < 0)
		return -1;
	if (write_all(fd, line) && wal_file_sync(fd) && fsync(directory) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

bool
wal_file_rewrite(int fd, uint64_t from, uint64_t to)
{
	char bytes[16384];

	while (from < to) {
		size_t n = to - from < sizeof bytes ? (size_t)(to - from) : sizeof bytes;
		ssize_t got = pread(fd, bytes, n, (off_t)from), put;

		if (got == 0)
			errno = EIO; /* shorter than it was a moment ago */
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		do
			put = pwrite(fd, bytes, (size_t)got, (off_t)from);
		while (put < 0 && errno == EINTR);
		if (put < 0)
			return false;
		from += (uint64_t)put;
	}
	return true;
}

bool
wal_file_cut(int fd, uint64_t size)
{
	int failed;

	do
		failed = ftruncate(fd, (off_t)size);
	while (failed && errno == EINTR);
	return !failed && fsync(fd) == 0;
}

static void
torn_name(uint64_t number, uint64_t offset, char out[TORN_NAME_BYTES])
{
	char name[WAL_NAME_BYTES];

	wal_name(number, name);
	snprintf(out, TORN_NAME_BYTES, "%s.torn-%" PRIu64, name, offset);
}

bool
wal_file_save_tail(int directory, uint64_t number, uint64_t offset, struct span tail, mode_t mode)
{
	char name[TORN_NAME_BYTES];

	torn_name(number, offset, name);
	return durable_write(directory, name, tail, mode);
}

int
wal_file_has_saved_tail(int directory, uint64_t number, uint64_t offset)
{
	char name[TORN_NAME_BYTES];
	struct stat st;

	torn_name(number, offset, name);
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}
