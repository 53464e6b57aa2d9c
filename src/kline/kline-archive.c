/* kline-archive: finished days of K-lines into Parquet files, and old files away
 * (kline-archive(1)). */
#include "cold.h"
#include "diag.h"
#include "hot.h"
#include "line.h"
#include "sandbox.h"
#include "stop.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct job {
	char symbol[NAMES_SYMBOL_MAX + 1], interval[INTERVAL_NAME_MAX];
	int64_t day, newest_us;
};

struct tool {
	const char *state;
	int64_t hot_days, drop_days; /* drop_days 0: keep for ever */
	struct hot hot;
	struct cold cold;
	struct line_writer out;
	struct buf line;
	struct job *jobs;
	size_t jobs_n;
};

/* ---- printing ---- */

static void
print(struct tool *t, const char *type, const char *symbol, const char *interval, int64_t day,
      size_t bars, size_t bytes)
{
	char text[NAMES_DAY_MAX];

	names_print_day(day, text);
	buf_clear(&t->line);
	buf_byte(&t->line, '{');
	buf_json_member_string(&t->line, "type", span_of(type));
	buf_json_member_string(&t->line, "symbol", span_of(symbol));
	buf_json_member_string(&t->line, "interval", span_of(interval));
	buf_json_member_string(&t->line, "day", span_of(text));
	if (bytes) {
		buf_json_member_u64(&t->line, "bars", bars);
		buf_json_member_u64(&t->line, "bytes", bytes);
	}
	buf_byte(&t->line, '}');
	line_write(&t->out, buf_span(&t->line));
}

static void
on_drop(void *context, const char *symbol, const char *interval, int64_t day)
{
	print(context, "dropped", symbol, interval, day, 0, 0);
}

/* ---- archiving ---- */

static void
copy_text(struct tool *t, char *out, size_t room, struct span text)
{
	if (text.len >= room)
		database_fail(&t->hot.db, SQLITE_CORRUPT);
	memcpy(out, text.ptr, text.len);
	out[text.len] = 0;
}

/* Days with rows that ended before the cutoff. All are noted first: rows are deleted on the way. */
static void
find_jobs(struct tool *t, int64_t cutoff_us)
{
	static const char sql[] =
	    "SELECT symbol, interval, window_start / 86400000000 AS day, max(window_start) FROM "
	    "bars WHERE window_start < ?1 GROUP BY symbol, interval, day ORDER BY symbol, "
	    "interval, day";
	sqlite3_stmt *s = database_prepare(&t->hot.db, sql);
	size_t cap = 0;

	database_bind_i64(&t->hot.db, s, 1, names_day(cutoff_us) * INTERVAL_DAY_US);
	while (database_step(&t->hot.db, s)) {
		struct job *j;

		if (t->jobs_n == cap) {
			j = realloc(t->jobs, (cap = cap ? 2 * cap : 64) * sizeof *j);
			if (!j)
				tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
			t->jobs = j;
		}
		j = &t->jobs[t->jobs_n++];
		copy_text(t, j->symbol, sizeof j->symbol, database_text(s, 0));
		copy_text(t, j->interval, sizeof j->interval, database_text(s, 1));
		j->day = sqlite3_column_int64(s, 2);
		j->newest_us = sqlite3_column_int64(s, 3);
	}
	sqlite3_finalize(s);
}

static void
read_rows(struct tool *t, const struct job *j, struct day *out)
{
	sqlite3_stmt *s = hot_rows(&t->hot, j->symbol, j->interval, j->day * INTERVAL_DAY_US,
				   (j->day + 1) * INTERVAL_DAY_US, false);
	struct bar b;

	while (database_step(&t->hot.db, s)) {
		hot_row(&t->hot, s, &b);
		if (!day_add(out, &b))
			tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	}
	sqlite3_finalize(s);
}

/* Only what is in the file goes: a row that became newer meanwhile stays for the next time. */
static void
delete_rows(struct tool *t, const struct job *j, const struct day *rows)
{
	sqlite3_stmt *s =
	    database_prepare(&t->hot.db, "DELETE FROM bars WHERE symbol = ?1 AND interval = ?2 AND "
					 "window_start = ?3 AND version <= ?4");

	database_exec(&t->hot.db, "BEGIN IMMEDIATE");
	database_bind(&t->hot.db, s, 1, span_of(j->symbol));
	database_bind(&t->hot.db, s, 2, span_of(j->interval));
	for (size_t i = 0; i < rows->n; i++) {
		database_bind_i64(&t->hot.db, s, 3, rows->bars[i].start_us);
		database_bind_i64(&t->hot.db, s, 4, rows->bars[i].version);
		database_run(&t->hot.db, s);
	}
	database_exec(&t->hot.db, "COMMIT");
	sqlite3_finalize(s);
}

