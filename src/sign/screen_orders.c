#include "screen_orders.h"

#include "check.h"
#include "diag.h"
#include "durable.h"
#include "filter.h"
#include "orders.h"
#include "sandbox.h"
#include "utc.h"
#include "wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Files are looked at when this has passed since the last look, or since the last input. */
#define LOOK_US 10000
/* Of a rejected line, what is repeated (record(5)). */
#define INPUT_MAX 4096
/* The log is handed to the kernel in pieces of this: one batch of wal(5). */
#define LOG_BYTES (64u << 10)

struct book_file {
	const char *path, *base;
	int directory;
	struct stat st;
	struct buf text;
	struct orders_book book;
};

struct gatekeeper {
	const struct screen_orders *with;
	struct filter filter;
	struct record_reader reader, bare;
	struct book_file file;
	struct wal wal;
	int state;
	struct buf log, line;
	int64_t now_us, looked_us;
	uint64_t reloads;
	size_t passed, refused;
};

static struct span
head_of(struct span s, size_t max)
{
	return (struct span){s.ptr, s.len < max ? s.len : max};
}

/* ---- the address book ---- */

static const char *
listed(const void *context, struct span address)
{
	const struct blocklist_file *hit = blocklist_find(context, address);

	return hit ? hit->base : NULL;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* NULL, or why it is not taken. */
static const char *
read_book(struct book_file *f, const struct stat *st, const uint64_t secret[2], uint64_t *line)
{
	struct book_file fresh = *f;

	*line = 0;
	buf_init(&fresh.text, ORDERS_BOOK_BYTES);
	fresh.st = *st;
	if (!durable_read(f->directory, f->base, &fresh.text)) {
		buf_release(&fresh.text);
		return strerror(errno);
	}
	if (!orders_book_read(&fresh.book, buf_span(&fresh.text), secret)) {
		const char *why = fresh.book.fault;

		*line = fresh.book.fault_line;
		orders_book_release(&fresh.book);
		buf_release(&fresh.text);
		return why;
	}
	orders_book_release(&f->book);
	buf_release(&f->text);
	*f = fresh;
	return NULL;
}

static void
open_book(struct gatekeeper *g)
{
	struct book_file *f = &g->file;
	const char *slash, *why;
	char directory[4096], what[300];
	struct stat st;
	uint64_t line;

	f->path = g->with->addresses;
	slash = strrchr(f->path, '/');
	f->base = slash ? slash + 1 : f->path;
	snprintf(directory, sizeof directory, "%.*s",
		 slash ? (int)(slash - f->path + (slash == f->path)) : 1, slash ? f->path : ".");
	f->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->directory < 0 || fstatat(f->directory, f->base, &st, 0) != 0)
		tool_die(EXIT_CONFIG, "addresses", f->path, strerror(errno));
	why = read_book(f, &st, g->with->secret, &line);
	snprintf(what, sizeof what, "%.200s line %u", f->path, (unsigned)line);
	if (why)
		tool_die(EXIT_CONFIG, "addresses", line ? what : f->path, why);
	orders_book_mark(&f->book, listed, g->with->blocked);
}

/* Lists and book, if they have changed. */
static void
look(struct gatekeeper *g)
{
	struct book_file *f = &g->file;
	bool force = g->with->hangup(), changed;
	struct stat st;
	const char *why;
	uint64_t line;

	g->looked_us = g->now_us;
	blocklist_refresh(g->with->blocked, force);
	changed = g->with->blocked->reloads_total != g->reloads;
	g->reloads = g->with->blocked->reloads_total;
	/* a book that is not there for a moment is one that is about to be replaced */
	if (fstatat(f->directory, f->base, &st, 0) == 0 && (force || !same_file(&st, &f->st))) {
		why = read_book(f, &st, g->with->secret, &line);
		if (why)
			diag(DIAG_ERROR, "addresses", diag_str("file", f->path),
			     diag_u64("line", line), diag_str("why", why));
		else
			diag(DIAG_INFO, "addresses", diag_str("file", f->path),
			     diag_u64("accounts", f->book.n));
		f->st = st;
		changed = true;
	}
	if (changed)
		orders_book_mark(&f->book, listed, g->with->blocked);
}

/* ---- the log ---- */

static void
log_out(struct gatekeeper *g)
{
	if (g->log.len && !wal_append(&g->wal, buf_span(&g->log)))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&g->wal)));
	buf_clear(&g->log);
}

/* Nothing goes out whose decision is not kept. */
static bool
commit(void *context)
{
	struct gatekeeper *g = context;

	log_out(g);
	if (wal_last(&g->wal) > wal_durable(&g->wal) && !wal_sync(&g->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&g->wal)));
	return true;
}

static void
mark(void *context)
{
	struct gatekeeper *g = context;

	if (!wal_mark(&g->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&g->wal)));
}

static void
write_down(struct gatekeeper *g, uint64_t in, const struct span m[ORDERS_FIELDS],
	   const struct orders_verdict *v)
{
	struct buf *out = &g->log;

	buf_str(out, "{\"type\":\"screened-order\"");
	buf_json_member_i64(out, "at", g->now_us / 1000);
	buf_json_member_u64(out, "in", in);
	if (m[ORDERS_ACCOUNT].ptr)
		buf_json_member_string(out, "account",
				       head_of(m[ORDERS_ACCOUNT], RECORD_LITERAL_MAX));
	if (m[ORDERS_ID].ptr)
		buf_json_member_string(out, "id", head_of(m[ORDERS_ID], RECORD_LITERAL_MAX));
	buf_json_member_string(out, "decision", span_of(v->code ? v->code : "pass"));
	if (v->list)
		buf_json_member_string(out, "list", span_of(v->list));
	buf_str(out, "}\n");
	CHECK(buf_ok(out));
	if (out->len > LOG_BYTES - 4 * RECORD_LITERAL_MAX)
		log_out(g);
}

