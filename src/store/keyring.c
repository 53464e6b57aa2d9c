#include "keyring.h"

#include "check.h"
#include "digest.h"
#include "hex.h"
#include "secret.h"
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define EXCHANGE "okx"
#define DATA_MAX 4096

struct keyring_keys {
	unsigned char data[CIPHER_KEY_BYTES], encrypt[CIPHER_KEY_BYTES], seal[CIPHER_KEY_BYTES];
	unsigned char scratch[CIPHER_KEY_BYTES], kek[CIPHER_KEY_BYTES];
};

static void
fill_random(void *p, size_t n)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
}

static struct span
bytes(const void *p, size_t n)
{
	return (struct span){p, n};
}

/* ---- start
 * ------------------------------------------------------------------------------------- */

void
keyring_open(struct keyring *k, const char *directory)
{
	*k = (struct keyring){.data_version = -1};
	keep_open(&k->keep, directory);
	/* what is removed is written over, not only let go of */
	database_exec(&k->keep.db, "PRAGMA secure_delete=ON");
	if (!head_open(&k->head, k->keep.archive.state, "vault.head", true))
		tool_die(errno == EBADMSG ? EXIT_USAGE : EXIT_TEMP,
			 errno == EBADMSG ? "damaged" : "state", "vault.head", strerror(errno));
	k->keys = (struct keyring_keys *)(void *)secret_memory(sizeof *k->keys);
	k->plain = (struct buf){.ptr = secret_memory(2 * CREDENTIALS_MAX),
				.cap = 2 * CREDENTIALS_MAX,
				.max = 2 * CREDENTIALS_MAX};
	buf_init(&k->data, DATA_MAX);
}

void
keyring_close(struct keyring *k)
{
	secret_free((char *)k->keys, sizeof *k->keys);
	secret_free(k->plain.ptr, k->plain.cap);
	buf_release(&k->data);
	keep_close(&k->keep);
}

/* ---- the vault's own row
 * ----------------------------------------------------------------------- */

static bool
take_blob(sqlite3_stmt *s, int column, void *out, size_t n)
{
	struct span blob = database_blob(s, column);

	if (blob.len != n)
		return false;
	memcpy(out, blob.ptr, n);
	return true;
}

static bool
take_row(struct keyring *k, sqlite3_stmt *s)
{
	struct span id = database_text(s, 0), kdf = database_text(s, 1);

	snprintf(k->id, sizeof k->id, "%.*s", (int)id.len, id.ptr);
	k->kdf.scrypt = span_is(kdf, "scrypt");
	k->kdf.log_n = (uint64_t)sqlite3_column_int64(s, 2);
	k->kdf.r = (uint64_t)sqlite3_column_int64(s, 3);
	k->kdf.p = (uint64_t)sqlite3_column_int64(s, 4);
	k->seq = sqlite3_column_int64(s, 9);
	snprintf(k->created, sizeof k->created, "%s", (const char *)sqlite3_column_text(s, 11));
	return sqlite3_column_int(s, 12) == 1 && id.len == 32 &&
	       take_blob(s, 5, k->kdf.salt, sizeof k->kdf.salt) &&
	       take_blob(s, 6, k->master_check, sizeof k->master_check) &&
	       take_blob(s, 7, k->wrapped, sizeof k->wrapped) &&
	       take_blob(s, 8, k->data_check, sizeof k->data_check) &&
	       take_blob(s, 10, k->seal, sizeof k->seal);
}

static enum keyring_result
damaged(struct keyring *k, const char *why)
{
	k->why = why;
	return KEYRING_DAMAGED;
}

static enum keyring_result
load(struct keyring *k)
{
	static const char sql[] =
	    "SELECT id, kdf, kdf_log_n, kdf_r, kdf_p, kdf_salt, master_check, wrapped_key, "
	    "data_check, seq, seal, created_at, digest IS row_digest(id, kdf, kdf_log_n, kdf_r, "
	    "kdf_p, kdf_salt, master_check, wrapped_key, data_check, seq, seal, created_at, "
	    "rotated_at) FROM vault";
	sqlite3_stmt *s = database_prepare(&k->keep.db, sql);
	enum keyring_result result = KEYRING_OK;

	k->exists = database_step(&k->keep.db, s);
	if (!k->exists)
		result = k->head.seq ? damaged(k, "the vault's row is gone") : KEYRING_ABSENT;
	else if (!take_row(k, s))
		result = damaged(k, "the vault's row is not the one that was written");
	sqlite3_finalize(s);
	return result;
}

