#include "claims.h"

#include "check.h"

#include <stdio.h>

#define COLUMNS                                                                         \
	"user_id, ord_id, status, payout_amount, created_at, decided_at, evidence_id, " \
	"override_reason, reject_reason, reference, paid_at"
#define SELECT "SELECT id, " COLUMNS ", digest IS row_digest(id, " COLUMNS ") FROM claims "

/* The row's texts into the claim's own room: they outlive the statement. */
static enum claims_result
take(sqlite3_stmt *s, struct claim *out)
{
	size_t used = 0;

	*out = (struct claim){.id = sqlite3_column_int64(s, 0)};
	if (sqlite3_column_int(s, CLAIM_COLUMNS + 1) != 1)
		return CLAIMS_DAMAGED;
	for (int i = 0; i < CLAIM_COLUMNS; i++) {
		struct span text = database_text(s, i + 1);

		if (!text.ptr)
			continue;
		if (text.len > sizeof out->room - used)
			return CLAIMS_DAMAGED;
		memcpy(out->room + used, text.ptr, text.len);
		out->column[i] = (struct span){out->room + used, text.len};
		used += text.len;
	}
	return claim_state_read(out->column[CLAIM_STATUS], &out->state) ? CLAIMS_FOUND
									: CLAIMS_DAMAGED;
}

static enum claims_result
read_one(struct keep *k, sqlite3_stmt *s, struct claim *out)
{
	enum claims_result result = CLAIMS_NONE;

	if (database_step(&k->db, s))
		result = take(s, out);
	sqlite3_finalize(s);
	return result;
}

enum claims_result
claims_read(struct keep *k, int64_t id, struct claim *out)
{
	sqlite3_stmt *s = database_prepare(&k->db, SELECT "WHERE id = ?1");

	sqlite3_bind_int64(s, 1, id);
	return read_one(k, s, out);
}

enum claims_result
claims_read_standing(struct keep *k, struct span user, struct span order, struct claim *out)
{
	sqlite3_stmt *s = database_prepare(
	    &k->db, SELECT "WHERE user_id = ?1 AND ord_id = ?2 AND status <> 'rejected'");

	database_bind(&k->db, s, 1, user);
	database_bind(&k->db, s, 2, order);
	return read_one(k, s, out);
}

enum claims_result
claims_read_reference(struct keep *k, struct span reference, struct claim *out)
{
	sqlite3_stmt *s = database_prepare(&k->db, SELECT "WHERE reference = ?1");

	database_bind(&k->db, s, 1, reference);
	return read_one(k, s, out);
}

/* ---- writing
 * ----------------------------------------------------------------------------------- */

static void
write_row(struct keep *k, struct claim *c)
{
	static const char insert[] =
	    "INSERT INTO claims (" COLUMNS ", digest, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	    "?9, ?10, ?11, row_digest(?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11), ?12)";
	static const char update[] =
	    "UPDATE claims SET user_id = ?1, ord_id = ?2, status = ?3, payout_amount = ?4, "
	    "created_at = ?5, decided_at = ?6, evidence_id = ?7, override_reason = ?8, "
	    "reject_reason = ?9, reference = ?10, paid_at = ?11, digest = row_digest(?12, ?1, ?2, "
	    "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) WHERE id = ?12";
	bool fresh = c->id == 0;
	sqlite3_stmt *s;

	if (fresh) {
		s = database_prepare(&k->db, "SELECT coalesce(max(id), 0) + 1 FROM claims");
		database_step(&k->db, s);
		c->id = sqlite3_column_int64(s, 0);
		sqlite3_finalize(s);
	}
	s = database_prepare(&k->db, fresh ? insert : update);
	for (int i = 0; i < CLAIM_COLUMNS; i++)
		database_bind(&k->db, s, i + 1, c->column[i]);
	sqlite3_bind_int64(s, CLAIM_COLUMNS + 1, c->id);
	database_step(&k->db, s);
	sqlite3_finalize(s);
}

void
claims_write(struct keep *k, struct claim *c, const char *topic, const char *before, struct span by,
	     struct span now)
{
	struct buf payload;
	char ref[32];

	c->column[CLAIM_STATUS] = span_of(claim_state_name(c->state));
	keep_user(k, c->column[CLAIM_USER], now);
	write_row(k, c);
	buf_init(&payload, 8192);
	buf_str(&payload, "{\"from\":");
	if (before)
		buf_json_string(&payload, span_of(before));
	else
		buf_str(&payload, "null");
	buf_json_member_string(&payload, "by", by);
	buf_json_key(&payload, "claim");
	claims_print(c, &payload);
	buf_byte(&payload, '}');
	CHECK(buf_ok(&payload));
	snprintf(ref, sizeof ref, "claim-%lld", (long long)c->id);
	keep_note(k, topic, span_of(ref), now, buf_span(&payload));
	buf_release(&payload);
}

/* ---- printing
 * ---------------------------------------------------------------------------------- */

void
claims_print(const struct claim *c, struct buf *out)
{
	static const char *const names[CLAIM_COLUMNS] = {
	    "userId",	    "ordId",	 "status",     "payoutAmount",
	    "createdAt",    "decidedAt", "evidenceId", "overrideReason",
	    "rejectReason", "reference", "paidAt"};

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("claim"));
	buf_json_member_i64(out, "id", c->id);
	for (int i = 0; i < CLAIM_COLUMNS; i++)
		buf_json_member_string(out, names[i], c->column[i]);
	buf_byte(out, '}');
}

enum claims_result
claims_list(struct keep *k, const struct claims_filter *what, struct line_writer *out, int64_t *id)
{
	sqlite3_stmt *s = database_prepare(
	    &k->db, SELECT "WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR ord_id = ?2) AND "
			   "(?3 IS NULL OR user_id = ?3) ORDER BY id DESC LIMIT ?4");
	enum claims_result result = CLAIMS_NONE;
	struct claim c;
	struct buf line;

	buf_init(&line, 8192);
	database_bind(&k->db, s, 1, span_of(what->status));
	database_bind(&k->db, s, 2, span_of(what->order));
	database_bind(&k->db, s, 3, span_of(what->user));
	sqlite3_bind_int64(s, 4, (int64_t)what->limit);
	while (result != CLAIMS_DAMAGED && database_step(&k->db, s)) {
		result = take(s, &c);
		*id = c.id;
		buf_clear(&line);
		claims_print(&c, &line);
		if (result == CLAIMS_FOUND && !line_write(out, buf_span(&line)))
			break;
	}
	sqlite3_finalize(s);
	buf_release(&line);
	return result;
}
