/* stream-keep: records passed on, and kept in a directory that many readers follow (stream(5)). */
#include "buf.h"
#include "check.h"
#include "diag.h"
#include "durable.h"
#include "filter.h"
#include "limit.h"
#include "newest.h"
#include "sandbox.h"
#include "stream_cursor.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define FILES_DEFAULT 8
#define FILE_BYTES_DEFAULT (4u << 20)
#define BARS_DEFAULT 300

/* A power cut takes at most so much. */
#define SYNC_US 1000000

struct tool {
	/* options */
	const char *name;
	size_t files, file_bytes, bars;

	struct filter *filter;
	struct record_reader reader;
	struct newest newest;
	struct buf out;
	struct buf batch; /* lines that are not in the file yet */
	int directory, file;
	uint64_t next;	   /* number of the next update */
	uint64_t written;  /* bytes of updates in the file */
	uint64_t snapshot; /* bytes of its snapshot */
	uint64_t first;	   /* number of its first update */
	int64_t synced_at;
	bool unsynced;
	int64_t rated_at;
	uint64_t rated_next;
	size_t metric_next, metric_bytes, metric_left_out, metric_rate;
};

/* ---- files ---- */

static _Noreturn void
failed(const char *what)
{
	tool_die(EXIT_TEMP, "stream", what, strerror(errno));
}

struct snapshot {
	struct buf line;
	int fd;
	uint64_t bytes;
	char *room;
	size_t len;
};

#define SNAPSHOT_ROOM (256u << 10)

static bool
put_out(struct snapshot *s)
{
	bool ok = write_all(s->fd, (struct span){s->room, s->len});

	s->len = 0;
	return ok;
}

static bool
put_line(struct snapshot *s)
{
	buf_byte(&s->line, '\n');
	CHECK(buf_ok(&s->line) && s->line.len <= SNAPSHOT_ROOM);
	if (s->line.len > SNAPSHOT_ROOM - s->len && !put_out(s))
		return false;
	memcpy(s->room + s->len, s->line.ptr, s->line.len);
	s->len += s->line.len;
	s->bytes += s->line.len;
	buf_clear(&s->line);
	return true;
}

static bool
put_entry(void *context, uint64_t seq, struct span text)
{
	struct snapshot *s = context;

	stream_line_print(seq, text, &s->line);
	return put_line(s);
}

