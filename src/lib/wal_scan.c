#include "wal_scan.h"

#include "check.h"

#include <errno.h>

#define READ_BYTES (256u << 10)

void
wal_scan_init(struct wal_scan *s, struct wal_source source, uint64_t number)
{
	*s = (struct wal_scan){.source = source, .number = number};
	buf_init(&s->window, (size_t)WAL_FILE_MAX + READ_BYTES);
}

void
wal_scan_release(struct wal_scan *s)
{
	buf_release(&s->window);
}

/* ---- the window ---- */

struct span
wal_scan_tail(const struct wal_scan *s)
{
	if (!s->window.ptr)
		return SPAN_LIT("");
	return (struct span){s->window.ptr + s->start, s->window.len - s->start};
}

static void
drop_window(struct wal_scan *s)
{
	buf_clear(&s->window);
	s->start = 0;
}

static void
use(struct wal_scan *s, size_t n)
{
	s->start += n;
	s->offset += n;
	s->looked_again = false;
}

/* Read once behind the window: how many bytes, 0 at the present end, -1 with fault.error set. */
static ssize_t
read_more(struct wal_scan *s)
{
	struct span have = wal_scan_tail(s);
	char *at;
	ssize_t n = -1;

	if (s->start > 0) {
		memmove(s->window.ptr, have.ptr, have.len);
		s->window.len = have.len;
		s->start = 0;
	}
	at = buf_room(&s->window, READ_BYTES);
	if (!at)
		errno = have.len > WAL_FILE_MAX ? EFBIG : ENOMEM;
	else
		n = s->source.read(s->source.context, s->number, s->offset + have.len, at,
				   READ_BYTES);
	if (n < 0)
		s->fault.error = errno;
	else
		buf_grown(&s->window, (size_t)n);
	return n;
}

/* ---- how it ends ---- */

static enum wal_step
fault(struct wal_scan *s, enum wal_step step, uint64_t offset, const char *why)
{
	s->fault = (struct wal_fault){.number = s->number,
				      .offset = offset,
				      .seq = s->chain.last + 1,
				      .why = why,
				      .error = s->fault.error};
	s->stopped = true;
	return step;
}

static enum wal_step
failed(struct wal_scan *s)
{
	if (s->fault.error == EFBIG)
		return fault(s, WAL_CORRUPT, s->offset, "the file is longer than a log file gets");
	return fault(s, WAL_FAILED, s->offset, "cannot be read");
}