/* ---- keys
 * -------------------------------------------------------------------------------------- */

static void
wrap_data(struct keyring *k)
{
	char costs[64];
	int n = snprintf(costs, sizeof costs, "%s %" PRIu64 " %" PRIu64 " %" PRIu64,
			 k->kdf.scrypt ? "scrypt" : "key", k->kdf.log_n, k->kdf.r, k->kdf.p);
	const struct span parts[] = {SPAN_LIT("vault/v1 data key"), span_of(k->id),
				     bytes(costs, (size_t)n),
				     bytes(k->kdf.salt, sizeof k->kdf.salt), span_of(k->created)};

	buf_clear(&k->data);
	cipher_list(parts, sizeof parts / sizeof parts[0], &k->data);
}

static void
derive_keys(struct keyring *k)
{
	cipher_subkey(k->keys->data, CIPHER_ENCRYPT, k->keys->encrypt);
	cipher_subkey(k->keys->data, CIPHER_SEAL, k->keys->seal);
	k->unlocked = true;
}

static enum keyring_result
locked(struct keyring *k, const char *why)
{
	k->why = why;
	return KEYRING_LOCKED;
}

static enum keyring_result
unlock(struct keyring *k, const struct master *master)
{
	struct keyring_keys *keys = k->keys;

	if (master->passphrase != k->kdf.scrypt)
		return locked(k, k->kdf.scrypt ? "the vault was made with a passphrase"
					       : "the vault was made with a key");
	if (!cipher_kek(master->secret, &k->kdf, span_of(k->id), keys->kek))
		return locked(k, "the vault asks for a costlier scrypt than this program computes");
	cipher_subkey(keys->kek, CIPHER_CHECK, keys->scratch);
	if (!secret_equal(keys->scratch, k->master_check, sizeof k->master_check))
		return locked(k, "the master secret is not this vault's");
	cipher_subkey(keys->kek, CIPHER_WRAP, keys->scratch);
	wrap_data(k);
	if (!cipher_unbox(keys->scratch, buf_span(&k->data), bytes(k->wrapped, sizeof k->wrapped),
			  keys->data))
		return damaged(k, "the wrapped data key is not the one that was written");
	cipher_subkey(keys->data, CIPHER_CHECK, keys->scratch);
	if (!secret_equal(keys->scratch, k->data_check, sizeof k->data_check))
		return damaged(k, "the data key is not the one that was made");
	derive_keys(k);
	return KEYRING_OK;
}

static bool
same_data_key(struct keyring *k)
{
	if (!k->unlocked)
		return false;
	cipher_subkey(k->keys->data, CIPHER_CHECK, k->keys->scratch);
	k->unlocked = secret_equal(k->keys->scratch, k->data_check, sizeof k->data_check);
	return k->unlocked;
}

static void
wrap(struct keyring *k, const struct master *master)
{
	struct keyring_keys *keys = k->keys;
	unsigned char nonce[CIPHER_NONCE_BYTES];

	k->kdf = (struct cipher_kdf){.scrypt = master->passphrase};
	if (k->kdf.scrypt) {
		k->kdf.log_n = CIPHER_SCRYPT_LOG_N;
		k->kdf.r = CIPHER_SCRYPT_R;
		k->kdf.p = CIPHER_SCRYPT_P;
	}
	fill_random(k->kdf.salt, sizeof k->kdf.salt);
	fill_random(nonce, sizeof nonce);
	if (!cipher_kek(master->secret, &k->kdf, span_of(k->id), keys->kek))
		tool_die(EXIT_TEMP, "scrypt", NULL, "no memory");
	cipher_subkey(keys->kek, CIPHER_CHECK, k->master_check);
	cipher_subkey(keys->kek, CIPHER_WRAP, keys->scratch);
	wrap_data(k);
	CHECK(cipher_box(keys->scratch, nonce, buf_span(&k->data),
			 bytes(keys->data, sizeof keys->data), k->wrapped));
}

/* ---- the seal
 * ---------------------------------------------------------------------------------- */

