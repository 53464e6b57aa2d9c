/* vault_open: requests by alias come in, and go out with the keys in them: the one command that
 * gives keys away, into a pipe. */
#include "vault.h"

#include "alias_request.h"
#include "chain_filter.h"
#include "diag.h"
#include "filter.h"
#include "leak.h"
#include "limit.h"
#include "sandbox.h"
#include "secret.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A request with keys in it, or with an error. */
#define FILLED_MAX (LIMIT_REQUEST_BYTES + 8192)

/* ---- one request ---- */

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
	keyring_used(&v->ring, &row, vault_now(room));
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

/* ---- the command ---- */

/* Keys in plain belong in a pipe. */
void
vault_check_output(const struct vault *v)
{
	struct stat st;

	if (fstat(1, &st) != 0)
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	if (!v->force && (isatty(1) || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		tool_die(EXIT_CONFIG, "stdout", NULL,
			 "keys would be printed to a terminal or a file: give a pipe, or --force");
}

int
vault_open(struct vault *v)
{
	static struct filter filter = {.step = open_line, .line_max = LIMIT_REQUEST_BYTES};
	struct sandbox_path paths[2] = {{v->ring.keep.archive.state, 1}};
	enum keyring_result result;

	filter.context = v;
	filter.metrics_file = v->metrics_file;
	result = keyring_begin(&v->ring, &v->master);
	if (result == KEYRING_DAMAGED || result == KEYRING_LOCKED)
		vault_die(v, result);
	vault_commit_or_die(v);
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