/* ---- a record ---- */

static enum filter_verdict
reject(struct gatekeeper *g, const struct line *in, const struct span m[ORDERS_FIELDS],
       const char *code, const char *why)
{
	struct buf *out = &g->line;

	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("reject"));
	buf_json_member_string(out, "by", SPAN_LIT("screen"));
	buf_json_member_u64(out, "in", in->number);
	if (m && m[ORDERS_ID].ptr && m[ORDERS_ID].len <= 64)
		buf_json_member_string(out, "id", m[ORDERS_ID]);
	if (m && m[ORDERS_ACCOUNT].ptr && m[ORDERS_ACCOUNT].len <= 64)
		buf_json_member_string(out, "account", m[ORDERS_ACCOUNT]);
	buf_json_member_string(out, "reason", span_of(code));
	buf_json_member_string(out, "msg", span_of(why));
	buf_json_member_string(out, "input", head_of(in->text, INPUT_MAX));
	buf_byte(out, '}');
	CHECK(buf_ok(out));
	filter_emit(&g->filter, buf_span(out));
	metrics_count(&g->filter.metrics, g->refused, 1);
	diag(DIAG_WARNING, "rejected", diag_u64("line", in->number), diag_str("code", code));
	return FILTER_NO;
}

static enum filter_verdict
step(struct filter *f, const struct line *in, bool too_long)
{
	struct gatekeeper *g = f->context;
	struct record_fault fault;
	struct orders_verdict v;
	struct span m[ORDERS_FIELDS];
	enum record_error e;

	if (too_long)
		return reject(g, in, NULL, "TOO_LONG", "longer than 1 MiB");
	g->now_us = utc_now_us();
	if (g->now_us - g->looked_us >= LOOK_US || g->now_us < g->looked_us)
		look(g);
	e = record_read(&g->reader, in->text, m, &fault);
	if (e == RECORD_E_KIND)
		e = record_read(&g->bare, in->text, m, &fault);
	if (e != RECORD_OK)
		return reject(g, in, NULL, record_error_code(e), record_error_text(e, &fault));
	v = orders_judge(&g->file.book, g->with->limits, m);
	if (v.looked_at)
		write_down(g, in->number, m, &v);
	if (v.code)
		return reject(g, in, m, v.code, v.why);
	filter_emit(f, in->text);
	if (v.looked_at)
		metrics_count(&f->metrics, g->passed, 1);
	return FILTER_YES;
}

/* ---- start ---- */

static void
open_log(struct gatekeeper *g)
{
	struct wal_options options = {.mode = 0600};
	struct wal_report r;
	enum wal_state got;

	if (!durable_make_directories(AT_FDCWD, g->with->state, 0700))
		tool_die(EXIT_CONFIG, "state", g->with->state, strerror(errno));
	g->state = open(g->with->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->state < 0)
		tool_die(EXIT_CONFIG, "state", g->with->state, strerror(errno));
	got = wal_open(&g->wal, g->state, &options, &r);
	if (got != WAL_STATE_CLEAN)
		wal_report_tell(&r);
	if (got != WAL_STATE_CLEAN && got != WAL_STATE_TORN)
		exit((int)wal_report_status(&r));
}

static void
close_sandbox(const struct gatekeeper *g)
{
	struct sandbox_path paths[BLOCKLIST_FILES_MAX + 3] = {{g->state, 1},
							      {g->file.directory, 0}};
	size_t n = 2;

	if (g->with->metrics_file)
		paths[n++] = (struct sandbox_path){g->filter.metrics.directory, 1};
	for (size_t i = 0; i < g->with->blocked->n; i++)
		paths[n++] = (struct sandbox_path){g->with->blocked->files[i].directory, 0};
	sandbox_files(paths, n);
}

int
screen_orders(const struct screen_orders *with)
{
	static struct gatekeeper g;
	int status;

	g.with = with;
	g.filter = (struct filter){.step = step,
				   .context = &g,
				   .line_max = LIMIT_LINE_BYTES,
				   .metrics_file = with->metrics_file};
	open_book(&g);
	g.reloads = with->blocked->reloads_total;
	open_log(&g);
	buf_init(&g.log, LOG_BYTES + (64u << 10));
	buf_init(&g.line, 8u * INPUT_MAX);
	record_init(&g.reader, orders_fields, ORDERS_FIELDS);
	record_init(&g.bare, orders_fields_bare, ORDERS_FIELDS);
	filter_init(&g.filter, NULL);
	g.filter.out.before_write = commit;
	g.filter.out.context = &g;
	g.filter.in.tick = mark;
	g.filter.in.tick_context = &g;
	g.filter.in.tick_ms = 50;
	g.passed = metrics_add(&g.filter.metrics, "dex_screen_orders_passed_total", "counter",
			       "Orders that were let through.", NULL);
	g.refused = metrics_add(&g.filter.metrics, "dex_screen_orders_refused_total", "counter",
				"Orders that were rejected.", NULL);
	close_sandbox(&g);
	status = filter_run(&g.filter);
	log_out(&g);
	if (!wal_close(&g.wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&g.wal)));
	record_release(&g.reader);
	record_release(&g.bare);
	orders_book_release(&g.file.book);
	return status;
}
