#include "book_archive.h"

#include "crc32c.h"
#include "diag.h"
#include "flow.h"
#include "listing.h"
#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE swap(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,"
    " state TEXT NOT NULL, crc INTEGER NOT NULL);"
    "CREATE TABLE receipt(seq INTEGER PRIMARY KEY, number INTEGER NOT NULL, line TEXT NOT NULL);"
    "CREATE INDEX receipt_of ON receipt(number);"
    "CREATE TABLE kept(swaps INTEGER NOT NULL);"
    "INSERT INTO kept VALUES (0);"
    "PRAGMA user_version=1;"
    "COMMIT;";

static void
prepare_writing(struct book_archive *a)
{
	a->put_swap =
	    database_prepare(&a->db, "INSERT OR REPLACE INTO swap(number, id, digest, state, crc)"
				     " VALUES (?1, ?2, ?3, ?4, ?5)");
	a->put_receipt = database_prepare(
	    &a->db, "INSERT OR REPLACE INTO receipt(seq, number, line) VALUES (?1, ?2, ?3)");
	a->clear_receipts = database_prepare(&a->db, "DELETE FROM receipt WHERE number = ?1");
	a->count_one =
	    database_prepare(&a->db, "UPDATE kept SET swaps = swaps + 1"
				     " WHERE NOT EXISTS (SELECT 1 FROM swap WHERE number = ?1)");
}

void
book_archive_open(struct book_archive *a, const char *state, enum database_mode mode)
{
	if (snprintf(a->path, sizeof a->path, "%s/archive.db", state) >= (int)sizeof a->path)
		tool_die(EXIT_CONFIG, "state", state, strerror(ENAMETOOLONG));
	a->there = mode == DATABASE_WRITE || access(a->path, F_OK) == 0;
	if (!a->there)
		return;
	database_open(&a->db, a->path, mode);
	if (mode == DATABASE_WRITE && database_version(&a->db) == 0)
		database_exec(&a->db, schema);
	if (database_version(&a->db) == 0) { /* a settle is just making it */
		database_close(&a->db);
		a->there = false;
		return;
	}
	a->find =
	    database_prepare(&a->db, "SELECT number, digest, state, crc FROM swap WHERE id = ?1");
	a->receipts_of =
	    database_prepare(&a->db, "SELECT line FROM receipt WHERE number = ?1 ORDER BY seq");
	if (mode == DATABASE_WRITE)
		prepare_writing(a);
}

void
book_archive_close(struct book_archive *a)
{
	sqlite3_stmt *all[] = {a->put_swap, a->put_receipt, a->clear_receipts,
			       a->find,	    a->receipts_of, a->count_one};

	if (!a->there)
		return;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		sqlite3_finalize(all[i]);
	database_close(&a->db);
	a->there = false;
}

/* ---- in ---- */

void
book_archive_begin(struct book_archive *a)
{
	database_exec(&a->db, "BEGIN IMMEDIATE");
}

void
book_archive_commit(struct book_archive *a)
{
	database_exec(&a->db, "COMMIT");
	database_checkpoint(&a->db);
}

static uint32_t
sum(uint32_t crc, struct span s)
{
	return crc32c(crc32c(crc, s), SPAN_LIT("\n"));
}

static void
put_receipts(struct book_archive *a, const struct swap *s, uint32_t *crc)
{
	struct span rest = buf_span(&s->kept), line;
	struct buf printed;
	uint64_t number;

	buf_init(&printed, LIMIT_LINE_BYTES);
	while (swap_book_next_kept(&rest, &number, &line)) {
		if (number == 0)
			continue;
		buf_clear(&printed);
		if (!journal_receipt(line, number, &printed))
			continue;
		*crc = sum(*crc, buf_span(&printed));
		database_bind_i64(&a->db, a->put_receipt, 1, (int64_t)number);
		database_bind_i64(&a->db, a->put_receipt, 2, (int64_t)s->number);
		database_bind(&a->db, a->put_receipt, 3, buf_span(&printed));
		database_run(&a->db, a->put_receipt);
	}
	buf_release(&printed);
}

