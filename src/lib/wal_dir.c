#include "wal_dir.h"

#include "check.h"
#include "wal_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is there ---- */

static void
count(struct wal_dir *d, uint64_t number)
{
	if (d->oldest == 0 || number < d->oldest)
		d->oldest = number;
	if (number > d->newest)
		d->newest = number;
	d->files++;
}

static bool
list(struct wal_dir *d, DIR *entries)
{
	for (;;) {
		const struct dirent *entry;
		uint64_t number;

		errno = 0;
		entry = readdir(entries);
		if (!entry)
			return errno == 0;
		if (wal_name_parse(entry->d_name, &number))
			count(d, number);
	}
}

static bool
exists(int directory, uint64_t number)
{
	char name[WAL_NAME_BYTES];
	struct stat st;

	wal_name(number, name);
	return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
wal_dir_open(struct wal_dir *d, int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	bool ok = false;
	int saved;

	*d = (struct wal_dir){.fd = directory, .file = -1};
	if (entries)
		ok = list(d, entries);
	saved = errno;
	if (entries)
		closedir(entries);
	else if (fd >= 0)
		close(fd);
	errno = saved;
	if (ok && d->files && d->files != d->newest - d->oldest + 1)
		for (d->missing = d->oldest; exists(directory, d->missing);)
			d->missing++;
	return ok;
}

void
wal_dir_release(struct wal_dir *d)
{
	if (d->file >= 0)
		close(d->file);
	d->file = -1;
}

/* ---- reading ---- */

static bool
turn_to(struct wal_dir *d, uint64_t number)
{
	if (d->file >= 0 && d->number == number)
		return true;
	wal_dir_release(d);
	d->file = wal_file_open(d->fd, number, O_RDONLY | O_NONBLOCK, 0);
	d->number = number;
	return d->file >= 0;
}

static ssize_t
read_file(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	struct wal_dir *d = context;
	ssize_t got;

	if (n == 0) {
		if (exists(d->fd, number))
			return 0;
		return -1;
	}
	if (!turn_to(d, number))
		return -1;
	do
		got = pread(d->file, to, n, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

struct wal_source
wal_dir_source(struct wal_dir *d)
{
	return (struct wal_source){.context = d, .read = read_file};
}

int
wal_dir_header(struct wal_dir *d, uint64_t number, struct wal_header *out)
{
	char text[WAL_HEADER_MAX];
	size_t have = 0, len;
	ssize_t n;

	while (have < sizeof text &&
	       (n = read_file(d, number, have, text + have, sizeof text - have)) != 0) {
		if (n < 0)
			return -1;
		have += (size_t)n;
	}
	return wal_header_parse((struct span){text, have}, out, &len) == WAL_PARSE_WHOLE;
}

uint64_t
wal_dir_file_of(struct wal_dir *d, uint64_t seq)
{
	struct wal_header h;
	uint64_t number = d->newest;

	CHECK(d->oldest >= 1);
	/* a first line that cannot be read is left to the scan to complain about */
	while (number > d->oldest && (wal_dir_header(d, number, &h) != 1 || h.first > seq))
		number--;
	return number;
}
