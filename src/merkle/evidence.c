#include "evidence.h"

#include "check.h"
#include "digest.h"
#include "hex.h"
#include "jcs.h"
#include "json.h"
#include "keccak.h"
#include "limit.h"

/* Leaves hashed in one go; a multiple of the widest Keccak path. */
#define EVIDENCE_BATCH 64
/* The fixed part of a leaf's encoding. */
#define HEAD_BYTES 128

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
	buf_init(&ev->encodings, LIMIT_BUNDLE_BYTES + EVIDENCE_BATCH * (HEAD_BYTES + 32));
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

/* ---- hashes ---- */

static enum evidence_error
from_jcs(enum jcs_error e)
{
	switch (e) {
	case JCS_OK: return EVIDENCE_OK;
	case JCS_E_LOSSY: return EVIDENCE_E_LOSSY;
	case JCS_E_DUPLICATE: return EVIDENCE_E_NAMES;
	case JCS_E_SPACE: return EVIDENCE_E_SPACE;
	}
	return EVIDENCE_E_SPACE;
}

enum evidence_error
evidence_value_hash(struct evidence *ev, struct span value, struct tree_hash *out)
{
	enum jcs_error e;

	buf_clear(&ev->canonical);
	e = jcs_append(value, &ev->canonical, NULL);
	if (e == JCS_OK)
		keccak256(buf_span(&ev->canonical), out->bytes);
	return from_jcs(e);
}

enum evidence_error
evidence_salt(struct evidence *ev, const struct chain_record *r, struct span key,
	      struct evidence_leaf *leaf)
{
	struct span parts[] = {
	    {(const char *)ev->meta_hash.bytes, sizeof ev->meta_hash.bytes}, {"", 1}, leaf->path};

	CHECK(!leaf->redacted);
	if (!ev->has_meta_hash) {
		enum evidence_error e = evidence_value_hash(ev, r->meta, &ev->meta_hash);

		if (e != EVIDENCE_OK)
			return e;
		ev->has_meta_hash = true;
	}
	hmac_sha256(key, parts, 3, leaf->salt);
	leaf->salted = true;
	return EVIDENCE_OK;
}

/* A 256-bit big-endian word that holds a small number. */
static void
put_word(size_t value, unsigned char word[32])
{
	memset(word, 0, 32);
	for (int i = 31; value; i--, value >>= 8)
		word[i] = (unsigned char)value;
}

static const char zeros[32];

/* abi.encode(path, salt, valueHash) is this head, the path, and zeros up to a multiple of 32. */
static void
encode_head(struct span path, const unsigned char *salt, const struct tree_hash *value_hash,
	    unsigned char head[HEAD_BYTES])
{
	put_word(0x60, head);
	memcpy(head + 32, salt ? (const char *)salt : zeros, 32);
	memcpy(head + 64, value_hash, 32);
	put_word(path.len, head + 96);
}

static struct span
path_padding(struct span path)
{
	return (struct span){zeros, (32 - path.len % 32) % 32};
}

struct tree_hash
evidence_leaf_hash(struct span path, const unsigned char *salt, struct tree_hash value_hash)
{
	unsigned char head[HEAD_BYTES];
	struct tree_hash inner, outer;
	struct keccak k;

	encode_head(path, salt, &value_hash, head);
	keccak_init(&k);
	keccak_update(&k, (struct span){(const char *)head, sizeof head});
	keccak_update(&k, path);
	keccak_update(&k, path_padding(path));
	keccak_final(&k, inner.bytes);
	keccak256_equal(inner.bytes, sizeof inner, 1, outer.bytes);
	return outer;
}

static bool
is_open(const struct evidence_leaf *leaf)
{
	return !leaf->redacted && !leaf->missing;
}

/* The encodings of leaves [first, first + n), end to end. */
static bool
encode_leaves(struct evidence *ev, size_t first, size_t n, struct span encodings[])
{
	struct buf *out = &ev->encodings;
	const char *at;

	buf_clear(out);
	for (size_t i = 0; i < n; i++) {
		const struct evidence_leaf *leaf = &ev->leaves[first + i];
		size_t start = out->len;
		unsigned char head[HEAD_BYTES];

		encode_head(leaf->path, leaf->salted ? leaf->salt : NULL, &leaf->value_hash, head);
		buf_add(out, (struct span){(const char *)head, sizeof head});
		buf_add(out, leaf->path);
		buf_add(out, path_padding(leaf->path));
		encodings[i].len = out->len - start;
	}
	if (!buf_ok(out))
		return false;
	at = out->ptr;
	for (size_t i = 0; i < n; at += encodings[i++].len)
		encodings[i].ptr = at;
	return true;
}