/* Over every row but its time of use, in order: one taken out, put back or put in shows. */
static void
compute_seal(struct keyring *k, unsigned char out[32])
{
	sqlite3_stmt *s = database_prepare(
	    &k->keep.db, "SELECT CAST(id AS TEXT), user_id, exchange, key_alias, CAST(version AS "
			 "TEXT), created_at, enc_payload FROM api_keys ORDER BY id");
	unsigned char rows[32] = {0};
	char seq[24];
	int n = snprintf(seq, sizeof seq, "%" PRId64, k->seq);
	const struct span parts[] = {SPAN_LIT("vault/v1 rows"), span_of(k->id),
				     bytes(seq, (size_t)n), bytes(rows, sizeof rows)};
	struct span all;

	while (database_step(&k->keep.db, s)) {
		struct span columns[8] = {bytes(rows, sizeof rows)};

		for (int i = 0; i < 6; i++)
			columns[i + 1] = database_text(s, i);
		columns[7] = database_blob(s, 6);
		buf_clear(&k->data);
		cipher_list(columns, 8, &k->data);
		sha256(buf_ok(&k->data) ? buf_span(&k->data) : SPAN_LIT("too long to be ours"),
		       rows);
	}
	sqlite3_finalize(s);
	buf_clear(&k->data);
	cipher_list(parts, 4, &k->data);
	all = buf_span(&k->data);
	hmac_sha256(bytes(k->keys->seal, sizeof k->keys->seal), &all, 1, out);
}

static enum keyring_result open_payload(struct keyring *k, const struct keyring_row *row,
					sqlite3_stmt *s, struct credentials *out);

/* The seal is broken: which row is at fault? None, when one was taken out or put back whole. */
static void
find_culprit(struct keyring *k)
{
	sqlite3_stmt *s = database_prepare(
	    &k->keep.db, "SELECT id, version, enc_payload, created_at, digest IS row_digest(id, "
			 "user_id, exchange, key_alias, version, enc_payload, created_at, "
			 "last_used_at), user_id, key_alias FROM api_keys ORDER BY id");
	struct credentials unused;

	while (!k->culprit[0] && database_step(&k->keep.db, s)) {
		struct keyring_row row = {.user = database_text(s, 5),
					  .alias = database_text(s, 6),
					  .id = sqlite3_column_int64(s, 0),
					  .version = sqlite3_column_int64(s, 1)};

		if (sqlite3_column_int(s, 4) != 1 ||
		    open_payload(k, &row, s, &unused) != KEYRING_OK)
			snprintf(k->culprit, sizeof k->culprit, "%.*s version %" PRId64,
				 (int)(row.alias.len > 64 ? 64 : row.alias.len), row.alias.ptr,
				 row.version);
	}
	sqlite3_finalize(s);
}

static enum keyring_result
check_seal(struct keyring *k)
{
	unsigned char have[32];
	char hex[67];

	k->culprit[0] = 0;
	compute_seal(k, have);
	if (!secret_equal(have, k->seal, sizeof have)) {
		find_culprit(k);
		return damaged(k, "the rows of api_keys are not those that were sealed: one was "
				  "changed, removed, put in or put back");
	}
	hex_print_hash(have, hex);
	if (k->seq < k->head.seq || (k->seq == k->head.seq && strcmp(hex, k->head.root) != 0))
		return damaged(k, "the vault is older than vault.head says: it was rolled back");
	return KEYRING_OK;
}

static int64_t
data_version(struct keyring *k)
{
	sqlite3_stmt *s = database_prepare(&k->keep.db, "PRAGMA data_version");
	int64_t version = database_step(&k->keep.db, s) ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	return version;
}

enum keyring_result
keyring_begin(struct keyring *k, const struct master *master)
{
	enum keyring_result result;
	int64_t version;

	keep_begin(&k->keep);
	version = data_version(k);
	if (version == k->data_version && k->exists)
		return KEYRING_OK;
	/* another process may have written it since */
	head_reload(&k->head);
	result = load(k);
	/* the data key outlives a change of the master secret */
	if (result == KEYRING_OK && master && !same_data_key(k))
		result = unlock(k, master);
	if (result == KEYRING_OK && master)
		result = check_seal(k);
	k->data_version = result == KEYRING_OK ? version : -1;
	return result;
}

/* ---- changes
 * ----------------------------------------------------------------------------------- */

static void
run(struct keyring *k, sqlite3_stmt *s)
{
	database_step(&k->keep.db, s);
	sqlite3_finalize(s);
}

