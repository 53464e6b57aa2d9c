#include "inbox.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

bool
inbox_init(struct inbox *in, int fd, size_t max)
{
	*in = (struct inbox){.fd = fd, .max = max, .buffer = malloc(max + 1)};
	return in->buffer != NULL;
}

void
inbox_release(struct inbox *in)
{
	free(in->buffer);
	in->buffer = NULL;
}

bool
inbox_fill(struct inbox *in)
{
	ssize_t n;

	if (in->start > 0) {
		memmove(in->buffer, in->buffer + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	/* inbox_next() took what was longer */
	CHECK(in->end <= in->max);
	do
		n = read(in->fd, in->buffer + in->end, in->max + 1 - in->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	in->ended = n == 0;
	in->end += (size_t)n;
	return true;
}

static struct span
take(struct inbox *in, size_t len, size_t used)
{
	struct span line = {in->buffer + in->start, len};

	in->start += used;
	return line;
}

enum inbox_status
inbox_next(struct inbox *in, struct span *line)
{
	size_t have = in->end - in->start;
	const char *newline = memchr(in->buffer + in->start, '\n', have);
	size_t len = newline ? (size_t)(newline - in->buffer) - in->start : have;

	if (in->skipping) {
		in->skipping = !newline;
		take(in, len, newline ? len + 1 : len);
		return newline ? inbox_next(in, line) : INBOX_NONE;
	}
	if (!newline && len <= in->max && (!in->ended || len == 0))
		return INBOX_NONE;
	in->skipping = !newline && !in->ended;
	in->number++;
	*line = take(in, len, newline ? len + 1 : len);
	return len > in->max ? INBOX_TOO_LONG : INBOX_LINE;
}
