/*
 * archive: the evidence files of a state directory: reports/evidence/YYYY-MM-DD/evi_*.json and
 * .root.
 *
 * A file is whole or absent: written beside, fsynced, renamed. archive_write() does that;
 * archive_sync() then makes the names last, and only after that may rows that mention them be
 * committed.
 */
#ifndef TP_ARCHIVE_H
#define TP_ARCHIVE_H

#include "buf.h"
#include "entry.h"

struct archive {
	int state; /* the state directory */
	/* directories written to since the last archive_sync(), by name */
	char dirty[8][32];
	size_t dirty_n;
};

void archive_init(struct archive *a, int state);

/* Write record (text with its newline) and root of the entry; false with errno. */
bool archive_write(struct archive *a, const struct entry *e, struct span text);

/* fsync the directories written to; false with errno. */
bool archive_sync(struct archive *a);

/* The bytes of a file below the state directory; false with errno. */
bool archive_read(const struct archive *a, const char *path, struct buf *out);

/* SHA-256 in hex. */
void archive_digest(struct span bytes, char hex[65]);

#endif