/* Begin the file of t->next: whole under its name, or not there. */
static void
begin_file(struct tool *t)
{
	static char room[SNAPSHOT_ROOM];
	struct stream_header h = {t->next, t->newest.entries};
	struct snapshot s = {.room = room};
	char name[STREAM_NAME_MAX];
	bool ok;

	stream_name(t->next, name);
	buf_init(&s.line, STREAM_LINE_BYTES + 1);
	s.fd = durable_begin(t->directory, name, 0644);
	if (s.fd < 0)
		failed(name);
	stream_header_print(&h, &s.line);
	ok = put_line(&s) && newest_each(&t->newest, put_entry, &s) && put_out(&s);
	if (!ok || !durable_commit(t->directory, name, s.fd))
		failed(name);
	buf_release(&s.line);
	if (t->file >= 0)
		close(t->file);
	t->file = openat(t->directory, name, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (t->file < 0)
		failed(name);
	t->first = t->next;
	t->snapshot = s.bytes;
	t->written = 0;
}

/* Oldest first, until there are no more than asked for. Readers that have one open keep it. */
static void
delete_old(struct tool *t)
{
	uint64_t oldest, newest, before, at = 0;
	char name[STREAM_NAME_MAX];
	size_t n = 0;

	for (;; n++) {
		if (!stream_list(t->directory, &oldest, &newest, at ? at - 1 : UINT64_MAX, &before))
			failed(t->name);
		if (before == 0)
			return;
		at = before;
		stream_name(at, name);
		if (n >= t->files && unlinkat(t->directory, name, 0) != 0 && errno != ENOENT)
			failed(name);
		if (at == 1)
			return;
	}
}

static void
sync_file(struct tool *t)
{
	if (t->unsynced && fdatasync(t->file) != 0)
		failed("sync");
	t->unsynced = false;
	t->synced_at = utc_monotonic_us();
}

/* A snapshot is written anew when the updates behind it are as long as it is: so at most half of
 * all writing is snapshots. */
static void
change_file(struct tool *t)
{
	uint64_t full = t->file_bytes > t->snapshot ? t->file_bytes : t->snapshot;

	if (t->written < full)
		return;
	sync_file(t);
	begin_file(t);
	delete_old(t);
}

static void
set_metrics(struct tool *t)
{
	struct metrics *m = &t->filter->metrics;
	int64_t now = utc_monotonic_us(), passed = now - t->rated_at;

	metrics_set(m, t->metric_next, (int64_t)t->next - 1);
	metrics_set(m, t->metric_bytes, (int64_t)t->written);
	metrics_set(m, t->metric_left_out, (int64_t)t->newest.left_out);
	if (passed < SYNC_US)
		return;
	metrics_set(m, t->metric_rate, (int64_t)(t->next - t->rated_next) * 1000000 / passed);
	t->rated_at = now;
	t->rated_next = t->next;
}

/* What is in the batch goes to the readers, before anything is passed on. */
static bool
put_batch(void *context)
{
	struct tool *t = context;

	if (t->batch.len == 0)
		return true;
	if (!write_all(t->file, buf_span(&t->batch)))
		return false;
	t->written += t->batch.len;
	t->unsynced = true;
	buf_clear(&t->batch);
	if (utc_monotonic_us() - t->synced_at >= SYNC_US)
		sync_file(t);
	change_file(t);
	set_metrics(t);
	return true;
}

static void
on_tick(void *context)
{
	struct tool *t = context;

	if (t->unsynced && utc_monotonic_us() - t->synced_at >= SYNC_US)
		sync_file(t);
	set_metrics(t);
}

/* ---- start: what was kept before ---- */

static void
take_in(struct tool *t, const struct stream_line *line)
{
	struct push_record r;
	const char *why = push_record_read(&t->reader, line->record, &r);

	if (why)
		tool_die(EXIT_USAGE, "stream", t->name, why);
	if (!newest_put(&t->newest, &r, line->seq, line->record))
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
}

static void
read_back(struct tool *t)
{
	static struct stream_cursor c;
	struct stream_line line;
	enum cursor_status s;

	cursor_init(&c, t->directory);
	s = cursor_newest(&c);
	t->next = 1;
	while (s == CURSOR_SNAPSHOT || s == CURSOR_UPDATE) {
		s = cursor_next(&c, &line);
		if (s == CURSOR_SNAPSHOT || s == CURSOR_UPDATE)
			take_in(t, &line);
	}
	if (s == CURSOR_FAILED)
		failed(t->name);
	if (s != CURSOR_END)
		tool_die(EXIT_USAGE, "damaged", t->name,
			 "the newest file is not as stream(5) has it; nothing was changed");
	if (c.next)
		t->next = c.next;
	cursor_close(&c);
}

static void
open_directory(struct tool *t)
{
	if (!durable_make_directories(AT_FDCWD, t->name, 0755))
		tool_die(EXIT_CONFIG, "stream", t->name, strerror(errno));
	t->directory = open(t->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->directory < 0)
		tool_die(EXIT_CONFIG, "stream", t->name, strerror(errno));
	if (flock(t->directory, LOCK_EX | LOCK_NB) != 0)
		tool_die(EXIT_TEMP, "locked", t->name, "another stream-keep writes here");
	read_back(t);
	/* what a crash left at the end of a file stays there: this one begins behind it. One that
	 * nothing was added to is replaced by the same */
	begin_file(t);
	delete_old(t);
}

/* ---- lines ---- */

static enum filter_verdict
reject(struct tool *t, const struct line *in, const char *why)
{
	struct span head = {in->text.ptr, in->text.len < 1000 ? in->text.len : 1000};

	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("code", "BAD_RECORD"),
	     diag_str("why", why));
	buf_clear(&t->out);
	buf_str(&t->out, "{\"type\":\"reject\"");
	buf_json_member_u64(&t->out, "in", in->number);
	buf_json_member_string(&t->out, "reason", SPAN_LIT("BAD_RECORD"));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_json_member_string(&t->out, "input", head);
	buf_byte(&t->out, '}');
	CHECK(buf_ok(&t->out));
	filter_emit(t->filter, buf_span(&t->out));
	return FILTER_NO;
}

