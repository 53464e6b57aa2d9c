#include "sealed_check.h"

#include "base64.h"
#include "digest.h"
#include "hex.h"
#include "json.h"
#include "limit.h"

static const struct span no_path;

static void
checked(struct sealed_check *c, const char *what)
{
	findings_checked(&c->findings, what);
}

static void
unchecked(struct sealed_check *c, const char *what)
{
	findings_unchecked(&c->findings, what);
}

static bool
fail(struct sealed_check *c, const char *why, struct span path)
{
	return findings_fail(&c->findings, why, path);
}

/* ---- the checks ---- */

/* Every value has its listed leaf, and each listed leaf its value, its redacted place, or (a
 * trimmed bundle) nothing. */
static bool
check_coverage(struct sealed_check *c)
{
	for (size_t i = 0; i < c->evidence.n; i++)
		if (!sealed_find(&c->sealed, c->evidence.leaves[i].path))
			return fail(c, "a value is covered by no leaf", c->evidence.leaves[i].path);
	for (size_t i = 0; i + 1 < c->sealed.n; i++) {
		const struct sealed_leaf *listed = &c->sealed.leaves[i];
		struct evidence_leaf *leaf = evidence_find(&c->evidence, listed->path);

		if (!leaf) {
			c->missing++;
			if (evidence_add_missing(&c->evidence, listed->path, listed->hash) !=
			    EVIDENCE_OK)
				return fail(c, "too many leaves", listed->path);
		} else if (leaf->redacted) {
			c->redacted++;
			if (listed->salted)
				return fail(c, "a redacted leaf still has its salt", listed->path);
			if (!tree_hash_equal(leaf->hash, listed->hash))
				return fail(c, "a redacted value names another hash than its leaf",
					    listed->path);
		} else {
			c->open++;
			leaf->salted = listed->salted;
			memcpy(leaf->salt, listed->salt, sizeof leaf->salt);
		}
	}
	if (evidence_settle(&c->evidence) != EVIDENCE_OK)
		return fail(c, "a leaf is listed twice", no_path);
	checked(c, "coverage");
	return true;
}

/* Each open leaf, recomputed from its path, salt and value, has the listed hash. */
static bool
check_leaves(struct sealed_check *c)
{
	enum evidence_error e = evidence_hash_leaves(&c->evidence);

	if (e != EVIDENCE_OK)
		return fail(c, evidence_error_text(e),
			    c->evidence.leaves[c->evidence.fault_leaf].path);
	for (size_t i = 0; i < c->evidence.n; i++) {
		const struct evidence_leaf *leaf = &c->evidence.leaves[i];
		const struct sealed_leaf *listed = sealed_find(&c->sealed, leaf->path);

		if (!tree_hash_equal(leaf->hash, listed->hash))
			return fail(c, "a value was changed: its leaf has another hash",
				    leaf->path);
	}
	checked(c, "leaves");
	return true;
}

/* The stable part gives the bundle hash; with values missing nobody can tell. */
static bool
check_bundle_hash(struct sealed_check *c, const struct chain_record *r)
{
	enum evidence_error e;

	if (c->missing) {
		c->evidence.bundle_hash = c->sealed.bundle_hash;
		unchecked(c, "bundleHash: values are missing from the record");
		return true;
	}
	e = evidence_hash_bundle(&c->evidence, r);
	if (e != EVIDENCE_OK)
		return fail(c, evidence_error_text(e), no_path);
	if (!tree_hash_equal(c->evidence.bundle_hash, c->sealed.bundle_hash))
		return fail(c, "bundleHash is that of another record", no_path);
	checked(c, "bundleHash");
	return true;
}

/* Number, labels and hashes of the leaves are those that the manifest binds. */
static bool
check_manifest(struct sealed_check *c)
{
	evidence_finish(&c->evidence);
	if (!tree_hash_equal(c->evidence.manifest, c->sealed.leaves[c->sealed.n - 1].hash))
		return fail(c, "the manifest binds other leaves", SPAN_LIT(EVIDENCE_MANIFEST));
	checked(c, "manifest");
	return true;
}

