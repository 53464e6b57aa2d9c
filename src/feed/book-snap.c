/* book-snap: order books out of match's events, and whether printed ones are right. */
#include "diag.h"
#include "durable.h"
#include "json.h"
#include "ladder.h"
#include "limit.h"
#include "line.h"
#include "metrics.h"
#include "number.h"
#include "sandbox.h"
#include "source.h"
#include "stop.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* The kept state: ten million open orders of about 200 bytes. */
#define STATE_BYTES (UINT32_C(1) << 31)
#define STATE_NAME "books.ndjson"
#define SAVE_EVERY (1u << 20)
/* The longest book: 5000 levels a side of up to 110 bytes. */
#define RECORD_BYTES (2u << 20)
#define INPUT_BYTES 4096
/* How often an idle program looks for SIGUSR1. */
#define LOOK_MS 200

struct snap {
	/* options */
	uint64_t every;
	int64_t period_us;
	size_t depth;
	bool check, resume;
	const char *state_name, *metrics_file;

	struct ladder book;
	struct source in;
	struct line_writer out;
	struct buf text;
	struct metrics metrics;
	size_t metric_lines, metric_rejects, metric_books, metric_mismatches, metric_missed;
	int state;
	uint64_t number; /* input lines */
	uint64_t group;	 /* `in` of the events at hand */
	uint64_t turn;	 /* seq / every, as of the last print */
	int64_t window;	 /* ts / period, as of the last event */
	bool windowed;	 /* there was one with a ts */
	uint64_t unsaved;
	enum exit_status status;
};

static volatile sig_atomic_t asked;

/* ---- options ---- */

static void
parse_options(struct snap *s, int argc, char **argv)
{
	enum { EVERY = 256, PERIOD, DEPTH, CHECK, STATE, RESUME, METRICS_FILE };
	static const struct option options[] = {
	    {"every", required_argument, NULL, EVERY},
	    {"period", required_argument, NULL, PERIOD},
	    {"depth", required_argument, NULL, DEPTH},
	    {"check", no_argument, NULL, CHECK},
	    {"state", required_argument, NULL, STATE},
	    {"resume", no_argument, NULL, RESUME},
	    {"metrics-file", required_argument, NULL, METRICS_FILE},
	    {0}};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case EVERY: s->every = tool_number("--every", optarg, 1, INT64_MAX); break;
		case PERIOD:
			s->period_us =
			    (int64_t)tool_number("--period", optarg, 1, 1000000000) * 1000000;
			break;
		case DEPTH: s->depth = tool_number("--depth", optarg, 1, LADDER_DEPTH_MAX); break;
		case CHECK: s->check = true; break;
		case STATE: s->state_name = optarg; break;
		case RESUME: s->resume = true; break;
		case METRICS_FILE: s->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (s->resume && !s->state_name)
		tool_usage("needs --state", "--resume");
	if (s->check && (s->every || s->period_us))
		tool_usage("prints no books", "--check");
}

/* ---- print ---- */

static void
emit(struct snap *s)
{
	if (!buf_ok(&s->text))
		tool_die(EXIT_TEMP, "output", NULL, strerror(ENOMEM));
	line_write(&s->out, buf_span(&s->text));
	buf_clear(&s->text);
}

static void
print_book(struct snap *s, struct span symbol)
{
	struct ladder_symbol *known = ladder_symbol(&s->book, symbol);

	if (known)
		known->changed = false;
	ladder_print(&s->book, symbol, s->depth, &s->text);
	emit(s);
	metrics_count(&s->metrics, s->metric_books, 1);
}

static void
print_books(struct snap *s, bool all)
{
	for (size_t i = 0; i < s->book.symbol_n; i++) {
		const struct ladder_symbol *b = &s->book.symbols[i];

		if (all || b->changed)
			print_book(s, (struct span){b->name, b->name_len});
	}
}

