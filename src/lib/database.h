/*
 * database: a SQLite file of a state directory, opened for keeps.
 *
 * journal_mode WAL, synchronous FULL: a commit that returned is on the disk. The first I/O error
 * ends the process with 111 (SQLite itself would go on after a failed sync and report later commits
 * as good); a damaged file ends it with 100. Nobody retries. Nothing is checkpointed by itself, for
 * SQLite does not tell how that went.
 */
#ifndef TP_DATABASE_H
#define TP_DATABASE_H

#include "span.h"

#include <sqlite3.h>
#include <stdint.h>

struct database {
	sqlite3 *handle;
	const char *path;
};

enum database_mode { DATABASE_WRITE, DATABASE_READ };

/* Made when it is not there (DATABASE_WRITE). path must live as long as the database is open. */
void database_open(struct database *db, const char *path, enum database_mode mode);
void database_close(struct database *db);

/* PRAGMA user_version; 0: a new file. */
int database_version(struct database *db);

/* One or more statements without results. */
void database_exec(struct database *db, const char *sql);

/* Move what the write-ahead file holds into the database and empty it: little of what was committed
 * lies where one flipped bit could hide it. */
void database_checkpoint(struct database *db);

/* As much of that as can be done without waiting for readers. */
void database_checkpoint_some(struct database *db);

sqlite3_stmt *database_prepare(struct database *db, const char *sql);

/* Bind a text, or NULL for a NULL span. It must live until the next reset. Parameters count from 1.
 */
void database_bind(struct database *db, sqlite3_stmt *s, int parameter, struct span text);

void database_bind_i64(struct database *db, sqlite3_stmt *s, int parameter, int64_t value);

/* The same for bytes. */
void database_bind_blob(struct database *db, sqlite3_stmt *s, int parameter, struct span bytes);

/* True when there is a row. */
bool database_step(struct database *db, sqlite3_stmt *s);

/* Step to the end, and make ready for the next use. */
void database_run(struct database *db, sqlite3_stmt *s);

/* A column's text, good until the next step; a NULL span for NULL. */
struct span database_text(sqlite3_stmt *s, int column);

/* A column's bytes, likewise. */
struct span database_blob(sqlite3_stmt *s, int column);

/* Say what went wrong with the database, and end: 111 for what may pass, 100 for damage, 101 for
 * our own mistakes. */
_Noreturn void database_fail(struct database *db, int code);

#endif
