/* kline-store: keep K-lines, and pass on what is kept (kline-store(1)). */
#include "diag.h"
#include "durable.h"
#include "filter.h"
#include "hot.h"
#include "kline_line.h"
#include "limit.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TYPE, SYMBOL, FIRST, LAST, FILLED, TRADE, INTERVAL, START, FIELDS };

static const struct record_field fields[FIELDS] = {
    [TYPE] = {"type", RECORD_STRING},	       [SYMBOL] = {"symbol", RECORD_STRING},
    [FIRST] = {"firstMissing", RECORD_STRING}, [LAST] = {"lastMissing", RECORD_STRING},
    [FILLED] = {"filled", RECORD_BOOL},	       [TRADE] = {"tradeId", RECORD_STRING},
    [INTERVAL] = {"interval", RECORD_STRING},  [START] = {"windowStart", RECORD_INTEGER},
};

struct tool {
	const char *state;
	struct hot hot;
	struct record_reader bars, others;
	struct buf out;
	struct metrics *metrics;
	size_t m_bars, m_commits;
};

static bool
commit(void *context)
{
	struct tool *t = context;

	if (t->hot.in_transaction)
		metrics_count(t->metrics, t->m_commits, 1);
	hot_commit(&t->hot);
	return true;
}

static enum filter_verdict
reject(struct filter *f, const struct line *in, const char *code, const char *why)
{
	struct tool *t = f->context;

	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("code", code),
	     diag_str("why", why));
	buf_clear(&t->out);
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", SPAN_LIT("reject"));
	buf_json_member_u64(&t->out, "in", in->number);
	buf_json_member_string(&t->out, "reason", span_of(code));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_json_member_string(
	    &t->out, "input",
	    (struct span){in->text.ptr, in->text.len < 1000 ? in->text.len : 1000});
	buf_byte(&t->out, '}');
	filter_emit(f, buf_span(&t->out));
	return FILTER_NO;
}

/* NULL, or why it cannot be kept. */
static const char *
keep_bar(struct tool *t, const struct kline_line *l)
{
	struct interval interval;

	if (!l->whole)
		return "takerBuyVolume, takerBuyTurnover, firstTradeId, lastTradeId, closed and "
		       "partial are wanted";
	if (!names_symbol(l->symbol))
		return "symbol: 1 to 64 of A-Z a-z 0-9 . _ - are wanted";
	if (!names_interval(l->interval, &interval))
		return "interval: a number and s, m, h or d, up to 7d, is wanted";
	if (!hot_fits(&l->bar))
		return "a price is 10^10 or more, or a sum has more than 38 digits";
	hot_put(&t->hot, l->symbol, l->interval, &l->bar);
	metrics_count(t->metrics, t->m_bars, 1);
	return NULL;
}

static const char *
keep_gap(struct tool *t, const struct span in[FIELDS])
{
	int64_t first, last;

	if (!in[SYMBOL].ptr || !names_symbol(in[SYMBOL]) || !kline_line_id(in[FIRST], &first) ||
	    !kline_line_id(in[LAST], &last) || first > last)
		return "gap: symbol, firstMissing and lastMissing are wanted";
	hot_gap(&t->hot, in[SYMBOL], first, last, in[FILLED].ptr && json_is_true(in[FILLED]));
	return NULL;
}

static const char *
keep_late(struct tool *t, const struct span in[FIELDS])
{
	struct interval interval;
	int64_t start, id;

	if (!in[SYMBOL].ptr || !names_symbol(in[SYMBOL]) || !in[INTERVAL].ptr ||
	    !names_interval(in[INTERVAL], &interval) || !kline_line_id(in[START], &start) ||
	    !kline_line_id(in[TRADE], &id))
		return "late: symbol, interval, windowStart and tradeId are wanted";
	hot_late(&t->hot, in[SYMBOL], in[INTERVAL], start, id);
	return NULL;
}

/* Gaps and late trades are kept, everything else is only passed on. */
static const char *
keep_other(struct tool *t, struct span line)
{
	struct record_fault fault;
	struct span in[FIELDS];
	enum record_error e = record_read(&t->others, line, in, &fault);

	if (e != RECORD_OK)
		/* a member of another kind is another tool's business */
		return e == RECORD_E_KIND ? NULL : record_error_text(e, &fault);
	if (span_is(in[TYPE], "gap"))
		return keep_gap(t, in);
	if (span_is(in[TYPE], "late"))
		return keep_late(t, in);
	return NULL;
}

static enum filter_verdict
store_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct kline_line l;
	const char *why;

	if (too_long)
		return reject(f, in, "TOO_LONG", "longer than a record may be");
	why = kline_line_read(&t->bars, in->text, &l);
	if (!why)
		why = l.is_bar ? keep_bar(t, &l) : keep_other(t, in->text);
	if (why)
		return reject(f, in, "BAD_RECORD", why);
	filter_emit(f, in->text);
	return FILTER_YES;
}

/* ---- start ---- */

static void
parse_options(struct tool *t, struct filter *f, int argc, char **argv)
{
	enum { STATE = 256, METRICS_FILE };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};

	t->state = getenv("TRADEPIPE_KLINES");
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: t->state = optarg; break;
		case METRICS_FILE: f->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (!t->state || !*t->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_KLINES");
}

static int
open_state(const char *directory)
{
	int fd = -1;

	if (durable_make_directories(AT_FDCWD, directory, 0755))
		fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", directory, strerror(errno));
	return fd;
}

int
main(int argc, char **argv)
{
	static struct tool tool;
	static struct filter filter = {
	    .step = store_line, .context = &tool, .line_max = LIMIT_LINE_BYTES};
	struct sandbox_path paths[2];
	int status;

	tool_start(TOOL_DURABLE);
	parse_options(&tool, &filter, argc, argv);
	paths[0] = (struct sandbox_path){open_state(tool.state), 1};
	hot_open(&tool.hot, tool.state, DATABASE_WRITE);
	/* its name must last before anything relies on it */
	if (fsync(paths[0].fd) != 0)
		tool_die(EXIT_TEMP, "state", tool.state, strerror(errno));
	kline_line_init(&tool.bars);
	record_init(&tool.others, fields, FIELDS);
	buf_init(&tool.out, 16384);
	filter_init(&filter, NULL);
	tool.metrics = &filter.metrics;
	tool.m_bars = metrics_add(tool.metrics, "tradepipe_kline_stored_total", "counter",
				  "Bars taken in.", NULL);
	tool.m_commits = metrics_add(tool.metrics, "tradepipe_kline_commits_total", "counter",
				     "Transactions made durable.", NULL);
	filter.out.before_write = commit;
	filter.out.context = &tool;
	paths[1] = (struct sandbox_path){filter.metrics.directory, 1};
	sandbox_state(paths, filter.metrics_file ? 2 : 1);
	status = filter_run(&filter);
	hot_close(&tool.hot);
	return status;
}