/* 1: there is a file behind the one at hand; 0: none; -1: fault.error */
static int
has_next(struct wal_scan *s)
{
	if (s->source.alone || s->number == WAL_NUMBER_MAX)
		return 0;
	if (s->source.read(s->source.context, s->number + 1, 0, NULL, 0) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	s->fault.error = errno;
	return -1;
}

/* Bytes at offset are no good, and there is a newer file: look once more, for they may have been
 * taken from under us before that file was begun (a tail being written, or cut). */
static bool
look_again(struct wal_scan *s)
{
	if (s->looked_again)
		return false;
	s->looked_again = true;
	drop_window(s);
	return true;
}

/* ---- files ---- */

/* Is the first line of the file at hand what must follow? NULL, or what is wrong. */
static const char *
wrong_link(const struct wal_scan *s, const struct wal_header *h)
{
	if (s->source.alone)
		return NULL;
	if (h->prev_number != s->number - 1)
		return "the file does not name the one before it";
	if (h->prev_number == 0 && h->first != 1)
		return "the first file does not begin with line 1";
	if (s->files == 0)
		return NULL;
	if (h->first != s->chain.last + 1)
		return "the file does not begin with the line after the last";
	if (h->prev_crc != s->chain.crc)
		return "the file before does not end as this one says";
	return NULL;
}

static void
begin_file(struct wal_scan *s, const struct wal_header *h, size_t len)
{
	if (s->files++ == 0)
		s->first = h->first;
	s->file_first = h->first;
	/* the file before was synced to its end before this one was made */
	s->chain = (struct wal_chain){
	    .salt = h->salt, .crc = h->salt, .last = h->first - 1, .durable = h->first - 1};
	use(s, len);
	s->sure = 0;
	s->pending_seq = s->chain.last;
	s->pending_end = s->offset;
}

/* The first line is no header, and all there is of the file is in the window. */
static enum wal_step
bad_header(struct wal_scan *s)
{
	size_t len = wal_scan_tail(s).len;
	int next;

	if (s->source.alone)
		return len ? fault(s, WAL_CORRUPT, 0, "not a log file")
			   : fault(s, WAL_END, 0, NULL);
	next = has_next(s);
	if (next < 0)
		return failed(s);
	if (next)
		return look_again(s) ? WAL_BATCH
				     : fault(s, WAL_CORRUPT, 0, "the file's first line is damaged");
	/* nothing is written behind a header that has not been synced */
	if (len > WAL_HEADER_MAX)
		return fault(s, WAL_CORRUPT, 0, "the file's first line is damaged");
	/* only a file that follows another, or the very first, is ever the newest while it is made
	 */
	if (s->files == 0 && s->number != 1)
		return fault(s, WAL_CORRUPT, 0, "the first line of the only file is damaged");
	return fault(s, WAL_TORN, 0, len ? "the file's first line is incomplete" : "empty file");
}

/* WAL_BATCH: go on (not necessarily with a new file). */
static enum wal_step
read_header(struct wal_scan *s)
{
	struct wal_header h;
	size_t len;
	ssize_t n;

	while (wal_scan_tail(s).len <= WAL_HEADER_MAX && (n = read_more(s)) != 0)
		if (n < 0)
			return failed(s);
	if (wal_header_parse(wal_scan_tail(s), &h, &len) != WAL_PARSE_WHOLE)
		return bad_header(s);
	if (wrong_link(s, &h))
		return fault(s, WAL_CORRUPT, 0, wrong_link(s, &h));
	begin_file(s, &h, len);
	return WAL_BATCH;
}

/* The file at hand has been read to its end, which is whole. WAL_BATCH: go on. */
static enum wal_step
end_of_file(struct wal_scan *s)
{
	int next = has_next(s);

	if (next < 0)
		return failed(s);
	if (next == 0)
		return fault(s, WAL_END, s->offset, NULL);
	/* it may have grown before the next one was begun */
	if (look_again(s))
		return WAL_BATCH;
	drop_window(s);
	s->number++;
	s->offset = 0;
	s->looked_again = false;
	return WAL_BATCH;
}

/* ---- batches ---- */

static void
take(struct wal_scan *s, const struct wal_batch *b)
{
	if (b->durable >= s->pending_seq) {
		s->sure = s->pending_end;
		s->pending_seq = s->chain.last + b->n;
		s->pending_end = s->offset + b->header_len + b->payload.len;
	}
	wal_chain_take(&s->chain, b);
	use(s, b->header_len + b->payload.len);
	s->batches++;
	s->lines += b->n;
}

/* The bytes at offset are no batch that belongs there. WAL_BATCH: look again. */
static enum wal_step
bad_batch(struct wal_scan *s)
{
	int next = has_next(s);
	size_t at;
	ssize_t n;
	struct wal_batch b;

	if (next < 0)
		return failed(s);
	if (next)
		return look_again(s)
			   ? WAL_BATCH
			   : fault(s, WAL_CORRUPT, s->offset, "damage in a file that was ended");
	while ((n = read_more(s)) != 0)
		if (n < 0)
			return failed(s);
	if (wal_batch_parse(wal_scan_tail(s), s->chain.salt, &b) == WAL_PARSE_WHOLE &&
	    wal_chain_follows(&s->chain, &b))
		return WAL_BATCH;
	switch (wal_judge(&s->chain, wal_scan_tail(s), &at)) {
	case WAL_JUDGED_TORN: break;
	case WAL_JUDGED_MISPLACED:
		return fault(s, WAL_CORRUPT, s->offset,
			     "a batch that does not follow the one before it");
	case WAL_JUDGED_DURABLE:
		return fault(s, WAL_CORRUPT, s->offset,
			     "damage to lines that a later batch says were durable");
	}
	return fault(s, WAL_TORN, s->offset, "the last write is incomplete");
}

/* WAL_BATCH with out->header_len 0: go on. */
static enum wal_step
read_batch(struct wal_scan *s, struct wal_batch *out)
{
	enum wal_parse parsed;

	while ((parsed = wal_batch_parse(wal_scan_tail(s), s->chain.salt, out)) ==
	       WAL_PARSE_SHORT) {
		ssize_t n = read_more(s);

		if (n < 0)
			return failed(s);
		if (n == 0)
			break;
	}
	if (parsed == WAL_PARSE_WHOLE && wal_chain_follows(&s->chain, out)) {
		take(s, out);
		return WAL_BATCH;
	}
	out->header_len = 0;
	return wal_scan_tail(s).len == 0 ? end_of_file(s) : bad_batch(s);
}

enum wal_step
wal_scan_next(struct wal_scan *s, struct wal_batch *out)
{
	if (s->stopped) {
		s->stopped = false;
		s->looked_again = false;
		s->fault = (struct wal_fault){0};
		/* bytes of a write that was cut short may have been taken back since */
		if (!s->source.alone)
			drop_window(s);
	}
	for (;;) {
		enum wal_step step;

		out->header_len = 0;
		step = s->offset == 0 ? read_header(s) : read_batch(s, out);
		if (step != WAL_BATCH || out->header_len)
			return step;
	}
}
