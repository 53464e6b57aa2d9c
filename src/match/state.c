#include "state.h"

#include "diag.h"
#include "durable.h"
#include "snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* snapshot-000000000000000000.ndjson, and room for what no number has */
#define SNAPSHOT_NAME_BYTES 40

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

/* ---- which snapshots there are ---- */

static void
snapshot_name(uint64_t in, char out[SNAPSHOT_NAME_BYTES])
{
	snprintf(out, SNAPSHOT_NAME_BYTES, "snapshot-%018" PRIu64 ".ndjson", in);
}

static bool
snapshot_name_parse(const char *name, uint64_t *in)
{
	char again[SNAPSHOT_NAME_BYTES];

	if (strncmp(name, "snapshot-", 9) != 0)
		return false;
	*in = strtoull(name + 9, NULL, 10);
	if (*in == 0 || *in > WAL_SEQ_MAX)
		return false;
	snapshot_name(*in, again);
	return strcmp(name, again) == 0;
}

static bool
list_snapshots(struct state *s)
{
	int fd = openat(s->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t in;

	if (!d)
		return false;
	while ((entry = readdir(d)) != NULL) {
		if (!snapshot_name_parse(entry->d_name, &in))
			continue;
		if (in > s->snapshots[0]) {
			s->snapshots[1] = s->snapshots[0];
			s->snapshots[0] = in;
		} else if (in > s->snapshots[1]) {
			s->snapshots[1] = in;
		}
	}
	closedir(d);
	return true;
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

/* 1: read, and not later than resume_after; 0: of no use; -1: no memory, or the disk failed */
static int
restore(struct state *s, struct market *m, uint64_t in, uint64_t resume_after)
{
	char name[SNAPSHOT_NAME_BYTES];
	struct buf text;
	enum snapshot_error e = SNAPSHOT_E_MEMORY;

	buf_init(&text, SNAPSHOT_BYTES_MAX);
	snapshot_name(in, name);
	if (durable_read(s->directory, name, &text))
		e = snapshot_read(m, buf_span(&text));
	else
		diag(DIAG_ERROR, "snapshot", diag_str("file", name), diag_errno(errno));
	buf_release(&text);
	if (e == SNAPSHOT_OK && m->in == in && m->seq <= resume_after)
		return 1;
	if (e == SNAPSHOT_E_DAMAGED || (e == SNAPSHOT_OK && m->in != in))
		diag(DIAG_WARNING, "snapshot", diag_str("file", name),
		     diag_str("why", "damaged: the one before is used"));
	if (!begin_again(m) || e == SNAPSHOT_E_MEMORY)
		return -1;
	return 0;
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
	int got = 0;

	if (!list_snapshots(s)) {
		diag(DIAG_ERROR, "state", diag_errno(errno));
		return EXIT_TEMP;
	}
	for (int i = 0; i < 2 && got == 0 && s->snapshots[i]; i++)
		got = restore(s, m, s->snapshots[i], resume_after);
	if (got < 0)
		return EXIT_TEMP;
	options.first_needed = m->in + 1;
	options.last_needed = s->snapshots[0];
	wal_open(&s->wal, s->directory, &options, &report);
	wal_report_tell(&report);
	if (report.state != WAL_STATE_CLEAN && report.state != WAL_STATE_TORN)
		return wal_report_status(&report);
	return replay(s, m);
}

/* ---- snapshots ---- */

bool
state_snapshot(struct state *s, const struct market *m)
{
	char name[SNAPSHOT_NAME_BYTES];
	uint64_t old = s->snapshots[1];
	struct buf text;
	bool ok;

	if (m->in == 0 || m->in == s->snapshots[0])
		return true;
	buf_init(&text, SNAPSHOT_BYTES_MAX);
	snapshot_write(m, &text);
	snapshot_name(m->in, name);
	if (!buf_ok(&text))
		errno = ENOMEM;
	ok = buf_ok(&text) && durable_write(s->directory, name, buf_span(&text), 0640);
	buf_release(&text);
	if (!ok)
		return false;
	s->snapshots[1] = s->snapshots[0];
	s->snapshots[0] = m->in;
	if (old) {
		snapshot_name(old, name);
		if (unlinkat(s->directory, name, 0) != 0 && errno != ENOENT)
			return false;
	}
	return s->snapshots[1] == 0 || wal_drop_before(&s->wal, s->snapshots[1] + 1);
}
