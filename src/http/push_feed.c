#include "push_feed.h"

#include <errno.h>
#include <string.h>

static bool
fault(struct feed *f, enum cursor_status s)
{
	switch (s) {
	case CURSOR_FAILED: f->why = strerror(errno); break;
	case CURSOR_END: f->why = "there is no stream yet"; break;
	case CURSOR_LOST: f->why = "the files go faster than they can be read"; break;
	case CURSOR_DAMAGED:
	case CURSOR_SNAPSHOT:
	case CURSOR_UPDATE: f->why = "the stream is damaged"; break;
	}
	return false;
}

/* The live place to the end of the newest file: what is in it so far belongs to the snapshot. */
static bool
go_newest(struct feed *f)
{
	enum cursor_status s = cursor_newest(&f->live);
	struct stream_line line;

	if (s == CURSOR_SNAPSHOT)
		s = cursor_skip_snapshot(&f->live);
	while (s == CURSOR_UPDATE)
		s = cursor_next(&f->live, &line);
	return (s == CURSOR_END && f->live.file >= 0) || fault(f, s);
}

bool
feed_start(struct feed *f, int directory)
{
	cursor_init(&f->live, directory);
	cursor_init(&f->back, directory);
	f->backfilling = false;
	f->tell = FEED_TELL_NOTHING;
	f->all.n = f->fresh.n = f->queued.n = 0;
	f->why = NULL;
	push_record_init(&f->reader);
	return go_newest(f);
}

void
feed_stop(struct feed *f)
{
	cursor_close(&f->live);
	cursor_close(&f->back);
	record_release(&f->reader);
}

/* The snapshot of fresh topics, from the file that the live place is in; where that is gone, all
 * topics from the newest. */
static bool
begin_back(struct feed *f)
{
	for (int i = 0; i < 100; i++) {
		enum cursor_status s = cursor_file(&f->back, f->live.first);

		if (s == CURSOR_SNAPSHOT) {
			f->backfilling = true;
			return true;
		}
		if (s != CURSOR_LOST)
			return fault(f, s);
		if (f->all.n > f->fresh.n && f->tell == FEED_TELL_NOTHING) {
			f->tell = FEED_TELL_SKIPPED;
			f->skipped = f->live.next;
		}
		f->fresh = f->all;
		if (!go_newest(f))
			return false;
	}
	return fault(f, CURSOR_LOST);
}

/* What comes next has been deleted. */
static bool
jump(struct feed *f, uint64_t skipped)
{
	f->tell = FEED_TELL_SKIPPED;
	f->skipped = skipped;
	f->fresh = f->all;
	return go_newest(f) && begin_back(f);
}

static void
resume(struct feed *f, uint64_t since)
{
	enum cursor_status s = cursor_after(&f->live, since);

	if (s == CURSOR_UPDATE) {
		f->tell = FEED_TELL_SYNCED;
		return;
	}
	if (s == CURSOR_LOST) {
		jump(f, since + 1);
		return;
	}
	if (s != CURSOR_END) {
		fault(f, s);
		return;
	}
	/* the stream was begun anew, or a power cut took its end: what he has is of another */
	f->tell = FEED_TELL_RESET;
	if (go_newest(f))
		begin_back(f);
}

static bool
queue(struct feed *f, const struct topics *add)
{
	if (f->all.n + f->queued.n + add->n > TOPICS_MAX)
		return false;
	for (size_t i = 0; i < add->n; i++)
		topics_add(&f->queued, &add->list[i]);
	return true;
}

bool
feed_subscribe(struct feed *f, const struct topics *add, bool has_since, uint64_t since)
{
	struct topics before = f->all;

	if (f->backfilling)
		return queue(f, add);
	f->fresh.n = 0;
	for (size_t i = 0; i < add->n; i++) {
		size_t n = f->all.n;

		if (!topics_add(&f->all, &add->list[i])) {
			f->all = before;
			return false;
		}
		if (f->all.n > n)
			topics_add(&f->fresh, &add->list[i]);
	}
	if (has_since && before.n == 0)
		resume(f, since);
	else
		begin_back(f);
	return true;
}

void
feed_unsubscribe(struct feed *f, const struct topics *gone)
{
	for (size_t i = 0; i < gone->n; i++) {
		topics_remove(&f->all, &gone->list[i]);
		topics_remove(&f->fresh, &gone->list[i]);
		topics_remove(&f->queued, &gone->list[i]);
	}
}

static enum feed_status
give(struct feed *f, const struct topics *t, bool snapshot, const struct stream_line *line,
     struct buf *out)
{
	struct push_record r;

	if (push_record_read(&f->reader, line->record, &r) || !topics_match(t, &r))
		return FEED_PASSED;
	message_record(&r, snapshot, line->seq, line->record, out);
	f->numbered = !snapshot;
	f->seq = line->seq;
	return FEED_MESSAGE;
}

static enum feed_status
tell(struct feed *f, struct buf *out)
{
	uint64_t now = f->live.next - 1;

	if (f->tell == FEED_TELL_SKIPPED && f->skipped <= now)
		message_skipped(f->skipped, now, out);
	else
		message_event(f->tell == FEED_TELL_RESET ? "reset" : "synced", now, out);
	f->numbered = f->tell == FEED_TELL_SYNCED;
	f->seq = now;
	f->tell = FEED_TELL_NOTHING;
	return FEED_MESSAGE;
}

static enum feed_status
back_next(struct feed *f, struct buf *out)
{
	struct stream_line line;
	enum cursor_status s;

	if (f->back.snapshot_left == 0 && f->back.next >= f->live.next) {
		cursor_close(&f->back);
		f->backfilling = false;
		f->tell = FEED_TELL_SYNCED;
		return tell(f, out);
	}
	s = cursor_next(&f->back, &line);
	if (s == CURSOR_SNAPSHOT || s == CURSOR_UPDATE)
		return give(f, &f->fresh, true, &line, out);
	fault(f, s);
	return FEED_FAILED;
}

enum feed_status
feed_next(struct feed *f, struct buf *out)
{
	struct stream_line line;
	enum cursor_status s;

	f->numbered = false;
	if (f->why)
		return FEED_FAILED;
	if (f->tell != FEED_TELL_NOTHING)
		return tell(f, out);
	if (f->backfilling)
		return back_next(f, out);
	if (f->queued.n) {
		struct topics more = f->queued;

		f->queued.n = 0;
		feed_subscribe(f, &more, false, 0);
		return FEED_PASSED;
	}
	s = cursor_next(&f->live, &line);
	if (s == CURSOR_UPDATE)
		return give(f, &f->all, false, &line, out);
	if (s == CURSOR_END)
		return FEED_END;
	if (s == CURSOR_LOST && jump(f, f->live.next))
		return FEED_PASSED;
	fault(f, s);
	return FEED_FAILED;
}
