#include "state.h"

#include "diag.h"
#include "durable.h"
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int
state_directory(const char *path)
{
	int fd = -1;

	if (durable_make_directories(AT_FDCWD, path, 0750))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		diag(DIAG_ERROR, "state", diag_str("directory", path), diag_errno(errno));
		exit(EXIT_CONFIG);
	}
	return fd;
}

/* ---- start ---- */

/* A market as it was made. */
static bool
begin_again(struct market *m)
{
	void (*emit)(void *context, const struct event *e) = m->emit;
	void *context = m->context;
	struct name_key key = m->index.key;

	market_release(m);
	if (!market_init(m, emit, context))
		return false;
	market_set_key(m, key);
	return true;
}

enum restored { RESTORED, RESTORE_DAMAGED, RESTORE_LATER, RESTORE_FAILED };

/* RESTORE_LATER: than resume_after. RESTORE_FAILED: no memory, or the disk did. */
static enum restored
restore(struct state *s, struct market *m, uint64_t in, uint64_t resume_after)
{
	char name[SNAPSHOTS_NAME_BYTES];
	struct buf text;
	enum snapshot_error e = SNAPSHOT_E_MEMORY;

	buf_init(&text, SNAPSHOT_BYTES_MAX);
	snapshots_name(in, name);
	if (durable_read(s->directory, name, &text))
		e = snapshot_read(m, buf_span(&text));
	else
		diag(DIAG_ERROR, "snapshot", diag_str("file", name), diag_errno(errno));
	buf_release(&text);
	if (e == SNAPSHOT_OK && m->in != in)
		e = SNAPSHOT_E_DAMAGED;
	if (e == SNAPSHOT_OK && m->seq <= resume_after)
		return RESTORED;
	if (e == SNAPSHOT_E_DAMAGED)
		diag(DIAG_WARNING, "snapshot", diag_str("file", name),
		     diag_str("why", "damaged: the one before is used"));
	if (!begin_again(m) || e == SNAPSHOT_E_MEMORY)
		return RESTORE_FAILED;
	return e == SNAPSHOT_OK ? RESTORE_LATER : RESTORE_DAMAGED;
}

/* The parser reads ahead of a line's end. */
struct replay {
	struct market *m;
	char *line;
	bool no_memory;
};

static bool
replay_line(void *context, uint64_t seq, struct span line)
{
	struct replay *r = context;

	(void)seq;
	memcpy(r->line, line.ptr, line.len);
	memset(r->line + line.len, 0, MESSAGE_PAD);
	if (!market_apply(r->m, (struct span){r->line, line.len}, line.len >= LIMIT_LINE_BYTES)) {
		r->no_memory = true;
		return false;
	}
	return true;
}

static enum exit_status
replay(struct state *s, struct market *m)
{
	struct replay r = {.m = m, .line = malloc(LIMIT_LINE_BYTES + MESSAGE_PAD)};
	struct wal_report report = {.state = WAL_STATE_CLEAN};

	if (r.line)
		wal_replay(&s->wal, m->in + 1, replay_line, &r, &report);
	if (!r.line || r.no_memory) {
		diag(DIAG_ERROR, "replay", diag_errno(ENOMEM));
		free(r.line);
		return EXIT_TEMP;
	}
	free(r.line);
	if (report.state == WAL_STATE_CLEAN)
		return EXIT_YES;
	wal_report_tell(&report);
	return wal_report_status(&report);
}

enum exit_status
state_open(struct state *s, struct market *m, uint64_t resume_after)
{
	struct wal_options options = {0};
	struct wal_report report;
	enum restored got = RESTORE_LATER;
	uint64_t newest;

	if (!snapshots_list(s->directory, s->snapshots)) {
		diag(DIAG_ERROR, "state", diag_errno(errno));
		return EXIT_TEMP;
	}
	newest = s->snapshots[0];
	for (int i = 0; i < SNAPSHOTS_KEPT && s->snapshots[i] && got != RESTORED;) {
		got = restore(s, m, s->snapshots[i], resume_after);
		if (got == RESTORE_FAILED)
			return EXIT_TEMP;
		/* the log is not to be cut behind it */
		if (got == RESTORE_DAMAGED)
			snapshots_forget(s->snapshots, i);
		else
			i++;
	}
	options.first_needed = m->in + 1;
	options.last_needed = newest;
	wal_open(&s->wal, s->directory, &options, &report);
	wal_report_tell(&report);
	if (report.state != WAL_STATE_CLEAN && report.state != WAL_STATE_TORN)
		return wal_report_status(&report);
	return replay(s, m);
}

/* ---- snapshots ---- */

bool
state_snapshot(struct state *s, const struct market *m, uint64_t apart)
{
	struct buf text;
	bool ok;

	if (m->in == 0 || m->in == s->snapshots[0])
		return true;
	buf_init(&text, SNAPSHOT_BYTES_MAX);
	snapshot_write(m, &text);
	if (!buf_ok(&text))
		errno = ENOMEM;
	ok = buf_ok(&text) &&
	     snapshots_keep(s->directory, s->snapshots, m->in, apart, buf_span(&text));
	buf_release(&text);
	if (!ok)
		return false;
	return s->snapshots[1] == 0 || wal_drop_before(&s->wal, s->snapshots[1] + 1);
}
