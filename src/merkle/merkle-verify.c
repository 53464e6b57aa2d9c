/*
 * merkle-verify: does a sealed record, or a proof, hold? (evidence(5))
 *
 * Written to be read from top to bottom by somebody who trusts nobody. No network, no clock, no
 * files but stdin and stdout. Each check_*() below is one sentence of evidence(5); the first that
 * fails makes the record bad, and what could not be checked is said.
 */
#include "base64.h"
#include "chain.h"
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "evidence.h"
#include "filter.h"
#include "hex.h"
#include "json.h"
#include "limit.h"
#include "sealed.h"

#define NOTES_MAX 16

enum result { GOOD, BAD, CANNOT_TELL };

struct verify {
	/* options */
	bool expect_root;
	struct tree_hash root;
	bool chain;

	/* the record in hand */
	struct evidence evidence;
	struct sealed sealed;
	const char *checked[NOTES_MAX];
	const char *unchecked[NOTES_MAX];
	size_t checked_n, unchecked_n;
	const char *failed;
	struct span failed_path;
	size_t open, redacted, missing;

	/* the run */
	bool has_previous;
	struct tree_hash previous;
	bool any_bad, any_untold;
	struct buf out;
	struct buf body;
	struct buf path; /* of the proof in hand */
};

/* ---- notes ---- */

static void
checked(struct verify *v, const char *what)
{
	CHECK(v->checked_n < NOTES_MAX);
	v->checked[v->checked_n++] = what;
}

static void
unchecked(struct verify *v, const char *what)
{
	for (size_t i = 0; i < v->unchecked_n; i++)
		if (v->unchecked[i] == what)
			return;
	CHECK(v->unchecked_n < NOTES_MAX);
	v->unchecked[v->unchecked_n++] = what;
}

static bool
fail(struct verify *v, const char *why, struct span path)
{
	v->failed = why;
	v->failed_path = path;
	return false;
}

static const struct span no_path;

/* ---- the checks of a sealed record
 * ---------------------------------------------------------------------------------------- */

/* Every value has its listed leaf, and each listed leaf its value, its redacted place, or (a
 * trimmed bundle) nothing. */
static bool
check_coverage(struct verify *v)
{
	for (size_t i = 0; i < v->evidence.n; i++)
		if (!sealed_find(&v->sealed, v->evidence.leaves[i].path))
			return fail(v, "a value is covered by no leaf", v->evidence.leaves[i].path);
	for (size_t i = 0; i + 1 < v->sealed.n; i++) {
		const struct sealed_leaf *listed = &v->sealed.leaves[i];
		struct evidence_leaf *leaf = evidence_find(&v->evidence, listed->path);

		if (!leaf) {
			v->missing++;
			if (evidence_add_missing(&v->evidence, listed->path, listed->hash) !=
			    EVIDENCE_OK)
				return fail(v, "too many leaves", listed->path);
		} else if (leaf->redacted) {
			v->redacted++;
			if (listed->salted)
				return fail(v, "a redacted leaf still has its salt", listed->path);
			if (!tree_hash_equal(leaf->hash, listed->hash))
				return fail(v, "a redacted value names another hash than its leaf",
					    listed->path);
		} else {
			v->open++;
			leaf->salted = listed->salted;
			memcpy(leaf->salt, listed->salt, sizeof leaf->salt);
		}
	}
	if (evidence_settle(&v->evidence) != EVIDENCE_OK)
		return fail(v, "a leaf is listed twice", no_path);
	checked(v, "coverage");
	return true;
}

/* Each open leaf, recomputed from its path, salt and value, has the listed hash. */
static bool
check_leaves(struct verify *v)
{
	enum evidence_error e = evidence_hash_leaves(&v->evidence);

	if (e != EVIDENCE_OK)
		return fail(v, evidence_error_text(e),
			    v->evidence.leaves[v->evidence.fault_leaf].path);
	for (size_t i = 0; i < v->evidence.n; i++) {
		const struct evidence_leaf *leaf = &v->evidence.leaves[i];
		const struct sealed_leaf *listed = sealed_find(&v->sealed, leaf->path);

		if (!tree_hash_equal(leaf->hash, listed->hash))
			return fail(v, "a value was changed: its leaf has another hash",
				    leaf->path);
	}
	checked(v, "leaves");
	return true;
}

