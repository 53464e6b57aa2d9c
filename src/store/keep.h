/*
 * keep: put sealed records into a state directory, so that a record that was acknowledged is there.
 *
 * Records are gathered in one transaction and committed together: evidence files first (fsynced,
 * then their directories), then the rows, then `head`. A crash in between leaves files without
 * rows, never rows without files; store --fsck puts the former aside.
 */
#ifndef TP_KEEP_H
#define TP_KEEP_H

#include "archive.h"
#include "database.h"
#include "head.h"

struct keep {
	struct database db;
	struct archive archive;
	struct head head;
	const char *directory;
	bool in_transaction;
	int64_t seq; /* of the last bundle */
	char root[67];
	sqlite3_stmt *find, *find_id, *add_user, *add_evidence, *add_order, *add_audit;
	struct buf text, payload;
};

enum keep_result {
	KEEP_STORED,
	KEEP_KNOWN,   /* the very same root is there already */
	KEEP_FOREIGN, /* parentRoot is set, by another store */
	KEEP_TAKEN,   /* the id belongs to another root */
	KEEP_FAILED,  /* errno; nothing of this record is kept */
};

/* Make the state directory if need be, open everything, check head against database. Dies when that
 * fails. */
void keep_open(struct keep *k, const char *directory);
void keep_close(struct keep *k);

/* Add one record; k->text then holds it with parentRoot set, newline and all. Not durable before
 * keep_commit(). */
enum keep_result keep_add(struct keep *k, const struct chain_record *r, const struct entry *e,
			  struct span now);

/* Take the write lock, unless it is held already: what is read from here on stands until
 * keep_commit(). */
void keep_begin(struct keep *k);

/* Have a row for the user. */
void keep_user(struct keep *k, struct span id, struct span now);

/* Note an event that left no bundle (a record that could not be read or kept). */
void keep_note(struct keep *k, const char *topic, struct span ref, struct span now,
	       struct span payload);

/* Make everything added so far durable; false with errno. Dies on a failing database. */
bool keep_commit(struct keep *k);

#endif
