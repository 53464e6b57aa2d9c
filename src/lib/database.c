#include "database.h"

#include "tool.h"

#include <time.h>

#define BUSY_MS 10000
#define PAUSE_MS 5

_Noreturn void
database_fail(struct database *db, int code)
{
	const char *why = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: tool_die(EXIT_USAGE, "damaged", db->path, why);
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_ERROR:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH: tool_die(EXIT_BUG, "database", db->path, why);
	default: tool_die(EXIT_TEMP, "database", db->path, why);
	}
}

static void
require(struct database *db, int code)
{
	if (code != SQLITE_OK)
		database_fail(db, code);
}

/* Whoever turns a new database to WAL upgrades a read lock, and SQLite does not call the busy
 * handler for an upgrade: of two processes that meet, one gets SQLITE_BUSY at once. It waits here.
 */
static void
enter_wal_mode(struct database *db)
{
	const struct timespec pause = {.tv_nsec = 1000000L * PAUSE_MS};
	int code = SQLITE_BUSY;

	for (int waited = 0; waited < BUSY_MS; waited += PAUSE_MS) {
		code = sqlite3_exec(db->handle, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
		if ((code & 0xff) != SQLITE_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	require(db, code);
}

void
database_open(struct database *db, const char *path, enum database_mode mode)
{
	int flags = mode == DATABASE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
					   : SQLITE_OPEN_READONLY;

	*db = (struct database){.path = path};
	require(db, sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL));
	sqlite3_extended_result_codes(db->handle, 1);
	require(db, sqlite3_busy_timeout(db->handle, BUSY_MS));
	database_exec(
	    db, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;");
	if (mode == DATABASE_READ)
		return;
	enter_wal_mode(db);
	database_exec(db, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;");
}

void
database_close(struct database *db)
{
	sqlite3_close(db->handle);
	db->handle = NULL;
}

void
database_exec(struct database *db, const char *sql)
{
	require(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static void
checkpoint(struct database *db, int mode)
{
	int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL);

	/* a reader in the way: the next one will do it */
	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		database_fail(db, code);
}

void
database_checkpoint(struct database *db)
{
	checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
}

void
database_checkpoint_some(struct database *db)
{
	checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
}

int
database_version(struct database *db)
{
	sqlite3_stmt *s = database_prepare(db, "PRAGMA user_version");
	int version = database_step(db, s) ? sqlite3_column_int(s, 0) : 0;

	sqlite3_finalize(s);
	return version;
}

sqlite3_stmt *
database_prepare(struct database *db, const char *sql)
{
	sqlite3_stmt *s;

	require(db, sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL));
	return s;
}

void
database_bind(struct database *db, sqlite3_stmt *s, int parameter, struct span text)
{
	if (text.ptr)
		require(db,
			sqlite3_bind_text(s, parameter, text.ptr, (int)text.len, SQLITE_STATIC));
	else
		require(db, sqlite3_bind_null(s, parameter));
}

void
database_bind_i64(struct database *db, sqlite3_stmt *s, int parameter, int64_t value)
{
	require(db, sqlite3_bind_int64(s, parameter, value));
}

void
database_bind_blob(struct database *db, sqlite3_stmt *s, int parameter, struct span bytes)
{
	require(db, sqlite3_bind_blob(s, parameter, bytes.ptr, (int)bytes.len, SQLITE_STATIC));
}

bool
database_step(struct database *db, sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		database_fail(db, code);
	return code == SQLITE_ROW;
}

void
database_run(struct database *db, sqlite3_stmt *s)
{
	while (database_step(db, s))
		;
	/* what a step said has been looked at */
	sqlite3_reset(s);
}

struct span
database_text(sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	return (struct span){(const char *)text,
			     text ? (size_t)sqlite3_column_bytes(s, column) : 0};
}

struct span
database_blob(sqlite3_stmt *s, int column)
{
	const void *bytes = sqlite3_column_blob(s, column);

	return (struct span){bytes, bytes ? (size_t)sqlite3_column_bytes(s, column) : 0};
}
