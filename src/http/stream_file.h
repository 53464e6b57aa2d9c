/*
 * stream_file: what stands in the files of a stream directory (stream(5)); no I/O.
 *
 * A file is named by the number of its first update and begins with a header line and a snapshot:
 * the newest state of things as of the update before. After these come updates, one a line,
 * numbered without a hole, until a file begins that is named by the next number. So a reader that
 * has any one file has a whole picture, and never needs two of them to agree.
 *
 * A line is valid if and only if it ends in a newline and has one of the two forms below exactly.
 * What a crash leaves behind at the end of a file has no newline, and belongs to nobody.
 */
#ifndef TP_STREAM_FILE_H
#define TP_STREAM_FILE_H

#include "buf.h"
#include "span.h"

/* One record in a stream. A book of 400 levels has 30 kB. */
#define STREAM_RECORD_BYTES (64u << 10)

/* The record with {"s":N,"r":} around it, and its newline. */
#define STREAM_LINE_BYTES (STREAM_RECORD_BYTES + 64)

/* 20 digits, ".ndjson", NUL */
#define STREAM_NAME_MAX 28

void stream_name(uint64_t first, char out[STREAM_NAME_MAX]);
bool stream_name_parse(const char *name, uint64_t *first);

/* {"stream":1,"first":N,"snapshot":LINES} */
struct stream_header {
	uint64_t first;
	uint64_t snapshot; /* lines of snapshot that follow */
};

void stream_header_print(const struct stream_header *h, struct buf *out);
bool stream_header_parse(struct span line, struct stream_header *out);

/* {"s":NUMBER,"r":RECORD} */
struct stream_line {
	uint64_t seq;
	struct span record;
};

void stream_line_print(uint64_t seq, struct span record, struct buf *out);
bool stream_line_parse(struct span line, struct stream_line *out);

/* Digits without a superfluous zero, as much as 64 bits hold; false for anything else. */
bool stream_number(struct span text, uint64_t *out);

#endif
