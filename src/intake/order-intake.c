/* order-intake: let in the orders that an account really signed, and may place. */
#include "diag.h"
#include "examine.h"
#include "line.h"
#include "meters.h"
#include "outlet.h"
#include "pool.h"
#include "restart.h"
#include "rules.h"
#include "sandbox.h"
#include "source.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* Lines looked at side by side: enough to keep the threads busy between two syncs. */
#define BATCH_LINES 1024
/* How long an idle log waits until it says up to where it is durable (wal.h). */
#define IDLE_MS 50
/* How often an idle program looks for a file's new events, or for SIGHUP. */
#define LOOK_MS 200

struct intake {
	/* options */
	const char *accounts, *blacklist, *events_name, *metrics_file;
	bool ask_input, ask_events;
	unsigned threads;
	struct gate_options gate_options;

	struct rules rules;
	struct gate gate;
	struct meters meters;
	struct pool pool;
	struct examiner examiner;
	struct examine_item items[BATCH_LINES];
	struct source in;
	struct outlet outlet;
	struct restart restart;
	struct buf reject;
};

static volatile sig_atomic_t hangup, snapshot_wanted;

/* ---- options ---- */

static int64_t
seconds_of(const char **p)
{
	char *end;
	unsigned long v = strtoul(*p, &end, 10);

	if (end == *p || v > 1000000000)
		tool_usage("N:SECONDS:SECONDS is wanted", "--storm");
	*p = *end == ':' ? end + 1 : end;
	return (int64_t)v;
}

static void
parse_storm(struct gate_options *g, const char *text)
{
	const char *p = text;
	int64_t n;

	if (strspn(text, "0123456789:") != strlen(text))
		tool_usage("N:SECONDS:SECONDS is wanted", "--storm");
	n = seconds_of(&p);
	g->storm_us = seconds_of(&p) * 1000000;
	g->cooldown_us = seconds_of(&p) * 1000000;
	if (*p || n < 1 || n > GATE_STORM_MAX)
		tool_usage("N:SECONDS:SECONDS is wanted, N from 1 to 1024", "--storm");
	g->storm_cancels = (unsigned)n;
}

static void
parse_limit(struct gate_options *g, const char *text)
{
	size_t asset = strcspn(text, ":");
	struct asset_limit *l = &g->limits[g->limit_n];

	if (g->limit_n == GATE_LIMITS_MAX)
		tool_usage("at most 16", "--limit");
	if (asset == 0 || text[asset] == 0 ||
	    decimal_parse(span_of(text + asset + 1), &l->amount) != DECIMAL_OK ||
	    decimal_sign(l->amount) < 0)
		tool_usage("ASSET:AMOUNT is wanted", "--limit");
	l->asset = (struct span){text, asset};
	g->limit_n++;
}

static void
check_options(struct intake *t)
{
	const struct restart *r = &t->restart;

	if (!r->directory && (t->ask_input || t->ask_events || r->resume || r->recount))
		tool_usage("needs --state",
			   "--input-done, --events-done, --resume-after, --recount");
	if (!t->accounts && !t->examiner.allow_unsigned && !t->ask_input && !t->ask_events)
		tool_die(EXIT_CONFIG, "accounts", "--accounts",
			 "whose orders? give --accounts, or --allow-unsigned");
	t->gate_options.track = t->accounts || t->gate_options.limit_n;
	t->gate_options.releases = t->events_name != NULL;
	if (r->recount && (!t->gate_options.track || t->ask_input || t->ask_events))
		tool_usage("needs --accounts or --limit", "--recount");
}

