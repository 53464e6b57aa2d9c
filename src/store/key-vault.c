/* key-vault: exchange credentials under an alias, encrypted at rest (key-vault(1)). */
#include "alias_request.h"
#include "chain_filter.h"
#include "diag.h"
#include "digest.h"
#include "filter.h"
#include "hex.h"
#include "json.h"
#include "keyring.h"
#include "leak.h"
#include "limit.h"
#include "sandbox.h"
#include "secret.h"
#include "utc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A request with keys in it, or with an error. */
#define FILLED_MAX (LIMIT_REQUEST_BYTES + 8192)

enum command { ADD, LIST, ROTATE, REMOVE, OPEN };

struct vault {
	enum command command;
	const char *state, *key_fd, *metrics_file;
	struct span user, alias;
	bool owned; /* --user was given */
	bool rotate_master, force;
	struct master_source source, next_source;
	struct master master;
	struct keyring ring;
	struct buf out, error;
};

static struct span
now_text(char room[UTC_TEXT_MAX])
{
	return (struct span){room, utc_print_ms_fixed(utc_now_us() / 1000, room)};
}

static _Noreturn void
die_of(const struct vault *v, enum keyring_result result)
{
	char what[256];

	if (v->ring.culprit[0])
		snprintf(what, sizeof what, "api_keys %s", v->ring.culprit);
	else
		snprintf(what, sizeof what, "api_keys %.*s", (int)v->alias.len, v->alias.ptr);
	if (result == KEYRING_LOCKED)
		tool_die(EXIT_CONFIG, "locked", v->state, v->ring.why);
	tool_die(EXIT_USAGE, "damaged", v->alias.ptr || v->ring.culprit[0] ? what : v->state,
		 v->ring.why);
}

static void
commit_or_die(struct vault *v)
{
	errno = 0;
	if (!keyring_commit(&v->ring))
		tool_die(EXIT_TEMP, "commit", v->state, strerror(errno ? errno : EIO));
}

/* ---- changes
 * ----------------------------------------------------------------------------------- */

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

	commit_or_die(v);
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

	commit_or_die(v);
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
		die_of(v, result);
	return result;
}

static enum exit_status
add_or_rotate(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = now_text(room);
	struct keyring_row row = {.user = v->user, .alias = v->alias};
	struct buf memory;
	struct credentials c = read_credentials(v, &memory);
	enum keyring_result result = keyring_begin(&v->ring, &v->master);
	bool there;

	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		die_of(v, result);
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

static enum exit_status
rotate_master(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = now_text(room);
	enum keyring_result result = keyring_begin(&v->ring, &v->master);
	struct master next;

	if (result == KEYRING_ABSENT)
		return refuse(v, "NO_VAULT", "there is no vault yet");
	if (result != KEYRING_OK)
		die_of(v, result);
	master_read(&v->next_source, false, &next);
	keyring_rewrap(&v->ring, &next, now);
	master_wipe(&next);
	note(v, "vault.master", NULL, now);
	return answer(v, "master-rotated", NULL, now);
}

static enum exit_status
remove_alias(struct vault *v)
{
	char room[UTC_TEXT_MAX];
	struct span now = now_text(room);
	struct keyring_row row = {0};
	enum keyring_result result = keyring_begin(&v->ring, &v->master);

	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		die_of(v, result);
	if (result == KEYRING_ABSENT || find(v, &row) != KEYRING_OK)
		return refuse(v, "NO_SUCH_ALIAS", "there is no such alias");
	keyring_remove(&v->ring, &row);
	note(v, "vault.remove", &row, now);
	return answer(v, "removed", &row, now);
}

/* ---- list
 * -------------------------------------------------------------------------------------- */

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
		die_of(v, KEYRING_DAMAGED);
	if (v->ring.unlocked)
		print_key_digest(&c, out);
	else
		buf_json_member_raw(out, "apiKeyDigest", SPAN_LIT("null"));
	buf_json_member_bool(out, "checked", v->ring.unlocked);
	buf_str(out, "}\n");
}

