/*
 * fsck: hold a state directory's rows, files and head against each other.
 *
 * Every row must have its file, of the very bytes that were stored, and every file its row; rows
 * must have their digests, bundles their parents. What can be mended without losing anything is
 * mended: files without a row are moved to reports/orphans, a missing .root is written again,
 * leftovers of interrupted writes are removed. Damage is named and left alone.
 */
#ifndef TP_FSCK_H
#define TP_FSCK_H

#include "keep.h"

struct fsck {
	size_t rows, mended, damaged;
	/* called for each finding; why is a fixed phrase */
	void (*report)(void *context, const char *what, struct span name, const char *why);
	void *context;
};

/* The keep must be open; takes the write lock for the whole run. */
void fsck_run(struct keep *k, struct fsck *f);

#endif
