/*
 * follow: the lines of another match's log, as they become durable, until that match is gone.
 *
 * A log is locked by whoever writes it. When the lock is free, the writer has ended or died: what
 * is whole in its log is what its own next start would find, so a standby reads to the end and
 * keeps the lock, and nobody can start on that log behind its back.
 */
#ifndef TP_FOLLOW_H
#define TP_FOLLOW_H

#include "wal_dir.h"
#include "wal_report.h"

struct follow {
	int directory;
	struct wal_dir dir;
	struct wal_scan scan;
	/* runs ahead, to see up to where the log says that it is durable */
	struct wal_dir ahead_dir;
	struct wal_scan ahead;
	struct wal_batch held;
	bool holding;
	bool locked;
};

enum follow_step {
	FOLLOW_LINES, /* here are some */
	FOLLOW_WAIT,  /* none for now */
	FOLLOW_OVER,  /* the writer is gone, and all that it left has been read */
	FOLLOW_FAILED /* report says why */
};

/* From line have + 1 on. False with errno. */
bool follow_begin(struct follow *f, int directory, uint64_t have);
void follow_end(struct follow *f);

/* Whole lines, good until the next call; have: lines that were taken so far. */
enum follow_step follow_next(struct follow *f, uint64_t have, struct span *lines,
			     struct wal_report *report);

#endif
