/* kline-agg: trades in, candles of every interval out (record(5)). */
#include "agg.h"
#include "checkpoint.h"
#include "delay.h"
#include "diag.h"
#include "filter.h"
#include "limit.h"
#include "sandbox.h"
#include "trade_line.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>

#define SECOND_US INT64_C(1000000)
#define INTERVALS_DEFAULT "1s,1m,5m,15m,1h,4h,1d"
/* The clock is looked at this often while nothing comes. */
#define TICK_MS 50

struct tool {
	/* options */
	struct agg_options options;
	const char *intervals;
	int64_t day_offset_us;
	int64_t lateness_fine_us, lateness_us;
	int64_t provisional_us, idle_close_us, max_skew_us, checkpoint_us;
	int state; /* directory, or -1 */
	uint64_t threads;
	bool fill, input_done, require_end;

	struct filter *filter;
	struct agg agg;
	struct record_reader reader;
	struct record_reader reader_ahead; /* the other thread's */
	struct buf out;
	struct checkpoint done;				/* lines read, records printed */
	uint64_t first_in;				/* lines read before this run */
	bool ended;					/* an end record has come */
	int64_t newest_us;				/* ts of the newest trade */
	int64_t line_at, provisional_at, checkpoint_at; /* monotonic */
	int64_t now_us;					/* the clock as it was read last */
	struct delay delay;				/* of bars, with --metrics-file */
	size_t m_bars, m_rebuilt, m_late, m_duplicates, m_gaps, m_rejects, m_delay, m_lag;
};

/* ---- output ---- */

static void
emit(struct tool *t)
{
	filter_emit(t->filter, buf_span(&t->out));
	buf_clear(&t->out);
}

static void
on_bar(void *context, struct span symbol, const struct interval *interval, const struct bar *bar)
{
	struct tool *t = context;

	bar_print(bar, symbol, interval->name, ++t->done.seq, t->done.in, &t->out);
	emit(t);
	metrics_count(&t->filter->metrics, t->m_bars, 1);
	if (bar->again)
		metrics_count(&t->filter->metrics, t->m_rebuilt, 1);
	/* a late trade's own delay is not the bar's; coarser bars have the same trades */
	else if (bar->changed && bar->untold_us && interval->source < 0 && t->filter->metrics_file)
		delay_add(&t->delay, utc_now_us() - bar->untold_us);
}

/* The members that every record of ours begins with. */
static void
begin_record(struct tool *t, const char *type)
{
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", span_of(type));
	buf_json_member_u64(&t->out, "seq", ++t->done.seq);
	buf_json_member_u64(&t->out, "in", t->done.in);
}

static void
end_record(struct tool *t)
{
	buf_byte(&t->out, '}');
	emit(t);
}

static void
print_id(struct tool *t, const char *name, uint64_t id)
{
	char text[FIXED_TEXT_MAX];
	size_t n = fixed_print((decimal_int)id, 0, text);

	buf_json_member_string(&t->out, name, (struct span){text, n});
}

static void
on_gap(void *context, struct span symbol, struct ids_run run, bool filled)
{
	struct tool *t = context;

	begin_record(t, "gap");
	buf_json_member_string(&t->out, "symbol", symbol);
	print_id(t, "firstMissing", run.first);
	print_id(t, "lastMissing", run.last);
	buf_json_member_bool(&t->out, "filled", filled);
	end_record(t);
	metrics_count(&t->filter->metrics, t->m_gaps, !filled);
	if (!filled)
		diag(DIAG_WARNING, "gap", diag_span("symbol", symbol), diag_u64("first", run.first),
		     diag_u64("last", run.last));
}

static void
on_missed(void *context, struct span symbol, const struct interval *interval,
	  const struct trade *trade)
{
	struct tool *t = context;

	begin_record(t, "late");
	buf_json_member_string(&t->out, "symbol", symbol);
	print_id(t, "tradeId", trade->id);
	buf_json_member_string(&t->out, "interval", span_of(interval->name));
	buf_json_member_i64(
	    &t->out, "windowStart",
	    interval_start(trade->ts_us, interval->width_us, t->options.intervals.offset_us));
	end_record(t);
}

static enum filter_verdict
reject(struct tool *t, const struct line *in, const char *reason, const char *why, size_t offset)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", t->done.in), diag_u64("off", offset),
	     diag_str("code", reason), diag_str("why", why));
	begin_record(t, "reject");
	buf_json_member_string(&t->out, "reason", span_of(reason));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_json_member_string(
	    &t->out, "input",
	    (struct span){in->text.ptr, in->text.len < 1000 ? in->text.len : 1000});
	end_record(t);
	metrics_count(&t->filter->metrics, t->m_rejects, 1);
	return FILTER_NO;
}

