#include "follow.h"

#include <errno.h>
#include <sys/file.h>

bool
follow_begin(struct follow *f, int directory, uint64_t have)
{
	uint64_t number = 1;

	*f = (struct follow){.directory = directory};
	if (!wal_dir_open(&f->dir, directory) || !wal_dir_open(&f->ahead_dir, directory))
		return false;
	if (f->dir.files)
		number = wal_dir_file_of(&f->dir, have + 1);
	wal_scan_init(&f->scan, wal_dir_source(&f->dir), number);
	wal_scan_init(&f->ahead, wal_dir_source(&f->ahead_dir), number);
	return true;
}

void
follow_end(struct follow *f)
{
	wal_scan_release(&f->scan);
	wal_scan_release(&f->ahead);
	wal_dir_release(&f->dir);
	wal_dir_release(&f->ahead_dir);
}

static bool
is_durable(struct follow *f)
{
	struct wal_batch ignored;
	uint64_t last = f->held.seq + f->held.n - 1;

	while (f->ahead.chain.durable < last)
		if (wal_scan_next(&f->ahead, &ignored) != WAL_BATCH)
			return f->ahead.chain.durable >= last;
	return true;
}

/* Has the writer gone? Then nobody else is to come in its place. */
static bool
is_alone(struct follow *f)
{
	if (!f->locked)
		f->locked = flock(f->directory, LOCK_EX | LOCK_NB) == 0;
	return f->locked;
}

/* The lines of the held batch that have not been taken. */
static struct span
new_lines(const struct follow *f, uint64_t have)
{
	struct span lines = f->held.payload, ignored;

	for (uint64_t seq = f->held.seq; seq <= have && wal_next_line(&lines, &ignored); seq++)
		;
	return lines;
}

enum follow_step
follow_next(struct follow *f, uint64_t have, struct span *lines, struct wal_report *report)
{
	for (;;) {
		enum wal_step step = WAL_BATCH;

		if (!f->holding)
			step = wal_scan_next(&f->scan, &f->held);
		if (step == WAL_CORRUPT || step == WAL_FAILED) {
			wal_report_scan(report, &f->scan, step);
			return FOLLOW_FAILED;
		}
		if (step != WAL_BATCH) {
			if (f->locked)
				return FOLLOW_OVER;
			/* once more: it may have written before it went */
			if (!is_alone(f))
				return FOLLOW_WAIT;
			continue;
		}
		if (f->scan.first > have + 1) {
			wal_report_corrupt(report, f->scan.number,
					   "the log begins after the line asked for");
			return FOLLOW_FAILED;
		}
		f->holding = true;
		if (!f->locked && !is_durable(f) && !is_alone(f))
			return FOLLOW_WAIT;
		f->holding = false;
		*lines = new_lines(f, have);
		if (lines->len)
			return FOLLOW_LINES;
	}
}
