/* match: a price-time order-matching engine: orders in, what becomes of them out (record(5)). */
#include "ahead.h"
#include "diag.h"
#include "follow.h"
#include "metrics.h"
#include "release.h"
#include "sandbox.h"
#include "state.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* After so long without input, the log says that all is durable. */
#define IDLE_MS 50

/* How often a standby looks. */
#define LOOK_MS 10

#define PIPE_BYTES (1 << 20)

enum sync_mode { SYNC_BATCH, SYNC_ALWAYS, SYNC_OFF };

enum metric {
	METRIC_LINES,
	METRIC_REJECTS,
	METRIC_EVENTS,
	METRIC_LIVE,
	METRIC_QUEUE,
	METRIC_LATENCY_SUM,
	METRIC_LATENCY,
	METRICS = METRIC_LATENCY + RELEASE_BUCKETS + 1
};

struct match {
	/* options */
	const char *state_path;
	const char *follow_path; /* NULL: no standby */
	const char *metrics_file;
	enum sync_mode sync;
	uint64_t snapshot_lines;
	uint64_t resume_after;
	bool input_done;

	struct market market;
	struct printer printer;
	struct state state;
	struct release release;
	int follow_directory;
	struct release_block *block; /* being printed into; NULL: output has failed */
	uint64_t silent_through;     /* events up to this one were seen before */
	uint64_t snapshot_due;	     /* at this line */

	struct ahead ahead;
	int64_t read_us; /* when the lines at hand were */

	struct metrics metrics;
	size_t metric[METRICS];
	char bucket_labels[RELEASE_BUCKETS + 1][24];
};

static volatile sig_atomic_t snapshot_wanted;

static void
on_snapshot(int number)
{
	(void)number;
	snapshot_wanted = 1;
}

/* ---- set up ---- */

static enum sync_mode
read_sync(const char *text)
{
	if (strcmp(text, "always") == 0)
		return SYNC_ALWAYS;
	if (strcmp(text, "batch") == 0)
		return SYNC_BATCH;
	if (strcmp(text, "off") != 0)
		tool_usage("always, batch or off", "--sync");
	return SYNC_OFF;
}

static void
parse_options(struct match *x, int argc, char **argv)
{
	enum { STATE = 256, SYNC, SNAPSHOT, RESUME, INPUT_DONE, FOLLOW, METRICS_FILE };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"sync", required_argument, NULL, SYNC},
	    {"snapshot-every", required_argument, NULL, SNAPSHOT},
	    {"resume-after", required_argument, NULL, RESUME},
	    {"input-done", no_argument, NULL, INPUT_DONE},
	    {"follow", required_argument, NULL, FOLLOW},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};

	x->snapshot_lines = STATE_SNAPSHOT_LINES;
	x->resume_after = UINT64_MAX;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: x->state_path = optarg; break;
		case SYNC: x->sync = read_sync(optarg); break;
		case SNAPSHOT:
			x->snapshot_lines = tool_number("--snapshot-every", optarg, 1, WAL_SEQ_MAX);
			break;
		case RESUME:
			x->resume_after = tool_number("--resume-after", optarg, 0, WAL_SEQ_MAX);
			break;
		case INPUT_DONE: x->input_done = true; break;
		case FOLLOW: x->follow_path = optarg; break;
		case METRICS_FILE: x->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (!x->state_path && (x->resume_after != UINT64_MAX || x->input_done))
		tool_usage("needs --state", x->input_done ? "--input-done" : "--resume-after");
}

