#include "fsck.h"

#include "json.h"
#include "limit.h"
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void
damaged(struct fsck *f, struct span name, const char *why)
{
	f->damaged++;
	f->report(f->context, "damaged", name, why);
}

static void
mended(struct fsck *f, struct span name, const char *why)
{
	f->mended++;
	f->report(f->context, "mended", name, why);
}

/* ---- the database against itself
 * -------------------------------------------------------------------------------------------- */

static void
check_pages(struct keep *k, struct fsck *f)
{
	sqlite3_stmt *s = database_prepare(&k->db, "PRAGMA integrity_check(20)");

	while (database_step(&k->db, s))
		if (!span_is(database_text(s, 0), "ok"))
			damaged(f, SPAN_LIT("db.sqlite"), "integrity_check finds faults");
	sqlite3_finalize(s);
	s = database_prepare(&k->db, "PRAGMA foreign_key_check");
	while (database_step(&k->db, s))
		damaged(f, SPAN_LIT("db.sqlite"), "a row refers to one that is not there");
	sqlite3_finalize(s);
}

static void
check_digests(struct keep *k, struct fsck *f)
{
	static const char *const queries[] = {
	    "SELECT id FROM users WHERE digest IS NOT row_digest(id, created_at)",
	    "SELECT evidence_id FROM evidence WHERE digest IS NOT row_digest(seq, evidence_id, "
	    "root, bundle_hash, parent_root, path, "
	    "file_sha256, stored_at)",
	    "SELECT evidence_id FROM orders WHERE digest IS NOT row_digest(user_id, exchange, "
	    "ord_id, inst_id, verified_at, liquidated, reason, "
	    "evidence_id, error_code)",
	    "SELECT 'audit_logs ' || id FROM audit_logs WHERE digest IS NOT row_digest(topic, "
	    "ref_id, created_at, payload_json)",
	    "SELECT 'claims ' || id FROM claims WHERE digest IS NOT row_digest(id, user_id, "
	    "ord_id, "
	    "status, payout_amount, created_at, decided_at, evidence_id, override_reason, "
	    "reject_reason, reference, paid_at)",
	    "SELECT 'api_keys ' || key_alias FROM api_keys WHERE digest IS NOT row_digest(id, "
	    "user_id, exchange, key_alias, version, enc_payload, created_at, last_used_at)",
	    "SELECT 'vault' FROM vault WHERE digest IS NOT row_digest(id, kdf, kdf_log_n, kdf_r, "
	    "kdf_p, kdf_salt, master_check, wrapped_key, data_check, seq, seal, created_at, "
	    "rotated_at)",
	    "SELECT evidence_id FROM evidence WHERE evidence_id NOT IN (SELECT evidence_id FROM "
	    "orders)",
	    "SELECT evidence_id FROM evidence WHERE evidence_id NOT IN (SELECT ref_id FROM "
	    "audit_logs WHERE topic = 'verify')",
	};
	static const char *const why[] = {"users: the row is not the one that was written",
					  "evidence: the row is not the one that was written",
					  "orders: the row is not the one that was written",
					  "audit_logs: the row is not the one that was written",
					  "claims: the row is not the one that was written",
					  "api_keys: the row is not the one that was written",
					  "vault: the row is not the one that was written",
					  "no row in orders",
					  "no row in audit_logs"};

	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		sqlite3_stmt *s = database_prepare(&k->db, queries[i]);

		while (database_step(&k->db, s))
			damaged(f, database_text(s, 0), why[i]);
		sqlite3_finalize(s);
	}
}

/* ---- rows against files
 * -------------------------------------------------------------------------------------------------------
 */

static void
check_root_file(struct keep *k, struct fsck *f, const char *path, struct span root,
		struct buf *room)
{
	char name[128];

	snprintf(name, sizeof name, "%.*s.root", (int)(strlen(path) - strlen(".json")), path);
	if (archive_read(&k->archive, name, room)) {
		struct span have = json_trim(buf_span(room));

		if (!span_equal(have, root) || room->len != root.len + 1)
			damaged(f, span_of(name), "another root than the row's");
		return;
	}
	if (errno != ENOENT) {
		damaged(f, span_of(name), strerror(errno));
		return;
	}
	buf_clear(room);
	buf_add(room, root);
	buf_byte(room, '\n');
	{
		int fd =
		    openat(k->archive.state, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
		bool ok = fd >= 0 && write(fd, room->ptr, room->len) == (ssize_t)room->len &&
			  fsync(fd) == 0;

		if (fd >= 0)
			close(fd);
		if (ok)
			mended(f, span_of(name), "written again");
		else
			damaged(f, span_of(name), "missing");
	}
}

static void
check_file(struct keep *k, struct fsck *f, const char *path, struct span sha256, struct span root,
	   struct buf *room)
{
	char have[65];