/* The stable part gives the bundle hash; with values missing nobody can tell. */
static bool
check_bundle_hash(struct verify *v, const struct chain_record *r)
{
	enum evidence_error e;

	if (v->missing) {
		v->evidence.bundle_hash = v->sealed.bundle_hash;
		unchecked(v, "bundleHash: values are missing from the record");
		return true;
	}
	e = evidence_hash_bundle(&v->evidence, r);
	if (e != EVIDENCE_OK)
		return fail(v, evidence_error_text(e), no_path);
	if (!tree_hash_equal(v->evidence.bundle_hash, v->sealed.bundle_hash))
		return fail(v, "bundleHash is that of another record", no_path);
	checked(v, "bundleHash");
	return true;
}

/* Number, labels and hashes of the leaves are those that the manifest binds. */
static bool
check_manifest(struct verify *v)
{
	evidence_finish(&v->evidence);
	if (!tree_hash_equal(v->evidence.manifest, v->sealed.leaves[v->sealed.n - 1].hash))
		return fail(v, "the manifest binds other leaves", SPAN_LIT(EVIDENCE_MANIFEST));
	checked(v, "manifest");
	return true;
}

static bool
check_root(struct verify *v)
{
	struct tree_hash root = evidence_root(&v->evidence);

	if (!tree_hash_equal(root, v->sealed.root))
		return fail(v, "the leaves lead to another root", no_path);
	checked(v, "root");
	if (!v->expect_root) {
		unchecked(v, "origin of the root: compare it with one that you trust (--root)");
		return true;
	}
	if (!tree_hash_equal(root, v->root))
		return fail(v, "the root is not the expected one", no_path);
	checked(v, "expected root");
	return true;
}

static bool
check_id(struct verify *v, const struct chain_record *r)
{
	struct span at;
	char id[EVIDENCE_ID_MAX];

	if (!json_find(r->meta, "verifiedAt", &at) || !json_plain(at, &at) ||
	    !evidence_id(at, v->sealed.root, id) || !span_is(v->sealed.id, id))
		return fail(v, "evidenceId does not follow from verifiedAt and root", no_path);
	checked(v, "evidenceId");
	return true;
}

/* The members of a raw entry that okx-fetch adds behind OKX's own. */
static bool
is_ours(struct span key)
{
	return json_key_is(key, "httpStatus") || json_key_is(key, "request") ||
	       json_key_is(key, "bodySha256") || json_key_is(key, "fetchedAt");
}

/* Put OKX's body together again from a raw entry: everything before the first member of ours, and
 * the closing brace. */
static bool
rebuild_body(struct span entry, struct buf *out)
{
	struct json_walk w = json_walk(entry);
	struct span key, value;
	const char *end = entry.ptr + 1;

	while (json_next_member(&w, &key, &value)) {
		if (is_ours(key)) {
			/* from the last byte of OKX's last value up to here stands our comma */
			buf_add(out, (struct span){entry.ptr, (size_t)(end - entry.ptr)});
			buf_byte(out, '}');
			return true;
		}
		end = value.ptr + value.len;
	}
	return false;
}

static bool
decode_body(struct span body, struct span encoding, struct buf *out)
{
	struct span text;

	if (json_type(body) != JSON_STRING || !encoding.ptr || !json_plain(encoding, &encoding))
		return false;
	if (span_is(encoding, "utf8")) {
		json_decode(body, out);
		return true;
	}
	return span_is(encoding, "base64") && json_plain(body, &text) && base64_decode(text, out);
}

