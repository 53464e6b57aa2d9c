#include "restart.h"

#include "diag.h"
#include "durable.h"
#include "gate_replay.h"
#include "gate_snapshot.h"
#include "wal_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

void
restart_directory(struct restart *r)
{
	int fd = -1;

	if (durable_make_directories(AT_FDCWD, r->directory, 0750))
		fd = open(r->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", r->directory, strerror(errno));
	r->outlet->state = fd;
}

/* ---- snapshots in ---- */

/* A gate as it was made. */
static void
begin_again(struct gate *g)
{
	struct gate_options options = g->options;
	uint64_t secret[2] = {g->by_name.secret[0], g->by_name.secret[1]};

	gate_release(g);
	gate_init(g, &options, secret);
}

enum restored { RESTORED, RESTORE_UNFIT, RESTORE_LATER };

/* Read a snapshot into the gate. RESTORE_LATER: than what is to be printed again. */
static enum restored
restore(struct restart *r, uint64_t seq, struct gate_at *at)
{
	enum gate_snapshot_error e = GATE_SNAPSHOT_E_MEMORY;
	enum gate_part part = GATE_PART_NONE;
	char name[SNAPSHOTS_NAME_BYTES];
	struct buf text;

	buf_init(&text, GATE_SNAPSHOT_BYTES_MAX);
	snapshots_name(seq, name);
	if (!durable_read(r->outlet->state, name, &text))
		tool_die(EXIT_TEMP, "snapshot", name, strerror(errno));
	e = gate_snapshot_read(r->gate, at, &part, buf_span(&text));
	buf_release(&text);
	if (e == GATE_SNAPSHOT_OK && at->log != seq)
		e = GATE_SNAPSHOT_E_DAMAGED;
	if (e == GATE_SNAPSHOT_OK && (!r->resume || at->lines <= r->resume_after))
		return RESTORED;
	begin_again(r->gate);
	switch (e) {
	case GATE_SNAPSHOT_OK: r->part_later = true; return RESTORE_LATER;
	case GATE_SNAPSHOT_E_MEMORY: tool_die(EXIT_TEMP, "snapshot", name, strerror(ENOMEM));
	case GATE_SNAPSHOT_E_DAMAGED:
		diag(DIAG_WARNING, "snapshot", diag_str("file", name),
		     diag_str("why", "damaged: passed over"));
		break;
	case GATE_SNAPSHOT_E_PART:
		diag(DIAG_WARNING, "snapshot", diag_str("file", name),
		     diag_str("exposure", gate_part_name(part)),
		     diag_str("wanted", gate_part_name(gate_part(&r->gate->options))),
		     diag_str("why", "it was written with other options: passed over"));
		r->part_missing = true;
		break;
	}
	return RESTORE_UNFIT;
}

/* Where to begin: the best snapshot, or with at 0 the log's first line. */
static void
choose_snapshot(struct restart *r, struct gate_at *at)
{
	if (!snapshots_list(r->outlet->state, r->kept))
		tool_die(EXIT_TEMP, "state", r->directory, strerror(errno));
	r->newest = r->kept[0];
	for (int i = 0; i < SNAPSHOTS_KEPT && r->kept[i];) {
		switch (restore(r, r->kept[i], at)) {
		case RESTORED: return;
		case RESTORE_UNFIT: snapshots_forget(r->kept, i); break;
		case RESTORE_LATER: i++; break;
		}
	}
	*at = (struct gate_at){0};
}

/* ---- the log ---- */

/* Without a snapshot the log's first line is needed. Say in the options' terms what cannot be. */
static void
expect_whole_log(const struct restart *r)
{
	struct wal_dir d;

	if (!r->part_missing && !r->part_later)
		return;
	if (!wal_dir_open(&d, r->outlet->state))
		tool_die(EXIT_TEMP, "state", r->directory, strerror(errno));
	wal_dir_release(&d);
	if (d.files == 0 || d.oldest == 1)
		return;
	if (r->part_missing)
		tool_die(EXIT_CONFIG, "exposure", r->directory,
			 "asked for, but not in the snapshots, and the log before them is gone: "
			 "give --accounts, --limit and --events as before, or --recount");
	tool_die(EXIT_USAGE, "resume", r->directory,
		 "the log does not reach back to the line to go on after");
}

static void
open_log(struct restart *r, const struct gate_at *at)
{
	struct wal_options options = {.first_needed = at->log + 1, .last_needed = r->newest};
	struct wal_report report;
	enum wal_state state = wal_open(&r->outlet->wal, r->outlet->state, &options, &report);

	wal_report_tell(&report);
	if (state != WAL_STATE_CLEAN && state != WAL_STATE_TORN)
		exit((int)wal_report_status(&report));
}

static bool
replay_line(void *context, uint64_t seq, struct span line)
{
	struct restart *r = context;
	bool printed;

	(void)seq;
	if (!gate_replay(r->gate, line, &printed))
		outlet_fail("replay", ENOMEM);
	r->outlet->lines += printed;
	return true;
}

static void
replay(const struct restart *r, uint64_t from,
       bool (*line)(void *context, uint64_t seq, struct span line), void *context)
{
	struct wal_report report;

	if (wal_replay(&r->outlet->wal, from, line, context, &report) == WAL_STATE_CLEAN)
		return;
	wal_report_tell(&report);
	exit((int)wal_report_status(&report));
}

/* What is printed again, a part at a time: while it is written, events come and are logged. */
struct again {
	struct restart *r;
	uint64_t next;	/* of the log */
	uint64_t lines; /* before it */
};

static bool
print_line_again(void *context, uint64_t seq, struct span line)
{
	struct again *a = context;
	struct event e;

	a->next = seq + 1;
	if (gate_replay_is_event(line, &e) || ++a->lines <= a->r->resume_after)
		return true;
	return outlet_again(a->r->outlet, line);
}

static void
print_again(struct restart *r, const struct gate_at *at)
{
	struct again a = {.r = r, .next = at->log + 1, .lines = at->lines};

	if (r->resume_after > r->outlet->lines)
		tool_die(EXIT_USAGE, "resume", r->directory,
			 "the log ends before the line to go on after");
	while (a.lines < r->outlet->lines) {
		replay(r, a.next, print_line_again, &a);
		outlet_commit(r->outlet);
	}
}

/* ---- snapshots out ---- */

static bool
write_snapshot(struct restart *r)
{
	struct gate_at at = {.log = wal_last(&r->outlet->wal), .lines = r->outlet->lines};
	struct buf text;
	bool ok;

	buf_init(&text, GATE_SNAPSHOT_BYTES_MAX);
	gate_snapshot_write(r->gate, &at, &text);
	if (!buf_ok(&text))
		errno = ENOMEM;
	ok = buf_ok(&text) &&
	     snapshots_keep(r->outlet->state, r->kept, at.log, r->every, buf_span(&text));
	buf_release(&text);
	if (!ok)
		return false;
	return r->kept[1] == 0 || wal_drop_before(&r->outlet->wal, r->kept[1] + 1);
}

size_t
restart_room(const struct restart *r, size_t max)
{
	uint64_t last = r->directory ? wal_last(&r->outlet->wal) : 0;

	if (!r->directory)
		return max;
	if (r->due <= last)
		return 1;
	return r->due - last < max ? (size_t)(r->due - last) : max;
}

void
restart_snapshot_if_due(struct restart *r, bool wanted)
{
	uint64_t last;

	if (!r->directory || (wal_last(&r->outlet->wal) < r->due && !wanted))
		return;
	/* it must not know of lines that the log may lose */
	outlet_log(r->outlet);
	last = wal_last(&r->outlet->wal);
	r->due = last + r->every;
	if (last == 0 || last == r->kept[0] || write_snapshot(r))
		return;
	/* the log has all: it can be done without, but not for ever */
	diag(DIAG_WARNING, "snapshot", diag_str("directory", r->directory), diag_errno(errno));
	if (wal_error(&r->outlet->wal))
		outlet_fail("log", wal_error(&r->outlet->wal));
}

/* ---- start ---- */

/* From here on exposure is what the events to come say; that is kept before one of them is. */
static void
forget_exposure(struct restart *r)
{
	r->gate->options.track = true;
	r->gate->events_seq = r->gate->events_logged = 0;
	if (wal_last(&r->outlet->wal) && !write_snapshot(r))
		tool_die(EXIT_TEMP, "snapshot", r->directory, strerror(errno));
	diag(DIAG_INFO, "recount", diag_u64("lines", r->outlet->lines));
}

void
restart_open(struct restart *r)
{
	struct gate_at at = {0};

	if (r->recount)
		r->gate->options.track = false;
	choose_snapshot(r, &at);
	if (at.log == 0)
		expect_whole_log(r);
	open_log(r, &at);
	r->outlet->lines = at.lines;
	replay(r, at.log + 1, replay_line, r);
	/* events that never mattered were not logged: the gaps are none */
	r->gate->events_missed = r->gate->unknown_sides = 0;
	r->due = r->kept[0] + r->every;
	if (r->recount)
		forget_exposure(r);
	if (r->resume)
		print_again(r, &at);
}