static void
reject(struct snap *s, struct span line, const char *reason, const char *why)
{
	s->status = EXIT_NO;
	metrics_count(&s->metrics, s->metric_rejects, 1);
	if (line.len > INPUT_BYTES)
		line.len = INPUT_BYTES;
	buf_byte(&s->text, '{');
	buf_json_member_string(&s->text, "type", SPAN_LIT("reject"));
	buf_json_member_u64(&s->text, "in", s->number);
	buf_json_member_string(&s->text, "reason", span_of(reason));
	buf_json_member_string(&s->text, "msg", span_of(why));
	buf_json_member_string(&s->text, "input", line);
	buf_byte(&s->text, '}');
	emit(s);
}

static void
print_level(struct buf *out, const char *name, bool there, const struct ladder_level *l)
{
	char px[DECIMAL_TEXT_MAX], sz[DECIMAL_TEXT_MAX];

	buf_json_key(out, name);
	if (!there) {
		buf_str(out, "null");
		return;
	}
	buf_byte(out, '[');
	buf_json_string(out, (struct span){px, decimal_print(l->px, px)});
	buf_byte(out, ',');
	buf_json_string(out, (struct span){sz, decimal_print(l->sz, sz)});
	buf_byte(out, ',');
	buf_u64(out, l->n);
	buf_byte(out, ']');
}

static void
print_mismatch(struct snap *s, const struct event *e, bool bids, const struct ladder_difference *d)
{
	s->status = EXIT_NO;
	metrics_count(&s->metrics, s->metric_mismatches, 1);
	buf_byte(&s->text, '{');
	buf_json_member_string(&s->text, "type", SPAN_LIT("mismatch"));
	buf_json_member_u64(&s->text, "in", s->number);
	buf_json_member_u64(&s->text, "seq", s->book.seq);
	buf_json_member_string(&s->text, "symbol", e->symbol);
	buf_json_member_string(&s->text, "side", bids ? SPAN_LIT("bids") : SPAN_LIT("asks"));
	print_level(&s->text, "own", d->has_own, &d->own);
	print_level(&s->text, "printed", d->has_printed, &d->printed);
	buf_byte(&s->text, '}');
	emit(s);
}

/* ---- lines ---- */

static void
compare(struct snap *s, const struct event *e, struct span line)
{
	struct ladder_difference d;

	if (!e->symbol.ptr) {
		reject(s, line, "MEMBER", "a book without symbol");
		return;
	}
	if (e->has_seq && e->seq != s->book.seq) {
		diag(DIAG_WARNING, "unchecked", diag_u64("line", s->number),
		     diag_u64("seq", e->seq), diag_u64("last", s->book.seq));
		return;
	}
	for (int bids = 1; bids >= 0; bids--) {
		if (!ladder_differs(&s->book, e->symbol, bids, bids ? e->bids : e->asks,
				    e->has_depth ? e->depth : 0, &d))
			continue;
		if (d.unreadable) {
			reject(s, line, "MEMBER", "bids and asks are [\"px\",\"sz\",n] each");
			return;
		}
		print_mismatch(s, e, bids, &d);
	}
}

/* The event begins another input line's: what was due is printed as it was before. */
static void
begin_group(struct snap *s, const struct event *e)
{
	uint64_t turn = s->every ? s->book.seq / s->every : 0;
	int64_t window = s->period_us && e->has_ts ? e->ts / s->period_us : s->window;
	bool due = turn > s->turn || (s->windowed && window > s->window);

	s->group = e->in;
	s->turn = turn;
	if (window > s->window || !s->windowed)
		s->window = window;
	s->windowed = s->windowed || (s->period_us && e->has_ts);
	if (asked) {
		asked = 0;
		print_books(s, true);
	} else if (due) {
		print_books(s, false);
	}
}

static void
apply(struct snap *s, const struct event *e)
{
	uint64_t missed = s->book.missed;
	const char *why = NULL;

	switch (ladder_apply(&s->book, e, &why)) {
	case LADDER_TAKEN:
	case LADDER_OLD: break;
	case LADDER_INCONSISTENT:
		s->status = EXIT_NO;
		diag(DIAG_WARNING, "inconsistent", diag_u64("line", s->number),
		     diag_u64("seq", e->seq), diag_str("why", why));
		break;
	case LADDER_FULL:
		tool_die(EXIT_TEMP, "book", NULL, "more orders or symbols than can be kept");
	}
	s->unsaved++;
	if (s->book.missed == missed)
		return;
	s->status = EXIT_NO;
	metrics_set(&s->metrics, s->metric_missed, (int64_t)s->book.missed);
	diag(DIAG_WARNING, "missed", diag_u64("before", e->seq),
	     diag_u64("events", s->book.missed - missed));
}