/* OKX's body has the SHA-256 that was noted when it was received. */
static bool
check_body(struct verify *v, const struct evidence_leaf *leaf)
{
	static const char *const names[] = {"body", "bodyEncoding", "bodySha256"};
	struct span member[3], text;
	unsigned char want[32], have[32];

	if (json_type(leaf->value) != JSON_OBJECT ||
	    !json_pick(leaf->value, names, 3, member, NULL) || !member[2].ptr) {
		unchecked(v, "bodySha256: an entry without one");
		return true;
	}
	if (!json_plain(member[2], &text) || !hex_parse(text, false, want, 32))
		return fail(v, "bodySha256 is no SHA-256", leaf->path);
	buf_clear(&v->body);
	if (member[0].ptr ? !decode_body(member[0], member[1], &v->body)
			  : !rebuild_body(leaf->value, &v->body))
		return fail(v, "the body cannot be put together again", leaf->path);
	sha256(buf_span(&v->body), have);
	if (memcmp(want, have, 32) == 0)
		return true;
	if (member[0].ptr)
		return fail(v, "the body has another SHA-256 than when it was received",
			    leaf->path);
	/* white space outside strings may have been taken out: the leaf still binds every value */
	unchecked(v, "bodySha256: a body whose white space was not kept");
	return true;
}

static bool
check_bodies(struct verify *v)
{
	for (size_t i = 0; i < v->evidence.n; i++) {
		const struct evidence_leaf *leaf = &v->evidence.leaves[i];

		if (span_starts(leaf->path, SPAN_LIT("raw.")) && !leaf->redacted &&
		    !leaf->missing && !check_body(v, leaf))
			return false;
	}
	if (v->unchecked_n == 0 || !strstr(v->unchecked[v->unchecked_n - 1], "bodySha256"))
		checked(v, "bodySha256");
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
	if (!v->sealed.has_parent || !tree_hash_equal(v->sealed.parent, v->previous))
		return fail(v, "parentRoot is not the root of the record before", no_path);
	checked(v, "parentRoot");
	return true;
}