/* ---- the checkpoint ---- */

/* What it says has been printed must be out first. */
static bool
save(struct tool *t)
{
	if (t->state < 0)
		return true;
	if (!line_flush(&t->filter->out))
		return false;
	if (!checkpoint_write(&t->agg, &t->done, t->state)) {
		diag(DIAG_ERROR, "checkpoint", diag_str("file", CHECKPOINT_FILE),
		     diag_errno(errno));
		t->filter->status = EXIT_TEMP;
		return false;
	}
	t->checkpoint_at = utc_monotonic_us();
	return true;
}

static void
load(struct tool *t, const char *directory)
{
	switch (checkpoint_read(&t->agg, &t->done, t->state)) {
	case CHECKPOINT_OK:
	case CHECKPOINT_NONE: break;
	case CHECKPOINT_E_READ: tool_die(EXIT_TEMP, "checkpoint", directory, strerror(errno));
	case CHECKPOINT_E_DAMAGED:
		tool_die(EXIT_USAGE, "damaged", directory, CHECKPOINT_FILE " is not whole");
	case CHECKPOINT_E_OTHER:
		tool_die(EXIT_CONFIG, "checkpoint", directory,
			 "made with other --intervals or --day-offset");
	case CHECKPOINT_E_FULL:
		tool_die(EXIT_CONFIG, "checkpoint", directory, "more than --max-symbols");
	}
	t->first_in = t->done.in;
}

/* ---- the clock ---- */

/* What is counted elsewhere. */
static void
show(struct tool *t)
{
	struct metrics *m = &t->filter->metrics;

	metrics_set(m, t->m_late, (int64_t)t->agg.late);
	metrics_set(m, t->m_duplicates, (int64_t)t->agg.duplicates);
	metrics_set(m, t->m_delay, delay_quantile(&t->delay, 500));
	metrics_set(m, t->m_delay + 1, delay_quantile(&t->delay, 990));
	metrics_set(m, t->m_delay + 2, t->delay.max_us);
	metrics_set(m, t->m_delay + 3, t->delay.sum_us);
	metrics_set(m, t->m_delay + 4, (int64_t)t->delay.n);
}

/* Whatever is due by the clock. False: a checkpoint failed. */
static bool
look_at_clock(struct tool *t)
{
	int64_t mono = utc_monotonic_us();

	t->now_us = utc_now_us();
	if (t->idle_close_us &&
	    (mono - t->line_at >= t->idle_close_us || t->newest_us >= t->now_us - t->idle_close_us))
		agg_watermark(&t->agg, (struct span){0}, t->now_us - t->idle_close_us);
	if (t->provisional_us && mono - t->provisional_at >= t->provisional_us) {
		t->provisional_at = mono;
		agg_provisional(&t->agg);
	}
	if (t->state >= 0 && mono - t->checkpoint_at >= t->checkpoint_us)
		return save(t);
	show(t);
	metrics_write_sometimes(&t->filter->metrics);
	return true;
}

static void
on_tick(void *context)
{
	struct tool *t = context;

	/* a checkpoint that fails is tried again with the next line, which ends the run */
	look_at_clock(t);
}

/* ---- lines ---- */

/* A time that has not come yet would close every window before it. */
static bool
is_future(struct tool *t, int64_t ts_us)
{
	if (t->max_skew_us == 0 || ts_us <= t->now_us + t->max_skew_us)
		return false;
	t->now_us = utc_now_us();
	return ts_us > t->now_us + t->max_skew_us;
}

static enum agg_verdict
apply(struct tool *t, const struct trade_line *l)
{
	switch (l->type) {
	case LINE_TRADE:
		if (l->trade.ts_us > t->newest_us)
			t->newest_us = l->trade.ts_us;
		return agg_trade(&t->agg, l->symbol, &l->trade);
	case LINE_CANCEL: return agg_cancel(&t->agg, l->symbol, l->trade.id);
	case LINE_CORRECT:
		return agg_correct(&t->agg, l->symbol, l->trade.id, l->trade.px, l->trade.sz,
				   l->trade.turnover);
	case LINE_WATERMARK: return agg_watermark(&t->agg, l->symbol, l->trade.ts_us);
	case LINE_STREAM_END:
	case LINE_OTHER: break;
	}
	return AGG_OK;
}

