/* order-intake: let in the orders that an account really signed, and may place. */
#include "diag.h"
#include "durable.h"
#include "gate.h"
#include "line.h"
#include "meters.h"
#include "pool.h"
#include "rules.h"
#include "sandbox.h"
#include "source.h"
#include "stop.h"
#include "utc.h"
#include "wal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* Lines looked at side by side: enough to keep the threads busy between two syncs. */
#define BATCH_LINES 1024
/* Output kept back at most before it is logged and written. */
#define OUTPUT_BYTES (1u << 20)
#define OUTPUT_MAX (8u << 20)
/* Of a rejected line, what is repeated. */
#define INPUT_BYTES 4096
/* How long an idle log waits until it says up to where it is durable (wal.h). */
#define IDLE_MS 50
/* How often an idle program looks for a file's new events, or for SIGHUP. */
#define LOOK_MS 200

struct item {
	struct span line;
	struct message m;
	const struct account *account;
	const struct public_key *key; /* of a good signature */
	enum refusal refusal;	      /* whatever the nonce */
	enum refusal late_refusal;    /* if the nonce is good: what the signature says */
	const char *why;
	bool too_long;
};

struct intake {
	/* options */
	const char *accounts, *blacklist, *events_name, *state_name, *metrics_file;
	bool allow_unsigned, ask_input, ask_events, resume;
	uint64_t resume_after;
	unsigned threads;
	struct gate_options gate_options;

	struct rules rules;
	struct gate gate;
	struct meters meters;
	struct pool pool;
	struct buf scratch[POOL_THREADS_MAX], text[POOL_THREADS_MAX];
	struct source in, events;
	struct item items[BATCH_LINES];
	struct wal wal;
	int state; /* -1: no log */
	struct buf out, log;
	uint64_t lines; /* printed, in all runs */
	uint64_t replayed;
	bool unmarked;
	enum exit_status status;
};

static volatile sig_atomic_t hangup;

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
	const char *colon = strchr(text, ':');
	struct asset_limit *l = &g->limits[g->limit_n];

	if (g->limit_n == GATE_LIMITS_MAX)
		tool_usage("at most 16", "--limit");
	if (!colon || colon == text ||
	    decimal_parse(span_of(colon + 1), &l->amount) != DECIMAL_OK ||
	    decimal_sign(l->amount) < 0)
		tool_usage("ASSET:AMOUNT is wanted", "--limit");
	l->asset = (struct span){text, (size_t)(colon - text)};
	g->limit_n++;
}