static enum result
verify_record(struct verify *v, const struct chain_record *r)
{
	enum evidence_error e;

	if (!r->evidence.ptr) {
		unchecked(v, "everything: the record is not sealed");
		return CANNOT_TELL;
	}
	if (!sealed_read(&v->sealed, r->evidence)) {
		fail(v, v->sealed.fault, no_path);
		return BAD;
	}
	e = evidence_read(&v->evidence, r);
	if (e != EVIDENCE_OK) {
		fail(v, evidence_error_text(e), no_path);
		return BAD;
	}
	if (!check_coverage(v) || !check_leaves(v) || !check_bundle_hash(v, r) ||
	    !check_manifest(v) || !check_root(v) || !check_id(v, r) || !check_bodies(v) ||
	    !check_parent(v))
		return BAD;
	if (v->redacted)
		unchecked(v, "redacted values");
	return v->missing ? CANNOT_TELL : GOOD;
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
	if (evidence_value_hash(&v->evidence, member[2], &value_hash) != EVIDENCE_OK)
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

static enum result
verify_proof(struct verify *v, struct span object)
{
	static const char *const names[] = {"root", "rootAlgo", "evidenceId", "path", "manifest"};
	struct tree_hash root;
	struct span member[5], text, manifest;
	bool is_leaf, has_manifest;

	if (!json_pick(object, names, 5, member, NULL)) {
		fail(v, "a member stands twice in the proof", no_path);
		return BAD;
	}
	is_leaf = member[3].ptr != NULL;
	has_manifest = member[4].ptr != NULL;
	manifest = member[4];
	if (!read_hash(member[0], &root)) {
		fail(v, "root", no_path);
		return BAD;
	}
	if (member[1].ptr && (!json_plain(member[1], &text) || !span_is(text, EVIDENCE_ALGO))) {
		fail(v, "rootAlgo", no_path);
		return BAD;
	}
	if (member[2].ptr && !is_id_of(member[2], root)) {
		fail(v, "evidenceId does not follow from root", no_path);
		return BAD;
	}
	v->sealed.root = root;
	v->sealed.id = (struct span){0};
	if (is_leaf && !check_climb(v, object, root, &v->path))
		return BAD;
	if (is_leaf)
		checked(v, "leaf");
	if (has_manifest) {
		if (json_type(manifest) != JSON_OBJECT || !check_climb(v, manifest, root, &v->path))
			return BAD;
		if (!span_is(buf_span(&v->path), EVIDENCE_MANIFEST)) {
			fail(v, "the manifest stands under another path", buf_span(&v->path));
			return BAD;
		}
		checked(v, "manifest");
	}
	if (!is_leaf && !has_manifest) {
		unchecked(v, "everything: no leaf and no manifest");
		return CANNOT_TELL;
	}
	if (v->expect_root && !tree_hash_equal(root, v->root)) {
		fail(v, "the root is not the expected one", no_path);
		return BAD;
	}
	if (v->expect_root)
		checked(v, "expected root");
	else
		unchecked(v, "origin of the root: compare it with one that you trust (--root)");
	unchecked(v, "the rest of the bundle: a proof shows one leaf");
	return GOOD;
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
print_result(struct filter *f, const struct line *in, enum result result, bool known)
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
		hex_print_hash(v->sealed.root.bytes, root);
		buf_json_member_string(out, "evidenceId", v->sealed.id);
		buf_json_member_string(out, "root", span_of(root));
	}
	if (v->failed) {
		buf_json_member_string(out, "failed", span_of(v->failed));
		if (v->failed_path.ptr)
			buf_json_member_string(out, "path", v->failed_path);
	}
	print_notes(out, "checked", v->checked, v->checked_n);
	print_notes(out, "notChecked", v->unchecked, v->unchecked_n);
	buf_json_key(out, "leaves");
	buf_byte(out, '{');
	buf_json_member_u64(out, "open", v->open);
	buf_json_member_u64(out, "redacted", v->redacted);
	buf_json_member_u64(out, "missing", v->missing);
	buf_str(out, "}}");
	filter_emit(f, buf_span(out));
	if (result == BAD)
		diag(DIAG_WARNING, "bad", diag_u64("line", in->number),
		     diag_span("path", v->failed_path), diag_str("why", v->failed));
	v->any_bad |= result == BAD;
	v->any_untold |= result == CANNOT_TELL;
}

static enum filter_verdict
verify_line(struct filter *f, const struct line *in, bool too_long)
{
	struct verify *v = f->context;
	struct chain_fault fault = {"TOO_LONG", "longer than a bundle may be", 0};
	struct chain_record r;
	struct span type;
	enum result result;

	v->checked_n = v->unchecked_n = 0;
	v->open = v->redacted = v->missing = 0;
	v->failed = NULL;
	v->failed_path = no_path;
	if (too_long || !chain_parse(in->text, &r, &fault)) {
		unchecked(v, fault.why);
		print_result(f, in, CANNOT_TELL, false);
		return FILTER_NO;
	}
	/* what has evidence is judged as a record, whatever else it calls itself */
	if (!r.evidence.ptr && json_find(r.text, "type", &type) && span_is(type, "\"proof\""))
		result = verify_proof(v, r.text);
	else
		result = verify_record(v, &r);
	print_result(f, in, result, v->checked_n > 0);
	v->has_previous = result != CANNOT_TELL;
	v->previous = v->sealed.root;
	return result == GOOD ? FILTER_YES : FILTER_NO;
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
	evidence_init(&v.evidence);
	sealed_init(&v.sealed);
	buf_init(&v.out, 65536);
	buf_init(&v.body, LIMIT_BUNDLE_BYTES);
	buf_init(&v.path, LIMIT_BUNDLE_BYTES);
	digest_init();
	filter_init(&filter, NULL);
	filter_sandbox(&filter);
	status = filter_run(&filter);
	if (status == EXIT_NO && !v.any_bad && v.any_untold)
		status = EXIT_USAGE; /* 100: cannot tell */
	return status;
}
