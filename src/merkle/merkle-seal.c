/* merkle-seal: add the evidence object to verify records (evidence(5)). */
#include "chain_filter.h"
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "evidence.h"
#include "filter.h"
#include "halves.h"
#include "hex.h"
#include "json.h"
#include "limit.h"
#include "secret.h"

#include <errno.h>
#include <stdio.h>

#define REDACTABLE_MAX 32
#define KEY_MIN_BYTES 16

struct seal {
	const char *redactable[REDACTABLE_MAX];
	size_t redactable_n;
	struct span key;
	struct evidence evidence;
	struct buf out;
	struct buf error;
};

static void
read_key(struct seal *s, const char *fd)
{
	char *memory = secret_memory(LIMIT_SECRET_BYTES);

	if (!secret_read_fd((int)tool_number("--key-fd", fd, 0, 1023), memory, LIMIT_SECRET_BYTES,
			    &s->key))
		tool_die(EXIT_CONFIG, "key", "--key-fd", strerror(errno));
	if (s->key.len < KEY_MIN_BYTES)
		tool_die(EXIT_CONFIG, "key", "--key-fd", "shorter than 16 bytes");
}

static void
parse_options(struct seal *s, struct filter *f, int argc, char **argv)
{
	enum { REDACTABLE = 256, KEY_FD, METRICS_FILE };
	static const struct option options[] = {
	    {"redactable", required_argument, NULL, REDACTABLE},
	    {"key-fd", required_argument, NULL, KEY_FD},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	const char *key_fd = NULL;

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case REDACTABLE:
			if (s->redactable_n == REDACTABLE_MAX)
				tool_usage("at most 32 times", "--redactable");
			if (strcmp(optarg, "meta") == 0)
				tool_usage("meta is always public", optarg);
			s->redactable[s->redactable_n++] = optarg;
			break;
		case KEY_FD: key_fd = optarg; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if ((s->redactable_n == 0) != (key_fd == NULL))
		tool_usage("one needs the other", "--redactable and --key-fd");
	if (key_fd)
		read_key(s, key_fd);
}

/* "raw.account/config" names one leaf, "raw.account/config*" all that begin so. */
static bool
path_matches(struct span path, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return span_starts(path, (struct span){pattern, n - 1});
	return span_is(path, pattern);
}

static enum evidence_error
salt_leaves(struct seal *s, const struct chain_record *r)
{
	for (size_t i = 0; i < s->evidence.n; i++) {
		struct evidence_leaf *leaf = &s->evidence.leaves[i];
		enum evidence_error e;

		for (size_t k = 0; k < s->redactable_n && !leaf->salted; k++) {
			if (!path_matches(leaf->path, s->redactable[k]) ||
			    span_is(leaf->path, "meta"))
				continue;
			e = evidence_salt(&s->evidence, r, s->key, leaf);
			if (e != EVIDENCE_OK)
				return e;
		}
	}
	return EVIDENCE_OK;
}

static enum evidence_error
compute(struct seal *s, const struct chain_record *r)
{
	struct evidence *ev = &s->evidence;
	enum evidence_error e = evidence_read(ev, r);

	for (size_t i = 0; e == EVIDENCE_OK && i < ev->n; i++) {
		if (ev->leaves[i].redacted) {
			ev->fault_leaf = i;
			e = EVIDENCE_E_REDACTED;
		}
	}
	if (e == EVIDENCE_OK)
		e = salt_leaves(s, r);
	if (e == EVIDENCE_OK)
		e = evidence_hash_leaves(ev);
	if (e == EVIDENCE_OK)
		e = evidence_hash_bundle(ev, r);
	if (e == EVIDENCE_OK)
		evidence_finish(ev);
	return e;
}

static void
print_hash(struct buf *out, const char *name, struct tree_hash hash)
{
	char text[67];

	hex_print_hash(hash.bytes, text);
	buf_json_member_string(out, name, span_of(text));
}

static void
print_leaf(struct buf *out, struct span path, struct tree_hash hash, const unsigned char *salt)
{
	if (out->ptr && out->ptr[out->len - 1] == '}')
		buf_byte(out, ',');
	buf_byte(out, '{');
	buf_json_member_string(out, "path", path);
	print_hash(out, "hash", hash);
	if (salt) {
		struct tree_hash h;

		memcpy(h.bytes, salt, 32);
		print_hash(out, "salt", h);
	}
	buf_byte(out, '}');
}

static void
print_evidence(struct buf *out, const struct evidence *ev, const char *id)
{
	buf_json_key(out, "evidence");
	buf_str(out, "{\"leaves\":[");
	for (size_t i = 0; i < ev->n; i++)
		print_leaf(out, ev->leaves[i].path, ev->leaves[i].hash,
			   ev->leaves[i].salted ? ev->leaves[i].salt : NULL);
	print_leaf(out, SPAN_LIT(EVIDENCE_MANIFEST), ev->manifest, NULL);
	buf_byte(out, ']');
	print_hash(out, "root", evidence_root(ev));
	buf_json_member_string(out, "rootAlgo", SPAN_LIT(EVIDENCE_ALGO));
	print_hash(out, "bundleHash", ev->bundle_hash);
	buf_json_member_string(out, "evidenceId", span_of(id));
	buf_json_member_raw(out, "parentRoot", SPAN_LIT("null"));
	buf_byte(out, '}');
}

/* Hand the record on unsealed, with an error that says why (unless it has one already). */
static enum filter_verdict
refuse(struct filter *f, const struct line *in, const struct chain_record *r, const char *code,
       const char *why)
{
	struct seal *s = f->context;
	char msg[200];

	diag(DIAG_WARNING, "unsealed", diag_u64("line", in->number), diag_str("code", code),
	     diag_str("why", why));
	snprintf(msg, sizeof msg, "cannot be sealed: %s: %s", code, why);
	buf_clear(&s->error);
	chain_error("BAD_REQUEST", span_of(msg),
		    "seal records as okx-fetch and normalize write them", &s->error);
	chain_open(r, buf_span(&s->error), &s->out);
	chain_close(&s->out);
	filter_emit(f, buf_span(&s->out));
	return FILTER_NO;
}

static enum filter_verdict
seal_record(struct filter *f, const struct line *in, bool too_long)
{
	struct seal *s = f->context;
	struct chain_fault fault;
	struct chain_record r;
	struct span verified_at = {0};
	char id[EVIDENCE_ID_MAX];
	enum evidence_error e;

	buf_clear(&s->out);
	if (!chain_take(in, too_long, &r, &fault))
		return chain_refuse(f, in, &fault, &s->out);
	if (r.evidence.ptr) {
		fault =
		    (struct chain_fault){"SEALED", "the record has an evidence object already", 0};
		return chain_refuse(f, in, &fault, &s->out);
	}
	e = compute(s, &r);
	if (e != EVIDENCE_OK)
		return refuse(f, in, &r, evidence_error_code(e), evidence_error_text(e));
	if (!json_find(r.meta, "verifiedAt", &verified_at) ||
	    !json_plain(verified_at, &verified_at) ||
	    !evidence_id(verified_at, evidence_root(&s->evidence), id))
		return refuse(f, in, &r, "E_SHAPE", "meta.verifiedAt is no ISO 8601 time");
	chain_open(&r, (struct span){0}, &s->out);
	print_evidence(&s->out, &s->evidence, id);
	chain_close(&s->out);
	if (!buf_ok(&s->out)) {
		fault = (struct chain_fault){"TOO_LONG", "longer than a bundle may be",
					     LIMIT_BUNDLE_BYTES};
		return chain_refuse(f, in, &fault, &s->out);
	}
	filter_emit(f, buf_span(&s->out));
	return chain_has_error(&r) ? FILTER_NO : FILTER_YES;
}

int
main(int argc, char **argv)
{
	static struct seal seal;
	static struct filter filter = {
	    .step = seal_record, .context = &seal, .line_max = LIMIT_BUNDLE_BYTES};

	tool_start(TOOL_SECRETS);
	parse_options(&seal, &filter, argc, argv);
	evidence_init(&seal.evidence);
	buf_init(&seal.out, LIMIT_BUNDLE_BYTES);
	buf_init(&seal.error, 1024);
	/* salts alone want libcrypto, whose start is more than half of ours */
	if (seal.redactable_n)
		digest_init();
	filter_init(&filter, NULL);
	halves_start();
	filter_sandbox(&filter);
	return filter_run(&filter);
}