static void
write_vault(struct keyring *k, const char *sql, struct span now)
{
	struct database *db = &k->keep.db;
	sqlite3_stmt *s = database_prepare(db, sql);

	database_bind(db, s, 1, span_of(k->id));
	database_bind(db, s, 2, span_of(k->kdf.scrypt ? "scrypt" : "key"));
	sqlite3_bind_int64(s, 3, (int64_t)k->kdf.log_n);
	sqlite3_bind_int64(s, 4, (int64_t)k->kdf.r);
	sqlite3_bind_int64(s, 5, (int64_t)k->kdf.p);
	database_bind_blob(db, s, 6, bytes(k->kdf.salt, sizeof k->kdf.salt));
	database_bind_blob(db, s, 7, bytes(k->master_check, sizeof k->master_check));
	database_bind_blob(db, s, 8, bytes(k->wrapped, sizeof k->wrapped));
	database_bind_blob(db, s, 9, bytes(k->data_check, sizeof k->data_check));
	sqlite3_bind_int64(s, 10, k->seq);
	database_bind_blob(db, s, 11, bytes(k->seal, sizeof k->seal));
	database_bind(db, s, 12, span_of(k->created));
	if (now.ptr)
		database_bind(db, s, 13, now);
	run(k, s);
}

void
keyring_create(struct keyring *k, const struct master *master, struct span now)
{
	unsigned char id[16];

	fill_random(id, sizeof id);
	hex_print(id, sizeof id, k->id);
	snprintf(k->created, sizeof k->created, "%.*s", (int)now.len, now.ptr);
	fill_random(k->keys->data, sizeof k->keys->data);
	cipher_subkey(k->keys->data, CIPHER_CHECK, k->data_check);
	wrap(k, master);
	derive_keys(k);
	k->seq = 0;
	compute_seal(k, k->seal);
	write_vault(k,
		    "INSERT INTO vault (n, id, kdf, kdf_log_n, kdf_r, kdf_p, kdf_salt, "
		    "master_check, wrapped_key, data_check, seq, seal, created_at, digest) VALUES "
		    "(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, row_digest(?1, ?2, ?3, "
		    "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL))",
		    (struct span){0});
	k->exists = k->written = true;
}

void
keyring_rewrap(struct keyring *k, const struct master *master, struct span now)
{
	CHECK(k->unlocked);
	wrap(k, master);
	write_vault(k,
		    "UPDATE vault SET kdf = ?2, kdf_log_n = ?3, kdf_r = ?4, kdf_p = ?5, kdf_salt = "
		    "?6, master_check = ?7, wrapped_key = ?8, rotated_at = ?13, digest = "
		    "row_digest(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
		    now);
	k->written = true;
}

/* ---- rows
 * -------------------------------------------------------------------------------------- */

static void
row_data(struct keyring *k, const struct keyring_row *row, struct span created)
{
	char version[24];
	int n = snprintf(version, sizeof version, "%" PRId64, row->version);
	const struct span parts[] = {
	    SPAN_LIT("vault/v1"),      span_of(k->id), row->user, SPAN_LIT(EXCHANGE), row->alias,
	    bytes(version, (size_t)n), created};

	buf_clear(&k->data);
	cipher_list(parts, sizeof parts / sizeof parts[0], &k->data);
}

static enum keyring_result
open_payload(struct keyring *k, const struct keyring_row *row, sqlite3_stmt *s,
	     struct credentials *out)
{
	struct span box = database_blob(s, 2);
	const char *why;
	char *room;

	buf_clear(&k->plain);
	if (box.len < CIPHER_EXTRA_BYTES || box.len > CREDENTIALS_MAX)
		return damaged(k, "the payload is not the one that was encrypted");
	room = buf_room(&k->plain, box.len - CIPHER_EXTRA_BYTES);
	CHECK(room && k->unlocked);
	row_data(k, row, database_text(s, 3));
	if (!cipher_unbox(k->keys->encrypt, buf_span(&k->data), box, (unsigned char *)room))
		return damaged(k, "the payload is not the one that was encrypted for this row");
	buf_grown(&k->plain, box.len - CIPHER_EXTRA_BYTES);
	if (!credentials_parse(buf_span(&k->plain), &k->plain, out, &why))
		return damaged(k, why);
	return KEYRING_OK;
}

enum keyring_result
keyring_find(struct keyring *k, struct span user, struct span alias, struct keyring_row *row,
	     struct credentials *out)
{
	static const char sql[] =
	    "SELECT id, version, enc_payload, created_at, digest IS row_digest(id, user_id, "
	    "exchange, key_alias, version, enc_payload, created_at, last_used_at) FROM api_keys "
	    "WHERE user_id = ?1 AND key_alias = ?2 ORDER BY version DESC LIMIT 1";
	struct database *db = &k->keep.db;
	sqlite3_stmt *s = database_prepare(db, sql);
	enum keyring_result result = KEYRING_ABSENT;

