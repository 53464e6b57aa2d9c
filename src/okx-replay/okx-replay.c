/* okx-replay: a local stand-in for OKX's REST API, answering from scenario files. */
#include "answer.h"
#include "check.h"
#include "commands.h"
#include "diag.h"
#include "digest.h"
#include "durable.h"
#include "inbox.h"
#include "limit.h"
#include "line.h"
#include "sandbox.h"
#include "scenario.h"
#include "stop.h"
#include "tool.h"
#include "utc.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#define SCENARIOS_MAX 64
/* --resolve of several scenarios, each row with all its members */
#define RECORD_BYTES_MAX ((size_t)1 << 29)

struct options {
	const char *scenarios[SCENARIOS_MAX];
	size_t scenarios_n;
	const char *listen;
	uint64_t now_ms; /* 0: the clock's */
	bool stay, resolve, quiet, no_limits;
};

struct run {
	struct options options;
	struct replay replay;
	struct complaint complaint;
	struct rowfill fill;
	struct answerer answerer;
	struct inbox in;
	struct line_writer out;
	struct wire wire;
	struct buf record;
	int64_t started_us; /* monotonic */
	uint64_t requests;
	bool rejected;
};

/* ---- start ---- */

static void
parse_options(struct options *o, int argc, char **argv)
{
	enum { SCENARIO = 256, LISTEN, NOW, STAY, RESOLVE, QUIET, NO_LIMITS };
	static const struct option options[] = {
	    {"scenario", required_argument, NULL, SCENARIO},
	    {"listen", required_argument, NULL, LISTEN},
	    {"now", required_argument, NULL, NOW},
	    {"stay", no_argument, NULL, STAY},
	    {"resolve", no_argument, NULL, RESOLVE},
	    {"quiet", no_argument, NULL, QUIET},
	    {"no-limits", no_argument, NULL, NO_LIMITS},
	    {0},
	};

	*o = (struct options){.listen = "127.0.0.1:0"};
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case SCENARIO:
			if (o->scenarios_n == SCENARIOS_MAX)
				tool_usage("at most 64 times", "--scenario");
			o->scenarios[o->scenarios_n++] = optarg;
			break;
		case LISTEN: o->listen = optarg; break;
		case NOW:
			o->now_ms = tool_number("--now", optarg, 1, UINT64_C(253402300799999));
			break;
		case STAY: o->stay = true; break;
		case RESOLVE: o->resolve = true; break;
		case QUIET: o->quiet = true; break;
		case NO_LIMITS: o->no_limits = true; break;
		}
	}
	tool_no_operands(argc, argv);
	if (o->resolve && o->scenarios_n == 0)
		tool_usage("needs --scenario", "--resolve");
}

static void
read_scenario(struct run *run, const char *file)
{
	struct buf json;

	buf_init(&json, SCENARIO_BYTES_MAX);
	if (!durable_read(AT_FDCWD, file, &json))
		tool_die(EXIT_CONFIG, "scenario", file, strerror(errno));
	if (!scenario_read(&run->replay, buf_span(&json), &run->fill)) {
		diag(DIAG_ERROR, "scenario", diag_str("file", file),
		     diag_str("path", run->complaint.path), diag_str("why", run->complaint.why));
		exit((int)EXIT_CONFIG);
	}
	buf_release(&json);
}

static void
init(struct run *run)
{
	const struct options *o = &run->options;
	int64_t now_ms = o->now_ms ? (int64_t)o->now_ms : utc_now_us() / 1000;

	run->started_us = utc_monotonic_us();
	replay_init(&run->replay, now_ms);
	run->replay.no_limits = o->no_limits;
	rowfill_init(&run->fill, now_ms, &run->complaint);
	run->fill.keep_marks = o->resolve;
	buf_init(&run->record, RECORD_BYTES_MAX);
	if (!line_writer_init(&run->out, 1) || !inbox_init(&run->in, 0, LIMIT_BUNDLE_BYTES))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	for (size_t i = 0; i < o->scenarios_n; i++)
		read_scenario(run, o->scenarios[i]);
}

static void
release(struct run *run)
{
	if (run->wire.daemon)
		wire_stop(&run->wire);
	inbox_release(&run->in);
	line_writer_release(&run->out);
	answerer_release(&run->answerer);
	rowfill_release(&run->fill);
	replay_release(&run->replay);
	buf_release(&run->record);
}

/* ---- records ---- */

static void
emit(struct run *run)
{
	CHECK(buf_ok(&run->record));
	line_write(&run->out, buf_span(&run->record));
	buf_clear(&run->record);
}

static void
separate(struct buf *b)
{
	if (b->ptr[b->len - 1] != '[')
		buf_byte(b, ',');
}

static void
print_order(const struct account *a, const struct row *r, struct buf *b)
{
	separate(b);
	buf_byte(b, '{');
	buf_json_member_string(b, "account", span_of(a->name));
	if (r->name)
		buf_json_member_string(b, "name", span_of(r->name));
	buf_json_member_string(b, "instId", row_member(r, "instId"));
	buf_json_member_string(b, "ordId", row_member(r, "ordId"));
	buf_json_member_string(b, "state", row_member(r, "state"));
	buf_byte(b, '}');
}

