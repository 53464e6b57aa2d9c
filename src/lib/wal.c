#include "wal.h"

#include "check.h"
#include "wal_dir.h"
#include "wal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static const char begins_late[] = "the log begins after the first line that is needed";

uint64_t
wal_last(const struct wal *w)
{
	return atomic_load(&w->last);
}

uint64_t
wal_durable(const struct wal *w)
{
	return atomic_load(&w->durable);
}

int
wal_error(const struct wal *w)
{
	return atomic_load(&w->error);
}

/* The first failure is kept, and is the answer to every later call. */
static bool
failed(struct wal *w, int error)
{
	int none = 0;

	CHECK(error != 0);
	atomic_compare_exchange_strong(&w->error, &none, error);
	errno = wal_error(w);
	return false;
}

static bool
usable(const struct wal *w)
{
	errno = wal_error(w);
	return errno == 0;
}

/* ---- sync ---- */

static bool
sync_locked(struct wal *w)
{
	uint64_t upto = wal_last(w);

	if (!usable(w))
		return false;
	if (!wal_file_sync(w->fd))
		return failed(w, errno);
	if (!usable(w)) /* a write of the other thread failed meanwhile */
		return false;
	CHECK(upto >= wal_durable(w));
	atomic_store(&w->durable, upto);
	return true;
}

bool
wal_sync(struct wal *w)
{
	bool ok;

	pthread_mutex_lock(&w->syncing);
	ok = wal_last(w) == wal_durable(w) ? usable(w) : sync_locked(w);
	pthread_mutex_unlock(&w->syncing);
	return ok;
}

/* ---- append ---- */

/* The batch that comes next, with its header line in text. */
static struct wal_batch
next_batch(const struct wal *w, struct span lines, uint32_t n, char text[WAL_BATCH_HEADER_MAX + 1])
{
	struct wal_batch b = {.seq = w->chain.last + 1,
			      .n = n,
			      .durable = wal_durable(w),
			      .prev = w->chain.crc,
			      .payload = lines};

	wal_batch_print(&b, w->chain.salt, text);
	return b;
}

static bool
write_batch(struct wal *w, const struct wal_batch *b, const char *text)
{
	struct span header = {text, b->header_len};

	CHECK(wal_chain_follows(&w->chain, b));
	if (!wal_file_write(w->fd, header, b->payload))
		return failed(w, errno);
	wal_chain_take(&w->chain, b);
	w->offset += b->header_len + b->payload.len;
	atomic_store(&w->last, w->chain.last);
	return true;
}

bool
wal_mark(struct wal *w)
{
	char text[WAL_BATCH_HEADER_MAX + 1];
	struct wal_batch b;

	if (!usable(w))
		return false;
	if (w->chain.durable == wal_durable(w))
		return true;
	b = next_batch(w, SPAN_LIT(""), 0, text);
	return write_batch(w, &b, text);
}

/* Begin file `number` behind what chain says, and write there from now on. */
static bool
begin_file(struct wal *w, uint64_t number)
{
	struct wal_header h = {
	    .first = w->chain.last + 1, .prev_number = number - 1, .prev_crc = w->chain.crc};
	char text[WAL_HEADER_MAX + 1];
	int fd;

	if (number > WAL_NUMBER_MAX) {
		errno = EOVERFLOW;
		return false;
	}
	fd = wal_file_create(w->directory, number, &h, w->mode);
	if (fd < 0)
		return false;
	if (w->fd >= 0)
		close(w->fd); /* it has been synced: no failure is left to hear of */
	w->fd = fd;
	w->number = number;
	w->file_first = h.first;
	w->offset = wal_header_print(&h, text);
	w->chain = (struct wal_chain){
	    .salt = h.salt, .crc = h.salt, .last = h.first - 1, .durable = h.first - 1};
	return true;
}

/* Sync, and write down in the log that all of it is durable, durably. */
static bool
seal_locked(struct wal *w)
{
	if (!sync_locked(w))
		return false;
	return w->chain.durable == wal_durable(w) || (wal_mark(w) && sync_locked(w));
}

/* End the newest file, and begin the next. */
static bool
rotate(struct wal *w)
{
	bool ok;

	pthread_mutex_lock(&w->syncing);
	ok = seal_locked(w);
	if (ok && !begin_file(w, w->number + 1))
		ok = failed(w, errno);
	pthread_mutex_unlock(&w->syncing);
	return ok;
}

