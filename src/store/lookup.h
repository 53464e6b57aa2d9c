/*
 * lookup: find stored verifications and print them.
 */
#ifndef TP_LOOKUP_H
#define TP_LOOKUP_H

#include "archive.h"
#include "database.h"
#include "line.h"

struct lookup {
	/* NULL: any */
	const char *order, *instrument, *from, *to; /* from and to: dates, both included */
	const char *verdict; /* "liquidated", "not-liquidated", "unknown", "error" */
	uint64_t limit;
};

/* One line {"type":"verification-row",...} a stored verification, newest first. Returns how many.
 */
uint64_t lookup_find(struct database *db, const struct lookup *what, struct line_writer *out);

/* The stored record of an evidence id, byte for byte. False when there is none (errno ENOENT) or it
 * cannot be read. */
bool lookup_get(struct database *db, struct archive *a, const char *id, struct line_writer *out);

#endif