static void
add_metrics(struct match *x)
{
	struct metrics *m = &x->metrics;

	metrics_init(m, x->metrics_file);
	x->metric[METRIC_LINES] =
	    metrics_add(m, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	x->metric[METRIC_REJECTS] = metrics_add(m, "tradepipe_rejects_total", "counter",
						"Input lines that were rejected.", NULL);
	x->metric[METRIC_EVENTS] =
	    metrics_add(m, "tradepipe_match_events_total", "counter", "Records printed.", NULL);
	x->metric[METRIC_LIVE] = metrics_add(m, "tradepipe_match_live_orders", "gauge",
					     "Orders in books and waiting.", NULL);
	x->metric[METRIC_QUEUE] =
	    metrics_add(m, "tradepipe_match_queue_blocks", "gauge",
			"Blocks of output that wait for the log or for the reader.", NULL);
	x->metric[METRIC_LATENCY_SUM] =
	    metrics_add(m, "tradepipe_match_latency_us_sum", "counter",
			"Microseconds from reading lines to having answered them.", NULL);
	for (int i = 0; i <= RELEASE_BUCKETS; i++) {
		if (i < RELEASE_BUCKETS)
			snprintf(x->bucket_labels[i], sizeof x->bucket_labels[i],
				 "le=\"%" PRId64 "\"", release_bucket_us[i]);
		else
			snprintf(x->bucket_labels[i], sizeof x->bucket_labels[i], "le=\"+Inf\"");
		x->metric[METRIC_LATENCY + i] =
		    metrics_add(m, "tradepipe_match_latency_us_bucket", "counter",
				"Lines answered within so many microseconds.", x->bucket_labels[i]);
	}
}

static void
show_metrics(struct match *x)
{
	uint64_t sum = 0;

	if (!x->metrics_file)
		return;
	metrics_set(&x->metrics, x->metric[METRIC_LINES], (int64_t)x->market.in);
	metrics_set(&x->metrics, x->metric[METRIC_REJECTS], (int64_t)x->market.rejects);
	metrics_set(&x->metrics, x->metric[METRIC_EVENTS], (int64_t)x->market.seq);
	metrics_set(&x->metrics, x->metric[METRIC_LIVE], x->market.pool.live);
	pthread_mutex_lock(&x->release.lock);
	metrics_set(&x->metrics, x->metric[METRIC_QUEUE], x->release.n);
	metrics_set(&x->metrics, x->metric[METRIC_LATENCY_SUM], (int64_t)x->release.took_us);
	for (int i = 0; i <= RELEASE_BUCKETS; i++) {
		sum += x->release.took[i];
		metrics_set(&x->metrics, x->metric[METRIC_LATENCY + i], (int64_t)sum);
	}
	pthread_mutex_unlock(&x->release.lock);
	metrics_write_sometimes(&x->metrics);
}

static void
enter_sandbox(const struct match *x)
{
	struct sandbox_path paths[3];
	size_t n = 0;

	if (x->follow_path)
		paths[n++] = (struct sandbox_path){x->follow_directory, 0};
	if (x->state_path)
		paths[n++] = (struct sandbox_path){x->state.directory, 1};
	if (x->metrics_file)
		paths[n++] = (struct sandbox_path){x->metrics.directory, 1};
	sandbox_files(paths, n);
}

/* ---- output ---- */

static void
emit(void *context, const struct event *e)
{
	struct match *x = context;
	struct release_block *b = x->block;

	if (e->seq <= x->silent_through || !b)
		return;
	b->len = (size_t)(print_event(b->bytes + b->len, &x->printer, &x->market, e) - b->bytes);
	if (b->len < LIMIT_IO_BYTES)
		return;
	release_hand_over(&x->release, e->in, true);
	x->block = release_block(&x->release);
	if (x->block)
		x->block->read_us = x->read_us;
}

/* Let out what there is, for lines up to the last one taken. */
static bool
hand_over(struct match *x)
{
	if (x->block)
		release_hand_over(&x->release, x->market.in, false);
	x->block = release_block(&x->release);
	return x->block != NULL;
}

/* ---- lines ---- */

static bool
take_line(struct match *x, struct span line, const struct brief *b)
{
	bool ok = b && b->type != MESSAGE_NONE
		      ? market_apply_brief(&x->market, line, b)
		      : market_apply(&x->market, line, line.len >= LIMIT_LINE_BYTES);

	if (!ok) {
		diag(DIAG_ERROR, "market", diag_errno(ENOMEM));
		return false;
	}
	if (!x->block)
		return false;
	x->block->lines++;
	return true;
}

/* Whole lines, of which the first n were taken apart: log them, then match them. False: the status
 * is 111, and has been told. */
static bool
take_lines(struct match *x, struct span lines, const struct brief briefs[], uint32_t n)
{
	const char *p = lines.ptr, *end = p + lines.len;

	if (x->state_path && !wal_append(&x->state.wal, lines)) {
		diag(DIAG_ERROR, "log", diag_errno(wal_error(&x->state.wal)));
		return false;
	}
	for (const struct brief *b = briefs; b < briefs + n; b++) {
		if (!take_line(x, (struct span){p, b->line_len}, b))
			return false;
		p += b->line_len + 1;
	}
	for (const char *newline; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!take_line(x, (struct span){p, (size_t)(newline - p)}, NULL))
			return false;
	}
	return true;
}

