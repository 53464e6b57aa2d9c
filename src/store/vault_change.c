/* vault_change: add, rotate, remove: each is durable, and noted in the audit log, before it is
 * said. */
#include "vault.h"

#include "diag.h"
#include "line.h"
#include "secret.h"

#include <errno.h>

/* ---- what is said and noted ---- */

static void
note(struct vault *v, const char *topic, const struct keyring_row *row, struct span now)
{
	struct buf payload;

	buf_init(&payload, 4096);
	buf_byte(&payload, '{');
	buf_json_member_string(&payload, "vault", span_of(v->ring.id));
	if (row) {
		buf_json_member_string(&payload, "userId", row->user);
		buf_json_member_string(&payload, "exchange", SPAN_LIT("okx"));
		buf_json_member_string(&payload, "alias", row->alias);
		buf_json_member_i64(&payload, "version", row->version);
	} else {
		buf_json_member_string(&payload, "kdf",
				       v->ring.kdf.scrypt ? SPAN_LIT("scrypt") : SPAN_LIT("key"));
	}
	buf_byte(&payload, '}');
	keep_note(&v->ring.keep, topic, row ? row->alias : span_of(v->ring.id), now,
		  buf_span(&payload));
	buf_release(&payload);
}

/* {"type":"vault","event",...}: durable when it is printed. */
static enum exit_status
answer(struct vault *v, const char *event, const struct keyring_row *row, struct span now)
{
	struct buf *out = &v->out;

	vault_commit_or_die(v);
	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("vault"));
	buf_json_member_string(out, "event", span_of(event));
	if (row) {
		buf_json_member_string(out, "userId", row->user);
		buf_json_member_string(out, "exchange", SPAN_LIT("okx"));
		buf_json_member_string(out, "alias", row->alias);
		buf_json_member_i64(out, "version", row->version);
	}
	buf_json_member_string(out, "at", now);
	buf_str(out, "}\n");
	if (write_all(1, buf_span(out)))
		return EXIT_YES;
	diag(DIAG_ERROR, "stdout", diag_errno(errno));
	return EXIT_TEMP;
}

/* What cannot be done as things stand: say so, change nothing. */
static enum exit_status
refuse(struct vault *v, const char *code, const char *why)
{
	struct buf *out = &v->out;

	vault_commit_or_die(v);
	diag(DIAG_WARNING, "refused", diag_span("alias", v->alias), diag_str("code", code),
	     diag_str("why", why));
	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("vault"));
	buf_json_member_string(out, "event", SPAN_LIT("refused"));
	buf_json_member_string(out, "userId", v->user);
	buf_json_member_string(out, "alias", v->alias);
	buf_json_member_string(out, "reason", span_of(code));
	buf_json_member_string(out, "msg", span_of(why));
	buf_str(out, "}\n");
	return write_all(1, buf_span(out)) ? EXIT_NO : EXIT_TEMP;
}

/* ---- changes ---- */

/* One line of JSON from stdin or --key-fd, into locked memory. */
static struct credentials
read_credentials(struct vault *v, struct buf *room)
{
	int fd = v->key_fd ? (int)tool_number("--key-fd", v->key_fd, 0, 1023) : 0;
	struct credentials c;
	struct span json;
	const char *why;

	*room = (struct buf){.ptr = secret_memory(3 * CREDENTIALS_MAX),
			     .cap = 3 * CREDENTIALS_MAX,
			     .max = 3 * CREDENTIALS_MAX};
	if (!secret_read_fd(fd, room->ptr, CREDENTIALS_MAX, &json))
		tool_die(EXIT_CONFIG, "key", v->key_fd ? "--key-fd" : "stdin", strerror(errno));
	room->len = json.len;
	if (!credentials_parse(json, room, &c, &why))
		tool_die(EXIT_USAGE, "key", v->key_fd ? "--key-fd" : "stdin", why);
	return c;
}

/* The newest row of the alias, with its payload: whatever is built on it has been checked. */
static enum keyring_result
find(struct vault *v, struct keyring_row *row)
{
	struct credentials unused;
	enum keyring_result result =
	    keyring_find(&v->ring, v->user, v->alias, row, v->ring.unlocked ? &unused : NULL);

	if (result == KEYRING_DAMAGED)
		vault_die(v, result);
	return result;
}

enum exit_status
vault_add_or_rotate(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = vault_now(room);
	struct keyring_row row = {.user = v->user, .alias = v->alias};
	struct buf memory;
	struct credentials c = read_credentials(v, &memory);
	enum keyring_result result = keyring_begin(&v->ring, &v->master);
	bool there;

	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		vault_die(v, result);
	there = result == KEYRING_OK && find(v, &row) == KEYRING_OK;
	if (v->command == ADD && there)
		return refuse(v, "ALIAS_EXISTS", "the alias is there already: rotate it");
	if (v->command == ROTATE && !there)
		return refuse(v, "NO_SUCH_ALIAS", "there is no such alias: add it");
	if (result == KEYRING_ABSENT) {
		keyring_create(&v->ring, &v->master, now);
		note(v, "vault.create", NULL, now);
	}
	keyring_add(&v->ring, &row, &c, now);
	secret_free(memory.ptr, memory.cap);
	note(v, v->command == ADD ? "vault.add" : "vault.rotate", &row, now);
	return answer(v, v->command == ADD ? "added" : "rotated", &row, now);
}

enum exit_status
vault_rotate_master(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = vault_now(room);
	enum keyring_result result = keyring_begin(&v->ring, &v->master);
	struct master next;

	if (result == KEYRING_ABSENT)
		return refuse(v, "NO_VAULT", "there is no vault yet");
	if (result != KEYRING_OK)
		vault_die(v, result);
	master_read(&v->next_source, false, &next);
	keyring_rewrap(&v->ring, &next, now);
	master_wipe(&next);
	note(v, "vault.master", NULL, now);
	return answer(v, "master-rotated", NULL, now);
}

enum exit_status
vault_remove(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = vault_now(room);
	struct keyring_row row = {0};
	enum keyring_result result = keyring_begin(&v->ring, &v->master);

	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		vault_die(v, result);
	if (result == KEYRING_ABSENT || find(v, &row) != KEYRING_OK)
		return refuse(v, "NO_SUCH_ALIAS", "there is no such alias");
	keyring_remove(&v->ring, &row);
	note(v, "vault.remove", &row, now);
	return answer(v, "removed", &row, now);
}
