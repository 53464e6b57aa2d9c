/*
 * findings: what a check found good, what it could not look at, and what failed.
 *
 * Every text is a literal, or lives as long as the record that is being checked.
 */
#ifndef TP_FINDINGS_H
#define TP_FINDINGS_H

#include "span.h"

#define FINDINGS_MAX 16

enum finding { FINDING_GOOD, FINDING_BAD, FINDING_CANNOT_TELL };

struct findings {
	const char *checked[FINDINGS_MAX];
	const char *unchecked[FINDINGS_MAX]; /* no text twice */
	size_t checked_n, unchecked_n;
	const char *failed;
	struct span failed_path; /* the leaf at fault, if it is one */
};

void findings_clear(struct findings *f);
void findings_checked(struct findings *f, const char *what);
void findings_unchecked(struct findings *f, const char *what);

/* False, for the caller to return. Path {0}: no one leaf is at fault. */
bool findings_fail(struct findings *f, const char *why, struct span path);

#endif
