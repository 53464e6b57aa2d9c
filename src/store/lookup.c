#include "lookup.h"

#include "limit.h"

#include <errno.h>
#include <stdio.h>

static const char find_sql[] =
    "SELECT o.evidence_id, o.user_id, o.exchange, o.inst_id, o.ord_id, o.verified_at, "
    "o.liquidated, o.reason, o.error_code, e.root, e.path "
    "FROM orders o JOIN evidence e USING (evidence_id) "
    "WHERE (?1 IS NULL OR o.ord_id = ?1) AND (?2 IS NULL OR o.inst_id = ?2) "
    "AND (?3 IS NULL OR substr(o.verified_at, 1, 10) >= ?3) AND (?4 IS NULL OR "
    "substr(o.verified_at, 1, 10) <= ?4) "
    "AND CASE ?5 WHEN 'liquidated' THEN o.liquidated IS 1 WHEN 'not-liquidated' THEN o.liquidated "
    "IS 0 "
    "WHEN 'unknown' THEN o.liquidated IS NULL AND o.error_code IS NULL WHEN 'error' THEN "
    "o.error_code IS NOT NULL ELSE 1 END "
    "ORDER BY e.seq DESC LIMIT ?6";

static void
print_row(sqlite3_stmt *s, struct buf *out)
{
	static const char *const names[] = {"evidenceId", "userId",	"exchange",   "instId",
					    "ordId",	  "verifiedAt", "liquidated", "reason",
					    "error",	  "root",	"path"};

	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("verification-row"));
	for (int i = 0; i < 11; i++) {
		if (i == 6 && sqlite3_column_type(s, i) != SQLITE_NULL)
			buf_json_member_bool(out, names[i], sqlite3_column_int(s, i) == 1);
		else
			buf_json_member_string(out, names[i], database_text(s, i));
	}
	buf_byte(out, '}');
}

uint64_t
lookup_find(struct database *db, const struct lookup *what, struct line_writer *out)
{
	sqlite3_stmt *s = database_prepare(db, find_sql);
	const char *const values[] = {what->order, what->instrument, what->from, what->to,
				      what->verdict};
	uint64_t n = 0;
	struct buf line;

	buf_init(&line, 8192);
	for (int i = 0; i < 5; i++)
		database_bind(db, s, i + 1, span_of(values[i]));
	sqlite3_bind_int64(s, 6, (int64_t)what->limit);
	while (database_step(db, s)) {
		print_row(s, &line);
		n++;
		if (!line_write(out, buf_span(&line)))
			break;
	}
	sqlite3_finalize(s);
	buf_release(&line);
	return n;
}

bool
lookup_get(struct database *db, struct archive *a, const char *id, struct line_writer *out)
{
	sqlite3_stmt *s = database_prepare(db, "SELECT path FROM evidence WHERE evidence_id = ?1");
	char path[128] = "";
	struct buf text;
	bool ok;

	database_bind(db, s, 1, span_of(id));
	if (database_step(db, s))
		snprintf(path, sizeof path, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	errno = ENOENT;
	if (!path[0])
		return false;
	buf_init(&text, LIMIT_BUNDLE_BYTES + 128);
	ok = archive_read(a, path, &text) && text.len && text.ptr[text.len - 1] == '\n';
	if (ok)
		line_write(out, (struct span){text.ptr, text.len - 1});
	buf_release(&text);
	return ok;
}
