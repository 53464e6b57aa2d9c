/*
 * serve: the loop of sign-key and screen: requests of adapter(5) in, answers out, over a pipe or
 * over a Unix socket, with the log synced before any answer goes out.
 */
#ifndef TP_SERVE_H
#define TP_SERVE_H

#include "frame.h"
#include "metrics.h"
#include "tool.h"
#include "wal.h"

struct server {
	/* set by the tool */
	const struct frame_op *ops;
	size_t ops_n;
	void *context; /* of the operations and of what follows */
	void (*before)(void *context, int64_t now_ms);
	bool (*replay)(void *context, struct span line); /* false: a line that is none of ours */
	/* how many answers were no refusals, ever */
	uint64_t (*good)(const void *context);
	void (*measure)(void *context, struct metrics *m);

	struct metrics metrics; /* set up by the tool before server_open() */
	struct wal wal;
	struct buf lines; /* for the log, until the next commit */
	int directory;	  /* of the log */
	bool stopped;
	size_t lines_total, refused_total;
};

/* Make the state directory where it is missing, and enter what its log holds. Dies where that is
 * damaged. */
void server_open(struct server *s, const char *state);
void server_close(struct server *s);

/* For operations: a line for the log, with its newline. It does not return when that fails. */
void server_append(void *server, struct span line);

/* Until the end of the input. */
enum exit_status server_run(struct server *s, int in, int out);

/* A socket at that path, for the owner only; a socket that nobody listens on any more is replaced.
 * Dies with 102. */
int server_listen(const char *path);

/* One connection after the other, until a stop signal. */
enum exit_status server_accept(struct server *s, int listening);

#endif
