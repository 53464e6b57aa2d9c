/* settle: pay what was traded, on the chains. */
#include "book_state.h"
#include "by_hand.h"
#include "check.h"
#include "diag.h"
#include "durable.h"
#include "event.h"
#include "flow.h"
#include "line.h"
#include "listing.h"
#include "sandbox.h"
#include "stop.h"
#include "trade.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* More swaps than that at once, and trades wait in the pipe. */
#define PENDING_MAX 20000
/* A round's lines and records: a thousand payments with their bytes. */
#define ROUND_MAX (256u << 20)
#define IDLE_US 50000
#define COMMANDS_US 500000
#define INPUT_MAX 4096
/* Replayed in a tenth of a second; and a snapshot of what is open is written in less. */
#define SNAPSHOT_EVERY 20000

enum action { RUN, LIST, SHOW, RECEIPTS, RETRY, HOLD };

struct settle {
	enum action action;
	const char *config, *state_name, *metrics_file, *swap, *to;
	bool all, resume;
	struct book_state state;
	struct buf addresses; /* lines of the configuration */
	struct source in;
	uint64_t lines;
	int64_t commands_us, idle_us;
	struct flow flow;
	struct by_hand by_hand;
};

static volatile sig_atomic_t snapshot_wanted;

static void
on_snapshot(int number)
{
	(void)number;
	snapshot_wanted = 1;
}

/* ---- options ---- */

static void
choose(struct settle *t, enum action a, const char *swap)
{
	if (t->action != RUN)
		tool_usage("one at a time", "--list, --show, --receipts, --retry, --hold");
	t->action = a;
	t->swap = swap;
}

static void
check_options(const struct settle *t)
{
	if (!t->state_name)
		tool_usage("is wanted", "--state");
	if (t->action == RUN && !t->config)
		tool_usage("is wanted", "--config");
	if (t->to && (t->action != RETRY || !strchr(t->to, '=')))
		tool_usage("is LEG=ADDRESS, and goes with --retry", "--to");
}

static void
parse_options(struct settle *t, int argc, char **argv)
{
	enum {
		CONFIG = 256,
		STATE,
		RESUME_AFTER,
		SNAPSHOT,
		METRICS_FILE,
		OPT_LIST,
		ALL,
		OPT_SHOW,
		OPT_RECEIPTS,
		OPT_RETRY,
		TO,
		OPT_HOLD
	};
	static const struct option options[] = {
	    {"config", required_argument, NULL, CONFIG},
	    {"state", required_argument, NULL, STATE},
	    {"resume-after", required_argument, NULL, RESUME_AFTER},
	    {"snapshot-every", required_argument, NULL, SNAPSHOT},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {"list", no_argument, NULL, OPT_LIST},
	    {"all", no_argument, NULL, ALL},
	    {"show", required_argument, NULL, OPT_SHOW},
	    {"receipts", no_argument, NULL, OPT_RECEIPTS},
	    {"retry", required_argument, NULL, OPT_RETRY},
	    {"to", required_argument, NULL, TO},
	    {"hold", required_argument, NULL, OPT_HOLD},
	    {0},
	};

	t->state_name = getenv("TRADEPIPE_SETTLE");
	t->state.every = SNAPSHOT_EVERY;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case CONFIG: t->config = optarg; break;
		case STATE: t->state_name = optarg; break;
		case RESUME_AFTER:
			t->resume = true;
			t->flow.resume_after = tool_number("--resume-after", optarg, 0, INT64_MAX);
			break;
		case SNAPSHOT:
			t->state.every = tool_number("--snapshot-every", optarg, 1, WAL_SEQ_MAX);
			break;
		case METRICS_FILE: t->metrics_file = optarg; break;
		case OPT_LIST: choose(t, LIST, NULL); break;
		case ALL: t->all = true; break;
		case OPT_SHOW: choose(t, SHOW, optarg); break;
		case OPT_RECEIPTS: choose(t, RECEIPTS, NULL); break;
		case OPT_RETRY: choose(t, RETRY, optarg); break;
		case TO: t->to = optarg; break;
		case OPT_HOLD: choose(t, HOLD, optarg); break;
		}
	}
	tool_no_operands(argc, argv);
	check_options(t);
}