static void
print_listening(struct run *run)
{
	const struct replay *replay = &run->replay;
	struct buf *b = &run->record;

	buf_byte(b, '{');
	buf_json_member_string(b, "type", SPAN_LIT("listening"));
	buf_json_member_string(b, "url", span_of(run->wire.url));
	buf_json_member_i64(b, "now", replay->start_ms);
	buf_json_key(b, "accounts");
	buf_byte(b, '[');
	for (size_t i = 0; i < replay->accounts_n; i++) {
		separate(b);
		buf_byte(b, '{');
		buf_json_member_string(b, "name", span_of(replay->accounts[i].name));
		buf_json_member_string(b, "apiKey", span_of(replay->accounts[i].api_key));
		buf_json_member_string(b, "uid", span_of(replay->accounts[i].uid));
		buf_byte(b, '}');
	}
	buf_byte(b, ']');
	buf_json_key(b, "orders");
	buf_byte(b, '[');
	for (size_t i = 0; i < replay->accounts_n; i++) {
		const struct table *orders = &replay->accounts[i].tables[ROW_ORDER];

		for (size_t k = 0; k < orders->n; k++)
			print_order(&replay->accounts[i], &orders->rows[k], b);
	}
	buf_str(b, "]}");
	emit(run);
}

static void
print_request(struct run *run, const struct request *q, const struct reply *reply,
	      const struct account *account)
{
	struct buf *b = &run->record;

	run->requests++;
	if (run->options.quiet)
		return;
	buf_byte(b, '{');
	buf_json_member_string(b, "type", SPAN_LIT("request"));
	buf_json_member_u64(b, "seq", run->requests);
	buf_json_member_string(b, "method", q->method);
	buf_json_member_string(b, "path", q->target);
	buf_json_member_u64(b, "status", reply->reset ? 0 : reply->status);
	buf_json_member_string(b, "code", span_of(reply->code));
	if (account)
		buf_json_member_string(b, "account", span_of(account->name));
	if (reply->fault)
		buf_json_member_string(b, "fault", span_of(reply->fault));
	buf_json_member_i64(b, "us", utc_monotonic_us() - q->monotonic_us);
	buf_byte(b, '}');
	emit(run);
	/* before the reply: whoever has that finds the record */
	line_flush(&run->out);
}

/* ---- steps ---- */

static void
serve_request(void *context, struct request *q, struct reply *reply)
{
	struct run *run = context;
	const struct account *account;

	q->monotonic_us = utc_monotonic_us();
	q->clock_ms = utc_now_us() / 1000;
	q->ledger_ms = run->replay.start_ms;
	if (run->options.now_ms == 0)
		q->ledger_ms += (q->monotonic_us - run->started_us) / 1000;
	answer(&run->answerer, &run->replay, q, reply, &account);
	print_request(run, q, reply, account);
}

static void
obey(struct run *run, struct span line, bool too_long)
{
	uint64_t in = run->in.number;
	const char *reason = "TOO_LONG";

	if (too_long)
		commands_too_long(line, in, &run->record);
	else if (commands_apply(&run->replay, &run->fill, line, in, &run->record, &reason))
		reason = NULL;
	if (reason) {
		diag(DIAG_WARNING, "rejected", diag_u64("line", in), diag_str("code", reason),
		     diag_str("why",
			      too_long ? "longer than a command may be" : run->complaint.why));
		run->rejected = true;
	}
	emit(run);
}

/* What came in on stdin; false when reading failed. */
static bool
obey_input(struct run *run)
{
	struct span line;
	enum inbox_status got;

	if (!inbox_fill(&run->in)) {
		diag(DIAG_ERROR, "stdin", diag_errno(errno));
		return false;
	}
	while ((got = inbox_next(&run->in, &line)) != INBOX_NONE)
		obey(run, line, got == INBOX_TOO_LONG);
	return true;
}

/* Commands and requests, until stdin has ended (with --stay: until a signal). */
static enum exit_status
loop(struct run *run)
{
	for (;;) {
		struct pollfd fds[2] = {
		    {.fd = run->in.ended ? -1 : 0, .events = POLLIN},
		    {.fd = run->wire.daemon ? run->wire.fd : -1, .events = POLLIN}};

		if (!line_flush(&run->out)) {
			diag(DIAG_ERROR, "stdout", diag_errno(run->out.error));
			return EXIT_TEMP;
		}
		if (stop_requested() || (run->in.ended && !run->options.stay))
			break;
		stop_poll(fds, 2, run->wire.daemon ? wire_timeout_ms(&run->wire) : -1);
		if (fds[0].revents && !obey_input(run))
			return EXIT_TEMP;
		if (run->wire.daemon)
			wire_run(&run->wire);
	}
	return run->rejected ? EXIT_NO : EXIT_YES;
}

static enum exit_status
resolve(struct run *run)
{
	scenario_print(&run->replay, &run->record);
	emit(run);
	if (line_flush(&run->out))
		return EXIT_YES;
	diag(DIAG_ERROR, "stdout", diag_errno(run->out.error));
	return EXIT_TEMP;
}

int
main(int argc, char **argv)
{
	static struct run run;
	enum exit_status status;

	tool_start(TOOL_PLAIN);
	parse_options(&run.options, argc, argv);
	diag_quiet(run.options.quiet);
	digest_init();
	init(&run);
	if (run.options.resolve) {
		status = resolve(&run);
	} else {
		if (run.options.scenarios_n) {
			run.wire.serve = serve_request;
			run.wire.context = &run;
			wire_start(&run.wire, run.options.listen);
			print_listening(&run);
		}
		sandbox_network(NULL, 0);
		status = loop(&run);
	}
	release(&run);
	return (int)tool_finish(status);
}
