/* A leaf's hash: keccak over abi.encode(path, salt, keccak of the value's canonical text), twice.
 */
#include "evidence.h"

#include "check.h"
#include "digest.h"
#include "jcs.h"
#include "keccak.h"

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
	    unsigned char head[EVIDENCE_HEAD_BYTES])
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
	unsigned char head[EVIDENCE_HEAD_BYTES];
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
		unsigned char head[EVIDENCE_HEAD_BYTES];

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