/* A watermark goes on to those behind us: what it closes has been printed. */
static void
pass_watermark(struct tool *t, const struct trade_line *l)
{
	begin_record(t, "watermark");
	if (l->symbol.ptr)
		buf_json_member_string(&t->out, "symbol", l->symbol);
	buf_json_member_i64(&t->out, "ts", l->trade.ts_us);
	end_record(t);
}

static enum filter_verdict
judge(struct tool *t, const struct line *in, const struct trade_line *l, enum agg_verdict v)
{
	switch (v) {
	case AGG_OK:
	case AGG_DUPLICATE: break;
	case AGG_E_TOO_LATE:
	case AGG_E_UNDECIDED:
	case AGG_E_UNKNOWN:
	case AGG_E_SYMBOLS: return reject(t, in, agg_verdict_code(v), agg_verdict_text(v), 0);
	case AGG_E_OVERFLOW:
	case AGG_E_MEMORY:
		diag(DIAG_ERROR, agg_verdict_code(v), diag_u64("line", t->done.in),
		     diag_str("why", agg_verdict_text(v)));
		t->filter->status = v == AGG_E_MEMORY ? EXIT_TEMP : EXIT_USAGE;
		return FILTER_ABANDON;
	}
	if (l->type == LINE_WATERMARK)
		pass_watermark(t, l);
	return FILTER_YES;
}

/* For the other thread: a line into a struct trade_line. What is no good is read again by ours. */
static bool
note(void *context, struct span line, void *out)
{
	struct tool *t = context;
	struct trade_line_fault fault;
	struct trade_line *l = out;

	if (!trade_line_read(&t->reader_ahead, line, l, &fault))
		return false;
	/* text that had escapes is the reader's, and does not last as long as the note */
	return !l->symbol.ptr || (l->symbol.ptr >= line.ptr && l->symbol.ptr < line.ptr + line.len);
}

static enum filter_verdict
kline_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct trade_line_fault fault;
	const struct trade_line *l = f->noted;
	struct trade_line own;

	/* before this line counts: a checkpoint made here does not have it */
	if (t->provisional_us || t->idle_close_us || (in->number & 1023) == 0) {
		if (!look_at_clock(t))
			return FILTER_ABANDON;
		t->line_at = utc_monotonic_us();
	}
	t->done.in = t->first_in + in->number;
	if (too_long)
		return reject(t, in, "TOO_LONG", "longer than a record may be", LIMIT_LINE_BYTES);
	if (!l && trade_line_read(&t->reader, in->text, &own, &fault))
		l = &own;
	if (!l)
		return reject(t, in, fault.code, fault.why, fault.offset);
	if ((l->type == LINE_TRADE || l->type == LINE_WATERMARK) && is_future(t, l->trade.ts_us))
		return reject(t, in, "FUTURE", "its time has not come: see --max-skew", 0);
	if (l->type == LINE_TRADE && t->filter->metrics_file)
		metrics_set(&t->filter->metrics, t->m_lag, (utc_now_us() - l->trade.ts_us) / 1000);
	if (l->type == LINE_STREAM_END)
		t->ended = true;
	return judge(t, in, l, apply(t, l));
}

static enum filter_verdict
kline_end(struct filter *f, bool at_end)
{
	struct tool *t = f->context;

	agg_provisional(&t->agg);
	if (!save(t))
		return FILTER_ABANDON;
	show(t);
	if (!at_end)
		return FILTER_YES;
	if (t->ended) {
		buf_str(&t->out, "{\"type\":\"end\"");
		buf_json_member_u64(&t->out, "count", t->done.seq);
		end_record(t);
	} else if (t->require_end) {
		diag(DIAG_ERROR, "incomplete", diag_u64("line", t->done.in),
		     diag_str("why", "the input ended without an end record"));
		return FILTER_NO;
	}
	return FILTER_YES;
}

/* ---- start ---- */

static int64_t
seconds(const char *option, const char *text, uint64_t max)
{
	return (int64_t)tool_number(option, text, 0, max) * SECOND_US;
}

static int64_t
day_offset(const char *text)
{
	bool west = *text == '-';

	/* UTC+8 is ahead: its day begins 8 hours before UTC's */
	return (int64_t)tool_number("--day-offset", text + west, 0, 14) * 3600 * SECOND_US *
	       (west ? 1 : -1);
}

static void
open_state(struct tool *t, const char *directory)
{
	t->state = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->state < 0)
		tool_die(EXIT_CONFIG, "state", directory, strerror(errno));
}