static enum filter_verdict
keep_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct push_record r;
	struct span text = in->text;
	const char *why = too_long || text.len > STREAM_RECORD_BYTES
			      ? "longer than a record of a stream may be"
			      : push_record_read(&t->reader, text, &r);

	if (!why && (text.ptr[0] != '{' || text.ptr[text.len - 1] != '}'))
		why = "white space around the record";
	if (why)
		return reject(t, in, why);
	filter_emit(f, text);
	if (t->batch.len + text.len + 64 > t->batch.max && !put_batch(t))
		failed("write");
	if (!newest_put(&t->newest, &r, t->next, text))
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	stream_line_print(t->next++, text, &t->batch);
	buf_byte(&t->batch, '\n');
	CHECK(buf_ok(&t->batch));
	return FILTER_YES;
}

static enum filter_verdict
keep_end(struct filter *f, bool at_end)
{
	struct tool *t = f->context;

	(void)at_end;
	if (!put_batch(t))
		failed("write");
	sync_file(t);
	if (t->newest.left_out)
		diag(DIAG_WARNING, "snapshot", diag_u64("left_out", t->newest.left_out),
		     diag_str("why", "more symbols and bars than a snapshot may hold"));
	return FILTER_YES;
}

/* ---- main ---- */

static void
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	enum { FILES = 256, FILE_BYTES, BARS, METRICS };
	static const struct option options[] = {
	    {"files", required_argument, NULL, FILES},
	    {"file-bytes", required_argument, NULL, FILE_BYTES},
	    {"bars", required_argument, NULL, BARS},
	    {"metrics-file", required_argument, NULL, METRICS},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case FILES: t->files = tool_number("--files", optarg, 2, 1000); break;
		case FILE_BYTES:
			t->file_bytes = tool_number("--file-bytes", optarg, 4096, 1u << 30);
			break;
		case BARS: t->bars = tool_number("--bars", optarg, 1, NEWEST_BARS_MAX); break;
		case METRICS: f->metrics_file = optarg; break;
		}
	}
	if (optind == argc)
		tool_usage("which directory?", "DIR");
	t->name = argv[optind++];
	tool_no_operands(argc, argv);
}

static void
close_sandbox(const struct tool *t, const struct filter *f)
{
	struct sandbox_path paths[2] = {{t->directory, 1}};
	size_t n = 1;

	if (f->metrics_file)
		paths[n++] = (struct sandbox_path){f->metrics.directory, 1};
	sandbox_files(paths, n);
}

int
main(int argc, char **argv)
{
	static struct tool tool = {
	    .files = FILES_DEFAULT, .file_bytes = FILE_BYTES_DEFAULT, .bars = BARS_DEFAULT};
	static struct filter filter = {
	    .step = keep_line, .finish = keep_end, .context = &tool, .line_max = LIMIT_LINE_BYTES};
	struct tool *t = &tool;

	tool_start(TOOL_DURABLE);
	parse_options(t, &filter, argc, argv);
	t->filter = &filter;
	t->file = -1;
	newest_init(&t->newest, t->bars);
	push_record_init(&t->reader);
	buf_init(&t->out, 16384);
	buf_init(&t->batch, 2 * STREAM_LINE_BYTES);
	open_directory(t);
	filter_init(&filter, NULL);
	t->metric_next = metrics_add(&filter.metrics, "tradepipe_stream_last_seq", "gauge",
				     "number of the newest update", NULL);
	t->metric_bytes = metrics_add(&filter.metrics, "tradepipe_stream_file_bytes", "gauge",
				      "bytes of updates in the newest file", NULL);
	t->metric_left_out = metrics_add(&filter.metrics, "tradepipe_stream_left_out_total",
					 "counter", "records that no snapshot has room for", NULL);
	t->metric_rate = metrics_add(&filter.metrics, "dex_marketdata_pub_rate", "gauge",
				     "records published a second", NULL);
	t->rated_at = utc_monotonic_us();
	t->rated_next = t->next;
	filter.out.before_write = put_batch;
	filter.out.context = t;
	filter.in.tick = on_tick;
	filter.in.tick_context = t;
	filter.in.tick_ms = 500;
	close_sandbox(t, &filter);
	return filter_run(&filter);
}
