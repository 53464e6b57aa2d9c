/*
 * merkle-verify: does a sealed record, or a proof, hold? (evidence(5))
 *
 * The checks of a record are sealed_check.c's; those of a proof, and of what stands around a record
 * (the root that is expected, the record before), are here. No network, no clock, no files but
 * stdin and stdout.
 */
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "filter.h"
#include "hex.h"
#include "json.h"
#include "limit.h"
#include "sealed_check.h"

struct verify {
	/* options */
	bool expect_root;
	struct tree_hash root;
	bool chain;

	/* the record, or the proof, in hand */
	struct sealed_check record;
	struct findings *findings; /* the record's, for proofs too */
	struct buf path;	   /* of the proof */

	/* the run */
	bool has_previous;
	struct tree_hash previous;
	bool any_bad, any_untold;
	struct buf out;
};

static const struct span no_path;

static void
checked(struct verify *v, const char *what)
{
	findings_checked(v->findings, what);
}

static void
unchecked(struct verify *v, const char *what)
{
	findings_unchecked(v->findings, what);
}

static bool
fail(struct verify *v, const char *why, struct span path)
{
	return findings_fail(v->findings, why, path);
}

/* ---- around a record ---- */

/* The root is the one that the caller trusts. */
static bool
check_origin(struct verify *v, struct tree_hash root)
{
	if (!v->expect_root) {
		unchecked(v, "origin of the root: compare it with one that you trust (--root)");
		return true;
	}
	if (!tree_hash_equal(root, v->root))
		return fail(v, "the root is not the expected one", no_path);
	checked(v, "expected root");
	return true;
}

/* parentRoot is the root of the record before this one. */
static bool
check_parent(struct verify *v)
{
	if (!v->chain || !v->has_previous) {
		unchecked(v, v->chain ? "parentRoot: no record before this one"
				      : "parentRoot: see --chain");
		return true;
	}
	if (!v->record.sealed.has_parent || !tree_hash_equal(v->record.sealed.parent, v->previous))
		return fail(v, "parentRoot is not the root of the record before", no_path);
	checked(v, "parentRoot");
	return true;
}

static enum finding
verify_record(struct verify *v, const struct chain_record *r)
{
	enum finding result = sealed_check_record(&v->record, r);

	if (result == FINDING_BAD || !r->evidence.ptr)
		return result;
	if (!check_origin(v, v->record.sealed.root) || !check_parent(v))
		return FINDING_BAD;
	return result;
}

/* ---- the checks of a proof ---- */

static bool
read_hash(struct span value, struct tree_hash *out)
{
	return value.ptr && json_plain(value, &value) && hex_parse_hash(value, out->bytes);
}

/* Absent, or this hash. */
static bool
is_claim(struct span value, struct tree_hash hash)
{
	struct tree_hash claimed;

	return !value.ptr || (read_hash(value, &claimed) && tree_hash_equal(claimed, hash));
}

/* A leaf, recomputed from path, salt and value, climbs to the root along its proof. Its path is
 * left in `path`. */
static bool
check_climb(struct verify *v, struct span object, struct tree_hash root, struct buf *path)
{
	static const char *const names[] = {"path", "salt", "value", "proof", "valueHash", "hash"};
	struct tree_hash proof[TREE_PROOF_MAX], salt, value_hash, hash;
	struct span member[6], element;
	struct json_walk w;
	size_t n = 0;

	/* a reader that takes the other of two members would see what was not checked */
	if (!json_pick(object, names, 6, member, NULL))
		return fail(v, "a member stands twice in the proof", no_path);
	if (!member[0].ptr || json_type(member[0]) != JSON_STRING || !member[2].ptr ||
	    !member[3].ptr || json_type(member[3]) != JSON_ARRAY || !read_hash(member[1], &salt))
		return fail(v, "path, salt, value and proof are needed", no_path);
	buf_clear(path);
	json_decode(member[0], path);
	if (!buf_ok(path))
		return fail(v, "the path is too long", no_path);
	w = json_walk(member[3]);
	while (json_next_element(&w, &element)) {
		if (n == TREE_PROOF_MAX || !read_hash(element, &proof[n]))
			return fail(v, "the proof is no list of hashes", buf_span(path));
		n++;
	}
	if (evidence_value_hash(&v->record.evidence, member[2], &value_hash) != EVIDENCE_OK)
		return fail(v, "the value has no canonical form", buf_span(path));
	hash = evidence_leaf_hash(buf_span(path), salt.bytes, value_hash);
	if (!is_claim(member[4], value_hash) || !is_claim(member[5], hash))
		return fail(v, "valueHash or hash is that of another value", buf_span(path));
	if (!tree_hash_equal(tree_climb(hash, proof, n), root))
		return fail(v, "the proof leads to another root", buf_span(path));
	return true;
}

/* The id ends in the root's first digits; its date cannot be told from one leaf. */
static bool
is_id_of(struct span id, struct tree_hash root)
{
	char digits[65];

	hex_print(root.bytes, 32, digits);
	return json_plain(id, &id) && id.len == 29 && span_starts(id, SPAN_LIT("evi_")) &&
	       memcmp(id.ptr + 13, digits, 16) == 0;
}

