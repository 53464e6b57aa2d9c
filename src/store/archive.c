#include "archive.h"

#include "digest.h"
#include "durable.h"
#include "hex.h"
#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void
archive_init(struct archive *a, int state)
{
	*a = (struct archive){.state = state};
}

/* path.tmp, fsynced; the directory is left to archive_sync(). */
static bool
write_file(int state, const char *path, struct span text, struct span end)
{
	char temporary[128];
	bool ok;
	int fd, saved;

	snprintf(temporary, sizeof temporary, "%s.tmp", path);
	fd = openat(state, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return false;
	ok = write_all(fd, text) && write_all(fd, end) && fsync(fd) == 0;
	saved = errno;
	ok = close(fd) == 0 && ok;
	if (ok && renameat(state, temporary, state, path) == 0)
		return true;
	saved = saved ? saved : errno;
	unlinkat(state, temporary, 0);
	errno = saved ? saved : EIO;
	return false;
}

static bool
note_dirty(struct archive *a, const char *directory)
{
	for (size_t i = 0; i < a->dirty_n; i++)
		if (strcmp(a->dirty[i], directory) == 0)
			return true;
	if (a->dirty_n == sizeof a->dirty / sizeof a->dirty[0] && !archive_sync(a))
		return false;
	snprintf(a->dirty[a->dirty_n++], sizeof a->dirty[0], "%s", directory);
	return true;
}

bool
archive_write(struct archive *a, const struct entry *e, struct span text)
{
	char directory[32];

	snprintf(directory, sizeof directory, "reports/evidence/%.10s", e->verified_at.ptr);
	errno = 0;
	return durable_make_directories(a->state, directory, 0750) && note_dirty(a, directory) &&
	       write_file(a->state, e->path, text, SPAN_LIT("")) &&
	       write_file(a->state, e->root_path, e->root, SPAN_LIT("\n"));
}

bool
archive_sync(struct archive *a)
{
	for (size_t i = 0; i < a->dirty_n; i++) {
		int fd = openat(a->state, a->dirty[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		bool ok = fd >= 0 && fsync(fd) == 0;
		int saved = errno;

		if (fd >= 0)
			close(fd);
		errno = saved;
		if (!ok)
			return false;
	}
	a->dirty_n = 0;
	return true;
}

bool
archive_read(const struct archive *a, const char *path, struct buf *out)
{
	buf_clear(out);
	return durable_read(a->state, path, out);
}

void
archive_digest(struct span bytes, char hex[65])
{
	unsigned char hash[SHA256_BYTES];

	sha256(bytes, hash);
	hex_print(hash, sizeof hash, hex);
}