static void
check_options(struct intake *t)
{
	if (!t->state_name && (t->ask_input || t->ask_events || t->resume))
		tool_usage("needs --state", "--input-done, --events-done, --resume-after");
	if (!t->accounts && !t->allow_unsigned && !t->ask_input && !t->ask_events)
		tool_die(EXIT_CONFIG, "accounts", "--accounts",
			 "whose orders? give --accounts, or --allow-unsigned");
	t->gate_options.track = t->accounts || t->gate_options.limit_n;
	t->gate_options.releases = t->events_name != NULL;
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
		RESUME_AFTER,
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
	    {"resume-after", required_argument, NULL, RESUME_AFTER},
	    {"threads", required_argument, NULL, THREADS},
	    {"input-done", no_argument, NULL, INPUT_DONE},
	    {"events-done", no_argument, NULL, EVENTS_DONE},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case ACCOUNTS: t->accounts = optarg; break;
		case ALLOW_UNSIGNED: t->allow_unsigned = true; break;
		case BLACKLIST: t->blacklist = optarg; break;
		case LIMIT: parse_limit(&t->gate_options, optarg); break;
		case STORM: parse_storm(&t->gate_options, optarg); break;
		case EVENTS: t->events_name = optarg; break;
		case STATE: t->state_name = optarg; break;
		case RESUME_AFTER:
			t->resume = true;
			t->resume_after = tool_number("--resume-after", optarg, 0, INT64_MAX);
			break;
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

/* ---- output, and match's events meanwhile ---- */

static _Noreturn void
fail(const char *event, int error)
{
	tool_die(EXIT_TEMP, event, NULL, strerror(error));
}

static void
log_append(struct intake *t)
{
	if (t->state < 0) {
		buf_clear(&t->log);
		return;
	}
	if (t->log.len == 0)
		return;
	if (!wal_append(&t->wal, buf_span(&t->log)))
		fail("log", wal_error(&t->wal));
	buf_clear(&t->log);
	t->unmarked = true;
}

static void
log_line(struct intake *t, struct span line)
{
	if (t->state < 0)
		return;
	buf_add(&t->log, line);
	buf_byte(&t->log, '\n');
	if (t->log.len >= OUTPUT_BYTES)
		log_append(t);
}

static void
take_event(struct intake *t, struct span line, bool too_long)
{
	struct event e;
	uint64_t missed = t->gate.events_missed;
	const char *why = too_long ? "longer than a line may be" : event_read(line, &e);

	if (why) {
		diag(DIAG_WARNING, "event", diag_str("why", why));
		t->status = EXIT_NO;
		return;
	}
	if (gate_event(&t->gate, &e))
		log_line(t, line);
	if (t->gate.events_missed != missed) {
		diag(DIAG_WARNING, "events-missed", diag_u64("before", e.seq),
		     diag_u64("missed", t->gate.events_missed - missed));
		t->status = EXIT_NO;
	}
}

/* One read of events, which must be there (or the end of the file). */
static bool
read_events(struct intake *t)
{
	struct span line;
	bool too_long;

	if (!source_fill(&t->events)) {
		if (errno == EAGAIN)
			return false;
		fail("events", errno);
	}
	/* a file may be written on; its last line may be half there */
	if (t->events.at_end && t->events.regular) {
		t->events.at_end = false;
		return false;
	}
	while (source_line(&t->events, &line, &too_long))
		take_event(t, line, too_long);
	if (t->events.at_end)
		t->events.fd = -1;
	return t->events.fd >= 0;
}

/* All events that are there now. */
static void
catch_events(struct intake *t)
{
	struct pollfd p = {.fd = t->events.fd, .events = POLLIN};

	while (t->events.fd >= 0 && poll(&p, 1, 0) > 0)
		if (!read_events(t))
			break;
}

/*
 * match cannot take our output while it waits for somebody to read its events, and that is us: so a
 * write must not block as long as there are events to read. A pipe that is ready takes PIPE_BUF
 * bytes.
 */
static void
write_out(struct intake *t, struct span bytes)
{
	while (bytes.len) {
		struct pollfd p[2] = {{.fd = 1, .events = POLLOUT},
				      {.fd = t->events.fd, .events = POLLIN}};
		ssize_t n;

		if (t->events.fd < 0 || t->events.regular) {
			if (!write_all(1, bytes))
				fail("stdout", errno);
			return;
		}
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			fail("poll", errno);
		if (p[1].revents)
			catch_events(t);
		if (!p[0].revents)
			continue;
		n = write(1, bytes.ptr, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
		if (n < 0 && errno != EINTR)
			fail("stdout", errno);
		if (n > 0) {
			bytes.ptr += n;
			bytes.len -= (size_t)n;
		}
	}
}

/* Nothing is printed before the log that holds it is synced. */
static void
commit(struct intake *t)
{
	log_append(t);
	if (t->state >= 0 && wal_last(&t->wal) > wal_durable(&t->wal) && !wal_sync(&t->wal))
		fail("log", wal_error(&t->wal));
	write_out(t, buf_span(&t->out));
	buf_clear(&t->out);
}

static void
print_line(struct intake *t, struct span line)
{
	log_line(t, line);
	buf_add(&t->out, line);
	buf_byte(&t->out, '\n');
	if (!buf_ok(&t->out))
		fail("output", ENOMEM);
	if (t->out.len >= OUTPUT_BYTES)
		commit(t);
}

/* ---- one line ---- */

static enum refusal
check_sender(struct intake *t, struct item *i)
{
	uint64_t listed;

	if ((i->m.account.ptr && keymap_find(&t->rules.blacklist, i->m.account, &listed)) ||
	    (i->m.pubkey.ptr && keymap_find(&t->rules.blacklist, i->m.pubkey, &listed))) {
		i->why = "the account or the key is on the blacklist";
		return REFUSAL_BLACKLISTED;
	}
	if (!t->accounts)
		return REFUSAL_NONE;
	if (!i->m.sig.ptr && !t->allow_unsigned) {
		i->why = "no sig";
		return REFUSAL_UNSIGNED;
	}
	if (!i->m.account.ptr && !i->m.sig.ptr)
		return REFUSAL_NONE;
	i->account = i->m.account.ptr ? accounts_find(&t->rules.accounts, i->m.account) : NULL;
	if (!i->account) {
		i->why = "no such account";
		return REFUSAL_UNKNOWN_ACCOUNT;
	}
	return account_allows(i->account, &i->m, &i->why);
}

static enum refusal
check_key(struct item *i)
{
	if (!i->m.pubkey.ptr || !i->m.has_nonce) {
		i->why = "what is signed has pubkey and nonce";
		return REFUSAL_BAD_RECORD;
	}
	i->key = account_key(i->account, i->m.pubkey);
	if (i->key)
		return REFUSAL_NONE;
	i->why = "the key is not one of the account's";
	return REFUSAL_UNKNOWN_KEY;
}

static enum refusal
check_signature(struct intake *t, unsigned thread, struct item *i)
{
	struct buf *text = &t->text[thread];
	enum jcs_error e;

	buf_clear(text);
	e = message_signed_text(i->line, &t->scratch[thread], text);
	if (e != JCS_OK) {
		i->why =
		    e == JCS_E_SPACE ? "longer than a signed record may be" : jcs_error_text(e);
		return REFUSAL_BAD_RECORD;
	}
	i->why = signature_check(i->key, i->m.sig, buf_span(text));
	return i->why ? REFUSAL_BAD_SIGNATURE : REFUSAL_NONE;
}

/* By any thread, while nobody changes the gate or the rules. */
static void
examine(void *context, unsigned thread, size_t index)
{
	struct intake *t = context;
	struct item *i = &t->items[index];

	i->m = (struct message){0};
	i->account = NULL;
	i->key = NULL;
	i->late_refusal = REFUSAL_NONE;
	if (i->too_long) {
		i->refusal = REFUSAL_TOO_LONG;
		i->why = "longer than 1 MiB";
		return;
	}
	i->refusal = message_read(i->line, &i->m, &i->why);
	if (i->refusal == REFUSAL_NONE)
		i->refusal = check_sender(t, i);
	if (i->refusal != REFUSAL_NONE || !i->m.sig.ptr || !t->accounts)
		return;
	i->refusal = check_key(i);
	/* a nonce that is used now stays used: spare the work */
	if (i->refusal == REFUSAL_NONE && !gate_nonce_used(&t->gate, &i->m))
		i->late_refusal = check_signature(t, thread, i);
}

static void
print_reject(struct intake *t, const struct item *i, enum refusal r, bool spent, const char *why)
{
	struct buf *b = &t->scratch[0];
	struct span input = i->line;

	if (input.len > INPUT_BYTES)
		input.len = INPUT_BYTES;
	buf_clear(b);
	buf_byte(b, '{');
	buf_json_member_string(b, "type", SPAN_LIT("reject"));
	buf_json_member_u64(b, "in", t->lines);
	if (i->m.id.ptr)
		buf_json_member_string(b, "id", i->m.id);
	if (spent) {
		char text[24];
		size_t n =
		    (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)i->m.nonce);

		buf_json_member_string(b, "account", i->m.account);
		if (i->m.nonce < (UINT64_C(1) << 53))
			buf_json_member_u64(b, "nonce", i->m.nonce);
		else
			buf_json_member_string(b, "nonce", (struct span){text, n});
	}
	buf_json_member_string(b, "reason", span_of(refusal_name(r)));
	buf_json_member_string(b, "msg", span_of(why));
	buf_json_member_string(b, "input", input);
	buf_byte(b, '}');
	print_line(t, buf_span(b));
}

static void
settle_item(struct intake *t, const struct item *i)
{
	enum refusal r = i->refusal;
	const char *why = i->why;
	bool spent = false;

	t->lines++;
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
		print_line(t, i->line);
		return;
	}
	t->status = EXIT_NO;
	print_reject(t, i, r, spent, why);
}

