/* merkle-redact: take values out of sealed records and leave their leaf hashes in place
 * (evidence(5)). */
#include "chain_filter.h"
#include "evidence.h"
#include "filter.h"
#include "hex.h"
#include "json.h"
#include "limit.h"
#include "sealed.h"

#include <stdio.h>
#include <stdlib.h>

#define PATHS_MAX 64

struct redact {
	char **paths;
	size_t n;
	struct evidence evidence;
	struct sealed sealed;
	struct buf out;
};

/* A stretch of the record to leave out, and what goes there. */
struct edit {
	struct span old;
	char text[128];
};

/* The record itself is not passed on: what could not be redacted must not leave here. */
static enum filter_verdict
refuse(struct filter *f, const struct line *in, const char *code, const char *why)
{
	struct redact *s = f->context;

	return chain_refuse(f, in, &(struct chain_fault){code, why, 0}, &s->out);
}

/* The two edits that redact one leaf: its value, and the salt in the evidence. */
static const char *
redact_leaf(struct redact *s, struct span path, struct edit edit[2])
{
	struct evidence_leaf *leaf = evidence_find(&s->evidence, path);
	struct sealed_leaf *listed = sealed_find(&s->sealed, path);
	struct tree_hash value_hash;
	char hash[67];
	struct span salt;

	if (!leaf || !listed)
		return "the record has no such leaf";
	if (leaf->redacted)
		return NULL;
	if (!listed->salted || !json_find(listed->object, "salt", &salt))
		return "the leaf was not sealed as redactable: its hash would not hide it";
	if (evidence_value_hash(&s->evidence, leaf->value, &value_hash) != EVIDENCE_OK ||
	    !tree_hash_equal(evidence_leaf_hash(path, listed->salt, value_hash), listed->hash))
		return "the leaf's value is not the one that was sealed";
	hex_print_hash(listed->hash.bytes, hash);
	edit[0].old = leaf->value;
	snprintf(edit[0].text, sizeof edit[0].text, "{\"$redacted\":\"%s\"}", hash);
	/* the salt is the last member of the leaf as merkle-seal prints it: cut from the hash's end
	 * to the salt's */
	edit[1].old = (struct span){salt.ptr, salt.len};
	while (edit[1].old.ptr > listed->object.ptr && edit[1].old.ptr[0] != ',') {
		edit[1].old.ptr--;
		edit[1].old.len++;
	}
	edit[1].text[0] = 0;
	return edit[1].old.ptr[0] == ',' ? NULL : "the leaf's salt does not stand last";
}

static int
compare_edits(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->old.ptr < y->old.ptr ? -1 : x->old.ptr > y->old.ptr;
}

static void
apply(const struct chain_record *r, struct edit edits[], size_t n, struct buf *out)
{
	const char *at = r->text.ptr, *end = r->text.ptr + r->text.len;

	qsort(edits, n, sizeof edits[0], compare_edits);
	for (size_t i = 0; i < n; i++) {
		buf_add(out, (struct span){at, (size_t)(edits[i].old.ptr - at)});
		buf_str(out, edits[i].text);
		at = edits[i].old.ptr + edits[i].old.len;
	}
	buf_add(out, (struct span){at, (size_t)(end - at)});
}

static enum filter_verdict
redact_record(struct filter *f, const struct line *in, bool too_long)
{
	struct redact *s = f->context;
	static struct edit edits[2 * PATHS_MAX];
	struct chain_fault fault;
	struct chain_record r;
	size_t n = 0;

	buf_clear(&s->out);
	if (!chain_take(in, too_long, &r, &fault))
		return chain_refuse(f, in, &fault, &s->out);
	if (!sealed_read(&s->sealed, r.evidence))
		return refuse(f, in, "NOT_SEALED", s->sealed.fault);
	if (evidence_read(&s->evidence, &r) != EVIDENCE_OK)
		return refuse(f, in, "E_SHAPE", evidence_error_text(EVIDENCE_E_SHAPE));
	for (size_t i = 0; i < s->n; i++) {
		const char *why;

		edits[n].old = (struct span){0};
		why = redact_leaf(s, span_of(s->paths[i]), edits + n);
		if (why)
			return refuse(f, in, "NOT_REDACTABLE", why);
		n += edits[n].old.ptr ? 2 : 0;
	}
	apply(&r, edits, n, &s->out);
	filter_emit(f, buf_span(&s->out));
	return FILTER_YES;
}

static int
compare_paths(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
parse_options(struct redact *s, int argc, char **argv)
{
	static const struct option options[] = {{0}};

	while (tool_option(argc, argv, options) != -1)
		;
	s->paths = argv + optind;
	s->n = (size_t)(argc - optind);
	if (s->n == 0)
		tool_usage("which leaf? give its path", "PATH");
	if (s->n > PATHS_MAX)
		tool_usage("at most 64", "PATH");
	qsort(s->paths, s->n, sizeof s->paths[0], compare_paths);
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->paths[i], "meta") == 0 ||
		    (i && strcmp(s->paths[i - 1], s->paths[i]) == 0))
			tool_usage("meta is always public, and a path is given once", s->paths[i]);
}

int
main(int argc, char **argv)
{
	static struct redact redact;
	static struct filter filter = {
	    .step = redact_record, .context = &redact, .line_max = LIMIT_BUNDLE_BYTES};

	tool_start(TOOL_PLAIN);
	parse_options(&redact, argc, argv);
	evidence_init(&redact.evidence);
	sealed_init(&redact.sealed);
	buf_init(&redact.out, LIMIT_BUNDLE_BYTES);
	filter_init(&filter, NULL);
	filter_sandbox(&filter);
	return filter_run(&filter);
}
