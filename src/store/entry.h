/*
 * entry: what the database notes of a verify record, read off the record itself.
 *
 * Pure. Rows can be recomputed from the evidence file at any time: that is how store --fsck finds a
 * damaged one.
 */
#ifndef TP_ENTRY_H
#define TP_ENTRY_H

#include "buf.h"
#include "chain.h"

struct entry {
	/* NULL spans where the record says nothing */
	struct span evidence_id, root, bundle_hash;
	struct span parent; /* the value of evidence.parentRoot as it stands: null or a string */
	struct span parent_root; /* its text, or NULL */
	struct span user_id, exchange, ord_id, inst_id, verified_at, reason, sub, error_code;
	int liquidated; /* 1, 0, or -1 for null */
	char path[96];	/* "reports/evidence/YYYY-MM-DD/evi_...json" */
	char root_path[96];
};

/* False, with *why, when the record is not sealed as merkle-seal does it, or a text that would name
 * a file is not of its form. */
bool entry_read(const struct chain_record *r, struct entry *out, const char **why);

/* The record with parentRoot filled in (root NULL: left null). */
void entry_set_parent(const struct chain_record *r, const struct entry *e, struct span root,
		      struct buf *out);

/* The payload of the audit row. */
void entry_audit_payload(const struct entry *e, struct span parent_root, struct buf *out);

/* "evi_YYYYMMDD_" and 16 lower-case hex digits? */
bool entry_is_id(struct span id);

#endif