/* One by one, each answered before the next is looked at. */
static bool
take_lines_singly(struct match *x, struct span lines)
{
	const char *p = lines.ptr, *end = p + lines.len;

	for (const char *newline; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (!take_lines(x, (struct span){p, (size_t)(newline + 1 - p)}, NULL, 0) ||
		    !hand_over(x) || !release_drain(&x->release))
			return false;
		x->block->read_us = x->read_us;
	}
	return true;
}

static bool
snapshot_if_due(struct match *x)
{
	if (!x->state_path || (x->market.in < x->snapshot_due && !snapshot_wanted))
		return true;
	snapshot_wanted = 0;
	x->snapshot_due = x->market.in + x->snapshot_lines;
	/* a snapshot must not know lines that the log may lose */
	if (!hand_over(x) || !release_drain(&x->release))
		return false;
	if (wal_durable(&x->state.wal) < x->market.in && !wal_sync(&x->state.wal)) {
		diag(DIAG_ERROR, "log", diag_errno(wal_error(&x->state.wal)));
		return false;
	}
	if (state_snapshot(&x->state, &x->market, x->snapshot_lines))
		return true;
	/* the log has all: it can be done without, but not for ever */
	diag(DIAG_WARNING, "snapshot", diag_errno(errno));
	return !wal_error(&x->state.wal);
}

static bool
take_batch(struct match *x, const struct batch *b)
{
	struct span lines = {b->bytes, b->len};

	x->read_us = x->block->read_us = b->read_us;
	if (!(x->sync == SYNC_ALWAYS ? take_lines_singly(x, lines)
				     : take_lines(x, lines, b->briefs, b->briefs_n)))
		return false;
	return snapshot_if_due(x);
}

/* The last line may lack its newline. */
static bool
take_rest(struct match *x, struct batch *b)
{
	if (b->held == 0)
		return true;
	b->bytes[b->held] = '\n';
	return take_lines(x, (struct span){b->bytes, b->held + 1}, NULL, 0);
}

/* ---- the loop ---- */

/* Nothing to read at once: let all out, and wait. False: output has failed. */
static bool
wait_for_input(struct match *x, bool *stopped)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	bool marked = !x->state_path || x->sync == SYNC_OFF;
	int ready = stop_poll(&p, 1, 0);

	if (ready == 0) {
		if (!hand_over(x))
			return false;
		while ((ready = stop_poll(&p, 1, marked ? -1 : IDLE_MS)) <= 0) {
			if (ready < 0 && stop_requested())
				break;
			if (snapshot_wanted && !snapshot_if_due(x))
				return false;
			show_metrics(x);
			if (!marked && wal_durable(&x->state.wal) == wal_last(&x->state.wal)) {
				if (!wal_mark(&x->state.wal))
					return false;
				marked = true;
			}
		}
	}
	*stopped = stop_requested();
	return true;
}

static bool
run(struct match *x)
{
	for (;;) {
		struct batch *b = ahead_next(&x->ahead);
		bool stopped;

		if (!b) {
			if (!wait_for_input(x, &stopped))
				return false;
			if (stopped)
				return true;
			ahead_read(&x->ahead);
			continue;
		}
		switch (b->state) {
		case BATCH_LINES: break;
		case BATCH_END: return take_rest(x, b);
		case BATCH_FAILED: diag(DIAG_ERROR, "stdin", diag_errno(b->error)); return false;
		}
		if (!take_batch(x, b))
			return false;
		/* what has been read is taken before the end */
		if (stop_requested())
			ahead_halt(&x->ahead);
		show_metrics(x);
	}
}

/* The lines of the log that is followed, until its writer is gone. *stopped: asked to end before.
 */
static bool
follow(struct match *x, bool *stopped)
{
	struct wal_report report = {.state = WAL_STATE_CLEAN};
	struct follow f;
	struct span lines;
	enum follow_step step = FOLLOW_WAIT;
	bool ok = follow_begin(&f, x->follow_directory, x->market.in);
	char *room = ahead_room(&x->ahead); /* the parser reads behind a line's end */

	while (ok && step != FOLLOW_OVER && !stop_requested()) {
		step = follow_next(&f, x->market.in, &lines, &report);
		if (step == FOLLOW_LINES) {
			memcpy(room, lines.ptr, lines.len);
			x->read_us = x->block->read_us = release_clock_us();
			ok = take_lines(x, (struct span){room, lines.len}, NULL, 0) &&
			     snapshot_if_due(x);
		} else if (step == FOLLOW_WAIT) {
			ok = hand_over(x);
			show_metrics(x);
			stop_poll(NULL, 0, LOOK_MS);
		}
		ok = ok && step != FOLLOW_FAILED;
	}
	wal_report_tell(&report);
	follow_end(&f);
	*stopped = step != FOLLOW_OVER;
	if (step == FOLLOW_OVER)
		diag(DIAG_INFO, "takeover", diag_u64("in", x->market.in),
		     diag_u64("seq", x->market.seq));
	return ok;
}

