#include "line.h"

#include "check.h"
#include "limit.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- out ---- */

bool
line_writer_init(struct line_writer *w, int fd)
{
	return line_writer_init_size(w, fd, LIMIT_IO_BYTES);
}

bool
line_writer_init_size(struct line_writer *w, int fd, size_t size)
{
	*w = (struct line_writer){.fd = fd, .cap = size};
	w->buffer = malloc(w->cap);
	return w->buffer != NULL;
}

void
line_writer_init_fixed(struct line_writer *w, int fd, char *memory, size_t size)
{
	*w = (struct line_writer){.fd = fd, .cap = size, .buffer = memory, .fixed = true};
}

void
line_writer_release(struct line_writer *w)
{
	if (!w->fixed)
		free(w->buffer);
	w->buffer = NULL;
}

bool
write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return true;
}

static bool
put_out(struct line_writer *w, struct span bytes)
{
	if (w->error == 0 && bytes.len && w->before_write && !w->before_write(w->context))
		w->error = errno ? errno : EIO;
	if (w->error == 0 && !write_all(w->fd, bytes))
		w->error = errno;
	return w->error == 0;
}

bool
line_flush(struct line_writer *w)
{
	bool ok = put_out(w, (struct span){w->buffer, w->len});

	if (w->fixed)
		explicit_bzero(w->buffer, w->len);
	w->len = 0;
	return ok;
}

bool
line_write(struct line_writer *w, struct span record)
{
	CHECK(!memchr(record.ptr, '\n', record.len));
	if (w->error)
		return false;
	if (record.len + 1 > w->cap - w->len && !line_flush(w))
		return false;
	w->lines++;
	CHECK(!w->fixed || record.len + 1 <= w->cap);
	if (record.len + 1 > w->cap)
		return put_out(w, record) && put_out(w, SPAN_LIT("\n"));
	memcpy(w->buffer + w->len, record.ptr, record.len);
	w->len += record.len;
	w->buffer[w->len++] = '\n';
	return true;
}

/* ---- in ---- */

bool
line_reader_init(struct line_reader *r, int fd, size_t max, struct line_writer *writer)
{
	*r = (struct line_reader){.fd = fd, .max = max, .writer = writer};
	r->cap = max + 1 < LIMIT_IO_BYTES ? max + 1 : LIMIT_IO_BYTES;
	r->buffer = malloc(r->cap);
	return r->buffer != NULL;
}

void
line_reader_init_fixed(struct line_reader *r, int fd, char *memory, size_t size,
		       struct line_writer *writer)
{
	CHECK(size > 1);
	*r = (struct line_reader){.fd = fd,
				  .max = size - 1,
				  .cap = size,
				  .buffer = memory,
				  .fixed = true,
				  .writer = writer};
}

void
line_reader_release(struct line_reader *r)
{
	if (!r->fixed)
		free(r->buffer);
	r->buffer = NULL;
}

/* Room behind end: move the line to the front, or grow up to max + 1 (the longest line and its
 * newline). */
static bool
make_room(struct line_reader *r)
{
	size_t cap;
	char *grown;

	if (r->start > 0) {
		memmove(r->buffer, r->buffer + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (r->end < r->cap)
		return true;
	if (r->fixed || r->cap > r->max)
		return false;
	cap = r->cap > r->max / 2 ? r->max + 1 : r->cap * 2;
	grown = realloc(r->buffer, cap);
	if (!grown)
		return false;
	r->buffer = grown;
	r->cap = cap;
	return true;
}

/* Wait until fd can be read, flushing first if it cannot be at once. LINE_OK: go and read. */
static enum line_status
wait_readable(struct line_reader *r)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	int ready = poll(&p, 1, 0);

	if (ready == 0) {
		do {
			if (r->writer && !line_flush(r->writer))
				return LINE_FLUSH_FAILED;
			ready = stop_poll(&p, 1, r->tick ? r->tick_ms : -1);
			if (ready == 0)
				r->tick(r->tick_context);
		} while (ready == 0 || (ready < 0 && errno == EINTR && !stop_requested()));
	}
	return stop_requested() ? LINE_STOPPED : LINE_OK;
}

/* One read. LINE_OK also at end of input, with at_end set. */
enum line_status
line_read(struct line_reader *r)
{
	ssize_t n;

	if (r->end == r->cap && !make_room(r))
		check_failed(__FILE__, __LINE__, "a skipped line leaves room");
	do
		n = read(r->fd, r->buffer + r->end, r->cap - r->end);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		r->error = errno;
		return LINE_READ_FAILED;
	}
	if (n == 0)
		r->at_end = true;
	r->plenty = n >= LINE_PLENTY;
	r->end += (size_t)n;
	return LINE_OK;
}

/* Hand out [start, start + len) and step over `used` bytes. */
static void
take(struct line_reader *r, size_t len, size_t used, struct line *out)
{
	out->text = (struct span){r->buffer + r->start, len};
	out->number = ++r->number;
	out->offset = r->offset;
	r->start += used;
	r->offset += used;
	r->scanned = 0;
}

/* The rest of a line that was too long, up to and with its newline. True when it has passed. */
static bool
skip_rest(struct line_reader *r)
{
	const char *newline = memchr(r->buffer + r->start, '\n', r->end - r->start);
	size_t n = newline ? (size_t)(newline - r->buffer) + 1 - r->start : r->end - r->start;

	r->start += n;
	r->offset += n;
	r->skipping = newline == NULL && !r->at_end;
	return !r->skipping;
}

bool
line_buffered(struct line_reader *r, struct line *out, enum line_status *status)
{
	size_t have;
	const char *from, *newline;

	if (r->skipping && !skip_rest(r))
		return false;
	*status = LINE_OK;
	have = r->end - r->start;
	from = r->buffer + r->start;
	newline = memchr(from + r->scanned, '\n', have - r->scanned);
	if (newline) {
		take(r, (size_t)(newline - from), (size_t)(newline - from) + 1, out);
		return true;
	}
	r->scanned = have;
	if (r->at_end) {
		*status = have ? LINE_OK : LINE_END;
		if (have)
			take(r, have, have, out);
		return true;
	}
	if (have > r->max || (have == r->cap && !make_room(r))) {
		take(r, have, have, out);
		r->skipping = true;
		*status = LINE_TOO_LONG;
		return true;
	}
	return false;
}

enum line_status
line_next(struct line_reader *r, struct line *out)
{
	enum line_status status;

	if (stop_requested())
		return LINE_STOPPED;
	while (!line_buffered(r, out, &status)) {
		status = wait_readable(r);
		if (status == LINE_OK)
			status = line_read(r);
		if (status != LINE_OK)
			return status;
	}
	return status;
}
