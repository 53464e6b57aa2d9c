#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool
source_init(struct source *s, int fd)
{
	struct stat st;

	*s = (struct source){.fd = fd};
	s->regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	s->buffer = malloc(SOURCE_BYTES);
	return s->buffer != NULL;
}

void
source_release(struct source *s)
{
	free(s->buffer);
	s->buffer = NULL;
}

bool
source_fill(struct source *s)
{
	ssize_t n;

	if (s->start) {
		memmove(s->buffer, s->buffer + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	do
		n = read(s->fd, s->buffer + s->end, SOURCE_BYTES - s->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	s->at_end = n == 0;
	s->end += (size_t)n;
	return true;
}

/* The rest of a line that was too long. */
static void
skip_rest(struct source *s)
{
	const char *newline = memchr(s->buffer + s->start, '\n', s->end - s->start);

	s->start = newline ? (size_t)(newline - s->buffer) + 1 : s->end;
	s->skipping = !newline;
}

bool
source_line(struct source *s, struct span *line, bool *too_long)
{
	const char *from, *newline;
	size_t have;

	if (s->skipping)
		skip_rest(s);
	from = s->buffer + s->start;
	have = s->end - s->start;
	newline = have ? memchr(from, '\n', have) : NULL;
	*line = (struct span){from, newline ? (size_t)(newline - from) : have};
	*too_long = line->len > LIMIT_LINE_BYTES;
	if (!newline && !*too_long && (have == 0 || !s->at_end))
		return false;
	s->start += line->len + (newline != NULL);
	s->skipping = *too_long && !newline;
	return true;
}
