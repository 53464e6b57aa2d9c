#include "listing.h"

#include "diag.h"
#include "tool.h"
#include "wal_dir.h"
#include "wal_report.h"

#include <errno.h>
#include <stdlib.h>

static void
take_batch(struct swap_book *b, struct span payload, void (*line)(void *context, struct span line),
	   void *context)
{
	struct span one;

	while (wal_next_line(&payload, &one)) {
		const char *why = swap_book_apply(b, one);

		if (why)
			tool_die(EXIT_USAGE, "log", NULL, why);
		if (line)
			line(context, one);
	}
}

void
listing_read(int directory, struct swap_book *b, void (*line)(void *context, struct span line),
	     void *context)
{
	struct wal_dir dir;
	struct wal_scan scan;
	struct wal_batch batch;
	struct wal_report report = {0};
	enum wal_step step;

	if (!wal_dir_open(&dir, directory))
		tool_die(EXIT_TEMP, "log", NULL, strerror(errno));
	if (dir.oldest == 0) {
		wal_dir_release(&dir);
		return;
	}
	wal_scan_init(&scan, wal_dir_source(&dir), dir.oldest);
	while ((step = wal_scan_next(&scan, &batch)) == WAL_BATCH)
		take_batch(b, batch.payload, line, context);
	wal_report_scan(&report, &scan, step);
	/* a writer at work looks like a torn end */
	if (step != WAL_END && step != WAL_TORN) {
		wal_report_tell(&report);
		exit((int)wal_report_status(&report));
	}
	wal_scan_release(&scan);
	wal_dir_release(&dir);
}

const char *
listing_state(const struct swap *s)
{
	bool failed = false, paid = false, refunded = false;

	for (size_t i = 0; i < s->legs_n; i++) {
		failed = failed || (s->legs[i]->status == LEG_FAILED && !s->legs[i]->of);
		paid = paid || (s->legs[i]->status == LEG_CONFIRMED && !s->legs[i]->of);
		refunded = refunded || s->legs[i]->status == LEG_REFUNDED;
	}
	if (s->held)
		return "held";
	if (failed && paid)
		return "half";
	if (!s->over)
		return "open";
	return refunded ? "refunded" : failed ? "void" : "settled";
}

static void
member(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_json_member_string(out, name, span_of(value));
}

static void
print_leg(const struct leg *l, struct buf *out)
{
	const struct version *v = leg_newest(l);

	buf_byte(out, '{');
	member(out, "leg", l->id);
	member(out, "account", l->account);
	member(out, "chain", l->chain);
	member(out, "asset", l->asset);
	member(out, "direction", l->direction);
	member(out, "amount", l->amount);
	member(out, "to", l->to);
	member(out, "status", leg_status_name(l->status));
	member(out, "txId", l->tx_id ? l->tx_id : v ? v->tx_id : NULL);
	buf_json_member_u64(out, "versions", l->versions_n);
	member(out, "fee", l->fee);
	member(out, "code", l->code);
	member(out, "msg", l->msg);
	if (l->cancel)
		buf_json_member_bool(out, "cancel", true);
	if (l->reorgs)
		buf_json_member_u64(out, "reorgs", l->reorgs);
	buf_json_member_i64(out, "since", l->since_us);
	buf_byte(out, '}');
}

void
listing_swap(const struct swap *s, struct buf *out)
{
	buf_str(out, "{\"type\":\"swap\"");
	member(out, "swap", s->id);
	member(out, "state", listing_state(s));
	member(out, "code", s->held_code);
	buf_json_member_i64(out, "ts", s->ts);
	buf_json_key(out, "legs");
	buf_byte(out, '[');
	for (size_t i = 0; i < s->legs_n; i++) {
		if (i)
			buf_byte(out, ',');
		print_leg(s->legs[i], out);
	}
	buf_str(out, "]}");
}
