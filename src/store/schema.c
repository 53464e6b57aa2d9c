#include "schema.h"

#include "digest.h"
#include "hex.h"
#include "tool.h"
#include "utc.h"

#include <stdio.h>
#include <stdlib.h>

extern const char schema_sql[], schema_1_sql[];

#define VERSION 2

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
schema_add_functions(struct database *db)
{
	int code = sqlite3_create_function(db->handle, "row_digest", -1,
					   SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, row_digest,
					   NULL, NULL);

	if (code != SQLITE_OK)
		database_fail(db, code);
}

/* The text of a database's schema, in hex of its digest. */
static void
schema_digest(struct database *db, char out[33])
{
	sqlite3_stmt *s =
	    database_prepare(db, "SELECT row_digest(group_concat(sql, ';')) FROM (SELECT sql FROM "
				 "sqlite_master WHERE sql IS NOT NULL ORDER BY name)");

	database_step(db, s);
	snprintf(out, 33, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
}

/* A database in memory with nothing but the schema. */
static void
open_model(struct database *model, const char *sql)
{
	int code;

	*model = (struct database){.path = ":memory:"};
	code = sqlite3_open(":memory:", &model->handle);
	if (code != SQLITE_OK)
		database_fail(model, code);
	schema_add_functions(model);
	database_exec(model, sql);
}

/* A schema that is not ours is damage (or another program's file): what it would answer is not to
 * be trusted. */
static void
check_schema(struct database *db, const char *sql)
{
	struct database model;
	char want[33], have[33];

	open_model(&model, sql);
	schema_digest(&model, want);
	database_close(&model);
	schema_digest(db, have);
	if (strcmp(want, have) != 0)
		tool_die(EXIT_USAGE, "damaged", db->path, "its schema is not ours");
}

/* Make the tables that version 2 has anew, by the very text that a new database gets. */
static void
make_tables(struct database *db)
{
	struct database model;
	sqlite3_stmt *s;

	open_model(&model, schema_sql);
	s = database_prepare(&model, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND "
				     "tbl_name IN ('vault', 'api_keys', 'claims') ORDER BY rowid");
	while (database_step(&model, s))
		database_exec(db, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	database_close(&model);
}

static void
note_change(struct database *db)
{
	static const char sql[] =
	    "INSERT INTO audit_logs (topic, ref_id, created_at, payload_json, digest) VALUES "
	    "('schema', '2', ?1, '{\"from\":1,\"to\":2}', "
	    "row_digest('schema', '2', ?1, '{\"from\":1,\"to\":2}'))";
	sqlite3_stmt *s = database_prepare(db, sql);
	char now[UTC_TEXT_MAX];

	utc_print_ms_fixed(utc_now_us() / 1000, now);
	database_bind(db, s, 1, span_of(now));
	database_step(db, s);
	sqlite3_finalize(s);
}

static void
change_1_to_2(struct database *db)
{
	sqlite3_stmt *s;

	check_schema(db, schema_1_sql);
	s = database_prepare(db, "SELECT 1 FROM api_keys LIMIT 1");
	if (database_step(db, s))
		tool_die(
		    EXIT_CONFIG, "database", db->path,
		    "api_keys has rows that no tool of its version wrote: take them out first");
	sqlite3_finalize(s);
	database_exec(db, "DROP TABLE api_keys; ALTER TABLE claims RENAME TO claims_1");
	make_tables(db);
	database_exec(
	    db, "INSERT INTO claims (id, user_id, ord_id, status, payout_amount, created_at, "
		"decided_at, digest) SELECT id, user_id, ord_id, status, payout_amount, "
		"created_at, decided_at, row_digest(id, user_id, ord_id, status, payout_amount, "
		"created_at, decided_at, NULL, NULL, NULL, NULL, NULL) FROM claims_1;"
		"DROP TABLE claims_1");
	note_change(db);
	database_exec(db, "PRAGMA user_version = 2");
}

/* Two processes may meet a new database at once, or an old one: the second waits, and finds it
 * done. */
static void
schema_make(struct database *db)
{
	int version = database_version(db);

	if (version == 0 || version == 1) {
		database_exec(db, "BEGIN IMMEDIATE");
		version = database_version(db);
		if (version == 0)
			database_exec(db, schema_sql);
		else if (version == 1)
			change_1_to_2(db);
		database_exec(db, "COMMIT");
	}
	if (database_version(db) != VERSION)
		tool_die(EXIT_CONFIG, "database", db->path, "made by another version of tradepipe");
	check_schema(db, schema_sql);
}

void
schema_open(struct database *db, const char *directory, enum database_mode mode)
{
	static char path[4096];

	if ((size_t)snprintf(path, sizeof path, "%s/db.sqlite", directory) >= sizeof path)
		tool_die(EXIT_CONFIG, "database", directory, "path too long");
	database_open(db, path, mode);
	schema_add_functions(db);
	if (mode == DATABASE_WRITE)
		schema_make(db);
}
