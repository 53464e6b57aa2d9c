/*
 * support: does stored evidence support a claim?
 *
 * What counts is the newest answer about the user's order that is an answer, liquidated or not:
 * a verification that failed, or could not tell, takes nothing back. Its rows must have their
 * digests, its file must be the one that was stored, the .root beside it must agree, the record in
 * the file itself must say what the rows say, and the root must follow from the record
 * (sealed_check.h): a record that somebody made up is no evidence, though it was stored.
 */
#ifndef TP_SUPPORT_H
#define TP_SUPPORT_H

#include "keep.h"

struct support {
	char evidence_id[64], root[67];
	const char *code, *why; /* of a refusal */
};

/* Needs keep_begin(). */
bool support_find(struct keep *k, struct span user, struct span order, struct support *out);

#endif
