#include "database.h"

#include "digest.h"
#include "hex.h"
#include "schema.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
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

/* Type, length, bytes of each argument: no two lists of values are one string. */
static void
row_digest(sqlite3_context *context, int n, sqlite3_value **values)
{
	unsigned char hash[SHA256_BYTES];
	char head[32], hex[2 * SHA256_BYTES + 1];
	size_t len = 0, cap = 64;
	char *text;

	for (int i = 0; i < n; i++)
		cap += (size_t)sqlite3_value_bytes(values[i]) + sizeof head;
	text = malloc(cap);
	if (!text) {
		sqlite3_result_error_nomem(context);
		return;
	}
	for (int i = 0; i < n; i++) {
		int type = sqlite3_value_type(values[i]);
		const unsigned char *bytes = sqlite3_value_text(values[i]);
		int size = sqlite3_value_bytes(values[i]);

		len += (size_t)snprintf(text + len, cap - len, "%d:%d:", type, size);
		if (size)
			memcpy(text + len, bytes, (size_t)size);
		len += (size_t)size;
	}
	sha256((struct span){text, len}, hash);
	free(text);
	hex_print(hash, 16, hex);
	sqlite3_result_text(context, hex, 32, SQLITE_TRANSIENT);
}

void
database_add_functions(struct database *db)
{
	require(db, sqlite3_create_function(db->handle, "row_digest", -1,
					    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, row_digest,
					    NULL, NULL));
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
database_open(struct database *db, const char *directory, enum database_mode mode)
{
	static char path[4096];
	int flags = mode == DATABASE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
					   : SQLITE_OPEN_READONLY;

	if ((size_t)snprintf(path, sizeof path, "%s/db.sqlite", directory) >= sizeof path)
		tool_die(EXIT_CONFIG, "database", directory, "path too long");
	*db = (struct database){.path = path};
	require(db, sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL));
	sqlite3_extended_result_codes(db->handle, 1);
	require(db, sqlite3_busy_timeout(db->handle, BUSY_MS));
	database_add_functions(db);
	database_exec(
	    db, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;");
	if (mode == DATABASE_READ)
		return;
	enter_wal_mode(db);
	database_exec(db, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;");
	schema_make(db);
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

void
database_checkpoint(struct database *db)
{
	int code =
	    sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	/* a reader in the way: the next one will do it */
	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		database_fail(db, code);
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
