/* trade-archive: trades into Parquet files for cold keeping, and out of them (trade-archive(1)). */
#include "diag.h"
#include "durable.h"
#include "filter.h"
#include "limit.h"
#include "sandbox.h"
#include "stop.h"
#include "trade_files.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_FIRST INT64_C(0)
#define DAY_LAST INT64_C(100000)

struct tool {
	const char *state, *symbol;
	int64_t drop_days, from, to; /* drop_days 0: keep for ever */
	bool print, require_end;

	struct cold cold;
	struct trade_files files;
	struct trade_row_reader reader;
	struct filter *filter;
	struct buf line;
	uint64_t seq;
	bool ended;
	size_t m_added, m_known, m_files;
};

/* ---- what comes out ---- */

static void
begin_record(struct tool *t, const char *type)
{
	buf_clear(&t->line);
	buf_byte(&t->line, '{');
	buf_json_member_string(&t->line, "type", span_of(type));
	buf_json_member_u64(&t->line, "seq", ++t->seq);
}

static void
end_record(struct tool *t)
{
	buf_byte(&t->line, '}');
	filter_emit(t->filter, buf_span(&t->line));
}

static void
say_file(struct tool *t, const char *type, const char *symbol, int64_t day)
{
	char text[NAMES_DAY_MAX];

	names_print_day(day, text);
	begin_record(t, type);
	buf_json_member_string(&t->line, "symbol", span_of(symbol));
	buf_json_member_string(&t->line, "interval", span_of(COLD_TRADES));
	buf_json_member_string(&t->line, "day", span_of(text));
}

static void
on_archived(void *context, const struct trade_file *f)
{
	struct tool *t = context;

	say_file(t, "archived", f->symbol, f->day);
	buf_json_member_u64(&t->line, "trades", f->writer.rows);
	buf_json_member_u64(&t->line, "added", f->added);
	buf_json_member_u64(&t->line, "bytes", f->bytes);
	end_record(t);
	metrics_count(&t->filter->metrics, t->m_added, (int64_t)f->added);
	metrics_count(&t->filter->metrics, t->m_files, 1);
}

static void
on_drop(void *context, const char *symbol, const char *interval, int64_t day)
{
	(void)interval;
	say_file(context, "dropped", symbol, day);
	end_record(context);
}

static enum filter_verdict
reject(struct tool *t, const struct line *in, const char *reason, const char *why)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("code", reason),
	     diag_str("why", why));
	begin_record(t, "reject");
	buf_json_member_u64(&t->line, "in", in->number);
	buf_json_member_string(&t->line, "reason", span_of(reason));
	buf_json_member_string(&t->line, "msg", span_of(why));
	buf_json_member_string(
	    &t->line, "input",
	    (struct span){in->text.ptr, in->text.len < 1000 ? in->text.len : 1000});
	end_record(t);
	return FILTER_NO;
}

/* ---- in ---- */

static enum filter_verdict
put(struct tool *t, const struct line *in, const struct trade_row *row)
{
	switch (trade_files_put(&t->files, row)) {
	case TRADE_FILES_OK: return FILTER_YES;
	case TRADE_FILES_KNOWN:
		metrics_count(&t->filter->metrics, t->m_known, 1);
		return FILTER_YES;
	case TRADE_FILES_E_CONFLICT:
		return reject(t, in, "CONFLICT", "the archive has another trade of this id");
	case TRADE_FILES_E_DISORDER:
		return reject(
		    t, in, "DISORDER",
		    "a trade with this id or a higher one has come: sort, or feed it again");
	}
	return FILTER_NO;
}

/* Other records are none of ours, but for those that change trades: they must not go unseen. */
static enum filter_verdict
other(struct tool *t, const struct line *in)
{
	if (span_is(t->reader.type, "end"))
		t->ended = true;
	if (span_is(t->reader.type, "trade-cancel") || span_is(t->reader.type, "trade-correct"))
		return reject(t, in, "CORRECTION", "what is archived is not changed");
	return FILTER_YES;
}

static enum filter_verdict
archive_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	enum trade_row_verdict v;
	struct trade_row row;

	if (too_long)
		return reject(t, in, "TOO_LONG", "longer than a record may be");
	v = trade_row_read(&t->reader, in->text, &row);
	if (v == TRADE_ROW_OK)
		return put(t, in, &row);
	if (v == TRADE_ROW_OTHER)
		return other(t, in);
	return reject(t, in, trade_row_code(&t->reader, v), trade_row_text(&t->reader, v));
}

static enum filter_verdict
archive_end(struct filter *f, bool at_end)
{
	struct tool *t = f->context;
	int64_t before = t->drop_days ? names_day(utc_now_us()) - t->drop_days : 0;

	trade_files_close(&t->files);
	cold_sweep(&t->cold, true, before < 0 ? 0 : before, on_drop, t);
	cold_close(&t->cold);
	if (at_end && t->require_end && !t->ended) {
		diag(DIAG_ERROR, "incomplete",
		     diag_str("why", "the input ended without an end record"));
		return FILTER_NO;
	}
	return FILTER_YES;
}