	if (!archive_read(&k->archive, path, room)) {
		damaged(f, span_of(path),
			errno == ENOENT ? "the row's file is missing" : strerror(errno));
		return;
	}
	archive_digest(buf_span(room), have);
	if (!span_is(sha256, have))
		damaged(f, span_of(path), "the file is not the one that was stored");
	check_root_file(k, f, path, root, room);
}

static void
check_rows(struct keep *k, struct fsck *f)
{
	sqlite3_stmt *s = database_prepare(
	    &k->db, "SELECT seq, path, file_sha256, root, parent_root FROM evidence ORDER BY seq");
	char previous[67] = "", path[128];
	int64_t seq = 0;
	struct buf room;

	buf_init(&room, LIMIT_BUNDLE_BYTES + 128);
	while (database_step(&k->db, s)) {
		struct span parent = database_text(s, 4), root = database_text(s, 3),
			    p = database_text(s, 1);

		f->rows++;
		seq++;
		if (sqlite3_column_int64(s, 0) != seq)
			damaged(f, p, "a bundle before this one is gone");
		seq = sqlite3_column_int64(s, 0);
		if (previous[0] ? !span_is(parent, previous) : parent.ptr != NULL)
			damaged(f, p, "parentRoot is not the root of the bundle before");
		snprintf(path, sizeof path, "%.*s", (int)p.len, p.ptr);
		if (p.len > 5 && p.len < sizeof path)
			check_file(k, f, path, database_text(s, 2), root, &room);
		snprintf(previous, sizeof previous, "%.*s", (int)root.len, root.ptr);
	}
	if (k->head.seq > seq || (k->head.seq == seq && seq && strcmp(k->head.root, previous) != 0))
		damaged(f, SPAN_LIT("head"), "names another last bundle than the database");
	sqlite3_finalize(s);
	buf_release(&room);
}

/* ---- files against rows
 * -------------------------------------------------------------------------------------------------------
 */

static bool
has_row(struct keep *k, const char *id, size_t len)
{
	bool found;

	database_bind(&k->db, k->find_id, 1, (struct span){id, len});
	found = database_step(&k->db, k->find_id);
	sqlite3_reset(k->find_id);
	return found;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static void
move_orphan(struct keep *k, struct fsck *f, const char *path, const char *name)
{
	char to[400];

	snprintf(to, sizeof to, "reports/orphans/%s", name);
	if ((mkdirat(k->archive.state, "reports/orphans", 0750) != 0 && errno != EEXIST) ||
	    renameat(k->archive.state, path, k->archive.state, to) != 0)
		damaged(f, span_of(path), "a file without a row, which cannot be moved away");
	else
		mended(f, span_of(path), "no row (never acknowledged): moved to reports/orphans");
}

static void
check_day(struct keep *k, struct fsck *f, const char *day)
{
	char path[400];
	int fd;
	DIR *d;
	struct dirent *entry;

	snprintf(path, sizeof path, "reports/evidence/%s", day);
	fd = openat(k->archive.state, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d)
		return;
	while ((entry = readdir(d)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.')
			continue;
		snprintf(path, sizeof path, "reports/evidence/%s/%s", day, name);
		if (ends_with(name, ".tmp")) {
			if (unlinkat(k->archive.state, path, 0) == 0)
				mended(f, span_of(path),
				       "left over from an interrupted write: removed");
		} else if (!has_row(k, name, strcspn(name, "."))) {
			move_orphan(k, f, path, name);
		}
	}
	fsync(fd);
	closedir(d);
}

static void
check_files(struct keep *k, struct fsck *f)
{
	int fd = openat(k->archive.state, "reports/evidence", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			check_day(k, f, entry->d_name);
	closedir(d);
}

void
fsck_run(struct keep *k, struct fsck *f)
{
	database_exec(&k->db, "BEGIN IMMEDIATE");
	check_pages(k, f);
	check_digests(k, f);
	check_rows(k, f);
	check_files(k, f);
	database_exec(&k->db, "COMMIT");
}
