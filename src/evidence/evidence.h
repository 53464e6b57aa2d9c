/*
 * evidence: from a verify record to its leaves, bundle hash, manifest and root (evidence(5),
 * keccak256-merkle-v1).
 *
 * Pure: a record in, hashes out; no I/O, no clock. One struct evidence is set up once and used for
 * record after record; spans in it point into the record's line and into its own buffers, and die
 * with the next call of evidence_read().
 *
 * - evidence_read(): the leaves that the record's values make, ordered by their paths' bytes
 * - evidence_salt(): makes some of them redactable
 * - evidence_hash_leaves(): leaf hashes; a redacted leaf keeps the hash in its place
 * - evidence_hash_bundle(): over what stays the same when the same ledgers are read again
 * - evidence_finish(): manifest and tree
 */
#ifndef TP_EVIDENCE_H
#define TP_EVIDENCE_H

#include "buf.h"
#include "chain.h"
#include "tree.h"

/* Leaves hashed in one go; a multiple of the widest Keccak path. */
#define EVIDENCE_BATCH 64
/* The fixed part of a leaf's encoding. */
#define EVIDENCE_HEAD_BYTES 128
#define EVIDENCE_ALGO "keccak256-merkle-v1"
#define EVIDENCE_MANIFEST "#manifest"
/* "evi_" YYYYMMDD "_" and 16 hex digits */
#define EVIDENCE_ID_MAX 32

struct evidence_leaf {
	struct span path;
	struct span value; /* as it stands in the record */
	bool salted;
	bool redacted; /* value is {"$redacted":"0x.."}; hash is that one */
	bool missing;  /* no value at all (a trimmed bundle): hash is what the evidence lists */
	unsigned char salt[32];
	struct tree_hash value_hash; /* undefined when redacted */
	struct tree_hash hash;
};

struct evidence {
	struct evidence_leaf *leaves;
	size_t n;
	size_t sorted; /* this many stand in ascending order of path; the rest was added since */
	size_t cap;
	bool has_meta_hash;
	struct tree_hash meta_hash; /* KEC(JCS(meta)), once a salt has needed it */
	struct buf paths;
	struct buf canonical;
	struct buf stable;
	struct tree_hash *nodes; /* over leaves and manifest */
	struct tree_hash *hashes;
	struct tree_hash bundle_hash;
	struct tree_hash leaves_hash;
	struct tree_hash manifest;
	struct buf manifest_value; /* its JCS text */
	struct buf encodings;	   /* of the leaves that are being hashed */
	size_t fault_leaf;
};

enum evidence_error {
	EVIDENCE_OK,
	EVIDENCE_E_SHAPE,     /* meta is missing, or meta, normalized, raw or error is no object */
	EVIDENCE_E_DUPLICATE, /* a name stands twice in normalized or raw */
	EVIDENCE_E_LOSSY,     /* canonical JSON refuses a value: a number that is not exact */
	EVIDENCE_E_NAMES,     /* canonical JSON refuses a value: a name stands twice */
	EVIDENCE_E_REDACTED,  /* a value has the form of a redacted one and must not */
	EVIDENCE_E_SPACE,     /* too large, or out of memory */
};

const char *evidence_error_code(enum evidence_error e);
const char *evidence_error_text(enum evidence_error e);

void evidence_init(struct evidence *ev);
void evidence_release(struct evidence *ev);

enum evidence_error evidence_read(struct evidence *ev, const struct chain_record *r);

/* A leaf that the evidence lists and the record lacks; path must stay good. When all are added and
 * before hashing, evidence_settle() puts them into their places. */
enum evidence_error evidence_add_missing(struct evidence *ev, struct span path,
					 struct tree_hash hash);

enum evidence_error evidence_settle(struct evidence *ev);

/* Among the leaves in order, by binary search. */
struct evidence_leaf *evidence_find(struct evidence *ev, struct span path);

/* Give the leaf its salt: HMAC-SHA256(key, KEC(JCS(meta)) || 0x00 || path). meta itself is always
 * public. */
enum evidence_error evidence_salt(struct evidence *ev, const struct chain_record *r,
				  struct span key, struct evidence_leaf *leaf);

/* KEC(JCS(value)) */
enum evidence_error evidence_value_hash(struct evidence *ev, struct span value,
					struct tree_hash *out);

/* KEC(KEC(abi.encode(path, salt, valueHash))); salt NULL: 32 zero bytes. */
struct tree_hash evidence_leaf_hash(struct span path, const unsigned char *salt,
				    struct tree_hash value_hash);

/* The leaf hash of every open leaf from its value_hash, many side by side; false when they have no
 * room. */
bool evidence_hash_encodings(struct evidence *ev);

/* Hash every open leaf, value and all; on error fault_leaf is the one at fault. */
enum evidence_error evidence_hash_leaves(struct evidence *ev);

/* bundle_hash from the record's stable part. Needs the hashes of salted leaves. */
enum evidence_error evidence_hash_bundle(struct evidence *ev, const struct chain_record *r);

/* leaves_hash, manifest and tree from the leaf hashes and bundle_hash (computed, or claimed by the
 * evidence). */
void evidence_finish(struct evidence *ev);

/* The root, after evidence_finish(). */
struct tree_hash evidence_root(const struct evidence *ev);

/* False when verified_at does not begin with a date. */
bool evidence_id(struct span verified_at, struct tree_hash root, char out[EVIDENCE_ID_MAX]);

/* Is this value {"$redacted":"0x.."}? */
bool evidence_is_redacted(struct span value, struct tree_hash *hash);

#endif
