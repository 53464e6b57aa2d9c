/*
 * book_archive: what is over and has left the book: DIR/archive.db, in SQLite (database.h).
 *
 * A swap is there with its trade's digest, how it ended (as --list prints it), and its receipts as
 * they were printed. Nothing that is paid depends on it: that a trade is settled stands in the
 * snapshot. It is for people, for readers that have missed receipts, and to tell a trade that comes
 * again from one that contradicts it. A swap's row has a checksum over all that it has; a row that
 * does not fit ends the program with 100.
 *
 * A swap is put there before a snapshot forgets it, so that it may be in both, never in neither.
 */
#ifndef TP_BOOK_ARCHIVE_H
#define TP_BOOK_ARCHIVE_H

#include "database.h"
#include "swap_book.h"

struct book_archive {
	struct database db;
	char path[4096];
	bool there; /* for readers: false until a settle has made it */
	sqlite3_stmt *put_swap, *put_receipt, *clear_receipts, *find, *receipts_of, *count_one;
};

void book_archive_open(struct book_archive *a, const char *state, enum database_mode mode);
void book_archive_close(struct book_archive *a);

/* Between these, any number of swaps; and then they are durable. */
void book_archive_begin(struct book_archive *a);
void book_archive_put(struct book_archive *a, const struct swap *s);
void book_archive_commit(struct book_archive *a);

/* Swaps that were ever put there. */
uint64_t book_archive_count(struct book_archive *a);

/* The digest of that trade; false: it is not there. */
bool book_archive_digest(struct book_archive *a, struct span id, struct buf *out);

/* Append its receipts, a line each; false: it is not there. */
bool book_archive_show(struct book_archive *a, struct span id, struct buf *out);

/* The swaps in the order in which they came, from number on: false, no more. */
bool book_archive_next(struct book_archive *a, uint64_t *number, struct buf *id, struct buf *state);

/* The first receipt after that number; false: no more. */
sqlite3_stmt *book_archive_receipts(struct book_archive *a, uint64_t after);

#endif