static enum finding
verify_proof(struct verify *v, struct span object)
{
	static const char *const names[] = {"root", "rootAlgo", "evidenceId", "path", "manifest"};
	struct tree_hash root;
	struct span member[5], text, manifest;
	bool is_leaf, has_manifest;

	if (!json_pick(object, names, 5, member, NULL)) {
		fail(v, "a member stands twice in the proof", no_path);
		return FINDING_BAD;
	}
	is_leaf = member[3].ptr != NULL;
	has_manifest = member[4].ptr != NULL;
	manifest = member[4];
	if (!read_hash(member[0], &root)) {
		fail(v, "root", no_path);
		return FINDING_BAD;
	}
	if (member[1].ptr && (!json_plain(member[1], &text) || !span_is(text, EVIDENCE_ALGO))) {
		fail(v, "rootAlgo", no_path);
		return FINDING_BAD;
	}
	if (member[2].ptr && !is_id_of(member[2], root)) {
		fail(v, "evidenceId does not follow from root", no_path);
		return FINDING_BAD;
	}
	v->record.sealed.root = root;
	v->record.sealed.id = (struct span){0};
	if (is_leaf && !check_climb(v, object, root, &v->path))
		return FINDING_BAD;
	if (is_leaf)
		checked(v, "leaf");
	if (has_manifest) {
		if (json_type(manifest) != JSON_OBJECT || !check_climb(v, manifest, root, &v->path))
			return FINDING_BAD;
		if (!span_is(buf_span(&v->path), EVIDENCE_MANIFEST)) {
			fail(v, "the manifest stands under another path", buf_span(&v->path));
			return FINDING_BAD;
		}
		checked(v, "manifest");
	}
	if (!is_leaf && !has_manifest) {
		unchecked(v, "everything: no leaf and no manifest");
		return FINDING_CANNOT_TELL;
	}
	if (!check_origin(v, root))
		return FINDING_BAD;
	unchecked(v, "the rest of the bundle: a proof shows one leaf");
	return FINDING_GOOD;
}

/* ---- report ---- */

static void
print_notes(struct buf *out, const char *name, const char *const notes[], size_t n)
{
	buf_json_key(out, name);
	buf_byte(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_json_string(out, span_of(notes[i]));
	}
	buf_byte(out, ']');
}

static void
print_result(struct filter *f, const struct line *in, enum finding result, bool known)
{
	static const char *const words[] = {"good", "bad", "unknown"};
	struct verify *v = f->context;
	struct buf *out = &v->out;
	char root[67];

	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("verification"));
	buf_json_member_u64(out, "in", in->number);
	buf_json_member_string(out, "result", span_of(words[result]));
	if (known) {
		hex_print_hash(v->record.sealed.root.bytes, root);
		buf_json_member_string(out, "evidenceId", v->record.sealed.id);
		buf_json_member_string(out, "root", span_of(root));
	}
	if (v->findings->failed) {
		buf_json_member_string(out, "failed", span_of(v->findings->failed));
		if (v->findings->failed_path.ptr)
			buf_json_member_string(out, "path", v->findings->failed_path);
	}
	print_notes(out, "checked", v->findings->checked, v->findings->checked_n);
	print_notes(out, "notChecked", v->findings->unchecked, v->findings->unchecked_n);
	buf_json_key(out, "leaves");
	buf_byte(out, '{');
	buf_json_member_u64(out, "open", v->record.open);
	buf_json_member_u64(out, "redacted", v->record.redacted);
	buf_json_member_u64(out, "missing", v->record.missing);
	buf_str(out, "}}");
	filter_emit(f, buf_span(out));
	if (result == FINDING_BAD)
		diag(DIAG_WARNING, "bad", diag_u64("line", in->number),
		     diag_span("path", v->findings->failed_path),
		     diag_str("why", v->findings->failed));
	v->any_bad |= result == FINDING_BAD;
	v->any_untold |= result == FINDING_CANNOT_TELL;
}

static enum filter_verdict
verify_line(struct filter *f, const struct line *in, bool too_long)
{
	struct verify *v = f->context;
	struct chain_fault fault = {"TOO_LONG", "longer than a bundle may be", 0};
	struct chain_record r;
	struct span type;
	enum finding result;

	sealed_check_clear(&v->record);
	if (too_long || !chain_parse(in->text, &r, &fault)) {
		unchecked(v, fault.why);
		print_result(f, in, FINDING_CANNOT_TELL, false);
		return FILTER_NO;
	}
	/* what has evidence is judged as a record, whatever else it calls itself */
	if (!r.evidence.ptr && json_find(r.text, "type", &type) && span_is(type, "\"proof\""))
		result = verify_proof(v, r.text);
	else
		result = verify_record(v, &r);
	print_result(f, in, result, v->findings->checked_n > 0);
	v->has_previous = result != FINDING_CANNOT_TELL;
	v->previous = v->record.sealed.root;
	return result == FINDING_GOOD ? FILTER_YES : FILTER_NO;
}

static void
parse_options(struct verify *v, int argc, char **argv)
{
	enum { ROOT = 256, CHAIN };
	static const struct option options[] = {
	    {"root", required_argument, NULL, ROOT},
	    {"chain", no_argument, NULL, CHAIN},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case ROOT:
			if (!hex_parse_hash(span_of(optarg), v->root.bytes))
				tool_usage("not 0x and 64 lower-case hex digits", "--root");
			v->expect_root = true;
			break;
		case CHAIN: v->chain = true; break;
		}
	}
	tool_no_operands(argc, argv);
}

int
main(int argc, char **argv)
{
	static struct verify v;
	static struct filter filter = {
	    .step = verify_line, .context = &v, .line_max = LIMIT_BUNDLE_BYTES};
	int status;

	tool_start(TOOL_PLAIN);
	parse_options(&v, argc, argv);
	sealed_check_init(&v.record);
	v.findings = &v.record.findings;
	buf_init(&v.out, 65536);
	buf_init(&v.path, LIMIT_BUNDLE_BYTES);
	digest_init();
	filter_init(&filter, NULL);
	filter_sandbox(&filter);
	status = filter_run(&filter);
	if (status == EXIT_NO && !v.any_bad && v.any_untold)
		status = EXIT_USAGE; /* 100: cannot tell */
	return status;
}
