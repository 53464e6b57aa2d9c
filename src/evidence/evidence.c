#include "evidence.h"

#include "check.h"
#include "hex.h"
#include "jcs.h"
#include "json.h"
#include "keccak.h"
#include "limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *
evidence_error_code(enum evidence_error e)
{
	switch (e) {
	case EVIDENCE_OK: return "OK";
	case EVIDENCE_E_SHAPE: return "E_SHAPE";
	case EVIDENCE_E_DUPLICATE: return "E_DUPLICATE";
	case EVIDENCE_E_LOSSY: return "E_LOSSY";
	case EVIDENCE_E_NAMES: return "E_DUPLICATE";
	case EVIDENCE_E_REDACTED: return "E_REDACTED";
	case EVIDENCE_E_SPACE: return "E_SPACE";
	}
	return "E_SPACE";
}

const char *
evidence_error_text(enum evidence_error e)
{
	switch (e) {
	case EVIDENCE_OK: return "sound";
	case EVIDENCE_E_SHAPE:
		return "meta, normalized, raw and error must be objects, and meta must be there";
	case EVIDENCE_E_DUPLICATE: return "a name stands twice in normalized or raw";
	case EVIDENCE_E_LOSSY: return jcs_error_text(JCS_E_LOSSY);
	case EVIDENCE_E_NAMES: return jcs_error_text(JCS_E_DUPLICATE);
	case EVIDENCE_E_REDACTED: return "a value has the form of a redacted one";
	case EVIDENCE_E_SPACE: return "record too large";
	}
	return "record too large";
}

void
evidence_init(struct evidence *ev)
{
	*ev = (struct evidence){0};
	buf_init(&ev->paths, LIMIT_BUNDLE_BYTES);
	/* an escape of two bytes can need six: canonical text may be three times as long */
	buf_init(&ev->canonical, 3 * (size_t)LIMIT_BUNDLE_BYTES);
	buf_init(&ev->stable, 3 * (size_t)LIMIT_BUNDLE_BYTES);
	buf_init(&ev->manifest_value, 1024);
	buf_init(&ev->encodings, LIMIT_BUNDLE_BYTES + EVIDENCE_BATCH * (EVIDENCE_HEAD_BYTES + 32));
}

void
evidence_release(struct evidence *ev)
{
	free(ev->leaves);
	free(ev->nodes);
	free(ev->hashes);
	buf_release(&ev->paths);
	buf_release(&ev->canonical);
	buf_release(&ev->stable);
	buf_release(&ev->manifest_value);
	buf_release(&ev->encodings);
}

/* ---- leaves ---- */

static bool
make_room(struct evidence *ev)
{
	size_t cap = ev->cap ? ev->cap * 2 : 32;
	struct evidence_leaf *leaves;
	struct tree_hash *nodes, *hashes;

	if (ev->n < ev->cap)
		return true;
	if (cap > LIMIT_LEAVES)
		return false;
	leaves = realloc(ev->leaves, cap * sizeof *leaves);
	if (leaves)
		ev->leaves = leaves;
	nodes = realloc(ev->nodes, TREE_NODES(cap + 1) * sizeof *nodes);
	if (nodes)
		ev->nodes = nodes;
	hashes = realloc(ev->hashes, (cap + 1) * sizeof *hashes);
	if (hashes)
		ev->hashes = hashes;
	if (!leaves || !nodes || !hashes)
		return false;
	ev->cap = cap;
	return true;
}

/* The hash may be spelled with escapes: canonical JSON does not tell the spellings apart, so
 * neither may we. */
static bool
read_redacted_hash(struct span value, struct tree_hash *hash)
{
	char room[80];
	struct buf text = {.ptr = room, .cap = sizeof room, .max = sizeof room};

	if (json_type(value) != JSON_STRING)
		return false;
	json_decode(value, &text);
	return buf_ok(&text) && hex_parse_hash(buf_span(&text), hash->bytes);
}