void
book_archive_put(struct book_archive *a, const struct swap *s)
{
	struct buf state;
	uint32_t crc;

	buf_init(&state, LIMIT_LINE_BYTES);
	listing_swap(s, &state);
	crc = sum(sum(sum(0, span_of(s->id)), span_of(s->digest)), buf_span(&state));
	database_bind_i64(&a->db, a->count_one, 1, (int64_t)s->number);
	database_run(&a->db, a->count_one);
	database_bind_i64(&a->db, a->clear_receipts, 1, (int64_t)s->number);
	database_run(&a->db, a->clear_receipts);
	put_receipts(a, s, &crc);
	database_bind_i64(&a->db, a->put_swap, 1, (int64_t)s->number);
	database_bind(&a->db, a->put_swap, 2, span_of(s->id));
	database_bind(&a->db, a->put_swap, 3, span_of(s->digest));
	database_bind(&a->db, a->put_swap, 4, buf_span(&state));
	database_bind_i64(&a->db, a->put_swap, 5, crc);
	database_run(&a->db, a->put_swap);
	buf_release(&state);
}

/* ---- out ---- */

_Noreturn static void
damaged(const struct book_archive *a, struct span id)
{
	diag(DIAG_ERROR, "archive", diag_str("file", a->path), diag_span("swap", id),
	     diag_str("why", "damaged: its checksum is another"));
	exit(EXIT_USAGE);
}

uint64_t
book_archive_count(struct book_archive *a)
{
	sqlite3_stmt *s;
	uint64_t n = 0;

	if (!a->there)
		return 0;
	s = database_prepare(&a->db, "SELECT swaps FROM kept");
	if (database_step(&a->db, s))
		n = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Step to the row of a swap, having looked whether all of it is as it was. */
static bool
find(struct book_archive *a, struct span id, struct buf *receipts)
{
	uint32_t crc;

	if (!a->there)
		return false;
	database_bind(&a->db, a->find, 1, id);
	if (!database_step(&a->db, a->find)) {
		sqlite3_reset(a->find);
		return false;
	}
	crc = sum(sum(sum(0, id), database_text(a->find, 1)), database_text(a->find, 2));
	database_bind_i64(&a->db, a->receipts_of, 1, sqlite3_column_int64(a->find, 0));
	while (database_step(&a->db, a->receipts_of)) {
		crc = sum(crc, database_text(a->receipts_of, 0));
		if (!receipts)
			continue;
		buf_add(receipts, database_text(a->receipts_of, 0));
		buf_byte(receipts, '\n');
	}
	sqlite3_reset(a->receipts_of);
	if ((int64_t)crc != sqlite3_column_int64(a->find, 3))
		damaged(a, id);
	return true;
}

bool
book_archive_digest(struct book_archive *a, struct span id, struct buf *out)
{
	bool there = find(a, id, NULL);

	if (there)
		buf_add(out, database_text(a->find, 1));
	sqlite3_reset(a->find);
	return there;
}

bool
book_archive_show(struct book_archive *a, struct span id, struct buf *out)
{
	bool there = find(a, id, out);

	sqlite3_reset(a->find);
	return there;
}

bool
book_archive_next(struct book_archive *a, uint64_t *number, struct buf *id, struct buf *state)
{
	sqlite3_stmt *s;
	bool there;

	if (!a->there)
		return false;
	s = database_prepare(&a->db, "SELECT number, id FROM swap WHERE number > ?1"
				     " ORDER BY number LIMIT 1");
	database_bind_i64(&a->db, s, 1, (int64_t)*number);
	there = database_step(&a->db, s);
	if (there) {
		*number = (uint64_t)sqlite3_column_int64(s, 0);
		buf_clear(id);
		buf_add(id, database_text(s, 1));
	}
	sqlite3_finalize(s);
	if (!there)
		return false;
	buf_clear(state);
	if (!find(a, buf_span(id), NULL))
		damaged(a, buf_span(id));
	buf_add(state, database_text(a->find, 2));
	sqlite3_reset(a->find);
	return true;
}

sqlite3_stmt *
book_archive_receipts(struct book_archive *a, uint64_t after)
{
	sqlite3_stmt *s =
	    database_prepare(&a->db, "SELECT seq, line FROM receipt WHERE seq > ?1 ORDER BY seq");

	database_bind_i64(&a->db, s, 1, (int64_t)after);
	return s;
}
