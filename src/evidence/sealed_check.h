/*
 * sealed_check: does the evidence of a sealed record follow from the record? (evidence(5))
 *
 * Pure, and written to be read from top to bottom by somebody who trusts nobody: each check_*() of
 * sealed_check.c is one sentence of evidence(5), the first that fails makes the record bad, and
 * what could not be checked is said. Whether the root is one to be trusted is the caller's to know.
 *
 * One struct is set up once and used for record after record. Spans in it point into the record's
 * line and into its own buffers, and die with the next call.
 */
#ifndef TP_SEALED_CHECK_H
#define TP_SEALED_CHECK_H

#include "evidence.h"
#include "findings.h"
#include "sealed.h"

struct sealed_check {
	struct findings findings;
	struct sealed sealed; /* what the record lists; its root holds when the answer is not BAD */
	struct evidence evidence;	/* what was computed anew */
	size_t open, redacted, missing; /* leaves */
	struct buf body;		/* of the ledger's answer in hand */
};

void sealed_check_init(struct sealed_check *c);
void sealed_check_release(struct sealed_check *c);

/* Forget the record before. */
void sealed_check_clear(struct sealed_check *c);

/*
 * FINDING_GOOD: every value is bound by the root. FINDING_CANNOT_TELL: the record is not sealed, or
 * values are missing (a trimmed bundle) and with them the bundle hash; those that are there are
 * bound all the same. Clears first.
 */
enum finding sealed_check_record(struct sealed_check *c, const struct chain_record *r);

#endif
