/*
 * source: lines from a descriptor, a block at a time.
 *
 * Unlike a line_reader it never waits: source_fill() reads once, and source_line() hands out what
 * is there. All lines handed out since the last fill stay good until the next, so that many can be
 * looked at side by side. A line over LIMIT_LINE_BYTES is handed out once as too long, with its
 * beginning, and skipped.
 */
#ifndef TP_SOURCE_H
#define TP_SOURCE_H

#include "limit.h"
#include "span.h"

/* One line of the longest kind, and a quarter of a megabyte of others: some 700 orders. */
#define SOURCE_BYTES (LIMIT_LINE_BYTES + (256u << 10))

struct source {
	int fd;	      /* -1: none, or ended */
	bool regular; /* a file: its end may move on */
	char *buffer;
	size_t start, end;
	bool at_end;
	bool skipping;
};

/* False when there is no memory. */
bool source_init(struct source *s, int fd);
void source_release(struct source *s);

/* One read. False with errno. At the end of input at_end is set. */
bool source_fill(struct source *s);

/* False: no whole line is left; at the end of input the rest is one. */
bool source_line(struct source *s, struct span *line, bool *too_long);

#endif
