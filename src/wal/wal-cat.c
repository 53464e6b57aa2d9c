/* wal-cat: print, check and follow write-ahead logs (wal(5)). */
#include "diag.h"
#include "limit.h"
#include "line.h"
#include "sandbox.h"
#include "stop.h"
#include "wal_dir.h"
#include "wal_report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define STATES_MAX 16

/* How often a follower looks, and how long a log that is being written may take to complete a write
 * that looks torn. */
#define LOOK_MS 50
#define TORN_LOOKS 3

/* A follower lists the directory once in so many looks. */
#define LIST_LOOKS 20

struct cat {
	const char *states[STATES_MAX];
	int directories[STATES_MAX];
	size_t n;
	uint64_t from;
	bool headers;
	bool check;
	bool follow;
	bool durable;
	struct line_writer out;
	struct buf text;
};

/* One log being read. */
struct reading {
	int directory; /* -1: stdin */
	struct wal_dir dir;
	struct wal_scan scan;
	/* --durable: a scan that runs ahead to see up to where the log is durable */
	struct wal_dir ahead_dir;
	struct wal_scan ahead;
	bool beyond;
	unsigned looks; /* without a new batch */
};

/* ---- options ---- */

static void
parse_options(struct cat *c, int argc, char **argv)
{
	enum { STATE = 256, FROM, HEADERS, CHECK, FOLLOW, DURABLE };
	static const struct option options[] = {{"state", required_argument, NULL, STATE},
						{"from", required_argument, NULL, FROM},
						{"headers", no_argument, NULL, HEADERS},
						{"check", no_argument, NULL, CHECK},
						{"follow", no_argument, NULL, FOLLOW},
						{"durable", no_argument, NULL, DURABLE},
						{0}};
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		switch (option) {
		case STATE:
			if (c->n == STATES_MAX)
				tool_usage("at most 16", "--state");
			c->states[c->n++] = optarg;
			break;
		case FROM: c->from = tool_number("--from", optarg, 1, WAL_SEQ_MAX); break;
		case HEADERS: c->headers = true; break;
		case CHECK: c->check = true; break;
		case FOLLOW: c->follow = true; break;
		case DURABLE: c->durable = true; break;
		}
	}
	tool_no_operands(argc, argv);
	if (c->follow && c->n != 1)
		tool_usage("needs one --state", "--follow");
	if (c->durable && c->n == 0)
		tool_usage("needs --state", "--durable");
	if (c->check && (c->follow || c->headers || c->durable))
		tool_usage("prints a verdict and no lines", "--check");
}