/* ---- the loop ---- */

static size_t
collect(struct intake *t)
{
	size_t n = 0;

	while (n < BATCH_LINES && source_line(&t->in, &t->items[n].line, &t->items[n].too_long))
		n++;
	return n;
}

static void
run_batch(struct intake *t, size_t n, int64_t began_us)
{
	catch_events(t);
	pool_run(&t->pool, n, examine, t);
	for (size_t k = 0; k < n; k++)
		settle_item(t, &t->items[k]);
	commit(t);
	meters_latency(&t->meters, n, utc_monotonic_us() - began_us);
	meters_gate(&t->meters, &t->gate);
	metrics_write_sometimes(&t->meters.metrics);
}

/* Nothing to do: wait for input or events. */
static void
wait_for_more(struct intake *t)
{
	struct pollfd p[2] = {{.fd = 0, .events = POLLIN},
			      {.fd = t->events.regular ? -1 : t->events.fd, .events = POLLIN}};
	int ready = stop_poll(p, 2, 0);

	if (ready == 0)
		ready = stop_poll(p, 2, t->unmarked ? IDLE_MS : LOOK_MS);
	if (ready == 0 && t->unmarked) {
		t->unmarked = false;
		if (!wal_mark(&t->wal))
			fail("log", wal_error(&t->wal));
	}
	if (ready < 0 && errno != EINTR)
		fail("poll", errno);
	if (p[1].revents || t->events.regular) {
		catch_events(t);
		commit(t);
	}
	if (ready > 0 && p[0].revents && !source_fill(&t->in))
		fail("stdin", errno);
	metrics_write_sometimes(&t->meters.metrics);
}

