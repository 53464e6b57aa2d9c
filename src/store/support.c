#include "support.h"

#include "json.h"
#include "limit.h"
#include "sealed_check.h"

#include <stdio.h>

#define FORCED "forced-liquidation"

static bool
refuse(struct support *out, const char *code, const char *why)
{
	out->code = code;
	out->why = why;
	return false;
}

static bool
root_file_agrees(struct keep *k, const struct entry *e, struct buf *room)
{
	return archive_read(&k->archive, e->root_path, room) && room->len == e->root.len + 1 &&
	       room->ptr[e->root.len] == '\n' &&
	       span_equal((struct span){room->ptr, e->root.len}, e->root);
}

/* The record in the file says what is claimed: this order of this user, liquidated by force, and
 * sealed to the root of the row. */
static bool
record_agrees(const struct entry *e, struct span user, struct span order, const char *path,
	      const char *root)
{
	return span_is(span_of(e->path), path) && span_is(e->root, root) &&
	       span_equal(e->user_id, user) && e->ord_id.ptr && span_equal(e->ord_id, order) &&
	       e->liquidated == 1 && e->reason.ptr && span_is(e->reason, FORCED) &&
	       !e->error_code.ptr;
}

/* The values that are there are bound by the root, whoever wrote the file. */
static bool
root_holds(const struct chain_record *r)
{
	struct sealed_check c;
	enum finding result;

	sealed_check_init(&c);
	result = sealed_check_record(&c, r);
	sealed_check_release(&c);
	/* what --trim-raw took out is not there to be hashed; the verdict is */
	return result == FINDING_GOOD || (result == FINDING_CANNOT_TELL && r->evidence.ptr);
}

static bool
check_file(struct keep *k, struct span user, struct span order, const char *path,
	   const char *sha256, struct support *out)
{
	struct chain_record r;
	struct chain_fault fault;
	struct entry e;
	struct buf text, room;
	char have[65];
	const char *why;
	bool ok = false;

	buf_init(&text, LIMIT_BUNDLE_BYTES + 128);
	buf_init(&room, 256);
	if (!archive_read(&k->archive, path, &text)) {
		refuse(out, "EVIDENCE_DAMAGED", "the evidence file is missing or cannot be read");
	} else {
		archive_digest(buf_span(&text), have);
		if (strcmp(have, sha256) != 0)
			refuse(out, "EVIDENCE_DAMAGED",
			       "the evidence file is not the one that was stored");
		else if (!chain_parse((struct span){text.ptr, text.len}, &r, &fault) ||
			 !entry_read(&r, &e, &why) ||
			 !record_agrees(&e, user, order, path, out->root))
			refuse(out, "EVIDENCE_DAMAGED",
			       "the record in the evidence file does not say what its row says");
		else if (!root_file_agrees(k, &e, &room))
			refuse(out, "EVIDENCE_DAMAGED", "the .root file has another root");
		else if (!root_holds(&r))
			refuse(out, "EVIDENCE_DAMAGED", "the root does not follow from the record");
		else
			ok = true;
	}
	buf_release(&text);
	buf_release(&room);
	return ok;
}

static bool
check_row(struct keep *k, struct span user, struct span order, sqlite3_stmt *s, struct support *out)
{
	struct span id = database_text(s, 0), root = database_text(s, 1),
		    path = database_text(s, 2), sha256 = database_text(s, 3);
	char path_text[128], sha256_text[65];

	if (sqlite3_column_int(s, 6) != 1)
		return refuse(out, "EVIDENCE_DAMAGED",
			      "the evidence's row is not the one that was written");
	if (sqlite3_column_int(s, 4) != 1 || !span_is(database_text(s, 5), FORCED))
		return refuse(out, "NOT_LIQUIDATED",
			      "the newest evidence does not say that the position was liquidated "
			      "by force");
	snprintf(out->evidence_id, sizeof out->evidence_id, "%.*s", (int)id.len, id.ptr);
	snprintf(out->root, sizeof out->root, "%.*s", (int)root.len, root.ptr);
	snprintf(path_text, sizeof path_text, "%.*s", (int)path.len, path.ptr);
	snprintf(sha256_text, sizeof sha256_text, "%.*s", (int)sha256.len, sha256.ptr);
	return check_file(k, user, order, path_text, sha256_text, out);
}

bool
support_find(struct keep *k, struct span user, struct span order, struct support *out)
{
	static const char sql[] =
	    "SELECT e.evidence_id, e.root, e.path, e.file_sha256, o.liquidated, o.reason, "
	    "o.digest IS row_digest(o.user_id, o.exchange, o.ord_id, o.inst_id, o.verified_at, "
	    "o.liquidated, o.reason, o.evidence_id, o.error_code) AND e.digest IS "
	    "row_digest(e.seq, e.evidence_id, e.root, e.bundle_hash, e.parent_root, e.path, "
	    "e.file_sha256, e.stored_at) FROM orders AS o JOIN evidence AS e USING (evidence_id) "
	    "WHERE o.user_id = ?1 AND o.ord_id = ?2 AND o.liquidated IS NOT NULL AND o.error_code "
	    "IS NULL ORDER BY e.seq DESC LIMIT 1";
	sqlite3_stmt *s = database_prepare(&k->db, sql);
	bool ok;

	*out = (struct support){0};
	database_bind(&k->db, s, 1, user);
	database_bind(&k->db, s, 2, order);
	if (database_step(&k->db, s))
		ok = check_row(k, user, order, s, out);
	else
		ok = refuse(out, "NO_EVIDENCE",
			    "no stored verification of this user's order has an answer");
	sqlite3_finalize(s);
	return ok;
}
