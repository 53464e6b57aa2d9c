/*
 * wal: a write-ahead log of input lines: written, synced, and only then acknowledged; read back
 * after a crash without losing or inventing one.
 *
 * A log is a directory of text files, 0000000001.wal, 0000000002.wal and so on. The first line of a
 * file is its header, and then come batches, each a header line and a payload of whole input lines:
 *
 *     {"wal":1,"salt":"9f3c21aa","first":1001,"prev":"0000000001.wal:5d1e07c4","c":"0b1d6a52"}
 *     {"s":1001,"n":2,"d":1000,"p":"9f3c21aa","b":180,"c":"3eadc7b3"}
 *     ... two lines of together 180 bytes ...
 *
 * A batch is valid if and only if
 *   - its header line is spelled exactly so: this order, no spaces, decimal numbers without leading
 *     zeros, eight lower-case hexadecimal digits;
 *   - b bytes follow, which are n lines, each ended by a newline; b is 0 where n is 0 (a mark); b
 *     is at most 64 KiB, or n is 1 and b at most 1 MiB + 1;
 *   - c is the CRC-32C, continued from the file's salt, of the header's bytes before `,"c":"` and
 *     of the payload;
 *   - s is the seq of the last line before it, plus 1 (lines are counted from 1, through all
 *     files);
 *   - p is the c of the batch before it in the file, or the file's salt;
 *   - d, the highest seq that was durable when the batch was written, is below s, and not below
 *     the d before it.
 * A file's header is valid if its c is the CRC-32C of its bytes before `,"c":"`, first is the last
 * seq plus 1, and prev names the file before it and that file's last c (its salt if it has no
 * batch); null in file 1.
 *
 * A start has three outcomes. Clean. Torn: the newest file ends in bytes that are no valid batch,
 * and nothing says that they were ever durable; they are saved as FILE.torn-OFFSET and cut off, and
 * a new file is begun. Corrupt: anything else; nothing is changed. wal(5) has the exact rules, and
 * why no payload can be mistaken for a batch.
 *
 * Threads: one thread appends (wal_append, wal_mark, wal_drop_before, wal_close); one other may
 * call wal_sync at any time meanwhile. wal_last, wal_durable and wal_error may be called by any.
 * What wal_sync covers is what had been appended when it was called. An append waits for a sync in
 * flight only where it begins a new file (every 64 MiB). Join the second thread before wal_close,
 * and start it before the sandbox closes.
 *
 * Errors: once a write or a sync has failed, nothing is known about what is on the disk; the log is
 * unusable from then on, every call returns false with that errno, and wal_durable() stays. End the
 * program with 111 and acknowledge nothing more. A start sorts it out; it also writes again what a
 * failed sync may have left in the page cache as if it were on the disk.
 *
 * The caller owns struct wal and the directory's descriptor, which must stay open for as long.
 * Lines have up to LIMIT_LINE_BYTES, and any bytes but newlines.
 */
#ifndef TP_WAL_H
#define TP_WAL_H

#include "wal_report.h"

#include <pthread.h>
#include <stdatomic.h>

struct wal {
	int directory;
	int fd; /* of the newest file */
	mode_t mode;
	uint64_t file_max;
	uint64_t number;
	uint64_t file_first; /* seq that it begins with */
	uint64_t offset;     /* its length */
	struct wal_chain chain;
	pthread_mutex_t syncing; /* held while fd is synced or exchanged */
	_Atomic uint64_t last;
	_Atomic uint64_t durable;
	_Atomic int error;
};

/* Zero stands for the usual. */
struct wal_options {
	/* What is known from elsewhere (a snapshot, the state of a consumer): lines from
	 * first_needed on will be replayed, and the log once held line last_needed. A log that
	 * begins later or ends earlier is corrupt: no log can see by itself that its end, at a
	 * batch's boundary, or its beginning is missing. */
	uint64_t first_needed;
	uint64_t last_needed;
	uint64_t file_max; /* LIMIT_WAL_FILE_BYTES; smaller for tests */
	mode_t mode;	   /* of new files: 0640 */
};

/*
 * Lock the directory, find out the log's state, repair a torn end. CLEAN and TORN: the log can be
 * written, and all of its lines are durable. Anything else: nothing was changed and nothing is to
 * be closed. options may be NULL.
 */
enum wal_state wal_open(struct wal *w, int directory, const struct wal_options *options,
			struct wal_report *report);

/*
 * Call line() for each line from seq `from` on to the last one there is now, in order; it returns
 * false to stop, and appends nothing. CLEAN: done (or stopped). CORRUPT: the log begins later, or
 * has changed since wal_open.
 */
enum wal_state wal_replay(const struct wal *w, uint64_t from,
			  bool (*line)(void *context, uint64_t seq, struct span line),
			  void *context, struct wal_report *report);

/* Hand whole lines, each ended by a newline, to the kernel: as one batch, or where they are more
 * than 64 KiB, as several. They are not durable yet. */
bool wal_append(struct wal *w, struct span lines);

/* Make durable what has been appended before the call. */
bool wal_sync(struct wal *w);

/* Write down in the log up to where it is durable, if that is not there yet: without it, later
 * damage to the last batch looks like a write that was cut short. After 50 ms without input. Not
 * synced. */
bool wal_mark(struct wal *w);

/* Remove the files that hold only lines before seq; the newest always stays. False with errno; the
 * log stays usable. */
bool wal_drop_before(struct wal *w, uint64_t seq);

/* Sync, mark, sync, unlock. False if any of that failed, now or before. */
bool wal_close(struct wal *w);

/* The last seq appended, the last seq durable, and the errno of the first failure (0: none). */
uint64_t wal_last(const struct wal *w);
uint64_t wal_durable(const struct wal *w);
int wal_error(const struct wal *w);

#endif