/* ---- out again ---- */

static bool
print_record(void *context, struct span line)
{
	struct filter *f = context;

	filter_emit(f, line);
	return !f->out.error && !stop_requested();
}

static bool
print_symbol(struct tool *t, const char *symbol)
{
	int64_t *days;
	size_t n = cold_days(&t->cold, symbol, COLD_TRADES, &days);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		if (days[i] >= t->from && days[i] <= t->to)
			ok = trade_files_read(&t->cold, symbol, days[i], print_record, t->filter);
	free(days);
	return ok;
}

static int
print_all(struct tool *t)
{
	char(*symbols)[NAMES_SYMBOL_MAX + 1];
	size_t n;

	if (t->symbol) {
		print_symbol(t, t->symbol);
	} else {
		n = cold_symbols(&t->cold, &symbols);
		for (size_t i = 0; i < n && print_symbol(t, symbols[i]); i++)
			;
		free(symbols);
	}
	return (int)tool_finish(tool_flush(&t->filter->out, EXIT_YES));
}

/* ---- start ---- */

static int64_t
day_option(const char *option)
{
	int64_t day;

	if (!names_parse_day(span_of(optarg), &day))
		tool_usage("a day such as 2024-08-08 is wanted", option);
	return day;
}

static void
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	enum { STATE = 256, DROP_AFTER, REQUIRE_END, PRINT, SYMBOL, FROM, TO, METRICS_FILE };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"drop-after", required_argument, NULL, DROP_AFTER},
	    {"require-end", no_argument, NULL, REQUIRE_END},
	    {"print", no_argument, NULL, PRINT},
	    {"symbol", required_argument, NULL, SYMBOL},
	    {"from", required_argument, NULL, FROM},
	    {"to", required_argument, NULL, TO},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};
	const char *print_alone = NULL;

	t->state = getenv("TRADEPIPE_KLINES");
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: t->state = optarg; break;
		case DROP_AFTER:
			t->drop_days = (int64_t)tool_number("--drop-after", optarg, 1, 36500);
			break;
		case REQUIRE_END: t->require_end = true; break;
		case PRINT: t->print = true; break;
		case SYMBOL:
			if (!names_symbol(span_of(optarg)))
				tool_usage("1 to 64 of A-Z a-z 0-9 . _ - are wanted", "--symbol");
			t->symbol = optarg;
			print_alone = "--symbol";
			break;
		case FROM: t->from = day_option(print_alone = "--from"); break;
		case TO: t->to = day_option(print_alone = "--to"); break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (print_alone && !t->print)
		tool_usage("goes with --print", print_alone);
	if (t->print && (t->drop_days || t->require_end))
		tool_usage("does not go with --drop-after or --require-end", "--print");
	if (!t->state || !*t->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_KLINES");
}

static int
open_state(const struct tool *t)
{
	int fd = open(t->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !t->print &&
	    durable_make_directories(AT_FDCWD, t->state, 0755))
		fd = open(t->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", t->state, strerror(errno));
	return fd;
}

static void
set_up(struct tool *t)
{
	struct metrics *m = &t->filter->metrics;

	trade_row_init(&t->reader);
	buf_init(&t->line, 16384);
	t->files = (struct trade_files){.cold = &t->cold, .archived = on_archived, .context = t};
	buf_init(&t->files.out, TRADE_OUT_MAX);
	t->m_added = metrics_add(m, "tradepipe_trades_archived_total", "counter",
				 "Trades put into files.", NULL);
	t->m_known = metrics_add(m, "tradepipe_trades_known_total", "counter",
				 "Trades that were there already.", NULL);
	t->m_files = metrics_add(m, "tradepipe_trade_files_total", "counter",
				 "Files put in their places.", NULL);
}

int
main(int argc, char **argv)
{
	static struct tool tool = {.from = DAY_FIRST, .to = DAY_LAST};
	static struct filter filter = {.step = archive_line,
				       .finish = archive_end,
				       .context = &tool,
				       .line_max = LIMIT_LINE_BYTES};
	struct sandbox_path paths[2];

	tool_start(TOOL_DURABLE);
	parse_options(&tool, &filter, argc, argv);
	tool.filter = &filter;
	paths[0] = (struct sandbox_path){open_state(&tool), !tool.print};
	cold_open(&tool.cold, paths[0].fd, tool.print ? COLD_READ : COLD_WRITE_TRADES);
	filter_init(&filter, NULL);
	set_up(&tool);
	paths[1] = (struct sandbox_path){filter.metrics.directory, 1};
	sandbox_state(paths, filter.metrics_file ? 2 : 1);
	return tool.print ? print_all(&tool) : filter_run(&filter);
}