enum option_name {
	INTERVALS = 256,
	DAY_OFFSET,
	LATENESS,
	LATENESS_FINE,
	FILL,
	FILL_MAX,
	PROVISIONAL,
	IDLE_CLOSE,
	MAX_SKEW,
	KEEP_TRADES,
	MAX_SYMBOLS,
	STATE,
	CHECKPOINT,
	INPUT_DONE,
	REQUIRE_END,
	METRICS_FILE,
	THREADS
};

static const struct option options[] = {
    {"intervals", required_argument, NULL, INTERVALS},
    {"day-offset", required_argument, NULL, DAY_OFFSET},
    {"lateness", required_argument, NULL, LATENESS},
    {"lateness-fine", required_argument, NULL, LATENESS_FINE},
    {"fill", required_argument, NULL, FILL},
    {"fill-max", required_argument, NULL, FILL_MAX},
    {"provisional", required_argument, NULL, PROVISIONAL},
    {"idle-close", required_argument, NULL, IDLE_CLOSE},
    {"max-skew", required_argument, NULL, MAX_SKEW},
    {"keep-trades", required_argument, NULL, KEEP_TRADES},
    {"max-symbols", required_argument, NULL, MAX_SYMBOLS},
    {"state", required_argument, NULL, STATE},
    {"checkpoint", required_argument, NULL, CHECKPOINT},
    {"input-done", no_argument, NULL, INPUT_DONE},
    {"require-end", no_argument, NULL, REQUIRE_END},
    {"metrics-file", required_argument, NULL, METRICS_FILE},
    {"threads", required_argument, NULL, THREADS},
    {0},
};

#define YEAR_S (UINT64_C(366) * 86400)

/* What bars there are. */
static void
set_bars(struct tool *t, int option)
{
	switch (option) {
	case INTERVALS: t->intervals = optarg; break;
	case DAY_OFFSET: t->day_offset_us = day_offset(optarg); break;
	case FILL:
		t->fill = strcmp(optarg, "prev") == 0;
		if (!t->fill && strcmp(optarg, "none") != 0)
			tool_usage("prev or none is wanted", "--fill");
		break;
	case FILL_MAX: t->options.fill_max = tool_number("--fill-max", optarg, 1, 1000000); break;
	}
}

/* When they come. */
static void
set_times(struct tool *t, int option)
{
	switch (option) {
	case LATENESS: t->lateness_us = seconds("--lateness", optarg, YEAR_S); break;
	case LATENESS_FINE: t->lateness_fine_us = seconds("--lateness-fine", optarg, YEAR_S); break;
	case PROVISIONAL:
		t->provisional_us =
		    (int64_t)tool_number("--provisional", optarg, 10, 3600000) * 1000;
		break;
	case IDLE_CLOSE: t->idle_close_us = seconds("--idle-close", optarg, 86400); break;
	case MAX_SKEW: t->max_skew_us = seconds("--max-skew", optarg, YEAR_S); break;
	case CHECKPOINT: t->checkpoint_us = seconds("--checkpoint", optarg, 86400); break;
	}
}

/* Returns the state directory, or NULL. */
static const char *
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	const char *state = NULL;

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		set_bars(t, c);
		set_times(t, c);
		switch (c) {
		case KEEP_TRADES:
			t->options.kept_trades = tool_number("--keep-trades", optarg, 0, 100000000);
			break;
		case MAX_SYMBOLS:
			t->options.symbols_max = tool_number("--max-symbols", optarg, 1, 1000000);
			break;
		case STATE: state = optarg; break;
		case INPUT_DONE: t->input_done = true; break;
		case REQUIRE_END: t->require_end = true; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		case THREADS: t->threads = tool_number("--threads", optarg, 1, 2); break;
		}
	}
	tool_no_operands(argc, argv);
	if (!t->fill)
		t->options.fill_max = 0;
	if (t->input_done && !state)
		tool_usage("goes with --state", "--input-done");
	return state;
}

static void
set_up(struct tool *t)
{
	static const struct agg_listener listener = {
	    .bar = on_bar, .gap = on_gap, .missed = on_missed};
	struct agg_listener us = listener;
	const char *why =
	    intervals_parse(span_of(t->intervals), t->day_offset_us, &t->options.intervals);

	if (why)
		tool_usage(why, "--intervals");
	for (size_t k = 0; k < t->options.intervals.n; k++)
		t->options.lateness_us[k] = t->options.intervals.list[k].width_us < 60 * SECOND_US
						? t->lateness_fine_us
						: t->lateness_us;
	us.context = t;
	if (!agg_init(&t->agg, &t->options, &us))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	trade_line_init(&t->reader);
	trade_line_init(&t->reader_ahead);
	buf_init(&t->out, LIMIT_LINE_BYTES);
	t->checkpoint_at = t->provisional_at = t->line_at = utc_monotonic_us();
	t->now_us = utc_now_us();
}