static void
take_line(struct snap *s, struct span line, bool too_long)
{
	struct event e;
	const char *why = too_long ? "longer than 1 MiB" : event_read(line, &e);

	s->number++;
	metrics_count(&s->metrics, s->metric_lines, 1);
	if (why) {
		reject(s, line, too_long ? "TOO_LONG" : "MEMBER", why);
		return;
	}
	switch (e.type) {
	case EVENT_SNAP:
		if (e.symbol.ptr && !s->check)
			print_book(s, e.symbol);
		else if (!s->check)
			print_books(s, true);
		return;
	case EVENT_BOOK: compare(s, &e, line); return;
	case EVENT_OTHER:
	case EVENT_REJECT: break;
	case EVENT_ACK:
	case EVENT_TRIGGERED:
	case EVENT_TRADE:
	case EVENT_DONE:
		if (!e.has_seq || !e.has_in) {
			reject(s, line, "MEMBER", "an event without seq or in");
			return;
		}
		break;
	}
	if (e.has_seq && e.seq <= s->book.seq)
		return;
	if (e.has_in && e.in != s->group)
		begin_group(s, &e);
	apply(s, &e);
}

/* ---- state ---- */

static void
save(struct snap *s)
{
	struct buf all;

	if (s->state < 0 || !line_flush(&s->out))
		return;
	buf_init(&all, STATE_BYTES);
	buf_byte(&all, '{');
	buf_json_member_string(&all, "type", SPAN_LIT("state"));
	buf_json_member_u64(&all, "seq", s->book.seq);
	buf_json_member_u64(&all, "missed", s->book.missed);
	buf_json_member_u64(&all, "in", s->group);
	buf_json_member_u64(&all, "turn", s->turn);
	if (s->windowed)
		buf_json_member_i64(&all, "window", s->window);
	buf_str(&all, "}\n");
	/* symbols twice: their orders need them, and change them */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < s->book.symbol_n; i++) {
			ladder_save_symbol(&s->book, i, &all);
			buf_byte(&all, '\n');
		}
		for (size_t i = 0; i < s->book.order_n && round == 0; i++) {
			if (!s->book.orders[i].key)
				continue;
			ladder_save_order(&s->book, i, &all);
			buf_byte(&all, '\n');
		}
	}
	if (!buf_ok(&all) || !durable_write(s->state, STATE_NAME, buf_span(&all), 0640))
		tool_die(EXIT_TEMP, "state", STATE_NAME, strerror(buf_ok(&all) ? errno : ENOMEM));
	buf_release(&all);
	s->unsaved = 0;
}

static bool
load_head(struct snap *s, struct span line)
{
	static const char *const names[] = {"seq", "missed", "in", "turn", "window"};
	struct span m[5];

	if (!json_pick(line, names, 5, m, NULL) || !m[0].ptr || !m[1].ptr || !m[2].ptr || !m[3].ptr)
		return false;
	s->windowed = m[4].ptr && number_i64(m[4], &s->window);
	return number_u64(m[0], &s->book.seq) && number_u64(m[1], &s->book.missed) &&
	       number_u64(m[2], &s->group) && number_u64(m[3], &s->turn);
}

static bool
load_line(struct snap *s, struct span line)
{
	struct span type;

	if (json_check(line, NULL) != JSON_OK || json_type(line) != JSON_OBJECT ||
	    !json_find(line, "type", &type) || !json_plain(type, &type))
		return false;
	if (span_is(type, "state"))
		return load_head(s, line);
	if (span_is(type, "books"))
		return ladder_load_symbol(&s->book, line);
	return span_is(type, "open") && ladder_load_order(&s->book, line);
}

