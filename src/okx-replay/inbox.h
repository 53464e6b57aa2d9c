/*
 * inbox: lines from a descriptor, for a program that must not wait for them.
 *
 * line.h waits inside line_next(); a server waits for many things in one poll(2). So: poll, then
 * inbox_fill() reads once what is there, then inbox_next() hands out whole lines until it has none.
 * A line is good until the next call. Lines over the limit come out once, with their beginning; the
 * last line may lack its newline.
 */
#ifndef TP_INBOX_H
#define TP_INBOX_H

#include "span.h"

#include <stdint.h>

enum inbox_status { INBOX_LINE, INBOX_TOO_LONG, INBOX_NONE };

struct inbox {
	int fd;
	char *buffer;
	size_t max; /* longest line */
	size_t start, end;
	uint64_t number; /* of the line handed out last, from 1 */
	bool skipping;	 /* the rest of a line that was too long */
	bool ended;
};

/* False when there is no memory. */
bool inbox_init(struct inbox *in, int fd, size_t max);
void inbox_release(struct inbox *in);

/* One read(2); false with errno. At end of file `ended` is set. */
bool inbox_fill(struct inbox *in);

enum inbox_status inbox_next(struct inbox *in, struct span *line);

#endif