/* ---- start ---- */

static void
open_state(struct settle *t)
{
	char commands[4096];

	if (snprintf(commands, sizeof commands, "%s/commands", t->state_name) >=
	    (int)sizeof commands)
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(ENAMETOOLONG));
	if (!durable_make_directories(AT_FDCWD, commands, 0750))
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
	t->state.directory = open(t->state_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->state.directory < 0)
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
}

static void
init_book(struct settle *t)
{
	uint64_t secret[3];

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	swap_book_init(&t->flow.book, secret);
	t->flow.random = secret[2] | 1;
}

/* An address of the configuration file, which is not in the log. */
static void
take_address(void *context, struct span line)
{
	struct settle *t = context;
	const char *why;

	t->flow.book.from_outside = true;
	why = swap_book_apply(&t->flow.book, line);
	t->flow.book.from_outside = false;
	if (!span_starts(line, SPAN_LIT("{\"type\":\"address\"")))
		why = "only types chain, signer, screener, limit, policy and address (type first)";
	if (why)
		tool_die(EXIT_CONFIG, "settings", t->config, why);
	buf_add(&t->addresses, line);
	buf_byte(&t->addresses, '\n');
}

/* The book was emptied: once more. */
static void
take_addresses(void *context)
{
	struct settle *t = context;
	struct span rest = buf_span(&t->addresses), line;

	t->flow.book.from_outside = true;
	while (wal_next_line(&rest, &line))
		CHECK(!swap_book_apply(&t->flow.book, line));
	t->flow.book.from_outside = false;
}

