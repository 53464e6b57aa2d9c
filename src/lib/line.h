/*
 * line: NDJSON in and out over file descriptors.
 *
 * The reader hands out one line at a time as a span into its buffer, good until the next call. A
 * last line without its newline is a line like any other. A line over the limit is handed out once
 * as LINE_TOO_LONG with its first bytes, and skipped: memory stays bounded and the lines behind it
 * go through.
 *
 * Before a read that may block, the reader flushes the writer that it was given: a filter answers
 * each line before it waits for the next, yet writes in large blocks when input is plenty. When
 * that flush fails, the status is LINE_FLUSH_FAILED, apart from a failing read, for the two want
 * different words.
 *
 * SIGTERM and SIGINT (see tool.h) are looked at only where the reader waits: the record in hand is
 * always finished.
 */
#ifndef TP_LINE_H
#define TP_LINE_H

#include "span.h"

#include <stdint.h>

/* ---- out ---- */

struct line_writer {
	int fd;
	int error; /* errno of the first failed write; sticky */
	char *buffer;
	size_t len;
	size_t cap;
	uint64_t lines;
	bool fixed; /* the buffer is the caller's: locked memory, wiped whenever it has been written
		     */
	/* asked before anything is written: a durable tool commits here, so that nothing is
	 * acknowledged that is not kept. NULL: none */
	bool (*before_write)(void *context);
	void *context;
};

/* Allocates LIMIT_IO_BYTES; false when there is no memory. */
bool line_writer_init(struct line_writer *w, int fd);

/* The same of another size: for who pays for each write (before_write). */
bool line_writer_init_size(struct line_writer *w, int fd, size_t size);

/* The same over the caller's locked memory, for records that hold secrets: no record may be longer
 * than size - 1 bytes. */
void line_writer_init_fixed(struct line_writer *w, int fd, char *memory, size_t size);

void line_writer_release(struct line_writer *w);

/* Append one record and its newline. False when a write has failed (w->error says how). */
bool line_write(struct line_writer *w, struct span record);
bool line_flush(struct line_writer *w);

/* write(2) all of it, through short writes and EINTR; false with errno set. */
bool write_all(int fd, struct span bytes);

/* ---- in ---- */

#define LINE_PLENTY (16u << 10)

enum line_status {
	LINE_OK,
	LINE_TOO_LONG,	   /* text holds its beginning */
	LINE_END,	   /* end of input */
	LINE_STOPPED,	   /* asked to stop by a signal */
	LINE_READ_FAILED,  /* reader->error is errno */
	LINE_FLUSH_FAILED, /* writer->error is errno */
};

struct line {
	struct span text; /* without the newline */
	uint64_t number;  /* 1-based */
	uint64_t offset;  /* of its first byte in the input */
};

struct line_reader {
	int fd;
	int error;
	char *buffer;
	size_t cap;
	size_t max; /* longest line */
	size_t start;
	size_t end;
	size_t scanned; /* bytes after start known to hold no newline */
	uint64_t number;
	uint64_t offset;
	bool at_end;
	bool skipping;
	bool plenty; /* the last read brought LINE_PLENTY: more waits behind it */
	bool fixed;  /* the buffer is the caller's and must not grow */
	struct line_writer *writer;
	/* called each time the reader has waited tick_ms; what it writes goes out at once. NULL:
	 * none */
	void (*tick)(void *context);
	void *tick_context;
	int tick_ms;
};

/* writer may be NULL. The buffer grows up to max + 1 bytes. */
bool line_reader_init(struct line_reader *r, int fd, size_t max, struct line_writer *writer);

/* The same over the caller's memory (locked, say): lines up to size - 1 bytes. */
void line_reader_init_fixed(struct line_reader *r, int fd, char *memory, size_t size,
			    struct line_writer *writer);

void line_reader_release(struct line_reader *r);

enum line_status line_next(struct line_reader *r, struct line *out);

/* Its two halves, for a caller that waits otherwise. What can be had without reading; false:
 * line_read() must be called first. */
bool line_buffered(struct line_reader *r, struct line *out, enum line_status *status);

/* One read, which may block. Lines handed out before are no longer good. */
enum line_status line_read(struct line_reader *r);

#endif
