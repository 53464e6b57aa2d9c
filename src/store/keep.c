#include "keep.h"

#include "durable.h"
#include "limit.h"
#include "schema.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int
open_directory(const char *path)
{
	int fd;

	if (!durable_make_directories(AT_FDCWD, path, 0750))
		tool_die(EXIT_CONFIG, "state", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", path, strerror(errno));
	return fd;
}

/* The database must hold what head says was committed to it. */
static void
check_head(struct keep *k)
{
	sqlite3_stmt *s;
	bool there;

	if (!head_open(&k->head, k->archive.state, "head", true))
		tool_die(errno == EBADMSG ? EXIT_USAGE : EXIT_TEMP,
			 errno == EBADMSG ? "damaged" : "state", "head", strerror(errno));
	if (k->head.seq == 0) {
		/* it may be new: its name must last before anything relies on it */
		if (fsync(k->archive.state) != 0)
			tool_die(EXIT_TEMP, "state", k->directory, strerror(errno));
		return;
	}
	s = database_prepare(&k->db, "SELECT root FROM evidence WHERE seq = ?1");
	sqlite3_bind_int64(s, 1, k->head.seq);
	there = database_step(&k->db, s) && span_is(database_text(s, 0), k->head.root);
	sqlite3_finalize(s);
	if (!there)
		tool_die(EXIT_USAGE, "damaged", k->db.path,
			 "it lacks the bundle that `head` says was committed last: restore it, do "
			 "not go on");
}

void
keep_open(struct keep *k, const char *directory)
{
	*k = (struct keep){.directory = directory};
	archive_init(&k->archive, open_directory(directory));
	schema_open(&k->db, directory, DATABASE_WRITE);
	check_head(k);
	buf_init(&k->text, LIMIT_BUNDLE_BYTES + 128);
	buf_init(&k->payload, 8192);
	k->find = database_prepare(&k->db, "SELECT parent_root FROM evidence WHERE root = ?1");
	k->find_id = database_prepare(&k->db, "SELECT 1 FROM evidence WHERE evidence_id = ?1");
	k->add_user =
	    database_prepare(&k->db, "INSERT INTO users (id, created_at, digest) VALUES (?1, ?2, "
				     "row_digest(?1, ?2)) ON CONFLICT (id) DO NOTHING");
	k->add_evidence = database_prepare(
	    &k->db, "INSERT INTO evidence (seq, evidence_id, root, bundle_hash, parent_root, path, "
		    "file_sha256, stored_at, digest) VALUES "
		    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, row_digest(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))");
	k->add_order = database_prepare(
	    &k->db,
	    "INSERT INTO orders (user_id, exchange, ord_id, inst_id, verified_at, liquidated, "
	    "reason, evidence_id, error_code, digest) VALUES "
	    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, row_digest(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))");
	k->add_audit = database_prepare(
	    &k->db, "INSERT INTO audit_logs (topic, ref_id, created_at, payload_json, digest) "
		    "VALUES (?1, ?2, ?3, ?4, row_digest(?1, ?2, ?3, ?4))");
}

void
keep_close(struct keep *k)
{
	sqlite3_stmt *const all[] = {k->find,	      k->find_id,   k->add_user,
				     k->add_evidence, k->add_order, k->add_audit};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		sqlite3_finalize(all[i]);
	database_close(&k->db);
	buf_release(&k->text);
	buf_release(&k->payload);
}

/* The write lock is taken before the last root is read: nobody else can slip a bundle in between.
 */
void
keep_begin(struct keep *k)
{
	sqlite3_stmt *s;

	if (k->in_transaction)
		return;
	database_exec(&k->db, "BEGIN IMMEDIATE");
	k->in_transaction = true;
	s = database_prepare(&k->db, "SELECT seq, root FROM evidence ORDER BY seq DESC LIMIT 1");
	k->seq = 0;
	k->root[0] = 0;
	if (database_step(&k->db, s)) {
		k->seq = sqlite3_column_int64(s, 0);
		snprintf(k->root, sizeof k->root, "%s", (const char *)sqlite3_column_text(s, 1));
	}
	sqlite3_finalize(s);
}

static void
run(struct keep *k, sqlite3_stmt *s)
{
	database_step(&k->db, s);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
}

/* Known already? Then text becomes the record with the parent that it was stored with. */
static bool
find_root(struct keep *k, const struct chain_record *r, const struct entry *e)
{
	bool found;

	database_bind(&k->db, k->find, 1, e->root);
	found = database_step(&k->db, k->find);
	if (found) {
		entry_set_parent(r, e, database_text(k->find, 0), &k->text);
		buf_byte(&k->text, '\n');
	}
	sqlite3_reset(k->find);
	return found;
}

static bool
id_taken(struct keep *k, const struct entry *e)
{
	bool taken;

	database_bind(&k->db, k->find_id, 1, e->evidence_id);
	taken = database_step(&k->db, k->find_id);
	sqlite3_reset(k->find_id);
	return taken;
}

void
keep_user(struct keep *k, struct span id, struct span now)
{
	keep_begin(k);
	database_bind(&k->db, k->add_user, 1, id);
	database_bind(&k->db, k->add_user, 2, now);
	run(k, k->add_user);
}

static void
add_rows(struct keep *k, const struct entry *e, struct span parent, const char *sha256,
	 struct span now)
{
	struct database *db = &k->db;
	const struct span evidence[] = {
	    e->evidence_id,  e->root, e->bundle_hash, parent, span_of(e->path),
	    span_of(sha256), now};
	const struct span order[] = {e->user_id, e->exchange,	 e->ord_id,
				     e->inst_id, e->verified_at, {0},
				     e->reason,	 e->evidence_id, e->error_code};

	keep_user(k, e->user_id, now);
	sqlite3_bind_int64(k->add_evidence, 1, k->seq + 1);
	for (size_t i = 0; i < 7; i++)
		database_bind(db, k->add_evidence, (int)i + 2, evidence[i]);
	run(k, k->add_evidence);
	for (size_t i = 0; i < 9; i++)
		database_bind(db, k->add_order, (int)i + 1, order[i]);
	if (e->liquidated >= 0)
		sqlite3_bind_int(k->add_order, 6, e->liquidated);
	run(k, k->add_order);
	buf_clear(&k->payload);
	entry_audit_payload(e, parent, &k->payload);
	keep_note(k, "verify", e->evidence_id, now, buf_span(&k->payload));
}

enum keep_result
keep_add(struct keep *k, const struct chain_record *r, const struct entry *e, struct span now)
{
	struct span parent = {0};
	char sha256[65], before[67];

	keep_begin(k);
	buf_clear(&k->text);
	if (find_root(k, r, e))
		return KEEP_KNOWN;
	if (e->parent_root.ptr)
		return KEEP_FOREIGN;
	if (id_taken(k, e))
		return KEEP_TAKEN;
	snprintf(before, sizeof before, "%s", k->root);
	if (before[0])
		parent = span_of(before);
	entry_set_parent(r, e, parent, &k->text);
	buf_byte(&k->text, '\n');
	errno = EFBIG;
	if (!buf_ok(&k->text) || !archive_write(&k->archive, e, buf_span(&k->text)))
		return KEEP_FAILED;
	archive_digest(buf_span(&k->text), sha256);
	add_rows(k, e, parent, sha256, now);
	k->seq++;
	snprintf(k->root, sizeof k->root, "%.*s", (int)e->root.len, e->root.ptr);
	return KEEP_STORED;
}

void
keep_note(struct keep *k, const char *topic, struct span ref, struct span now, struct span payload)
{
	keep_begin(k);
	database_bind(&k->db, k->add_audit, 1, span_of(topic));
	database_bind(&k->db, k->add_audit, 2, ref);
	database_bind(&k->db, k->add_audit, 3, now);
	database_bind(&k->db, k->add_audit, 4, payload);
	run(k, k->add_audit);
}

bool
keep_commit(struct keep *k)
{
	if (!k->in_transaction)
		return true;
	if (!archive_sync(&k->archive))
		return false;
	database_exec(&k->db, "COMMIT");
	k->in_transaction = false;
	database_checkpoint(&k->db);
	return k->seq == k->head.seq || head_write(&k->head, k->seq, span_of(k->root));
}
