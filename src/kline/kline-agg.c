/* kline-agg: trades in, candles of every interval out (record(5)). */
#include "diag.h"
#include "kline_agg.h"
#include "limit.h"
#include "sandbox.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>

#define SECOND_US INT64_C(1000000)
#define INTERVALS_DEFAULT "1s,1m,5m,15m,1h,4h,1d"
/* The clock is looked at this often while nothing comes. */
#define TICK_MS 50

/* ---- options ---- */

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
set_bars(struct kline_agg *t, int option)
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
set_times(struct kline_agg *t, int option)
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
parse_options(struct kline_agg *t, struct filter *f, int argc, char **argv)
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

/* ---- start ---- */

static void
open_state(struct kline_agg *t, const char *directory)
{
	t->state = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->state < 0)
		tool_die(EXIT_CONFIG, "state", directory, strerror(errno));
}

static void
set_up(struct kline_agg *t)
{
	struct agg_listener us;
	const char *why =
	    intervals_parse(span_of(t->intervals), t->day_offset_us, &t->options.intervals);

	if (why)
		tool_usage(why, "--intervals");
	for (size_t k = 0; k < t->options.intervals.n; k++)
		t->options.lateness_us[k] = t->options.intervals.list[k].width_us < 60 * SECOND_US
						? t->lateness_fine_us
						: t->lateness_us;
	kline_agg_listen(t, &us);
	if (!agg_init(&t->agg, &t->options, &us))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	trade_line_init(&t->reader);
	trade_line_init(&t->reader_ahead);
	buf_init(&t->out, LIMIT_LINE_BYTES);
	t->checkpoint_at = t->provisional_at = t->line_at = utc_monotonic_us();
	t->now_us = utc_now_us();
}

static void
add_metrics(struct kline_agg *t)
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
print_input_done(const struct kline_agg *t)
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
	static struct kline_agg tool = {
	    .intervals = INTERVALS_DEFAULT,
	    .lateness_fine_us = 3600 * SECOND_US,
	    .lateness_us = 7 * INTERVAL_DAY_US,
	    .max_skew_us = 300 * SECOND_US,
	    .checkpoint_us = 60 * SECOND_US,
	    .state = -1,
	    .threads = 2,
	    .options = {.kept_trades = 262144, .symbols_max = 65536, .fill_max = 1440}};
	static struct filter filter = {.step = kline_agg_line,
				       .finish = kline_agg_end,
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
		kline_agg_load(&tool, state);
		paths[n++] = (struct sandbox_path){tool.state, 1};
	}
	if (tool.input_done)
		return print_input_done(&tool);
	if (tool.threads > 1)
		filter.ahead = (struct line_ahead){.note = kline_agg_note,
						   .context = &tool,
						   .note_bytes = sizeof(struct trade_line)};
	filter_init(&filter, NULL);
	filter.in.tick = kline_agg_tick;
	filter.in.tick_context = &tool;
	filter.in.tick_ms = TICK_MS;
	add_metrics(&tool);
	if (filter.metrics_file)
		paths[n++] = (struct sandbox_path){filter.metrics.directory, 1};
	sandbox_files(paths, n);
	return filter_run(&filter);
}
