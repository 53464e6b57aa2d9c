/*
 * wal_report: what was found out about a log, and saying it on stderr.
 */
#ifndef TP_WAL_REPORT_H
#define TP_WAL_REPORT_H

#include "tool.h"
#include "wal_scan.h"

enum wal_state {
	WAL_STATE_CLEAN,
	WAL_STATE_TORN,	   /* the last write was cut short: the lines before it are all there */
	WAL_STATE_CORRUPT, /* lines that were durable are damaged or missing: nothing is changed */
	WAL_STATE_BUSY,	   /* another process writes this log */
	WAL_STATE_FAILED,  /* a system call failed: `error` */
};

struct wal_report {
	enum wal_state state;
	uint64_t number; /* of the file that the rest is about; 0: none */
	uint64_t offset; /* where what is whole ends */
	uint64_t seq;	 /* the first line that is not there or not to be trusted */
	uint64_t torn_bytes;
	const char *why; /* NULL when clean */
	int error;

	uint64_t files, batches, lines;
	uint64_t first;	  /* seq that the log begins with; 0: no file yet */
	uint64_t last;	  /* seq of the last line; 0: none */
	uint64_t durable; /* highest seq that the log itself says was durable */
};

/* From a scan that has ended with step (not WAL_BATCH). */
void wal_report_scan(struct wal_report *r, const struct wal_scan *s, enum wal_step step);

/* Say so over what a scan found: about file `number` (0: none), or about a call that failed. */
void wal_report_corrupt(struct wal_report *r, uint64_t number, const char *why);
void wal_report_failed(struct wal_report *r, int error, const char *why);

/* One diagnostic; none where the state is clean. */
void wal_report_tell(const struct wal_report *r);

/* The status of a program that cannot go on with such a log (torn: that changes nothing, so that
 * whoever only reads has not seen all). */
enum exit_status wal_report_status(const struct wal_report *r);

#endif