static enum exit_status
list(struct vault *v)
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
		die_of(v, result);
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
	commit_or_die(v);
	if (status != EXIT_YES || !write_all(1, buf_span(&v->out))) {
		diag(DIAG_ERROR, "stdout", diag_errno(errno));
		status = EXIT_TEMP;
	}
	return status;
}

/* ---- open
 * -------------------------------------------------------------------------------------- */

/* A request that holds a secret where none belongs is not repeated: later programs would not know
 * the secret's value when it stands elsewhere in it, too. */
static void
print_failed(struct vault *v, const struct line *in, const struct chain_record *r)
{
	buf_clear(&v->out);
	if (leak_strip(r->text, &v->out) == 0) {
		buf_clear(&v->out);
		chain_open(r, buf_span(&v->error), &v->out);
		chain_close(&v->out);
		return;
	}
	buf_clear(&v->out);
	buf_byte(&v->out, '{');
	buf_json_member_u64(&v->out, "in", in->number);
	buf_json_member_raw(&v->out, "error", buf_span(&v->error));
	buf_byte(&v->out, '}');
}

/* The request passes through the rest of the chain as a record that carries its error. */
static enum filter_verdict
fail(struct filter *f, const struct line *in, const struct chain_record *r, const char *code,
     const char *what, const char *why)
{
	struct vault *v = f->context;
	bool ours = strcmp(code, "INTERNAL") == 0;
	const char *what_here = what;
	char msg[256];
	int n =
	    snprintf(msg, sizeof msg, "line %" PRIu64 " offset 0: %s: %s", in->number, what, why);

	/* whose row it is is not for the one who asks */
	if (ours && v->ring.culprit[0])
		what_here = v->ring.culprit;
	diag(ours ? DIAG_ERROR : DIAG_WARNING, ours ? "damaged" : "rejected",
	     diag_u64("line", in->number), diag_str("code", code), diag_str("what", what_here),
	     diag_str("why", why));
	buf_clear(&v->error);
	chain_error(code, (struct span){msg, (size_t)n < sizeof msg ? (size_t)n : sizeof msg - 1},
		    ours ? "the vault of this installation needs its operator, see key-vault(1)"
			 : "see record(5) for requests by alias, and key-vault list for aliases",
		    &v->error);
	print_failed(v, in, r);
	filter_emit(f, buf_span(&v->out));
	secret_wipe(v->out.ptr, v->out.cap);
	return FILTER_NO;
}

static enum filter_verdict
fill(struct filter *f, const struct line *in, const struct chain_record *record,
     const struct alias_request *r)
{
	struct vault *v = f->context;
	char room[UTC_TEXT_MAX];
	struct keyring_row row;
	struct credentials c;
	enum keyring_result result = keyring_begin(&v->ring, &v->master);
	enum filter_verdict verdict = FILTER_YES;

	if (result == KEYRING_OK)
		result = keyring_find(&v->ring, r->user_id, r->alias, &row, &c);
	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		return fail(f, in, record, "INTERNAL", "keyAlias", v->ring.why);
	/* another user's alias and none at all look the same from outside */
	if (result == KEYRING_ABSENT)
		return fail(f, in, record, "BAD_REQUEST", "keyAlias",
			    "clientMeta.userId has no such alias");
	if (r->uid.len && c.uid.len && !span_equal(r->uid, c.uid))
		return fail(f, in, record, "BAD_REQUEST", "uid", "not that of the alias");
	buf_clear(&v->out);
	alias_request_fill(r, &c, &v->out);
	if (!buf_ok(&v->out) || v->out.len > LIMIT_REQUEST_BYTES)
		return fail(f, in, record, "BAD_REQUEST", "request",
			    "too long with the keys in it");
	keyring_used(&v->ring, &row, now_text(room));
	filter_emit(f, buf_span(&v->out));
	secret_wipe(v->out.ptr, v->out.cap);
	secret_wipe(v->ring.plain.ptr, v->ring.plain.cap);
	return verdict;
}