static void
run(struct intake *t)
{
	int64_t began_us = 0;

	while (!stop_requested()) {
		size_t n;

		if (hangup) {
			hangup = 0;
			rules_reload(&t->rules);
		}
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
	catch_events(t);
	commit(t);
}

/* ---- the log ---- */

/* A record of match's, as take_event() logs it, or a line that was printed. */
static bool
is_event(const struct event *e)
{
	return e->has_seq && (e->type == EVENT_ACK || e->type == EVENT_TRADE ||
			      e->type == EVENT_DONE || e->type == EVENT_REJECT);
}

static bool
replay_line(void *context, uint64_t seq, struct span line)
{
	struct intake *t = context;
	struct message m;
	struct event e;
	const char *why = event_read(line, &e);
	bool ok;

	(void)seq;
	t->replayed++;
	if (!why && is_event(&e)) {
		gate_event(&t->gate, &e);
		return true;
	}
	t->lines++;
	if (message_read(line, &m, &why) == REFUSAL_NONE)
		ok = gate_accepted(&t->gate, &m);
	else
		ok = !m.has_nonce || !m.account.ptr || gate_spent(&t->gate, m.account, m.nonce);
	if (!ok)
		fail("replay", ENOMEM);
	if (t->resume && t->lines > t->resume_after) {
		buf_add(&t->out, line);
		buf_byte(&t->out, '\n');
		if (t->out.len >= OUTPUT_BYTES)
			commit(t);
	}
	return true;
}

static void
refuse_log(const struct wal_report *r)
{
	wal_report_tell(r);
	exit((int)wal_report_status(r));
}

static void
open_log(struct intake *t)
{
	struct wal_report r;
	enum wal_state state;

	if (!durable_make_directories(AT_FDCWD, t->state_name, 0750))
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
	t->state = open(t->state_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->state < 0)
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
	state = wal_open(&t->wal, t->state, NULL, &r);
	wal_report_tell(&r);
	if (state != WAL_STATE_CLEAN && state != WAL_STATE_TORN)
		exit((int)wal_report_status(&r));
}

static void
replay_log(struct intake *t)
{
	struct wal_report r;

	if (t->state < 0)
		return;
	if (wal_replay(&t->wal, 1, replay_line, t, &r) != WAL_STATE_CLEAN)
		refuse_log(&r);
	if (t->resume && t->resume_after > t->lines)
		tool_die(EXIT_USAGE, "resume", t->state_name,
			 "the log ends before the line to go on after");
	commit(t);
}

static int
answer(struct intake *t)
{
	struct line_writer out;
	char text[24];
	int n = snprintf(text, sizeof text, "%llu",
			 (unsigned long long)(t->ask_input ? t->lines : t->gate.events_seq));

	if (!line_writer_init(&out, 1))
		fail("start", ENOMEM);
	if (!line_write(&out, (struct span){text, (size_t)n}) || !line_flush(&out))
		fail("stdout", out.error);
	line_writer_release(&out);
	return (int)tool_finish(EXIT_YES);
}

/* ---- start ---- */

static void
on_hangup(int number)
{
	(void)number;
	hangup = 1;
}

static int
open_events(const char *name)
{
	int fd;

	if (strspn(name, "0123456789") == strlen(name)) {
		fd = (int)tool_number("--events", name, 3, 1 << 20);
		if (fcntl(fd, F_GETFD) < 0)
			tool_die(EXIT_CONFIG, "events", name, strerror(errno));
		return fd;
	}
	/* opening a pipe waits for nobody, and it ends when those who write to it have gone */
	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "events", name, strerror(errno));
	return fd;
}

