#include "stream_cursor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void
cursor_init(struct stream_cursor *c, int directory)
{
	c->directory = directory;
	c->file = -1;
	c->first = c->next = c->snapshot_left = 0;
	c->start = c->end = 0;
}

void
cursor_close(struct stream_cursor *c)
{
	if (c->file >= 0)
		close(c->file);
	c->file = -1;
}

bool
stream_list(int directory, uint64_t *oldest, uint64_t *newest, uint64_t at_most, uint64_t *before)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t first;

	*oldest = *newest = *before = 0;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (errno = 0, (e = readdir(d)) != NULL) {
		if (!stream_name_parse(e->d_name, &first))
			continue;
		if (*oldest == 0 || first < *oldest)
			*oldest = first;
		if (first > *newest)
			*newest = first;
		if (first <= at_most && first > *before)
			*before = first;
	}
	fd = errno;
	closedir(d);
	errno = fd;
	return errno == 0;
}

/* One whole line in the buffer, read for when it is not there yet. */
static enum cursor_status
next_text(struct stream_cursor *c, struct span *out)
{
	for (;;) {
		char *from = c->bytes + c->start;
		const char *newline = memchr(from, '\n', c->end - c->start);
		ssize_t n;

		if (newline) {
			*out = (struct span){from, (size_t)(newline - from)};
			c->start += out->len + 1;
			return CURSOR_UPDATE;
		}
		memmove(c->bytes, from, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
		if (c->end == sizeof c->bytes)
			return CURSOR_DAMAGED;
		do
			n = read(c->file, c->bytes + c->end, sizeof c->bytes - c->end);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return n < 0 ? CURSOR_FAILED : CURSOR_END;
		c->end += (size_t)n;
	}
}

enum cursor_status
cursor_file(struct stream_cursor *c, uint64_t first)
{
	char name[STREAM_NAME_MAX];
	struct stream_header h;
	struct span line;
	int fd;

	stream_name(first, name);
	fd = openat(c->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? CURSOR_LOST : CURSOR_FAILED;
	cursor_close(c);
	c->file = fd;
	c->start = c->end = 0;
	/* a file gets its name when header and snapshot are in it */
	if (next_text(c, &line) != CURSOR_UPDATE || !stream_header_parse(line, &h) ||
	    h.first != first)
		return CURSOR_DAMAGED;
	c->first = c->next = first;
	c->snapshot_left = h.snapshot;
	return CURSOR_SNAPSHOT;
}

enum cursor_status
cursor_newest(struct stream_cursor *c)
{
	uint64_t oldest, newest, before;

	/* deleted between the two calls: look again */
	for (int i = 0; i < 100; i++) {
		enum cursor_status s;

		if (!stream_list(c->directory, &oldest, &newest, 0, &before))
			return CURSOR_FAILED;
		if (newest == 0)
			return CURSOR_END;
		s = cursor_file(c, newest);
		if (s != CURSOR_LOST)
			return s;
	}
	return CURSOR_LOST;
}

enum cursor_status
cursor_skip_snapshot(struct stream_cursor *c)
{
	struct span line;

	for (; c->snapshot_left; c->snapshot_left--)
		if (next_text(c, &line) != CURSOR_UPDATE)
			return CURSOR_DAMAGED;
	return CURSOR_UPDATE;
}

/* Where a file ends and the next begins: CURSOR_UPDATE gone there, CURSOR_END there is none yet. A
 * file named by our number proves that there is nothing more in this one; one that nothing was
 * added to may have been replaced by another of its name. */
static enum cursor_status
go_on(struct stream_cursor *c)
{
	uint64_t oldest, newest, before;
	enum cursor_status s;
	struct stat st;

	if (fstat(c->file, &st) != 0)
		return CURSOR_FAILED;
	if (c->next > c->first || st.st_nlink == 0) {
		s = cursor_file(c, c->next);
		if (s == CURSOR_SNAPSHOT)
			s = cursor_skip_snapshot(c);
		if (s != CURSOR_LOST)
			return s;
	}
	if (st.st_nlink != 0)
		return CURSOR_END;
	if (!stream_list(c->directory, &oldest, &newest, 0, &before))
		return CURSOR_FAILED;
	return newest > c->next ? CURSOR_LOST : CURSOR_END;
}

static enum cursor_status
take_line(struct stream_cursor *c, struct span text, struct stream_line *out)
{
	if (!stream_line_parse(text, out))
		return CURSOR_DAMAGED;
	if (c->snapshot_left) {
		c->snapshot_left--;
		return out->seq < c->first ? CURSOR_SNAPSHOT : CURSOR_DAMAGED;
	}
	if (out->seq != c->next)
		return CURSOR_DAMAGED;
	c->next++;
	return CURSOR_UPDATE;
}

enum cursor_status
cursor_next(struct stream_cursor *c, struct stream_line *out)
{
	for (;;) {
		struct span text;
		enum cursor_status s = next_text(c, &text);

		if (s == CURSOR_UPDATE)
			return take_line(c, text, out);
		if (s == CURSOR_END && c->snapshot_left)
			return CURSOR_DAMAGED;
		if (s == CURSOR_END)
			s = go_on(c);
		if (s != CURSOR_UPDATE)
			return s;
	}
}

enum cursor_status
cursor_after(struct stream_cursor *c, uint64_t seq)
{
	uint64_t oldest, newest, before;
	struct stream_line line;
	enum cursor_status s;

	if (seq == UINT64_MAX)
		return CURSOR_END;
	if (!stream_list(c->directory, &oldest, &newest, seq + 1, &before))
		return CURSOR_FAILED;
	if (newest == 0)
		return CURSOR_END;
	s = before ? cursor_file(c, before) : CURSOR_LOST;
	if (s == CURSOR_LOST) {
		s = cursor_newest(c);
		return s == CURSOR_SNAPSHOT ? CURSOR_LOST : s;
	}
	while (s == CURSOR_SNAPSHOT || s == CURSOR_UPDATE) {
		if (c->snapshot_left == 0 && c->next == seq + 1)
			return CURSOR_UPDATE;
		s = cursor_next(c, &line);
	}
	return s;
}
