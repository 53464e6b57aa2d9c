/*
 * stream_cursor: a reader's place in a stream directory.
 *
 * cursor_newest() goes to the newest file; cursor_after() to the update behind a given number,
 * where it is still there. cursor_next() hands out line after line: the file's snapshot first
 * (cursor_newest alone), then updates, over the ends of files. It never waits: CURSOR_END says that
 * there is nothing more for now. A line without its newline is nobody's yet, and never handed out.
 * Spans are good until the next call. The caller owns the directory's descriptor and the struct;
 * cursor_close() closes the file.
 */
#ifndef TP_STREAM_CURSOR_H
#define TP_STREAM_CURSOR_H

#include "stream_file.h"

enum cursor_status {
	CURSOR_SNAPSHOT, /* a line of the snapshot */
	CURSOR_UPDATE,
	CURSOR_END,	/* nothing more for now */
	CURSOR_LOST,	/* what comes next has been deleted */
	CURSOR_DAMAGED, /* a line that is no line of ours, or out of order */
	CURSOR_FAILED,	/* errno */
};

struct stream_cursor {
	int directory;
	int file;		/* -1: none */
	uint64_t first;		/* number that the file is named by */
	uint64_t next;		/* number of the next update */
	uint64_t snapshot_left; /* lines of snapshot still to come */
	size_t start, end;
	char bytes[STREAM_LINE_BYTES];
};

void cursor_init(struct stream_cursor *c, int directory);
void cursor_close(struct stream_cursor *c);

/* CURSOR_SNAPSHOT: at the beginning of the newest file's snapshot, which may be empty; CURSOR_END:
 * there is no file; CURSOR_DAMAGED, CURSOR_FAILED. */
enum cursor_status cursor_newest(struct stream_cursor *c);

/* At the beginning of the snapshot of the file of that number. CURSOR_LOST: there is none. */
enum cursor_status cursor_file(struct stream_cursor *c, uint64_t first);

/* Over what is left of the snapshot; CURSOR_UPDATE, or CURSOR_DAMAGED. */
enum cursor_status cursor_skip_snapshot(struct stream_cursor *c);

/* CURSOR_UPDATE: the next line is update seq + 1, there or to come. CURSOR_LOST: it was deleted,
 * and the stream goes on from c->first. CURSOR_END: the stream has not come as far as seq; or as
 * cursor_newest(). */
enum cursor_status cursor_after(struct stream_cursor *c, uint64_t seq);

enum cursor_status cursor_next(struct stream_cursor *c, struct stream_line *out);

/* Numbers of the oldest and newest file; false with errno, 0 and 0 where there is none. */
bool stream_list(int directory, uint64_t *oldest, uint64_t *newest, uint64_t at_most,
		 uint64_t *before);

#endif