static void
print_line(void *context, struct span line)
{
	struct buf *out = context;

	buf_add(out, line);
	buf_byte(out, '\n');
	if (out->len < LIMIT_IO_BYTES)
		return;
	if (!write_all(1, buf_span(out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_clear(out);
}

static void
resume(struct settle *t)
{
	struct flow *f = &t->flow;

	if (f->resume_after > f->book.receipts) {
		diag(DIAG_ERROR, "resume", diag_u64("seq", f->resume_after),
		     diag_str("why", "the log ends before it: is it another's, or an old copy?"));
		exit(EXIT_USAGE);
	}
	book_state_receipts(&t->state, &f->book, f->resume_after, print_line, &f->out);
}

/* NULL: no more. */
static struct child *
child_at(struct flow *f, size_t i)
{
	if (i < f->chains_n)
		return &f->chains[i].child;
	if (i < 2 * f->chains_n)
		return &f->chains[i - f->chains_n].signer;
	return i == 2 * f->chains_n ? &f->signer : i == 2 * f->chains_n + 1 ? &f->screener : NULL;
}

static void
set_children(struct settle *t)
{
	struct flow *f = &t->flow;
	struct child *c;

	for (size_t i = 0; (c = child_at(f, i)) != NULL; i++) {
		c->answer = flow_take_answer;
		c->context = f;
	}
}

static void
start(struct settle *t)
{
	struct flow *f = &t->flow;
	struct sigaction on_usr1 = {.sa_handler = on_snapshot};

	sigemptyset(&on_usr1.sa_mask);
	sigaction(SIGUSR1, &on_usr1, NULL);
	buf_init(&f->log, ROUND_MAX);
	buf_init(&f->out, ROUND_MAX);
	buf_init(&f->line, LIMIT_LINE_BYTES);
	buf_init(&f->request, LIMIT_LINE_BYTES);
	buf_init(&t->addresses, ROUND_MAX);
	init_book(t);
	config_read(&f->config, t->config, take_address, t);
	for (size_t i = 0; i < f->config.chains_n; i++)
		if (!f->config.signer[0] && !f->config.chains[i].signer[0])
			tool_die(EXIT_CONFIG, "settings", t->config, "names no signer");
	gauges_init(&f->gauges, t->metrics_file, &f->config);
	open_state(t);
	book_state_open(&t->state, t->state_name, f, take_addresses, t);
	if (t->resume)
		resume(t);
	if (!source_init(&t->in, 0))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	sandbox_doors(1);
	f->now_us = utc_monotonic_us();
	f->clock_us = utc_now_us();
	flow_start(f);
	set_children(t);
}

/* ---- one line ---- */

static void
refuse(struct settle *t, const char *code, const char *why, struct span line)
{
	struct buf *out = &t->flow.out;

	t->flow.troubled = true;
	if (line.len > INPUT_MAX)
		line.len = INPUT_MAX;
	buf_str(out, "{\"type\":\"reject\"");
	buf_json_member_u64(out, "in", t->lines);
	buf_json_member_string(out, "reason", span_of(code));
	buf_json_member_string(out, "msg", span_of(why));
	buf_json_member_string(out, "input", line);
	buf_str(out, "}\n");
}

/* It has left the book. Paid it is in any case; the archive knows whether this is the same. */
static void
take_settled(struct settle *t, struct span id_digest, struct span line)
{
	size_t n = span_find(id_digest, SPAN_LIT("\n"));
	struct span id = {id_digest.ptr, n},
		    digest = {id_digest.ptr + n + 1, id_digest.len - n - 1};
	struct buf was;

	buf_init(&was, LIMIT_LINE_BYTES);
	if (!book_archive_digest(&t->state.archive, id, &was)) {
		diag(DIAG_ERROR, "archive", diag_str("file", t->state.archive.path),
		     diag_span("swap", id), diag_str("why", "settled, and missing here"));
		refuse(t, "SETTLED", "it was settled; how is not in the archive", line);
	} else if (!span_equal(buf_span(&was), digest)) {
		refuse(t, "CONTRADICTION", "the same tradeId came before with other contents",
		       line);
	}
	buf_release(&was);
}

static void
take_trade(struct settle *t, const struct event *e, struct span line)
{
	struct flow *f = &t->flow;
	const char *code, *why;
	struct buf swap;
	enum trade_verdict v;

	buf_init(&swap, LIMIT_LINE_BYTES);
	v = trade_swap(&f->book, &f->config, e, line, f->clock_us, &swap, &code, &why);
	switch (v) {
	case TRADE_KNOWN: break;
	case TRADE_SETTLED: take_settled(t, buf_span(&swap), line); break;
	case TRADE_REJECT: refuse(t, code, why, line); break;
	case TRADE_SWAP:
	case TRADE_NO_ADDRESS:
		journal_line(f, buf_span(&swap));
		flow_add_swap(f, f->book.swaps[f->book.swaps_n - 1]);
		break;
	}
	buf_release(&swap);
}

/* It must be good before it is in the log, and say something new. */
static void
take_address_record(struct settle *t, struct span line)
{
	static const uint64_t any[2] = {1, 2};
	struct swap_book probe;
	const char *why;

	swap_book_init(&probe, any);
	why = swap_book_apply(&probe, line);
	if (!why && probe.addresses_n != 1)
		why = "no address";
	if (why)
		refuse(t, "BAD_ADDRESS", why, line);
	else if (!swap_book_has_address(&t->flow.book, &probe.addresses[0]))
		journal_line(&t->flow, line);
	swap_book_release(&probe);
}

static void
take_line(struct settle *t, struct span line, bool too_long)
{
	struct event e;
	const char *why = too_long ? "longer than a line may be" : event_read(line, &e);

	t->lines++;
	if (why) {
		refuse(t, "BAD_LINE", why, line);
	} else if (e.type == EVENT_TRADE) {
		take_trade(t, &e, line);
	} else if (span_is(e.name, "address")) {
		take_address_record(t, json_trim(line));
	}
}

/* ---- the loop ---- */

static void
take_input(struct settle *t)
{
	struct span line;
	bool too_long;

	if (!source_fill(&t->in))
		tool_die(EXIT_TEMP, "stdin", NULL, strerror(errno));
	while (source_line(&t->in, &line, &too_long))
		take_line(t, line, too_long);
}

static size_t
list_polls(struct settle *t, struct pollfd p[], struct child *children[])
{
	struct flow *f = &t->flow;
	struct child *c;
	size_t n = 0;

	p[n] = (struct pollfd){.fd = t->in.at_end || f->pending_n >= PENDING_MAX ? -1 : 0,
			       .events = POLLIN};
	children[n++] = NULL;
	for (size_t i = 0; (c = child_at(f, i)) != NULL; i++) {
		if (c->pid == 0)
			continue;
		p[n] = (struct pollfd){.fd = c->from.fd, .events = POLLIN};
		children[n++] = c;
		if (c->out_done < c->out.len) {
			p[n] = (struct pollfd){.fd = c->to, .events = POLLOUT};
			children[n++] = c;
		}
	}
	return n;
}

static void
wait_for_more(struct settle *t, int64_t until_us)
{
	struct pollfd p[4 * CONFIG_CHAINS_MAX + 5];
	struct child *children[4 * CONFIG_CHAINS_MAX + 5];
	size_t n = list_polls(t, p, children);
	int64_t wait_us = until_us - utc_monotonic_us();
	int ready;

	if (t->flow.unmarked && wait_us > IDLE_US)
		wait_us = IDLE_US;
	ready = stop_poll(p, n, wait_us <= 0 ? 0 : (int)(wait_us / 1000) + 1);
	if (ready < 0 && errno != EINTR)
		tool_die(EXIT_TEMP, "poll", NULL, strerror(errno));
	t->flow.now_us = utc_monotonic_us();
	t->flow.clock_us = utc_now_us();
	if (ready == 0 && t->flow.unmarked) {
		t->flow.unmarked = false;
		if (!wal_mark(&t->flow.wal))
			tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&t->flow.wal)));
	}
	for (size_t i = 0; ready > 0 && i < n; i++) {
		if (!p[i].revents)
			continue;
		if (!children[i])
			take_input(t);
		else if (p[i].events == POLLIN)
			child_read(children[i], t->flow.now_us);
	}
}