static bool
append_batch(struct wal *w, struct span lines)
{
	char text[WAL_BATCH_HEADER_MAX + 1];
	uint32_t n = (uint32_t)wal_count_lines(lines);
	struct wal_batch b = next_batch(w, lines, n, text);
	bool has_lines = w->chain.last >= w->file_first;

	if (has_lines && w->offset + b.header_len + lines.len > w->file_max) {
		if (!rotate(w))
			return false;
		b = next_batch(w, lines, n, text);
	}
	return write_batch(w, &b, text);
}

/* Whole lines for one batch, from the beginning of lines. */
static struct span
one_batch(struct span lines)
{
	const char *newline = lines.ptr + lines.len - 1;

	if (lines.len > LIMIT_WAL_BATCH_BYTES)
		newline = memrchr(lines.ptr, '\n', LIMIT_WAL_BATCH_BYTES);
	if (!newline)
		newline = memchr(lines.ptr, '\n', lines.len);
	CHECK(newline && *newline == '\n');
	return (struct span){lines.ptr, (size_t)(newline - lines.ptr) + 1};
}

bool
wal_append(struct wal *w, struct span lines)
{
	if (!usable(w))
		return false;
	CHECK(lines.len == 0 || lines.ptr[lines.len - 1] == '\n');
	while (lines.len) {
		struct span batch = one_batch(lines);

		if (!append_batch(w, batch))
			return false;
		lines = (struct span){lines.ptr + batch.len, lines.len - batch.len};
	}
	return true;
}

/* ---- open ---- */

/* What other files say about the log, against what it says itself. NULL, or what is wrong. */
static const char *
not_enough(const struct wal_options *o, const struct wal_scan *s)
{
	if (o->first_needed && s->first > o->first_needed)
		return begins_late;
	if (o->last_needed > s->chain.last)
		return "the log ends before a line that was acted upon";
	return NULL;
}

/* Read all of it, and report what was found. */
static void
survey(struct wal *w, const struct wal_options *o, const struct wal_dir *d, struct wal_scan *s,
       struct wal_report *report)
{
	struct wal_batch b;
	enum wal_step step;

	do
		step = wal_scan_next(s, &b);
	while (step == WAL_BATCH);
	w->chain = s->chain;
	wal_report_scan(report, s, step);
	if (step != WAL_END && step != WAL_TORN)
		return;
	if (d->missing)
		wal_report_corrupt(report, d->missing, "a file of the log is missing");
	else if (not_enough(o, s))
		wal_report_corrupt(report, s->number, not_enough(o, s));
}

/* Save and cut the torn end at the scan's offset, and begin a new file: a sector of the old end
 * that comes back must not meet its own salt. */
static bool
mend(struct wal *w, const struct wal_scan *s)
{
	struct span tail = wal_scan_tail(s);

	if (tail.len && !wal_file_save_tail(w->directory, s->number, s->offset, tail, w->mode))
		return false;
	if (s->offset == 0) /* the file never came to be used: make it anew */
		return begin_file(w, s->number);
	w->fd = wal_file_open(w->directory, s->number, O_RDWR, 0);
	return w->fd >= 0 && wal_file_cut(w->fd, s->offset) &&
	       wal_file_rewrite(w->fd, s->sure, s->offset) && wal_file_sync(w->fd) &&
	       begin_file(w, s->number + 1);
}

/* Go on in the newest file, once all of it is durable for certain. */
static bool
resume(struct wal *w, const struct wal_scan *s)
{
	int cut_before = wal_file_has_saved_tail(w->directory, s->number, s->offset);

	if (cut_before < 0)
		return false;
	w->fd = wal_file_open(w->directory, s->number, O_RDWR, 0);
	if (w->fd < 0 || !wal_file_rewrite(w->fd, s->sure, s->offset) || !wal_file_sync(w->fd) ||
	    fsync(w->directory) != 0)
		return false;
	if (cut_before) /* a mend was cut short */
		return begin_file(w, s->number + 1);
	w->number = s->number;
	w->offset = s->offset;
	w->file_first = s->file_first;
	return lseek(w->fd, (off_t)s->offset, SEEK_SET) >= 0;
}

static bool
recover(struct wal *w, const struct wal_options *o, struct wal_report *report)
{
	struct wal_dir d;
	struct wal_scan s = {0};
	bool ok = wal_dir_open(&d, w->directory);

	if (ok) {
		wal_scan_init(&s, wal_dir_source(&d), d.files ? d.oldest : 1);
		if (d.files)
			survey(w, o, &d, &s, report);
		else if (o->last_needed || o->first_needed > 1)
			wal_report_corrupt(report, 0, "the log has no file");
	}
	if (ok && report->state == WAL_STATE_CLEAN)
		ok = d.files ? resume(w, &s) : begin_file(w, 1);
	else if (ok && report->state == WAL_STATE_TORN)
		ok = mend(w, &s);
	if (!ok)
		wal_report_failed(report, errno, "recovery");
	wal_scan_release(&s);
	wal_dir_release(&d);
	return report->state == WAL_STATE_CLEAN || report->state == WAL_STATE_TORN;
}

