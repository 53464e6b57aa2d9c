/*
 * conn: one connection, read and written under absolute deadlines.
 *
 * All times are CLOCK_MONOTONIC in microseconds. Bytes are read into one fixed buffer, in which a
 * request begins at the front; a body goes straight to its own buffer, never a byte further than it
 * is long. Nothing here blocks past its deadline, whatever the other side does.
 */
#ifndef TP_CONN_H
#define TP_CONN_H

#include "buf.h"
#include "http_request.h"
#include "span.h"

#include <stdint.h>

/* A head, and what a client that pipelines sends behind it. */
#define CONN_BYTES (16u << 10)

/* After an error: how much is read and thrown away before hanging up, and for how long. */
#define CONN_DRAIN_BYTES (64u << 10)
#define CONN_DRAIN_US 1000000

_Static_assert(HTTP_HEAD_BYTES < CONN_BYTES, "a head fits");

enum conn_status {
	CONN_OK,
	CONN_END,     /* the other side has nothing more to send */
	CONN_LATE,    /* the deadline has passed */
	CONN_FAILED,  /* reset, or another error of the system */
	CONN_STOPPED, /* while idle: a signal, or the place is needed for others */
};

struct conn {
	int in, out;
	bool in_socket, out_socket;
	char *buffer; /* CONN_BYTES */
	size_t len;
	bool answered; /* the last thing done was to write */
	/* asked ten times a second once idle for patience_us; true: give the connection up. NULL:
	 * never */
	bool (*give_way)(void *context);
	void *context;
	int64_t patience_us;
};

void conn_init(struct conn *c, int in, int out, char *buffer);

/* Read more into the buffer. idle: nothing of a request is there yet, so it may be given up. */
enum conn_status conn_read(struct conn *c, int64_t deadline_us, bool idle);

/* Drop the first n bytes of the buffer. */
void conn_take(struct conn *c, size_t n);

/* Append exactly n bytes to body, first from the buffer at offset. */
enum conn_status conn_read_body(struct conn *c, size_t offset, size_t n, int64_t deadline_us,
				struct buf *body);

/* All of head and body, in one write if the other side takes it. */
enum conn_status conn_write(struct conn *c, struct span head, struct span body,
			    int64_t deadline_us);

/* Nothing more will be written: say so, and take in a little of what still comes, so that the
 * answer is not lost with a reset. */
void conn_drain(struct conn *c);

#endif