/* Let all out, close the log, say what went wrong. */
static enum exit_status
finish(struct match *x, bool ok)
{
	enum exit_status status = ok ? EXIT_YES : EXIT_TEMP;
	int error;

	if (ok)
		ok = hand_over(x) && release_drain(&x->release);
	switch (release_error(&x->release, &error)) {
	case RELEASE_FINE: break;
	case RELEASE_SYNC_FAILED:
		diag(DIAG_ERROR, "log", diag_errno(error));
		status = EXIT_TEMP;
		break;
	case RELEASE_WRITE_FAILED:
		diag(DIAG_ERROR, "stdout", diag_errno(error));
		status = EXIT_TEMP;
		break;
	}
	release_end(&x->release);
	if (x->state_path && !wal_close(&x->state.wal) && status == EXIT_YES) {
		diag(DIAG_ERROR, "log", diag_errno(errno));
		status = EXIT_TEMP;
	}
	if (x->metrics_file) {
		x->metrics.written_us = 0;
		show_metrics(x);
	}
	if (status == EXIT_YES && x->market.rejects)
		status = EXIT_NO;
	return status;
}

/* The market as the log has it; what was not seen of its events is printed again. */
static void
open_state(struct match *x)
{
	enum exit_status status;

	x->silent_through = x->resume_after;
	status = state_open(&x->state, &x->market, x->resume_after);
	if (status != EXIT_YES)
		exit((int)status);
	hand_over(x);
	if (x->resume_after != UINT64_MAX && x->market.seq < x->resume_after) {
		diag(DIAG_ERROR, "resume", diag_u64("seq", x->resume_after),
		     diag_u64("last", x->market.seq),
		     diag_str("why", "the log ends before what is said to have been seen"));
		exit(EXIT_USAGE);
	}
	release_drain(&x->release);
	x->silent_through = 0;
	x->market.rejects = 0;
	/* from the last one: who is started often has a log to be cut, too */
	x->snapshot_due = x->state.snapshots[0] + x->snapshot_lines;
	if (x->sync != SYNC_OFF)
		x->release.wal = &x->state.wal;
}

static int
print_input_done(struct match *x)
{
	char text[32];
	int n;

	open_state(x);
	n = snprintf(text, sizeof text, "%" PRIu64 "\n", x->market.in);
	if (!wal_close(&x->state.wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(errno));
	if (write(1, text, (size_t)n) != n)
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	return (int)tool_finish(EXIT_YES);
}

static void
start(struct match *x)
{
	struct sigaction action = {.sa_handler = on_snapshot};
	struct name_key key;

	if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	if (!x->state_path)
		signal(SIGPIPE, SIG_DFL);
	sigaction(SIGUSR1, &action, NULL);
	if (x->state_path)
		x->state.directory = state_directory(x->state_path);
	if (x->follow_path) {
		x->follow_directory = open(x->follow_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (x->follow_directory < 0)
			tool_die(EXIT_CONFIG, "follow", x->follow_path, strerror(errno));
	}
	add_metrics(x);
	fcntl(0, F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(1, F_SETPIPE_SZ, PIPE_BYTES);
	if (!market_init(&x->market, emit, x) || !release_start(&x->release, 1) ||
	    !ahead_start(&x->ahead, 0))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	market_set_key(&x->market, key);
	enter_sandbox(x);
	x->block = release_block(&x->release);
}

int
main(int argc, char **argv)
{
	static struct match x;
	enum exit_status status;
	bool ok = true, stopped = false;

	tool_start(TOOL_DURABLE);
	parse_options(&x, argc, argv);
	start(&x);
	if (x.input_done)
		return print_input_done(&x);
	if (x.state_path)
		open_state(&x);
	if (x.follow_path)
		ok = follow(&x, &stopped);
	status = finish(&x, ok && (stopped || run(&x)));
	ahead_end(&x.ahead);
	market_release(&x.market);
	return (int)tool_finish(status);
}
