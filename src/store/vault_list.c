/* vault_list: the aliases, without their keys. */
#include "vault.h"

#include "diag.h"
#include "digest.h"
#include "hex.h"
#include "limit.h"
#include "line.h"

#include <errno.h>

/* Tells one API key from another, and gives nothing of it away: keys are random. */
static void
print_key_digest(const struct credentials *c, struct buf *out)
{
	unsigned char hash[SHA256_BYTES];
	char hex[17];

	sha256(c->api_key, hash);
	hex_print(hash, 8, hex);
	buf_json_member_string(out, "apiKeyDigest", span_of(hex));
}

static void
print_alias(struct vault *v, sqlite3_stmt *s)
{
	static const char *const names[] = {"userId",  "alias",	  "exchange",
					    "version", "created", "lastUsedAt"};
	struct buf *out = &v->out;
	struct keyring_row row;
	struct credentials c;

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("alias"));
	for (int i = 0; i < 6; i++) {
		if (i == 3)
			buf_json_member_i64(out, names[i], sqlite3_column_int64(s, i));
		else
			buf_json_member_string(out, names[i], database_text(s, i));
	}
	v->alias = database_text(s, 1);
	if (keyring_find(&v->ring, database_text(s, 0), v->alias, &row,
			 v->ring.unlocked ? &c : NULL) != KEYRING_OK)
		vault_die(v, KEYRING_DAMAGED);
	if (v->ring.unlocked)
		print_key_digest(&c, out);
	else
		buf_json_member_raw(out, "apiKeyDigest", SPAN_LIT("null"));
	buf_json_member_bool(out, "checked", v->ring.unlocked);
	buf_str(out, "}\n");
}

enum exit_status
vault_list(struct vault *v)
{
	static const char sql[] =
	    "SELECT user_id, key_alias, exchange, version, created_at, last_used_at FROM api_keys "
	    "AS a WHERE (?1 IS NULL OR user_id = ?1) AND version = (SELECT max(version) FROM "
	    "api_keys AS b WHERE b.user_id = a.user_id AND b.key_alias = a.key_alias) ORDER BY "
	    "user_id, key_alias";
	enum keyring_result result = keyring_begin(&v->ring, v->master.memory ? &v->master : NULL);
	struct database *db = &v->ring.keep.db;
	enum exit_status status = EXIT_YES;
	sqlite3_stmt *s;

	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		vault_die(v, result);
	buf_clear(&v->out);
	s = database_prepare(db, sql);
	database_bind(db, s, 1, v->owned ? v->user : (struct span){0});
	while (database_step(db, s)) {
		print_alias(v, s);
		if (v->out.len > LIMIT_IO_BYTES) {
			if (!write_all(1, buf_span(&v->out)))
				status = EXIT_TEMP;
			buf_clear(&v->out);
		}
	}
	sqlite3_finalize(s);
	vault_commit_or_die(v);
	if (status != EXIT_YES || !write_all(1, buf_span(&v->out))) {
		diag(DIAG_ERROR, "stdout", diag_errno(errno));
		status = EXIT_TEMP;
	}
	return status;
}
