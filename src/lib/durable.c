#include "durable.h"

#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
temporary_name(const char *name, char out[512])
{
	if ((size_t)snprintf(out, 512, "%s.tmp", name) < 512)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int
durable_begin(int directory, const char *name, mode_t mode)
{
	char temporary[512];

	if (!temporary_name(name, temporary))
		return -1;
	return openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		      mode);
}

/* Close what is incomplete and remove it, keeping errno. */
static bool
give_up(int directory, const char *temporary, int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	unlinkat(directory, temporary, 0);
	errno = saved;
	return false;
}

bool
durable_commit(int directory, const char *name, int fd)
{
	char temporary[512];

	if (!temporary_name(name, temporary))
		return false;
	if (fsync(fd) != 0)
		return give_up(directory, temporary, fd);
	if (close(fd) != 0 || renameat(directory, temporary, directory, name) != 0)
		return give_up(directory, temporary, -1);
	return fsync(directory) == 0;
}

bool
durable_cancel(int directory, const char *name, int fd)
{
	char temporary[512];

	return temporary_name(name, temporary) && give_up(directory, temporary, fd);
}

bool
durable_write(int directory, const char *name, struct span contents, mode_t mode)
{
	int fd = durable_begin(directory, name, mode);

	if (fd < 0)
		return false;
	return write_all(fd, contents) ? durable_commit(directory, name, fd)
				       : durable_cancel(directory, name, fd);
}

static bool
make_one(int directory, const char *path, mode_t mode)
{
	char parent[512];
	char *slash;
	int fd;
	bool ok;

	if (mkdirat(directory, path, mode) != 0)
		return errno == EEXIST;
	snprintf(parent, sizeof parent, "%s", path);
	slash = strrchr(parent, '/');
	if (slash)
		*slash = 0;
	fd = openat(directory, slash ? (*parent ? parent : "/") : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

bool
durable_make_directories(int directory, const char *path, mode_t mode)
{
	char part[512];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (!make_one(directory, part, mode))
			return false;
	}
	return true;
}

/* One read into what room is left; -1 with EFBIG when the file goes on behind it. */
static ssize_t
read_some(int fd, struct buf *out)
{
	size_t left = out->max - out->len, want = left < 16384 ? left : 16384;
	char beyond = 0, *at = want ? buf_room(out, want) : &beyond;
	ssize_t n;

	if (!at) {
		errno = ENOMEM;
		return -1;
	}
	do
		n = read(fd, at, want ? want : 1);
	while (n < 0 && errno == EINTR);
	if (n > 0 && want == 0) {
		errno = EFBIG;
		return -1;
	}
	if (n > 0)
		buf_grown(out, (size_t)n);
	return n;
}

bool
durable_read(int directory, const char *name, struct buf *out)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int saved;

	if (fd < 0)
		return false;
	do
		n = read_some(fd, out);
	while (n > 0);
	saved = errno;
	close(fd);
	errno = saved;
	return n == 0;
}
