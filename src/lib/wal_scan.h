/*
 * wal_scan: walk the batches of a log from its files' bytes, and decide what its end is.
 *
 * One scan serves recovery (wal.c), replay, wal-cat and followers. It reads through wal_source, so
 * that it runs over a directory, over stdin and over memory alike, and it changes nothing. After
 * WAL_END or WAL_TORN the next call looks again, from the same place: the log of a writer that
 * lives goes on there.
 *
 * The caller owns the struct; wal_scan_release() frees its window (as large as the longest batch;
 * the whole rest of the file once a bad batch has been met). A batch is good until the next call.
 */
#ifndef TP_WAL_SCAN_H
#define TP_WAL_SCAN_H

#include "buf.h"
#include "wal_format.h"

#include <sys/types.h>

struct wal_source {
	void *context;
	/* Read up to n bytes of a file at offset: how many, 0 at its present end, -1 with errno
	 * (ENOENT: no such file). With n = 0: does the file exist? */
	ssize_t (*read)(void *context, uint64_t number, uint64_t offset, char *to, size_t n);
	bool alone; /* one file only, to be read once from front to back: a pipe */
};

enum wal_step {
	WAL_BATCH,   /* here is one */
	WAL_END,     /* none for now, all is whole */
	WAL_TORN,    /* the newest file ends in a write that was cut short, or is being written */
	WAL_CORRUPT, /* damaged: fault says where */
	WAL_FAILED,  /* a read failed: fault.error */
};

struct wal_fault {
	uint64_t number; /* of the file; 0 when it has none */
	uint64_t offset;
	uint64_t seq; /* the first line that is missing or not to be trusted */
	const char *why;
	int error;
};

struct wal_scan {
	struct wal_source source;
	struct wal_chain chain;
	uint64_t number;     /* file at hand */
	uint64_t file_first; /* seq that it begins with */
	uint64_t offset;     /* in it, of the next batch; 0 before its header */
	struct wal_fault fault;

	/* what has gone by */
	uint64_t files, batches, lines;
	uint64_t first; /* seq that the oldest file begins with; 0: no file yet */

	/* up to here the file at hand is known to be durable by what the log itself says */
	uint64_t sure;

	/* the scan's own */
	struct buf window; /* bytes from `start` on are not used yet; bytes[start] is at offset */
	size_t start;
	uint64_t pending_seq,
	    pending_end; /* sure grows to pending_end when d reaches pending_seq */
	bool looked_again;
	bool stopped;
};

/* Begin with file `number`; it may be any file of the log. */
void wal_scan_init(struct wal_scan *s, struct wal_source source, uint64_t number);
void wal_scan_release(struct wal_scan *s);

enum wal_step wal_scan_next(struct wal_scan *s, struct wal_batch *out);

/* After WAL_TORN: all bytes of the file from offset on. */
struct span wal_scan_tail(const struct wal_scan *s);

#endif