static bool
check_root(struct sealed_check *c)
{
	if (!tree_hash_equal(evidence_root(&c->evidence), c->sealed.root))
		return fail(c, "the leaves lead to another root", no_path);
	checked(c, "root");
	return true;
}

static bool
check_id(struct sealed_check *c, const struct chain_record *r)
{
	struct span at;
	char id[EVIDENCE_ID_MAX];

	if (!json_find(r->meta, "verifiedAt", &at) || !json_plain(at, &at) ||
	    !evidence_id(at, c->sealed.root, id) || !span_is(c->sealed.id, id))
		return fail(c, "evidenceId does not follow from verifiedAt and root", no_path);
	checked(c, "evidenceId");
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
check_body(struct sealed_check *c, const struct evidence_leaf *leaf)
{
	static const char *const names[] = {"body", "bodyEncoding", "bodySha256"};
	struct span member[3], text;
	unsigned char want[32], have[32];

	if (json_type(leaf->value) != JSON_OBJECT ||
	    !json_pick(leaf->value, names, 3, member, NULL) || !member[2].ptr) {
		unchecked(c, "bodySha256: an entry without one");
		return true;
	}
	if (!json_plain(member[2], &text) || !hex_parse(text, false, want, 32))
		return fail(c, "bodySha256 is no SHA-256", leaf->path);
	buf_clear(&c->body);
	if (member[0].ptr ? !decode_body(member[0], member[1], &c->body)
			  : !rebuild_body(leaf->value, &c->body))
		return fail(c, "the body cannot be put together again", leaf->path);
	sha256(buf_span(&c->body), have);
	if (memcmp(want, have, 32) == 0)
		return true;
	if (member[0].ptr)
		return fail(c, "the body has another SHA-256 than when it was received",
			    leaf->path);
	/* white space outside strings may have been taken out: the leaf still binds every value */
	unchecked(c, "bodySha256: a body whose white space was not kept");
	return true;
}

static bool
check_bodies(struct sealed_check *c)
{
	size_t untold = c->findings.unchecked_n;

	for (size_t i = 0; i < c->evidence.n; i++) {
		const struct evidence_leaf *leaf = &c->evidence.leaves[i];

		if (span_starts(leaf->path, SPAN_LIT("raw.")) && !leaf->redacted &&
		    !leaf->missing && !check_body(c, leaf))
			return false;
	}
	if (c->findings.unchecked_n == untold)
		checked(c, "bodySha256");
	return true;
}

/* ---- all of them ---- */

void
sealed_check_init(struct sealed_check *c)
{
	evidence_init(&c->evidence);
	sealed_init(&c->sealed);
	buf_init(&c->body, LIMIT_BUNDLE_BYTES);
	sealed_check_clear(c);
}

void
sealed_check_release(struct sealed_check *c)
{
	evidence_release(&c->evidence);
	sealed_release(&c->sealed);
	buf_release(&c->body);
}

void
sealed_check_clear(struct sealed_check *c)
{
	findings_clear(&c->findings);
	c->open = c->redacted = c->missing = 0;
}

static bool
read(struct sealed_check *c, const struct chain_record *r)
{
	enum evidence_error e;

	if (!sealed_read(&c->sealed, r->evidence))
		return fail(c, c->sealed.fault, no_path);
	e = evidence_read(&c->evidence, r);
	return e == EVIDENCE_OK || fail(c, evidence_error_text(e), no_path);
}

enum finding
sealed_check_record(struct sealed_check *c, const struct chain_record *r)
{
	sealed_check_clear(c);
	if (!r->evidence.ptr) {
		unchecked(c, "everything: the record is not sealed");
		return FINDING_CANNOT_TELL;
	}
	if (!read(c, r) || !check_coverage(c) || !check_leaves(c) || !check_bundle_hash(c, r) ||
	    !check_manifest(c) || !check_root(c) || !check_id(c, r) || !check_bodies(c))
		return FINDING_BAD;
	if (c->redacted)
		unchecked(c, "redacted values");
	return c->missing ? FINDING_CANNOT_TELL : FINDING_GOOD;
}
