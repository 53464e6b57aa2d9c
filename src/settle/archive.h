/*
 * archive: what is over and has left the book: DIR/archive.db, in SQLite (database.h).
 *
 * A swap is there with its trade's digest, how it ended (as --list prints it), and its receipts as
 * they were printed. Nothing that is paid depends on it: that a trade is settled stands in the
 * snapshot. It is for people, for readers that have missed receipts, and to tell a trade that comes
 * again from one that contradicts it. A swap's row has a checksum over all that it has; a row that
 * does not fit ends the program with 100.
 *
 * A swap is put there before a snapshot forgets it, so that it may be in both, never in neither.
 */
#ifndef TP_ARCHIVE_H
#define TP_ARCHIVE_H

#include "database.h"
#include "swap_book.h"

struct archive {
	struct database db;
	char path[4096];
	bool there; /* for readers: false until a settle has made it */
	sqlite3_stmt *put_swap, *put_receipt, *clear_receipts, *find, *receipts_of, *count_one;
};

void archive_open(struct archive *a, const char *state, enum database_mode mode);
void archive_close(struct archive *a);

/* Between these, any number of swaps; and then they are durable. */
void archive_begin(struct archive *a);
void archive_put(struct archive *a, const struct swap *s);
void archive_commit(struct archive *a);

/* Swaps that were ever put there. */
uint64_t archive_count(struct archive *a);

/* The digest of that trade; false: it is not there. */
bool archive_digest(struct archive *a, struct span id, struct buf *out);

/* Append its receipts, a line each; false: it is not there. */
bool archive_show(struct archive *a, struct span id, struct buf *out);

/* The swaps in the order in which they came, from number on: false, no more. */
bool archive_next(struct archive *a, uint64_t *number, struct buf *id, struct buf *state);

/* The first receipt after that number; false: no more. */
sqlite3_stmt *archive_receipts(struct archive *a, uint64_t after);

#endif