	*row = (struct keyring_row){.user = user, .alias = alias};
	database_bind(db, s, 1, user);
	database_bind(db, s, 2, alias);
	if (database_step(db, s)) {
		row->id = sqlite3_column_int64(s, 0);
		row->version = sqlite3_column_int64(s, 1);
		if (sqlite3_column_int(s, 4) != 1)
			result = damaged(k, "the row is not the one that was written");
		else
			result = out ? open_payload(k, row, s, out) : KEYRING_OK;
	}
	sqlite3_finalize(s);
	return result;
}

void
keyring_add(struct keyring *k, struct keyring_row *row, const struct credentials *c,
	    struct span now)
{
	static const char sql[] =
	    "INSERT INTO api_keys (id, user_id, exchange, key_alias, version, enc_payload, "
	    "created_at, digest) VALUES (?1, ?2, '" EXCHANGE "', ?3, ?4, ?5, ?6, row_digest(?1, "
	    "?2, '" EXCHANGE "', ?3, ?4, ?5, ?6, NULL))";
	unsigned char nonce[CIPHER_NONCE_BYTES], box[CREDENTIALS_MAX + CIPHER_EXTRA_BYTES];
	struct database *db = &k->keep.db;
	sqlite3_stmt *s = database_prepare(db, "SELECT coalesce(max(id), 0) + 1 FROM api_keys");
	struct buf text = {
	    .ptr = secret_memory(CREDENTIALS_MAX), .cap = CREDENTIALS_MAX, .max = CREDENTIALS_MAX};

	keep_user(&k->keep, row->user, now);
	database_step(db, s);
	row->id = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	row->version++;
	credentials_print(c, &text);
	CHECK(buf_ok(&text) && k->unlocked);
	fill_random(nonce, sizeof nonce);
	row_data(k, row, now);
	CHECK(cipher_box(k->keys->encrypt, nonce, buf_span(&k->data), buf_span(&text), box));
	s = database_prepare(db, sql);
	sqlite3_bind_int64(s, 1, row->id);
	database_bind(db, s, 2, row->user);
	database_bind(db, s, 3, row->alias);
	sqlite3_bind_int64(s, 4, row->version);
	database_bind_blob(db, s, 5, bytes(box, text.len + CIPHER_EXTRA_BYTES));
	database_bind(db, s, 6, now);
	run(k, s);
	secret_free(text.ptr, CREDENTIALS_MAX);
	k->written = true;
}

void
keyring_remove(struct keyring *k, const struct keyring_row *row)
{
	struct database *db = &k->keep.db;
	sqlite3_stmt *s =
	    database_prepare(db, "DELETE FROM api_keys WHERE user_id = ?1 AND key_alias = ?2");

	database_bind(db, s, 1, row->user);
	database_bind(db, s, 2, row->alias);
	run(k, s);
	k->written = true;
}

void
keyring_used(struct keyring *k, const struct keyring_row *row, struct span now)
{
	struct database *db = &k->keep.db;
	sqlite3_stmt *s = database_prepare(
	    db, "UPDATE api_keys SET last_used_at = ?2, digest = row_digest(id, user_id, exchange, "
		"key_alias, version, enc_payload, created_at, ?2) WHERE id = ?1");

	sqlite3_bind_int64(s, 1, row->id);
	database_bind(db, s, 2, now);
	run(k, s);
}

static void
write_seal(struct keyring *k)
{
	struct database *db = &k->keep.db;
	sqlite3_stmt *s = database_prepare(
	    db, "UPDATE vault SET seq = ?1, seal = ?2, digest = row_digest(id, kdf, kdf_log_n, "
		"kdf_r, kdf_p, kdf_salt, master_check, wrapped_key, data_check, ?1, ?2, "
		"created_at, rotated_at)");

	k->seq++;
	compute_seal(k, k->seal);
	sqlite3_bind_int64(s, 1, k->seq);
	database_bind_blob(db, s, 2, bytes(k->seal, sizeof k->seal));
	run(k, s);
}

bool
keyring_commit(struct keyring *k)
{
	bool written = k->written;
	char hex[67];

	if (written)
		write_seal(k);
	k->written = false;
	if (!keep_commit(&k->keep))
		return false;
	hex_print_hash(k->seal, hex);
	return !written || head_write(&k->head, k->seq, span_of(hex));
}