static void
close_sandbox(const struct intake *t)
{
	struct sandbox_path paths[4];
	size_t n = rules_paths(&t->rules, paths);

	if (t->state >= 0)
		paths[n++] = (struct sandbox_path){t->state, 1};
	if (t->metrics_file)
		paths[n++] = (struct sandbox_path){t->meters.metrics.directory, 1};
	sandbox_files(paths, n);
}

static void
start(struct intake *t)
{
	struct sigaction again = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
	uint64_t secret[2];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		fail("start", errno);
	if (!signature_init())
		tool_die(EXIT_TEMP, "start", NULL, "libsodium cannot be set up");
	sigaction(SIGHUP, &again, NULL);
	/* a batch of orders fits into a pipe of this size at once: we need not wait for its reader.
	 * What is no pipe, or may not grow, stays as it is. */
	fcntl(0, F_SETPIPE_SZ, 1 << 20);
	fcntl(1, F_SETPIPE_SZ, 1 << 20);
	rules_init(&t->rules, t->accounts, t->blacklist, secret);
	gate_init(&t->gate, &t->gate_options, secret);
	meters_init(&t->meters, t->metrics_file);
	buf_init(&t->out, OUTPUT_MAX);
	buf_init(&t->log, OUTPUT_MAX);
	if (t->threads == 0)
		t->threads = processors < 1		     ? 1
			     : processors > POOL_THREADS_MAX ? POOL_THREADS_MAX
							     : (unsigned)processors;
	for (unsigned k = 0; k < t->threads; k++) {
		buf_init(&t->scratch[k], MESSAGE_SIGNED_BYTES);
		buf_init(&t->text[k], MESSAGE_SIGNED_BYTES);
	}
	if (!source_init(&t->in, 0) ||
	    !source_init(&t->events, t->events_name ? open_events(t->events_name) : -1) ||
	    !pool_start(&t->pool, t->threads))
		fail("start", errno);
}

/* Our output has ended, so match's will: what it still says is taken in. */
static void
drain_events(struct intake *t)
{
	struct pollfd p = {.fd = t->events.fd, .events = POLLIN};

	while (t->events.fd >= 0 && !t->events.regular && !stop_requested()) {
		if (stop_poll(&p, 1, LOOK_MS) > 0)
			catch_events(t);
	}
	log_append(t);
}

static int
finish(struct intake *t)
{
	t->status = tool_finish(t->status);
	drain_events(t);
	if (t->state >= 0 && !wal_close(&t->wal))
		fail("log", wal_error(&t->wal));
	meters_gate(&t->meters, &t->gate);
	if (!metrics_write(&t->meters.metrics)) {
		diag(DIAG_WARNING, "metrics", diag_str("file", t->metrics_file), diag_errno(errno));
		if (t->status == EXIT_YES)
			t->status = EXIT_TEMP;
	}
	return (int)t->status;
}

int
main(int argc, char **argv)
{
	static struct intake intake = {.state = -1};

	tool_start(TOOL_DURABLE);
	parse_options(&intake, argc, argv);
	start(&intake);
	if (intake.state_name)
		open_log(&intake);
	close_sandbox(&intake);
	replay_log(&intake);
	if (intake.ask_input || intake.ask_events)
		return answer(&intake);
	run(&intake);
	return finish(&intake);
}