static enum filter_verdict
open_line(struct filter *f, const struct line *in, bool too_long)
{
	struct vault *v = f->context;
	struct chain_record record;
	struct chain_fault fault;
	struct alias_request r;
	const char *what, *why;

	if (!chain_take(in, too_long, &record, &fault)) {
		if (too_long)
			fault = (struct chain_fault){"TOO_LONG", "longer than a request may be",
						     LIMIT_REQUEST_BYTES};
		return chain_refuse(f, in, &fault, &v->out);
	}
	switch (alias_request_read(record.text, &r, &what, &why)) {
	case ALIAS_NOT_ASKED: filter_emit(f, in->text); return FILTER_YES;
	case ALIAS_REFUSED: return fail(f, in, &record, "BAD_REQUEST", what, why);
	case ALIAS_ASKED: break;
	}
	return fill(f, in, &record, &r);
}

/* last_used_at is kept before the keys go out. */
static bool
commit(void *context)
{
	struct vault *v = context;

	errno = 0;
	if (keyring_commit(&v->ring))
		return true;
	diag(DIAG_ERROR, "commit", diag_errno(errno));
	return false;
}

/* Keys in plain belong in a pipe. */
static void
check_output(const struct vault *v)
{
	struct stat st;

	if (fstat(1, &st) != 0)
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	if (!v->force && (isatty(1) || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		tool_die(EXIT_CONFIG, "stdout", NULL,
			 "keys would be printed to a terminal or a file: give a pipe, or --force");
}

static int
run_open(struct vault *v)
{
	static struct filter filter = {.step = open_line, .line_max = LIMIT_REQUEST_BYTES};
	struct sandbox_path paths[2] = {{v->ring.keep.archive.state, 1}};
	enum keyring_result result;

	filter.context = v;
	filter.metrics_file = v->metrics_file;
	result = keyring_begin(&v->ring, &v->master);
	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		die_of(v, result);
	commit_or_die(v);
	filter_init(&filter, secret_memory(LIMIT_REQUEST_BYTES + 1));
	line_writer_release(&filter.out);
	line_writer_init_fixed(&filter.out, 1, secret_memory(FILLED_MAX), FILLED_MAX);
	filter.out.before_write = commit;
	filter.out.context = v;
	v->out = (struct buf){
	    .ptr = secret_memory(FILLED_MAX), .cap = FILLED_MAX, .max = FILLED_MAX - 1};
	paths[1] = (struct sandbox_path){filter.metrics.directory, 1};
	sandbox_state(paths, v->metrics_file ? 2 : 1);
	return filter_run(&filter);
}

/* ---- options
 * ----------------------------------------------------------------------------------- */

static enum command
command_of(const char *word)
{
	static const char *const words[] = {"add", "list", "rotate", "remove", "open"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum command)i;
	tool_usage("add, list, rotate, remove or open", word);
}

static void
check_options(struct vault *v)
{
	bool next = master_given(&v->next_source, false);

	if (!alias_is_user(v->user))
		tool_usage("a name without spaces", "--user");
	if (v->rotate_master && v->command != ROTATE)
		tool_usage("goes with rotate", "--master");
	if (next != v->rotate_master)
		tool_usage("go together", "--master and the --new- options");
	if (v->force && v->command != OPEN)
		tool_usage("goes with open", "--force");
	if (v->metrics_file && v->command != OPEN)
		tool_usage("goes with open", "--metrics-file");
	if (v->key_fd && v->command != ADD && (v->command != ROTATE || v->rotate_master))
		tool_usage("goes with add and rotate", "--key-fd");
	if (v->owned && (v->command == OPEN || v->rotate_master))
		tool_usage("requests say whose alias they mean", "--user");
	if (!v->state)
		v->state = getenv("TRADEPIPE_VAULT");
	if (!v->state || !*v->state)
		v->state = getenv("TRADEPIPE_STATE");
	if (!v->state || !*v->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state, TRADEPIPE_VAULT or TRADEPIPE_STATE");
}

static void
take_alias(struct vault *v, int argc, char **argv)
{
	if (v->command != LIST && v->command != OPEN && !v->rotate_master) {
		if (optind >= argc)
			tool_usage("which alias?", argv[0]);
		v->alias = span_of(argv[optind++]);
		if (!alias_is_name(v->alias))
			tool_usage("an alias has 1 to 64 of A-Z a-z 0-9 . _ -", "ALIAS");
	}
	tool_no_operands(argc, argv);
}

static void
parse_options(struct vault *v, int argc, char **argv)
{
	enum {
		STATE = 256,
		USER,
		KEY_FD,
		MASTER_FILE,
		MASTER_FD,
		PASSPHRASE_FD,
		MASTER,
		NEW_FILE,
		NEW_FD,
		NEW_PASSPHRASE_FD,
		FORCE,
		METRICS_FILE
	};
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"user", required_argument, NULL, USER},
	    {"key-fd", required_argument, NULL, KEY_FD},
	    {"master-key-file", required_argument, NULL, MASTER_FILE},
	    {"master-key-fd", required_argument, NULL, MASTER_FD},
	    {"passphrase-fd", required_argument, NULL, PASSPHRASE_FD},
	    {"master", no_argument, NULL, MASTER},
	    {"new-master-key-file", required_argument, NULL, NEW_FILE},
	    {"new-master-key-fd", required_argument, NULL, NEW_FD},
	    {"new-passphrase-fd", required_argument, NULL, NEW_PASSPHRASE_FD},
	    {"force", no_argument, NULL, FORCE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	bool worded = argc > 1 && argv[1][0] != '-';

	if (worded) {
		v->command = command_of(argv[1]);
		argc--;
		argv++;
	}
	v->user = SPAN_LIT("local");
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: v->state = optarg; break;
		case USER:
			v->user = span_of(optarg);
			v->owned = true;
			break;
		case KEY_FD: v->key_fd = optarg; break;
		case MASTER_FILE: v->source.file = optarg; break;
		case MASTER_FD: v->source.fd = optarg; break;
		case PASSPHRASE_FD: v->source.passphrase_fd = optarg; break;
		case MASTER: v->rotate_master = true; break;
		case NEW_FILE: v->next_source.file = optarg; break;
		case NEW_FD: v->next_source.fd = optarg; break;
		case NEW_PASSPHRASE_FD: v->next_source.passphrase_fd = optarg; break;
		case FORCE: v->force = true; break;
		case METRICS_FILE: v->metrics_file = optarg; break;
		}
	}
	if (!worded)
		tool_usage("add, list, rotate, remove or open", "which command?");
	take_alias(v, argc, argv);
	check_options(v);
}

int
main(int argc, char **argv)
{
	static struct vault v = {
	    .source = {.setting = "TRADEPIPE_VAULT_KEY_FILE", .credential = "vault-master-key"}};
	enum exit_status status = EXIT_YES;

	tool_start(TOOL_DURABLE | TOOL_SECRETS);
	parse_options(&v, argc, argv);
	digest_init();
	if (v.command == OPEN)
		check_output(&v);
	if (v.command != LIST || master_given(&v.source, true))
		master_read(&v.source, true, &v.master);
	keyring_open(&v.ring, v.state);
	buf_init(&v.out, 2 * LIMIT_IO_BYTES);
	buf_init(&v.error, 4096);
	switch (v.command) {
	case ADD: status = add_or_rotate(&v); break;
	case LIST: status = list(&v); break;
	case ROTATE: status = v.rotate_master ? rotate_master(&v) : add_or_rotate(&v); break;
	case REMOVE: status = remove_alias(&v); break;
	case OPEN: return run_open(&v);
	}
	keyring_close(&v.ring);
	master_wipe(&v.master);
	return (int)tool_finish(status);
}