static void
open_directories(struct cat *c)
{
	for (size_t i = 0; i < c->n; i++) {
		c->directories[i] = open(c->states[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (c->directories[i] < 0)
			tool_die(EXIT_CONFIG, "state", c->states[i], strerror(errno));
	}
}

static void
close_sandbox(const struct cat *c)
{
	struct sandbox_path paths[STATES_MAX];

	for (size_t i = 0; i < c->n; i++)
		paths[i] = (struct sandbox_path){.fd = c->directories[i]};
	sandbox_files(paths, c->n);
}

/* ---- read ---- */

/* stdin as a source. What has been printed goes out before a read that may block. */
static ssize_t
read_stdin(void *context, uint64_t number, uint64_t offset, char *to, size_t n)
{
	struct cat *c = context;
	struct pollfd in = {.fd = 0, .events = POLLIN};
	ssize_t got;

	(void)number;
	(void)offset;
	if (stop_poll(&in, 1, 0) == 0) {
		line_flush(&c->out);
		stop_poll(&in, 1, -1);
	}
	if (stop_requested()) {
		errno = EINTR;
		return -1;
	}
	do
		got = read(0, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Wait a look's time. False when asked to stop, or when nobody reads what we print any more. */
static bool
wait_a_look(void)
{
	struct pollfd out = {.fd = 1};
	int gone = stop_poll(&out, 1, LOOK_MS);

	return !stop_requested() && (gone <= 0 || !(out.revents & (POLLERR | POLLNVAL)));
}

static bool
begin(struct cat *c, struct reading *r)
{
	struct wal_source source = {.context = c, .read = read_stdin, .alone = true};
	uint64_t number = 1;

	if (r->directory >= 0) {
		if (!wal_dir_open(&r->dir, r->directory))
			return false;
		source = wal_dir_source(&r->dir);
		if (r->dir.files && (c->from == 0 || c->check))
			number = r->dir.oldest;
		else if (r->dir.files)
			number = wal_dir_file_of(&r->dir, c->from);
	}
	wal_scan_init(&r->scan, source, number);
	if (c->durable) {
		if (!wal_dir_open(&r->ahead_dir, r->directory))
			return false;
		wal_scan_init(&r->ahead, wal_dir_source(&r->ahead_dir), number);
	}
	return true;
}

static void
finish(struct reading *r)
{
	wal_scan_release(&r->scan);
	wal_scan_release(&r->ahead);
	wal_dir_release(&r->dir);
	wal_dir_release(&r->ahead_dir);
}

/* ---- print ---- */

static void
print_header(struct cat *c, const struct wal_scan *s, const struct wal_batch *b)
{
	char name[WAL_NAME_BYTES];

	buf_clear(&c->text);
	buf_byte(&c->text, '{');
	if (s->source.alone) {
		buf_json_member_string(&c->text, "file", (struct span){0});
	} else {
		wal_name(s->number, name);
		buf_json_member_string(&c->text, "file", span_of(name));
	}
	buf_json_member_u64(&c->text, "offset", s->offset - b->header_len - b->payload.len);
	buf_json_member_u64(&c->text, "s", b->seq);
	buf_json_member_u64(&c->text, "n", b->n);
	buf_json_member_u64(&c->text, "d", b->durable);
	buf_json_member_u64(&c->text, "b", b->payload.len);
	buf_byte(&c->text, '}');
	line_write(&c->out, buf_span(&c->text));
}

static void
print_batch(struct cat *c, const struct wal_scan *s, const struct wal_batch *b)
{
	struct span payload = b->payload, line;

	if (c->check || b->seq + b->n < c->from + (b->n ? 1 : 0))
		return;
	if (c->headers)
		print_header(c, s, b);
	for (uint64_t seq = b->seq; wal_next_line(&payload, &line); seq++)
		if (seq >= c->from)
			line_write(&c->out, line);
}

static const char *
state_name(enum wal_state state)
{
	switch (state) {
	case WAL_STATE_CLEAN: return "clean";
	case WAL_STATE_TORN: return "torn";
	case WAL_STATE_CORRUPT: return "corrupt";
	case WAL_STATE_BUSY:
	case WAL_STATE_FAILED: break;
	}
	return NULL;
}

static void
print_verdict(struct cat *c, const struct wal_report *r)
{
	char name[WAL_NAME_BYTES];
	struct span file = {0};

	if (!state_name(r->state))
		return;
	if (r->number) {
		wal_name(r->number, name);
		file = span_of(name);
	}
	buf_clear(&c->text);
	buf_byte(&c->text, '{');
	buf_json_member_string(&c->text, "type", SPAN_LIT("wal"));
	buf_json_member_string(&c->text, "state", span_of(state_name(r->state)));
	buf_json_member_u64(&c->text, "files", r->files);
	buf_json_member_u64(&c->text, "batches", r->batches);
	buf_json_member_u64(&c->text, "lines", r->lines);
	buf_json_member_u64(&c->text, "first", r->first);
	buf_json_member_u64(&c->text, "last", r->last);
	buf_json_member_u64(&c->text, "durable", r->durable);
	buf_json_member_string(&c->text, "file", file);
	buf_json_member_u64(&c->text, "offset", r->offset);
	buf_json_member_string(&c->text, "why", span_of(r->why));
	buf_byte(&c->text, '}');
	line_write(&c->out, buf_span(&c->text));
}

/* ---- the loop ---- */

/* A log that is followed lost files that we have not read yet. */
static bool
overtaken(const struct reading *r)
{
	struct wal_dir now;
	bool gone = false;

	if (wal_dir_open(&now, r->directory))
		gone = now.newest > r->scan.number && now.oldest > r->scan.number + 1;
	wal_dir_release(&now);
	return gone;
}

/* Nothing more to read for now: is it worth looking again? */
static bool
look_again(struct cat *c, struct reading *r, enum wal_step step)
{
	if (r->directory < 0 || (step != WAL_END && step != WAL_TORN))
		return false;
	r->looks++;
	if (!c->follow)
		return step == WAL_TORN && r->looks <= TORN_LOOKS && wait_a_look();
	if (r->looks % LIST_LOOKS == 0 && overtaken(r))
		return false;
	return line_flush(&c->out) && wait_a_look();
}

/* --durable: does the log say yet that this batch is? */
static bool
is_durable(struct cat *c, struct reading *r, const struct wal_batch *b)
{
	struct wal_batch ignored;
	enum wal_step step = WAL_BATCH;

	for (;;) {
		if (b->seq + b->n - 1 <= r->ahead.chain.durable)
			return true;
		if (step != WAL_BATCH && !look_again(c, r, c->follow ? step : WAL_END))
			return false;
		step = wal_scan_next(&r->ahead, &ignored);
	}
}

static enum wal_step
print_log(struct cat *c, struct reading *r)
{
	for (;;) {
		struct wal_batch b;
		enum wal_step step = wal_scan_next(&r->scan, &b);

		if (step != WAL_BATCH) {
			if (look_again(c, r, step))
				continue;
			return step;
		}
		if (c->from && r->scan.first > c->from && !c->check)
			return WAL_END;
		/* the rest is read all the same: how it ends is part of the answer */
		r->beyond = r->beyond || (c->durable && !is_durable(c, r, &b));
		r->looks = 0;
		if (!r->beyond)
			print_batch(c, &r->scan, &b);
		stop_poll(NULL, 0, 0);
		if (c->out.error || stop_requested())
			return WAL_END;
	}
}

/* What the scan ended with, and what the directory and --from make of it. */
static void
judge(const struct cat *c, struct reading *r, enum wal_step step, struct wal_report *report)
{
	wal_report_scan(report, &r->scan, step);
	if (report->state != WAL_STATE_CLEAN && report->state != WAL_STATE_TORN)
		return;
	if (r->dir.missing)
		wal_report_corrupt(report, r->dir.missing, "a file of the log is missing");
	else if (report->first > c->from && c->from)
		wal_report_corrupt(report, r->scan.number,
				   "the log begins after the line asked for");
	else if (c->follow && overtaken(r))
		wal_report_corrupt(report, r->scan.number + 1,
				   "the file was removed before it was read");
}

static enum exit_status
cat_log(struct cat *c, int directory)
{
	struct reading r = {.directory = directory, .dir = {.file = -1}, .ahead_dir = {.file = -1}};
	struct wal_report report = {.state = WAL_STATE_CLEAN};
	bool ok = begin(c, &r);

	/* a log that nobody has begun yet */
	while (ok && c->follow && r.dir.files == 0 && wait_a_look()) {
		finish(&r);
		ok = begin(c, &r);
	}
	if (!ok)
		wal_report_failed(&report, errno, "directory");
	else if (directory < 0 || r.dir.files)
		judge(c, &r, print_log(c, &r), &report);
	finish(&r);
	if (stop_requested())
		return EXIT_YES;
	if (c->check)
		print_verdict(c, &report);
	wal_report_tell(&report);
	return wal_report_status(&report);
}

int
main(int argc, char **argv)
{
	static struct cat cat;
	enum exit_status status = EXIT_YES;

	tool_start(TOOL_PLAIN);
	parse_options(&cat, argc, argv);
	open_directories(&cat);
	buf_init(&cat.text, LIMIT_IO_BYTES);
	if (!line_writer_init(&cat.out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	close_sandbox(&cat);
	if (cat.n == 0)
		status = cat_log(&cat, -1);
	for (size_t i = 0; i < cat.n && !cat.out.error; i++) {
		enum exit_status one = cat_log(&cat, cat.directories[i]);

		status = one > status ? one : status;
	}
	status = tool_flush(&cat.out, status);
	return (int)tool_finish(status);
}