bool
evidence_is_redacted(struct span value, struct tree_hash *hash)
{
	struct json_walk w;
	struct span key, text, rest;

	if (json_type(value) != JSON_OBJECT)
		return false;
	w = json_walk(value);
	return json_next_member(&w, &key, &text) && json_key_is(key, "$redacted") &&
	       read_redacted_hash(text, hash) && !json_next_member(&w, &key, &rest);
}

/* A member of that name beside others: without those that the stable part leaves out it could pass
 * for a redacted value. */
static bool
looks_redacted(struct span value)
{
	struct span member;

	return json_type(value) == JSON_OBJECT && json_find(value, "$redacted", &member);
}

/* path: its place in ev->paths (they move while the buffer grows; evidence_read() makes spans of
 * them at the end). */
static enum evidence_error
add_leaf(struct evidence *ev, const char *prefix, struct span key, struct span value)
{
	size_t start = ev->paths.len;
	struct evidence_leaf *leaf;

	if (!make_room(ev))
		return EVIDENCE_E_SPACE;
	buf_str(&ev->paths, prefix);
	if (key.ptr)
		json_decode((struct span){key.ptr - 1, key.len + 2}, &ev->paths);
	if (!buf_ok(&ev->paths))
		return EVIDENCE_E_SPACE;
	leaf = &ev->leaves[ev->n++];
	*leaf = (struct evidence_leaf){.path = {NULL, ev->paths.len - start}, .value = value};
	leaf->redacted = evidence_is_redacted(value, &leaf->hash);
	return leaf->redacted || !looks_redacted(value) ? EVIDENCE_OK : EVIDENCE_E_REDACTED;
}

static enum evidence_error
add_members(struct evidence *ev, const char *prefix, struct span object)
{
	struct json_walk w;
	struct span key, value;

	if (!object.ptr)
		return EVIDENCE_OK;
	if (json_type(object) != JSON_OBJECT)
		return EVIDENCE_E_SHAPE;
	w = json_walk(object);
	while (json_next_member(&w, &key, &value)) {
		enum evidence_error e = add_leaf(ev, prefix, key, value);

		if (e != EVIDENCE_OK)
			return e;
	}
	return EVIDENCE_OK;
}

static int
compare_paths(const void *a, const void *b)
{
	const struct evidence_leaf *x = a, *y = b;

	return span_compare(x->path, y->path);
}

static enum evidence_error
refuse_twins(struct evidence *ev)
{
	qsort(ev->leaves, ev->n, sizeof ev->leaves[0], compare_paths);
	ev->sorted = ev->n;
	for (size_t i = 1; i < ev->n; i++)
		if (span_equal(ev->leaves[i - 1].path, ev->leaves[i].path)) {
			ev->fault_leaf = i;
			return EVIDENCE_E_DUPLICATE;
		}
	return EVIDENCE_OK;
}

static enum evidence_error
sort_leaves(struct evidence *ev)
{
	const char *at = ev->paths.ptr ? ev->paths.ptr : "";

	for (size_t i = 0; i < ev->n; i++) {
		ev->leaves[i].path.ptr = at;
		at += ev->leaves[i].path.len;
	}
	return refuse_twins(ev);
}

enum evidence_error
evidence_read(struct evidence *ev, const struct chain_record *r)
{
	enum evidence_error e;

	ev->n = ev->sorted = 0;
	ev->has_meta_hash = false;
	ev->fault_leaf = 0;
	buf_clear(&ev->paths);
	if (!r->meta.ptr || json_type(r->meta) != JSON_OBJECT)
		return EVIDENCE_E_SHAPE;
	if (chain_has_error(r) && json_type(r->error) != JSON_OBJECT)
		return EVIDENCE_E_SHAPE;
	e = add_leaf(ev, "meta", (struct span){0}, r->meta);
	if (e == EVIDENCE_OK)
		e = add_members(ev, "normalized.", r->normalized);
	if (e == EVIDENCE_OK)
		e = add_members(ev, "raw.", r->raw);
	if (e == EVIDENCE_OK && chain_has_error(r))
		e = add_leaf(ev, "error", (struct span){0}, r->error);
	return e == EVIDENCE_OK ? sort_leaves(ev) : e;
}