static bool
lock(int directory)
{
	int refused;

	do
		refused = flock(directory, LOCK_EX | LOCK_NB);
	while (refused && errno == EINTR);
	return !refused;
}

static void
release(struct wal *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	pthread_mutex_destroy(&w->syncing);
	flock(w->directory, LOCK_UN);
}

enum wal_state
wal_open(struct wal *w, int directory, const struct wal_options *options, struct wal_report *report)
{
	static const struct wal_options usual;
	const struct wal_options *o = options ? options : &usual;

	*report = (struct wal_report){.state = WAL_STATE_CLEAN};
	if (!lock(directory)) {
		wal_report_failed(report, errno, "lock");
		if (report->error == EWOULDBLOCK)
			report->state = WAL_STATE_BUSY;
		return report->state;
	}
	memset(w, 0, sizeof *w);
	w->directory = directory;
	w->fd = -1;
	w->mode = o->mode ? o->mode : 0640;
	w->file_max = o->file_max ? o->file_max : LIMIT_WAL_FILE_BYTES;
	CHECK(w->file_max <= LIMIT_WAL_FILE_BYTES);
	CHECK(pthread_mutex_init(&w->syncing, NULL) == 0);
	if (!recover(w, o, report)) {
		release(w);
		return report->state;
	}
	atomic_store(&w->last, w->chain.last);
	atomic_store(&w->durable, w->chain.last);
	return report->state;
}

/* ---- replay, drop, close ---- */

/* Hand the lines of b from seq `from` on to line(); false when it wants no more. */
static bool
hand_out(struct wal_batch b, uint64_t from,
	 bool (*line)(void *context, uint64_t seq, struct span line), void *context)
{
	struct span text;

	for (uint64_t seq = b.seq; wal_next_line(&b.payload, &text); seq++)
		if (seq >= from && !line(context, seq, text))
			return false;
	return true;
}

enum wal_state
wal_replay(const struct wal *w, uint64_t from,
	   bool (*line)(void *context, uint64_t seq, struct span line), void *context,
	   struct wal_report *report)
{
	uint64_t stop = wal_last(w);
	enum wal_step step = WAL_BATCH;
	struct wal_dir d;
	struct wal_scan s;
	struct wal_batch b;
	bool more = true, late = false;

	*report = (struct wal_report){.state = WAL_STATE_CLEAN};
	if (!wal_dir_open(&d, w->directory)) {
		wal_report_failed(report, errno, "replay");
		return report->state;
	}
	wal_scan_init(&s, wal_dir_source(&d), d.files ? wal_dir_file_of(&d, from) : 1);
	while (more && s.chain.last < stop) {
		step = wal_scan_next(&s, &b);
		late = from && s.first > from;
		if (step != WAL_BATCH || late)
			break;
		more = hand_out(b, from, line, context);
	}
	if (step != WAL_BATCH)
		wal_report_scan(report, &s, step);
	if (late)
		wal_report_corrupt(report, s.number, begins_late);
	else if (more && s.chain.last < stop && step != WAL_FAILED)
		wal_report_corrupt(report, s.number, "the log has changed since it was opened");
	wal_scan_release(&s);
	wal_dir_release(&d);
	return report->state;
}

/* 1: file `number` holds only lines before seq, as the next one's first line says; 0: no; -1 */
static int
all_before(struct wal_dir *d, uint64_t number, uint64_t seq)
{
	struct wal_header h;
	int got = wal_dir_header(d, number + 1, &h);

	return got == 1 ? h.first <= seq : got;
}

bool
wal_drop_before(struct wal *w, uint64_t seq)
{
	struct wal_dir d;
	bool ok = usable(w) && wal_dir_open(&d, w->directory);

	if (!ok)
		return false;
	for (uint64_t number = d.oldest; ok && number < w->number; number++) {
		char name[WAL_NAME_BYTES];
		int drop = all_before(&d, number, seq);

		if (drop == 0)
			break;
		wal_name(number, name);
		/* one by one, oldest first: no crash leaves a hole */
		ok = drop > 0 && unlinkat(w->directory, name, 0) == 0 && fsync(w->directory) == 0;
	}
	wal_dir_release(&d);
	return ok;
}

bool
wal_close(struct wal *w)
{
	bool ok;

	pthread_mutex_lock(&w->syncing);
	ok = seal_locked(w);
	pthread_mutex_unlock(&w->syncing);
	release(w);
	return ok;
}