static void
add_metrics(struct tool *t)
{
	static const char delay[] = "dex_kline_delay_seconds",
			  delay_help[] = "From a trade's time to the first bar with it, printed.";
	struct metrics *m = &t->filter->metrics;

	t->m_bars = metrics_add(m, "tradepipe_kline_bars_total", "counter", "Bars printed.", NULL);
	t->m_rebuilt = metrics_add(m, "dex_kline_rebuild_total", "counter",
				   "Finished bars printed again with a higher version.", NULL);
	t->m_late = metrics_add(m, "tradepipe_kline_late_total", "counter",
				"Trades whose window had closed.", NULL);
	t->m_duplicates = metrics_add(m, "tradepipe_kline_duplicates_total", "counter",
				      "Trades that had been counted before.", NULL);
	t->m_gaps = metrics_add(m, "tradepipe_kline_gaps_total", "counter",
				"Runs of trade ids that did not come in order.", NULL);
	t->m_rejects =
	    metrics_add(m, "tradepipe_kline_rejects_total", "counter", "Lines refused.", NULL);
	t->m_lag = metrics_add(m, "dex_trade_ingest_lag", "gauge",
			       "Milliseconds from the last trade's time to its coming in.", NULL);
	t->m_delay = metrics_add(m, delay, "gauge", delay_help, "quantile=\"0.5\"");
	metrics_add(m, delay, "gauge", delay_help, "quantile=\"0.99\"");
	metrics_add(m, delay, "gauge", delay_help, "quantile=\"1\"");
	metrics_add(m, "dex_kline_delay_seconds_sum", "counter", "All of these.", NULL);
	metrics_add(m, "dex_kline_delay_seconds_count", "counter", "How many.", NULL);
	for (size_t i = 0; i < 4; i++)
		metrics_decimals(m, t->m_delay + i, 6);
}

static int
print_input_done(const struct tool *t)
{
	char text[64];
	struct buf b;
	bool ok;

	buf_init(&b, sizeof text);
	buf_byte(&b, '{');
	buf_json_member_u64(&b, "in", t->done.in);
	buf_json_member_u64(&b, "seq", t->done.seq);
	buf_str(&b, "}\n");
	ok = write_all(1, buf_span(&b));
	buf_release(&b);
	return (int)tool_finish(ok ? EXIT_YES : EXIT_TEMP);
}

int
main(int argc, char **argv)
{
	static struct tool tool = {
	    .intervals = INTERVALS_DEFAULT,
	    .lateness_fine_us = 3600 * SECOND_US,
	    .lateness_us = 7 * INTERVAL_DAY_US,
	    .max_skew_us = 300 * SECOND_US,
	    .checkpoint_us = 60 * SECOND_US,
	    .state = -1,
	    .threads = 2,
	    .options = {.kept_trades = 262144, .symbols_max = 65536, .fill_max = 1440}};
	static struct filter filter = {.step = kline_line,
				       .finish = kline_end,
				       .context = &tool,
				       .line_max = LIMIT_LINE_BYTES};
	struct sandbox_path paths[2];
	const char *state;
	size_t n = 0;

	tool_start(TOOL_PLAIN);
	state = parse_options(&tool, &filter, argc, argv);
	tool.filter = &filter;
	set_up(&tool);
	if (state) {
		open_state(&tool, state);
		load(&tool, state);
		paths[n++] = (struct sandbox_path){tool.state, 1};
	}
	if (tool.input_done)
		return print_input_done(&tool);
	if (tool.threads > 1)
		filter.ahead = (struct line_ahead){
		    .note = note, .context = &tool, .note_bytes = sizeof(struct trade_line)};
	filter_init(&filter, NULL);
	filter.in.tick = on_tick;
	filter.in.tick_context = &tool;
	filter.in.tick_ms = TICK_MS;
	add_metrics(&tool);
	if (filter.metrics_file)
		paths[n++] = (struct sandbox_path){filter.metrics.directory, 1};
	sandbox_files(paths, n);
	return filter_run(&filter);
}