enum evidence_error
evidence_add_missing(struct evidence *ev, struct span path, struct tree_hash hash)
{
	if (!make_room(ev))
		return EVIDENCE_E_SPACE;
	ev->leaves[ev->n++] = (struct evidence_leaf){.path = path, .missing = true, .hash = hash};
	return EVIDENCE_OK;
}

enum evidence_error
evidence_settle(struct evidence *ev)
{
	return ev->sorted == ev->n ? EVIDENCE_OK : refuse_twins(ev);
}

struct evidence_leaf *
evidence_find(struct evidence *ev, struct span path)
{
	struct evidence_leaf key = {.path = path};

	return ev->sorted ? bsearch(&key, ev->leaves, ev->sorted, sizeof key, compare_paths) : NULL;
}

/* ---- the tree over them ---- */

static void
hash_labels(struct evidence *ev)
{
	struct span paths[EVIDENCE_BATCH];
	struct tree_hash labels[EVIDENCE_BATCH];
	struct keccak k;

	keccak_init(&k);
	for (size_t first = 0, n; first < ev->n; first += n) {
		n = ev->n - first < EVIDENCE_BATCH ? ev->n - first : EVIDENCE_BATCH;
		for (size_t i = 0; i < n; i++)
			paths[i] = ev->leaves[first + i].path;
		keccak256_many(paths, n, labels[0].bytes);
		for (size_t i = 0; i < n; i++) {
			keccak_update(&k, (struct span){(const char *)labels[i].bytes, 32});
			keccak_update(
			    &k, (struct span){(const char *)ev->leaves[first + i].hash.bytes, 32});
		}
	}
	keccak_final(&k, ev->leaves_hash.bytes);
}

/* Its text is canonical as it is printed here: names in order, plain strings, a small integer. */
static void
hash_manifest(struct evidence *ev)
{
	char bundle[67], leaves[67];
	struct tree_hash value = {{0}};
	struct buf *out = &ev->manifest_value;

	hex_print_hash(ev->bundle_hash.bytes, bundle);
	hex_print_hash(ev->leaves_hash.bytes, leaves);
	buf_clear(out);
	buf_str(out, "{\"algo\":\"" EVIDENCE_ALGO "\",\"bundleHash\":\"");
	buf_str(out, bundle);
	buf_str(out, "\",\"count\":");
	buf_u64(out, ev->n);
	buf_str(out, ",\"leavesHash\":\"");
	buf_str(out, leaves);
	buf_str(out, "\"}");
	CHECK(buf_ok(out));
	keccak256(buf_span(out), value.bytes);
	ev->manifest = evidence_leaf_hash(SPAN_LIT(EVIDENCE_MANIFEST), NULL, value);
}

void
evidence_finish(struct evidence *ev)
{
	hash_labels(ev);
	hash_manifest(ev);
	for (size_t i = 0; i < ev->n; i++)
		ev->hashes[i] = ev->leaves[i].hash;
	ev->hashes[ev->n] = ev->manifest;
	tree_build(ev->hashes, ev->n + 1, ev->nodes);
}

struct tree_hash
evidence_root(const struct evidence *ev)
{
	return ev->nodes[0];
}

bool
evidence_id(struct span verified_at, struct tree_hash root, char out[EVIDENCE_ID_MAX])
{
	char digits[65];
	static const char shape[] = "dddd-dd-ddT";

	if (verified_at.len < sizeof shape - 1)
		return false;
	for (size_t i = 0; i < sizeof shape - 1; i++) {
		char c = verified_at.ptr[i];

		if (shape[i] == 'd' ? c < '0' || c > '9' : c != shape[i])
			return false;
	}
	hex_print(root.bytes, 32, digits);
	snprintf(out, EVIDENCE_ID_MAX, "evi_%.4s%.2s%.2s_%.16s", verified_at.ptr,
		 verified_at.ptr + 5, verified_at.ptr + 8, digits);
	return true;
}
