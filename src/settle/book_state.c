#include "book_state.h"

#include "book_text.h"
#include "diag.h"
#include "durable.h"
#include "tool.h"
#include "wal_dir.h"
#include "wal_report.h"

#include <errno.h>
#include <stdlib.h>

/* A settle at work may take its files away below one who looks on. */
#define LOOKS_MAX 20

/* ---- snapshots, in ---- */

static const char *
read_one(int directory, uint64_t seq, struct swap_book *b, uint64_t *archived)
{
	char name[SNAPSHOTS_NAME_BYTES];
	const char *why;
	struct buf text;
	uint64_t in = 0;

	snapshots_name(seq, name);
	buf_init(&text, BOOK_TEXT_MAX);
	if (durable_read(directory, name, &text))
		why = book_text_read(b, buf_span(&text), &in, archived);
	else
		why = strerror(errno);
	buf_release(&text);
	if (!why && in != seq)
		why = "it is another's";
	if (why)
		diag(DIAG_WARNING, "snapshot", diag_str("file", name), diag_str("why", why),
		     diag_str("then", "the one before is used"));
	return why;
}

uint64_t
book_state_restore(struct book_state *s, struct swap_book *b, void (*after)(void *context),
		   void *context, uint64_t *archived)
{
	*archived = 0;
	for (int i = 0; i < SNAPSHOTS_KEPT && s->snapshots[i];) {
		if (!read_one(s->directory, s->snapshots[i], b, archived))
			return s->snapshots[i];
		/* the log is not to be cut behind it */
		snapshots_forget(s->snapshots, i);
		*archived = 0;
		swap_book_clear(b);
		if (after)
			after(context);
	}
	return 0;
}

static void
check_archive(struct book_state *s, uint64_t archived)
{
	if (book_archive_count(&s->archive) < archived) {
		diag(DIAG_ERROR, "archive", diag_str("file", s->archive.path),
		     diag_u64("swaps", book_archive_count(&s->archive)),
		     diag_u64("expected", archived), diag_str("why", "missing, or an old copy"));
		exit(EXIT_USAGE);
	}
}

/* ---- the log ---- */

static bool
replay_line(void *context, uint64_t seq, struct span line)
{
	const char *why = swap_book_apply(context, line);

	if (why) {
		diag(DIAG_ERROR, "log", diag_u64("seq", seq), diag_str("why", why));
		exit(EXIT_USAGE);
	}
	return true;
}

static void
require(const struct wal_report *r)
{
	if (r->state == WAL_STATE_CLEAN || r->state == WAL_STATE_TORN)
		return;
	exit((int)wal_report_status(r));
}

void
book_state_open(struct book_state *s, const char *path, struct flow *f,
		void (*after)(void *context), void *context)
{
	struct wal_options options = {0};
	struct wal_report r;
	uint64_t seq, archived;

	if (!snapshots_list(s->directory, s->snapshots))
		tool_die(EXIT_TEMP, "state", path, strerror(errno));
	options.last_needed = s->snapshots[0];
	options.file_max = s->file_max;
	seq = book_state_restore(s, &f->book, after, context, &archived);
	options.first_needed = seq + 1;
	wal_open(&f->wal, s->directory, &options, &r);
	wal_report_tell(&r);
	require(&r);
	book_archive_open(&s->archive, path, DATABASE_WRITE);
	check_archive(s, archived);
	wal_replay(&f->wal, seq + 1, replay_line, &f->book, &r);
	if (r.state != WAL_STATE_CLEAN)
		wal_report_tell(&r);
	require(&r);
	s->tried = s->snapshots[0];
}

/* ---- snapshots, out ---- */

static void
write_snapshot(struct book_state *s, struct flow *f)
{
	struct buf text;
	bool ok;

	buf_init(&text, BOOK_TEXT_MAX);
	book_text_write(&f->book, wal_last(&f->wal), book_archive_count(&s->archive), &text);
	if (!buf_ok(&text))
		errno = ENOMEM;
	ok = buf_ok(&text) &&
	     snapshots_keep(s->directory, s->snapshots, wal_last(&f->wal), 0, buf_span(&text)) &&
	     (s->snapshots[1] == 0 || wal_drop_before(&f->wal, s->snapshots[1] + 1));
	buf_release(&text);
	if (!ok)
		diag(DIAG_WARNING, "snapshot", diag_errno(errno));
}

static bool
is_archived(void *context, const struct swap *s)
{
	return flow_done_with_swap(context, s);
}

void
book_state_snapshot_if_due(struct book_state *s, struct flow *f, bool wanted)
{
	uint64_t last = wal_last(&f->wal);
	bool any = false;

	/* what is open is written each time: not more often than it grows */
	if (last == 0 ||
	    (!wanted && (last - s->tried < s->every || last - s->tried < 4 * f->pending_n)))
		return;
	s->tried = last;
	for (size_t i = 0; i < f->book.swaps_n; i++) {
		if (!flow_done_with_swap(f, f->book.swaps[i]))
			continue;
		if (!any)
			book_archive_begin(&s->archive);
		any = true;
		book_archive_put(&s->archive, f->book.swaps[i]);
	}
	if (any)
		book_archive_commit(&s->archive);
	swap_book_drop(&f->book, is_archived, f);
	write_snapshot(s, f);
}