/* Late corrections of a day that has a file already are merged into it. */
static void
archive_day(struct tool *t, const struct job *j)
{
	struct day rows = {0}, old = {0}, all = {0};
	size_t bytes;

	read_rows(t, j, &rows);
	cold_read(&t->cold, j->symbol, j->interval, j->day, &old);
	if (!day_merge(&old, &rows, &all))
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	bytes = cold_write(&t->cold, j->symbol, j->interval, j->day, &all);
	delete_rows(t, j, &rows);
	print(t, "archived", j->symbol, j->interval, j->day, all.n, bytes);
	day_release(&rows);
	day_release(&old);
	day_release(&all);
}

static bool
is_due(const struct job *j, int64_t cutoff_us)
{
	struct interval i;

	/* with days that begin elsewhere a window may reach into the next */
	return names_interval(span_of(j->interval), &i) && j->newest_us <= cutoff_us - i.width_us;
}

static void
archive(struct tool *t, int64_t now_us)
{
	int64_t cutoff_us = now_us - t->hot_days * INTERVAL_DAY_US;

	if (cutoff_us < 0)
		return;
	find_jobs(t, cutoff_us);
	for (size_t i = 0; i < t->jobs_n && !stop_requested() && !t->out.error; i++)
		if (is_due(&t->jobs[i], cutoff_us))
			archive_day(t, &t->jobs[i]);
	free(t->jobs);
	database_checkpoint_some(&t->hot.db);
}

static void
forget(struct tool *t, int64_t now_us)
{
	int64_t before = t->drop_days ? names_day(now_us) - t->drop_days : 0;
	sqlite3_stmt *s;

	if (before < 0)
		before = 0;
	cold_sweep(&t->cold, false, before, on_drop, t);
	s = database_prepare(&t->hot.db, "DELETE FROM late WHERE window_start < ?1");
	database_bind_i64(&t->hot.db, s, 1, before * INTERVAL_DAY_US);
	database_run(&t->hot.db, s);
	sqlite3_finalize(s);
}

/* ---- start ---- */

static void
parse_options(struct tool *t, int argc, char **argv)
{
	enum { STATE = 256, HOT_DAYS, DROP_AFTER };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"hot-days", required_argument, NULL, HOT_DAYS},
	    {"drop-after", required_argument, NULL, DROP_AFTER},
	    {0},
	};

	t->state = getenv("TRADEPIPE_KLINES");
	t->hot_days = 7;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: t->state = optarg; break;
		case HOT_DAYS:
			t->hot_days = (int64_t)tool_number("--hot-days", optarg, 0, 36500);
			break;
		case DROP_AFTER:
			t->drop_days = (int64_t)tool_number("--drop-after", optarg, 1, 36500);
			break;
		}
	}
	tool_no_operands(argc, argv);
	if (t->drop_days && t->drop_days <= t->hot_days)
		tool_usage("more days than --hot-days are wanted", "--drop-after");
	if (!t->state || !*t->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_KLINES");
}

int
main(int argc, char **argv)
{
	static struct tool tool;
	struct sandbox_path state;
	enum exit_status status = EXIT_YES;
	int64_t now_us = utc_now_us();

	tool_start(TOOL_DURABLE);
	parse_options(&tool, argc, argv);
	state = (struct sandbox_path){open(tool.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 1};
	if (state.fd < 0)
		tool_die(EXIT_CONFIG, "state", tool.state, strerror(errno));
	if (!line_writer_init(&tool.out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	buf_init(&tool.line, 1024);
	hot_open(&tool.hot, tool.state, DATABASE_WRITE);
	cold_open(&tool.cold, state.fd, COLD_WRITE_BARS);
	sandbox_state(&state, 1);
	archive(&tool, now_us);
	forget(&tool, now_us);
	hot_close(&tool.hot);
	cold_close(&tool.cold);
	status = tool_flush(&tool.out, status);
	line_writer_release(&tool.out);
	buf_release(&tool.line);
	return (int)tool_finish(status);
}