bool
evidence_hash_encodings(struct evidence *ev)
{
	struct span encodings[EVIDENCE_BATCH];
	struct tree_hash inner[EVIDENCE_BATCH], outer[EVIDENCE_BATCH];

	for (size_t first = 0, n; first < ev->n; first += n) {
		n = ev->n - first < EVIDENCE_BATCH ? ev->n - first : EVIDENCE_BATCH;
		if (!encode_leaves(ev, first, n, encodings))
			return false;
		keccak256_many(encodings, n, inner[0].bytes);
		keccak256_equal(inner[0].bytes, sizeof inner[0], n, outer[0].bytes);
		for (size_t i = 0; i < n; i++)
			if (is_open(&ev->leaves[first + i]))
				ev->leaves[first + i].hash = outer[i];
	}
	return true;
}

enum evidence_error
evidence_hash_leaves(struct evidence *ev)
{
	for (size_t i = 0; i < ev->n; i++) {
		struct evidence_leaf *leaf = &ev->leaves[i];
		enum evidence_error e;

		if (!is_open(leaf))
			continue;
		e = evidence_value_hash(ev, leaf->value, &leaf->value_hash);
		if (e != EVIDENCE_OK) {
			ev->fault_leaf = i;
			return e;
		}
	}
	return evidence_hash_encodings(ev) ? EVIDENCE_OK : EVIDENCE_E_SPACE;
}

/* The object without the members named. */
static void
append_without(struct span object, const char *const names[], size_t n, struct buf *out)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	buf_byte(out, '{');
	while (json_next_member(&w, &key, &value)) {
		bool left_out = false;

		for (size_t i = 0; i < n; i++)
			left_out |= json_key_is(key, names[i]);
		if (left_out)
			continue;
		if (out->ptr[out->len - 1] != '{')
			buf_byte(out, ',');
		buf_add(out, (struct span){key.ptr - 1, key.len + 2});
		buf_byte(out, ':');
		buf_add(out, value);
	}
	buf_byte(out, '}');
}

static void
append_redacted(const struct evidence_leaf *leaf, struct buf *out)
{
	char text[67];

	hex_print_hash(leaf->hash.bytes, text);
	buf_str(out, "{\"$redacted\":\"");
	buf_str(out, text);
	buf_str(out, "\"}");
}

/* What two looks at the same ledgers need not share. */
static const char *const volatile_meta[] = {"verifiedAt", "requestId"};
static const char *const volatile_raw[] = {"fetchedAt", "bodySha256", "request"};

static bool
is_clock_reading(struct span path)
{
	struct span clock = SPAN_LIT("raw.public/time");

	return span_starts(path, clock) && (path.len == clock.len || path.ptr[clock.len] == '#');
}

/* Append one leaf's part of the stable object under its own name (the path behind its prefix). */
static void
append_stable_leaf(const struct evidence_leaf *leaf, size_t prefix, bool raw, struct buf *out)
{
	if (out->ptr && out->ptr[out->len - 1] != '{')
		buf_byte(out, ',');
	buf_json_string(out, (struct span){leaf->path.ptr + prefix, leaf->path.len - prefix});
	buf_byte(out, ':');
	if (leaf->salted || leaf->redacted)
		append_redacted(leaf, out);
	else if (raw && json_type(leaf->value) == JSON_OBJECT)
		append_without(leaf->value, volatile_raw, 3, out);
	else
		buf_add(out, leaf->value);
}

static void
append_stable_members(const struct evidence *ev, const char *name, struct span object, bool raw,
		      struct buf *out)
{
	size_t prefix = strlen(name) + 1;

	if (!object.ptr)
		return;
	buf_json_key(out, name);
	buf_byte(out, '{');
	for (size_t i = 0; i < ev->n; i++) {
		const struct evidence_leaf *leaf = &ev->leaves[i];

		if (leaf->path.len >= prefix && memcmp(leaf->path.ptr, name, prefix - 1) == 0 &&
		    leaf->path.ptr[prefix - 1] == '.' && !(raw && is_clock_reading(leaf->path)))
			append_stable_leaf(leaf, prefix, raw, out);
	}
	buf_byte(out, '}');
}

enum evidence_error
evidence_hash_bundle(struct evidence *ev, const struct chain_record *r)
{
	const struct evidence_leaf *error = evidence_find(ev, SPAN_LIT("error"));
	struct buf *out = &ev->stable;

	buf_clear(out);
	buf_byte(out, '{');
	if (error)
		append_stable_leaf(error, 0, false, out);
	else if (r->error.ptr)
		buf_json_member_raw(out, "error", SPAN_LIT("null"));
	buf_json_key(out, "meta");
	append_without(r->meta, volatile_meta, 2, out);
	append_stable_members(ev, "normalized", r->normalized, false, out);
	append_stable_members(ev, "raw", r->raw, true, out);
	buf_byte(out, '}');
	if (!buf_ok(out))
		return EVIDENCE_E_SPACE;
	return evidence_value_hash(ev, buf_span(out), &ev->bundle_hash);
}

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