/* ---- looking on ---- */

struct look {
	struct swap_book *book;
	uint64_t from, needed;
	const char *why;
};

static void
take_batch(struct look *look, const struct wal_batch *batch)
{
	struct span payload = batch->payload, line;

	for (uint64_t seq = batch->seq; !look->why && wal_next_line(&payload, &line); seq++)
		if (seq >= look->from)
			look->why = swap_book_apply(look->book, line);
}

/* NULL, or what is wrong; then *report has it, or nothing. */
static const char *
read_log(int directory, struct look *look, struct wal_report *report)
{
	struct wal_dir dir;
	struct wal_scan scan;
	struct wal_batch batch;
	enum wal_step step = WAL_END;

	if (!wal_dir_open(&dir, directory))
		return strerror(errno);
	if (dir.files) {
		wal_scan_init(&scan, wal_dir_source(&dir), wal_dir_file_of(&dir, look->from));
		while (!look->why && (step = wal_scan_next(&scan, &batch)) == WAL_BATCH)
			take_batch(look, &batch);
		if (!look->why && look->needed > scan.chain.last)
			look->why = "the log ends before a line that was acted upon";
		if (!look->why && scan.first > look->from)
			look->why = "the log begins after the first line that is needed";
		wal_report_scan(report, &scan, step);
		wal_scan_release(&scan);
	} else if (look->needed) {
		look->why = "the log has no file";
	}
	wal_dir_release(&dir);
	/* a writer at work looks like a torn end */
	if (!look->why && step != WAL_END && step != WAL_TORN)
		look->why = report->why;
	return look->why;
}

void
book_state_look(struct book_state *s, const char *path, struct swap_book *b)
{
	uint64_t before, archived = 0;
	const char *why = NULL;

	for (int i = 0; i < LOOKS_MAX; i++) {
		struct wal_report report = {0};
		struct look look = {.book = b};

		if (!snapshots_list(s->directory, s->snapshots))
			tool_die(EXIT_TEMP, "state", path, strerror(errno));
		before = look.needed = s->snapshots[0];
		swap_book_clear(b);
		look.from = book_state_restore(s, b, NULL, NULL, &archived) + 1;
		why = read_log(s->directory, &look, &report);
		if (!snapshots_list(s->directory, s->snapshots))
			tool_die(EXIT_TEMP, "state", path, strerror(errno));
		/* it was exchanged meanwhile: look again */
		if (!why || s->snapshots[0] == before)
			break;
	}
	if (why)
		tool_die(EXIT_USAGE, "log", path, why);
	book_archive_open(&s->archive, path, DATABASE_READ);
	check_archive(s, archived);
}

/* ---- receipts ---- */

struct printed {
	uint64_t number;
	struct span line;
};

static int
by_number(const void *a, const void *b)
{
	const struct printed *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static struct printed *
room(struct printed *list, size_t n, size_t *cap)
{
	struct printed *more;

	if (n < *cap)
		return list;
	*cap = 2 * *cap + 64;
	more = realloc(list, *cap * sizeof *list);
	if (!more)
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	return more;
}

/* What the book's swaps have kept. */
static struct printed *
collect(const struct swap_book *b, uint64_t after, size_t *n)
{
	struct printed *list = NULL;
	size_t cap = 0;

	*n = 0;
	for (size_t i = 0; i < b->swaps_n; i++) {
		struct span rest = buf_span(&b->swaps[i]->kept);
		struct printed p;

		while (swap_book_next_kept(&rest, &p.number, &p.line)) {
			if (p.number <= after)
				continue;
			list = room(list, *n, &cap);
			list[(*n)++] = p;
		}
	}
	if (list)
		qsort(list, *n, sizeof *list, by_number);
	return list;
}

_Noreturn static void
missing(const struct book_state *s, uint64_t number)
{
	diag(DIAG_ERROR, "archive", diag_str("file", s->archive.path), diag_u64("seq", number),
	     diag_str("why", "a receipt is missing"));
	exit(EXIT_USAGE);
}

void
book_state_receipts(struct book_state *s, const struct swap_book *b, uint64_t after,
		    void (*print)(void *context, struct span line), void *context)
{
	size_t n, i = 0;
	struct printed *list = collect(b, after, &n);
	sqlite3_stmt *archived =
	    s->archive.there ? book_archive_receipts(&s->archive, after) : NULL;
	bool more = archived && database_step(&s->archive.db, archived);
	struct buf out;

	buf_init(&out, LIMIT_LINE_BYTES);
	for (uint64_t number = after + 1; number <= b->receipts; number++) {
		while (more && (uint64_t)sqlite3_column_int64(archived, 0) < number)
			more = database_step(&s->archive.db, archived);
		if (i < n && list[i].number == number) {
			buf_clear(&out);
			if (!journal_receipt(list[i++].line, number, &out))
				missing(s, number);
			print(context, buf_span(&out));
		} else if (more && (uint64_t)sqlite3_column_int64(archived, 0) == number) {
			print(context, database_text(archived, 1));
		} else {
			missing(s, number);
		}
	}
	sqlite3_finalize(archived);
	free(list);
	buf_release(&out);
}
