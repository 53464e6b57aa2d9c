/*
 * head: outside the database, the last bundle that was committed to it.
 *
 * A database file can lose its newest rows without a trace (a restored backup, a damaged
 * write-ahead file that SQLite takes for its end). The file `head` in the state directory remembers
 * seq and root; opening refuses a database that lacks them. `vault.head` does the same for the
 * changes of key-vault and the seal over its rows. Two slots are written in turn, each one
 * sector with a CRC, so that a torn write leaves the other.
 */
#ifndef TP_HEAD_H
#define TP_HEAD_H

#include "span.h"

#include <stdint.h>

struct head {
	int fd;
	int64_t seq; /* 0: none yet */
	char root[67];
};

/* Open or make it; false with errno. A file without one good slot that is not empty: errno EBADMSG.
 */
bool head_open(struct head *h, int state, const char *name, bool writable);

/* Look again: another process may have written. False when the file has no good slot. */
bool head_reload(struct head *h);

/* Remember; false with errno. Durable when it returns. */
bool head_write(struct head *h, int64_t seq, struct span root);

#endif