static void
parse_options(struct intake *t, int argc, char **argv)
{
	enum {
		ACCOUNTS = 256,
		ALLOW_UNSIGNED,
		BLACKLIST,
		LIMIT,
		STORM,
		EVENTS,
		STATE,
		SNAPSHOT_EVERY,
		RESUME_AFTER,
		RECOUNT,
		THREADS,
		INPUT_DONE,
		EVENTS_DONE,
		METRICS_FILE
	};
	static const struct option options[] = {
	    {"accounts", required_argument, NULL, ACCOUNTS},
	    {"allow-unsigned", no_argument, NULL, ALLOW_UNSIGNED},
	    {"blacklist", required_argument, NULL, BLACKLIST},
	    {"limit", required_argument, NULL, LIMIT},
	    {"storm", required_argument, NULL, STORM},
	    {"events", required_argument, NULL, EVENTS},
	    {"state", required_argument, NULL, STATE},
	    {"snapshot-every", required_argument, NULL, SNAPSHOT_EVERY},
	    {"resume-after", required_argument, NULL, RESUME_AFTER},
	    {"recount", no_argument, NULL, RECOUNT},
	    {"threads", required_argument, NULL, THREADS},
	    {"input-done", no_argument, NULL, INPUT_DONE},
	    {"events-done", no_argument, NULL, EVENTS_DONE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};

	struct restart *r = &t->restart;

	r->every = RESTART_SNAPSHOT_LINES;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case ACCOUNTS: t->accounts = optarg; break;
		case ALLOW_UNSIGNED: t->examiner.allow_unsigned = true; break;
		case BLACKLIST: t->blacklist = optarg; break;
		case LIMIT: parse_limit(&t->gate_options, optarg); break;
		case STORM: parse_storm(&t->gate_options, optarg); break;
		case EVENTS: t->events_name = optarg; break;
		case STATE: r->directory = optarg; break;
		case SNAPSHOT_EVERY:
			r->every = tool_number("--snapshot-every", optarg, 1, WAL_SEQ_MAX);
			break;
		case RESUME_AFTER:
			r->resume = true;
			r->resume_after = tool_number("--resume-after", optarg, 0, INT64_MAX);
			break;
		case RECOUNT: r->recount = true; break;
		case THREADS:
			t->threads =
			    (unsigned)tool_number("--threads", optarg, 1, POOL_THREADS_MAX);
			break;
		case INPUT_DONE: t->ask_input = true; break;
		case EVENTS_DONE: t->ask_events = true; break;
		case METRICS_FILE: t->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	check_options(t);
}

/* ---- one line ---- */

static void
settle_item(struct intake *t, const struct examine_item *i)
{
	enum refusal r = i->refusal;
	const char *why = i->why;
	bool spent = false;

	if (r == REFUSAL_NONE && gate_nonce_used(&t->gate, &i->m)) {
		r = REFUSAL_NONCE;
		why = "not higher than the account's last nonce";
	} else if (r == REFUSAL_NONE) {
		r = i->late_refusal;
		if (r == REFUSAL_NONE && i->key)
			meters_verified(&t->meters, i->key->scheme);
		if (r == REFUSAL_NONE)
			r = gate_decide(&t->gate, i->account, &i->m, &spent, &why);
	}
	meters_line(&t->meters, r);
	if (r == REFUSAL_NONE) {
		outlet_line(&t->outlet, i->line);
		return;
	}
	t->outlet.status = EXIT_NO;
	buf_clear(&t->reject);
	examine_reject(i, t->outlet.lines + 1, r, spent, why, &t->reject);
	outlet_line(&t->outlet, buf_span(&t->reject));
}

/* ---- the loop ---- */

static size_t
collect(struct intake *t)
{
	size_t n = 0, max = restart_room(&t->restart, BATCH_LINES);

	while (n < max && source_line(&t->in, &t->items[n].line, &t->items[n].too_long))
		n++;
	return n;
}

static void
run_batch(struct intake *t, size_t n, int64_t began_us)
{
	outlet_catch_events(&t->outlet);
	pool_run(&t->pool, n, examine, &t->examiner);
	for (size_t k = 0; k < n; k++)
		settle_item(t, &t->items[k]);
	outlet_commit(&t->outlet);
	meters_latency(&t->meters, n, utc_monotonic_us() - began_us);
	meters_gate(&t->meters, &t->gate);
	metrics_write_sometimes(&t->meters.metrics);
}

/* Nothing to do: wait for input or events. */
static void
wait_for_more(struct intake *t)
{
	struct pollfd p[2] = {
	    {.fd = 0, .events = POLLIN},
	    {.fd = t->outlet.events.regular ? -1 : t->outlet.events.fd, .events = POLLIN}};
	int ready = stop_poll(p, 2, 0);

	if (ready == 0)
		ready = stop_poll(p, 2, t->outlet.unmarked ? IDLE_MS : LOOK_MS);
	if (ready == 0 && t->outlet.unmarked) {
		t->outlet.unmarked = false;
		if (!wal_mark(&t->outlet.wal))
			outlet_fail("log", wal_error(&t->outlet.wal));
	}
	if (ready < 0 && errno != EINTR)
		outlet_fail("poll", errno);
	if (p[1].revents || t->outlet.events.regular) {
		outlet_catch_events(&t->outlet);
		outlet_commit(&t->outlet);
	}
	if (ready > 0 && p[0].revents && !source_fill(&t->in))
		outlet_fail("stdin", errno);
	metrics_write_sometimes(&t->meters.metrics);
}

static void
run(struct intake *t)
{
	int64_t began_us = 0;

	while (!stop_requested()) {
		bool wanted;
		size_t n;

		if (hangup) {
			hangup = 0;
			rules_reload(&t->rules);
		}
		wanted = snapshot_wanted;
		if (wanted)
			snapshot_wanted = 0;
		restart_snapshot_if_due(&t->restart, wanted);
		n = collect(t);
		if (n) {
			run_batch(t, n, began_us ? began_us : utc_monotonic_us());
			continue;
		}
		if (t->in.at_end)
			break;
		wait_for_more(t);
		began_us = utc_monotonic_us();
	}
	outlet_catch_events(&t->outlet);
	outlet_commit(&t->outlet);
}

/* ---- start ---- */

static int
answer(struct intake *t)
{
	struct line_writer out;
	char text[24];
	int n = snprintf(text, sizeof text, "%llu",
			 (unsigned long long)(t->ask_input ? t->outlet.lines : t->gate.events_seq));

	if (!line_writer_init(&out, 1))
		outlet_fail("start", ENOMEM);
	if (!line_write(&out, (struct span){text, (size_t)n}) || !line_flush(&out))
		outlet_fail("stdout", out.error);
	line_writer_release(&out);
	return (int)tool_finish(EXIT_YES);
}

static void
on_signal(int number)
{
	if (number == SIGHUP)
		hangup = 1;
	else
		snapshot_wanted = 1;
}

static void
close_sandbox(const struct intake *t)
{
	struct sandbox_path paths[4];
	size_t n = rules_paths(&t->rules, paths);

	if (t->outlet.state >= 0)
		paths[n++] = (struct sandbox_path){t->outlet.state, 1};
	if (t->metrics_file)
		paths[n++] = (struct sandbox_path){t->meters.metrics.directory, 1};
	sandbox_files(paths, n);
}

static void
start(struct intake *t)
{
	struct sigaction again = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	uint64_t secret[2];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		outlet_fail("start", errno);
	if (!order_signature_init())
		tool_die(EXIT_TEMP, "start", NULL, "libsodium cannot be set up");
	sigaction(SIGHUP, &again, NULL);
	sigaction(SIGUSR1, &again, NULL);
	/* a batch of orders fits into a pipe of this size at once: we need not wait for its reader.
	 * What is no pipe, or may not grow, stays as it is. */
	fcntl(0, F_SETPIPE_SZ, 1 << 20);
	fcntl(1, F_SETPIPE_SZ, 1 << 20);
	rules_init(&t->rules, t->accounts, t->blacklist, secret);
	gate_init(&t->gate, &t->gate_options, secret);
	meters_init(&t->meters, t->metrics_file);
	buf_init(&t->outlet.out, OUTLET_MAX);
	buf_init(&t->outlet.log, OUTLET_MAX);
	buf_init(&t->reject, LIMIT_IO_BYTES);
	t->outlet.gate = t->restart.gate = &t->gate;
	t->restart.outlet = &t->outlet;
	t->examiner.gate = &t->gate;
	t->examiner.rules = &t->rules;
	t->examiner.items = t->items;
	t->examiner.has_accounts = t->accounts != NULL;
	if (t->threads == 0)
		t->threads = processors < 1		     ? 1
			     : processors > POOL_THREADS_MAX ? POOL_THREADS_MAX
							     : (unsigned)processors;
	for (unsigned k = 0; k < t->threads; k++) {
		buf_init(&t->examiner.scratch[k], INCOMING_SIGNED_BYTES);
		buf_init(&t->examiner.text[k], INCOMING_SIGNED_BYTES);
	}
	if (!source_init(&t->in, 0) ||
	    !source_init(&t->outlet.events,
			 t->events_name ? outlet_open_events(t->events_name) : -1) ||
	    !pool_start(&t->pool, t->threads))
		outlet_fail("start", errno);
}

static int
finish(struct intake *t)
{
	t->outlet.status = tool_finish(t->outlet.status);
	outlet_drain(&t->outlet);
	if (t->outlet.state >= 0 && !wal_close(&t->outlet.wal))
		outlet_fail("log", wal_error(&t->outlet.wal));
	meters_gate(&t->meters, &t->gate);
	if (!metrics_write(&t->meters.metrics)) {
		diag(DIAG_WARNING, "metrics", diag_str("file", t->metrics_file), diag_errno(errno));
		if (t->outlet.status == EXIT_YES)
			t->outlet.status = EXIT_TEMP;
	}
	return (int)t->outlet.status;
}

int
main(int argc, char **argv)
{
	static struct intake intake = {.outlet = {.state = -1}};

	tool_start(TOOL_DURABLE);
	parse_options(&intake, argc, argv);
	start(&intake);
	if (intake.restart.directory)
		restart_directory(&intake.restart);
	close_sandbox(&intake);
	if (intake.restart.directory)
		restart_open(&intake.restart);
	if (intake.ask_input || intake.ask_events)
		return answer(&intake);
	run(&intake);
	return finish(&intake);
}