static void
load(struct snap *s)
{
	struct buf all;
	struct span rest;
	uint64_t number = 0;

	buf_init(&all, STATE_BYTES);
	if (!durable_read(s->state, STATE_NAME, &all) && errno != ENOENT)
		tool_die(EXIT_CONFIG, "state", STATE_NAME, strerror(errno));
	rest = buf_span(&all);
	while (rest.len) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct span line = {rest.ptr, end ? (size_t)(end - rest.ptr) : 0};

		number++;
		if (!end || !load_line(s, line)) {
			diag(DIAG_ERROR, "state", diag_str("file", STATE_NAME),
			     diag_u64("line", number), diag_str("why", "not as it was written"));
			exit(EXIT_CONFIG);
		}
		rest.ptr += line.len + 1;
		rest.len -= line.len + 1;
	}
	buf_release(&all);
}

static void
open_state(struct snap *s)
{
	if (!s->state_name)
		return;
	if (!durable_make_directories(AT_FDCWD, s->state_name, 0750))
		tool_die(EXIT_CONFIG, "state", s->state_name, strerror(errno));
	s->state = open(s->state_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->state < 0)
		tool_die(EXIT_CONFIG, "state", s->state_name, strerror(errno));
	if (s->resume)
		load(s);
}

/* ---- the loop ---- */

/* What is printed is out before a wait. False at the end. */
static bool
read_more(struct snap *s)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};

	if (s->in.at_end || stop_requested())
		return false;
	while (poll(&p, 1, 0) == 0) {
		if (asked) {
			asked = 0;
			print_books(s, true);
		}
		if (!line_flush(&s->out))
			return false;
		metrics_write_sometimes(&s->metrics);
		stop_poll(&p, 1, LOOK_MS);
		if (stop_requested())
			return false;
	}
	if (!source_fill(&s->in))
		tool_die(EXIT_TEMP, "stdin", NULL, strerror(errno));
	return true;
}

static void
run(struct snap *s)
{
	struct span line;
	bool too_long;

	do {
		while (source_line(&s->in, &line, &too_long))
			take_line(s, line, too_long);
		if (s->out.error)
			return;
		if (s->unsaved >= SAVE_EVERY)
			save(s);
	} while (read_more(s));
	if (!stop_requested() && !s->check)
		print_books(s, false);
	save(s);
}

static void
on_ask(int number)
{
	(void)number;
	asked = 1;
}

static void
start(struct snap *s)
{
	struct sigaction ask = {.sa_handler = on_ask, .sa_flags = SA_RESTART};
	struct metrics *m = &s->metrics;
	uint64_t secret[2];

	if (getrandom(secret, sizeof secret, 0) != sizeof secret || !source_init(&s->in, 0) ||
	    !line_writer_init(&s->out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	sigaction(SIGUSR1, &ask, NULL);
	ladder_init(&s->book, secret);
	buf_init(&s->text, RECORD_BYTES);
	metrics_init(m, s->metrics_file);
	s->metric_lines =
	    metrics_add(m, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	s->metric_rejects =
	    metrics_add(m, "tradepipe_rejects_total", "counter", "Input lines rejected.", NULL);
	s->metric_books =
	    metrics_add(m, "tradepipe_books_total", "counter", "Books printed.", NULL);
	s->metric_mismatches = metrics_add(m, "tradepipe_book_mismatches_total", "counter",
					   "Printed books that were wrong.", NULL);
	s->metric_missed = metrics_add(m, "tradepipe_events_missed_total", "counter",
				       "Events whose seq never came.", NULL);
	open_state(s);
}

static void
close_sandbox(const struct snap *s)
{
	struct sandbox_path paths[2];
	size_t n = 0;

	if (s->state >= 0)
		paths[n++] = (struct sandbox_path){s->state, 1};
	if (s->metrics_file)
		paths[n++] = (struct sandbox_path){s->metrics.directory, 1};
	sandbox_files(paths, n);
}

int
main(int argc, char **argv)
{
	static struct snap snap = {.state = -1, .depth = 400};

	tool_start(TOOL_PLAIN);
	parse_options(&snap, argc, argv);
	start(&snap);
	close_sandbox(&snap);
	run(&snap);
	snap.status = tool_flush(&snap.out, snap.status);
	if (!metrics_write(&snap.metrics))
		diag(DIAG_WARNING, "metrics", diag_str("file", snap.metrics_file),
		     diag_errno(errno));
	return (int)tool_finish(snap.status);
}
