#include "wal_report.h"

#include "check.h"
#include "diag.h"

static const char hint[] =
    "nothing was changed: copy the directory, then restore the file or find out what wrote to it";

static enum wal_state
state_of(enum wal_step step)
{
	CHECK(step != WAL_BATCH);
	switch (step) {
	case WAL_END: return WAL_STATE_CLEAN;
	case WAL_TORN: return WAL_STATE_TORN;
	case WAL_CORRUPT: return WAL_STATE_CORRUPT;
	case WAL_BATCH:
	case WAL_FAILED: break;
	}
	return WAL_STATE_FAILED;
}

void
wal_report_scan(struct wal_report *r, const struct wal_scan *s, enum wal_step step)
{
	*r = (struct wal_report){
	    .state = state_of(step),
	    .number = s->source.alone ? 0 : s->fault.number,
	    .offset = s->fault.offset,
	    .seq = s->fault.seq,
	    .torn_bytes = step == WAL_TORN ? wal_scan_tail(s).len : 0,
	    .why = s->fault.why,
	    .error = step == WAL_FAILED ? s->fault.error : 0,
	    .files = s->files,
	    .batches = s->batches,
	    .lines = s->lines,
	    .first = s->first,
	    .last = s->chain.last,
	    .durable = s->chain.durable,
	};
}

void
wal_report_corrupt(struct wal_report *r, uint64_t number, const char *why)
{
	r->state = WAL_STATE_CORRUPT;
	r->number = number;
	r->why = why;
	r->torn_bytes = 0;
}

void
wal_report_failed(struct wal_report *r, int error, const char *why)
{
	r->state = WAL_STATE_FAILED;
	r->error = error;
	r->why = why;
}

void
wal_report_tell(const struct wal_report *r)
{
	char name[WAL_NAME_BYTES] = "-";

	if (r->number)
		wal_name(r->number, name);
	switch (r->state) {
	case WAL_STATE_CLEAN: return;
	case WAL_STATE_TORN:
		diag(DIAG_WARNING, "wal-torn", diag_str("file", name), diag_u64("off", r->offset),
		     diag_u64("seq", r->seq), diag_u64("bytes", r->torn_bytes),
		     diag_str("why", r->why));
		return;
	case WAL_STATE_CORRUPT:
		diag(DIAG_ERROR, "wal-corrupt", diag_str("file", name), diag_u64("off", r->offset),
		     diag_u64("seq", r->seq), diag_str("why", r->why), diag_str("hint", hint));
		return;
	case WAL_STATE_BUSY:
		diag(DIAG_ERROR, "wal-busy", diag_str("why", "another process writes this log"));
		return;
	case WAL_STATE_FAILED:
		diag(DIAG_ERROR, "wal", diag_str("file", name), diag_str("what", r->why),
		     diag_errno(r->error));
		return;
	}
}

enum exit_status
wal_report_status(const struct wal_report *r)
{
	switch (r->state) {
	case WAL_STATE_CLEAN: return EXIT_YES;
	case WAL_STATE_TORN: return EXIT_NO;
	case WAL_STATE_CORRUPT: return EXIT_USAGE;
	case WAL_STATE_BUSY:
	case WAL_STATE_FAILED: break;
	}
	return EXIT_TEMP;
}
