/*
 * serve: requests of adapter(5) in, answers out, over a pipe or over a Unix socket, with the log
 * synced before any answer goes out.
 */
#ifndef TP_SERVE_H
#define TP_SERVE_H

#include "metrics.h"
#include "signing.h"
#include "tool.h"
#include "wal.h"

struct server {
	struct signing signing;
	struct metrics metrics;
	struct wal wal;
	int directory; /* of the log */
	bool stopped;
	size_t lines_total, signed_total, again_total, refused_total, failed_total;
};

/* Make the state directory where it is missing, and enter what its log holds. Dies where that is
 * damaged. The rest of `signing` has been set up. */
void server_open(struct server *s, const char *state);
void server_close(struct server *s);

/* Until the end of the input. */
enum exit_status server_run(struct server *s, int in, int out);

/* A socket at that path, for the owner only; a socket that nobody listens on any more is replaced.
 * Dies with 102. */
int server_listen(const char *path);

/* One connection after the other, until a stop signal. */
enum exit_status server_accept(struct server *s, int listening);

/* A line about a key: {"type":"key","name","kind","public",...addresses}. */
void serve_print_key(const struct key *k, enum address_network network, struct buf *out);

#endif