/* What rests on the log goes out after it. */
static void
let_out(struct settle *t)
{
	struct flow *f = &t->flow;
	struct child *c;

	flow_commit(f);
	by_hand_done(&t->by_hand, t->state.directory);
	if (f->out.len && !write_all(1, buf_span(&f->out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_clear(&f->out);
	for (size_t i = 0; (c = child_at(f, i)) != NULL; i++)
		child_flush(c, f->now_us);
}

static int64_t
watch_children(struct flow *f)
{
	int64_t next = INT64_MAX, due;
	struct child *c;

	for (size_t i = 0; (c = child_at(f, i)) != NULL; i++) {
		due = child_watch(c, f->now_us);
		if (c->pid == 0 && c->start_us > f->now_us && c->start_us < due)
			due = c->start_us;
		next = due < next ? due : next;
	}
	return next;
}

static void
run(struct settle *t)
{
	struct flow *f = &t->flow;

	while (!stop_requested()) {
		int64_t next, due;

		if (f->now_us >= t->commands_us) {
			t->commands_us = f->now_us + COMMANDS_US;
			by_hand_take(&t->by_hand, f, t->state.directory);
		}
		due = watch_children(f);
		next = flow_drive(f);
		/* what a drive has logged may make the next step possible at once */
		if (f->log.len)
			next = f->now_us;
		let_out(t);
		book_state_snapshot_if_due(&t->state, f, snapshot_wanted);
		snapshot_wanted = 0;
		if (t->in.at_end && flow_idle(f))
			return;
		metrics_write_sometimes(&f->gauges.metrics);
		wait_for_more(t, due < next ? due : next);
	}
}

static int
finish(struct settle *t)
{
	struct flow *f = &t->flow;
	enum exit_status status;
	struct child *c;

	for (size_t i = 0; (c = child_at(f, i)) != NULL; i++)
		child_stop(c);
	status = tool_finish(flow_needs_somebody(f) ? EXIT_NO : EXIT_YES);
	book_archive_close(&t->state.archive);
	if (!wal_close(&f->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	if (!metrics_write(&f->gauges.metrics)) {
		diag(DIAG_WARNING, "metrics", diag_str("file", t->metrics_file), diag_errno(errno));
		if (status == EXIT_YES)
			status = EXIT_TEMP;
	}
	return (int)status;
}

/* ---- beside a settle that runs ---- */

static void
print_archived(struct settle *t, uint64_t *number, uint64_t until, struct buf *out)
{
	struct buf id, state;

	buf_init(&id, LIMIT_LINE_BYTES);
	buf_init(&state, LIMIT_LINE_BYTES);
	while (*number + 1 < until && book_archive_next(&t->state.archive, number, &id, &state)) {
		if (*number >= until)
			break;
		print_line(out, buf_span(&state));
	}
	buf_release(&id);
	buf_release(&state);
}

/* In the order in which they came: what is not in the book is in the archive. */
static enum exit_status
print_list(struct settle *t, struct buf *out)
{
	struct swap_book *b = &t->flow.book;
	enum exit_status status = EXIT_YES;
	uint64_t number = 0;
	struct buf line;

	buf_init(&line, LIMIT_LINE_BYTES);
	for (size_t i = 0; i < b->swaps_n; i++) {
		if (t->all)
			print_archived(t, &number, b->swaps[i]->number, out);
		number = b->swaps[i]->number;
		if (!t->all && b->swaps[i]->over && !b->swaps[i]->held)
			continue;
		buf_clear(&line);
		listing_swap(b->swaps[i], &line);
		print_line(out, buf_span(&line));
		if (b->swaps[i]->held)
			status = EXIT_NO;
	}
	if (t->all)
		print_archived(t, &number, b->numbers + 1, out);
	buf_release(&line);
	return status;
}

static enum exit_status
print_swap(struct settle *t, struct buf *out)
{
	const struct swap *s = swap_book_swap(&t->flow.book, span_of(t->swap));
	struct span rest = s ? buf_span(&s->kept) : (struct span){"", 0}, line;
	uint64_t number;

	if (!s && !book_archive_show(&t->state.archive, span_of(t->swap), out)) {
		diag(DIAG_ERROR, "show", diag_str("swap", t->swap),
		     diag_str("why", "no such swap"));
		return EXIT_NO;
	}
	while (swap_book_next_kept(&rest, &number, &line))
		if (number && journal_receipt(line, number, out))
			buf_byte(out, '\n');
	return EXIT_YES;
}

static int
print_book(struct settle *t)
{
	enum exit_status status = EXIT_YES;
	struct buf out;

	buf_init(&out, ROUND_MAX);
	book_state_look(&t->state, t->state_name, &t->flow.book);
	if (t->action == LIST)
		status = print_list(t, &out);
	else if (t->action == SHOW)
		status = print_swap(t, &out);
	else
		book_state_receipts(&t->state, &t->flow.book, 0, print_line, &out);
	if (!write_all(1, buf_span(&out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	book_archive_close(&t->state.archive);
	return (int)tool_finish(status);
}

static int
leave_command(struct settle *t)
{
	const struct swap_book *b = &t->flow.book;

	book_state_look(&t->state, t->state_name, &t->flow.book);
	if (settled_has(&b->settled, span_of(t->swap)))
		tool_die(EXIT_USAGE, "command", t->swap, "it is over, and in the archive");
	if (!swap_book_swap(b, span_of(t->swap)))
		tool_die(EXIT_USAGE, "command", t->swap, "no such swap");
	by_hand_leave(t->state.directory, t->action == RETRY ? "retry" : "hold", t->swap, t->to);
	book_archive_close(&t->state.archive);
	return (int)tool_finish(EXIT_YES);
}

int
main(int argc, char **argv)
{
	static struct settle settle;

	tool_start(TOOL_DURABLE);
	parse_options(&settle, argc, argv);
	if (settle.action != RUN) {
		open_state(&settle);
		init_book(&settle);
		return settle.action == RETRY || settle.action == HOLD ? leave_command(&settle)
								       : print_book(&settle);
	}
	start(&settle);
	run(&settle);
	let_out(&settle);
	return finish(&settle);
}
