/*
 * book_state: the book on the disk: snapshots, the log behind them, the archive of what is over.
 *
 * A start reads the newest snapshot that is whole, and replays the log from there on. A damaged one
 * is named, and the one before it is used; the log reaches back to that. Without either the log
 * must begin with its first line.
 */
#ifndef TP_BOOK_STATE_H
#define TP_BOOK_STATE_H

#include "book_archive.h"
#include "flow.h"
#include "snapshots.h"

struct book_state {
	int directory;
	uint64_t snapshots[SNAPSHOTS_KEPT];
	uint64_t every;	   /* lines of the log from one snapshot to the next */
	uint64_t tried;	   /* at this line */
	uint64_t file_max; /* of the log; 0: as usual */
	struct book_archive archive;
};

/* Read the newest snapshot that is whole into the book, which is empty (and after() has put into it
 * what comes from elsewhere, again where a snapshot had to be given up). Returns its last line's
 * number: 0, none. *archived: swaps that the archive must have. */
uint64_t book_state_restore(struct book_state *s, struct swap_book *b, void (*after)(void *context),
			    void *context, uint64_t *archived);

/* For the one that writes: restore, open the log, replay. Dies where that cannot be. */
void book_state_open(struct book_state *s, const char *path, struct flow *f,
		     void (*after)(void *context), void *context);

/* Where it is due or wanted: put what is over into the archive, forget it, write a snapshot, cut
 * the log. After flow_commit(). */
void book_state_snapshot_if_due(struct book_state *s, struct flow *f, bool wanted);

/* For those that only look on: the book as it stands now, and the archive. Dies where the state is
 * damaged. */
void book_state_look(struct book_state *s, const char *path, struct swap_book *b);

/* All receipts after that number, in order, as they were printed. Dies where one is missing. */
void book_state_receipts(struct book_state *s, const struct swap_book *b, uint64_t after,
			 void (*print)(void *context, struct span line), void *context);

#endif
