/* kline_agg_line: one line into bars, and what the clock asks for between lines: provisional bars,
 * bars of symbols that are idle, checkpoints. */
#include "kline_agg.h"

#include "diag.h"
#include "limit.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>

/* ---- the checkpoint ---- */

/* What it says has been printed must be out first. */
static bool
save(struct kline_agg *t)
{
	if (t->state < 0)
		return true;
	if (!line_flush(&t->filter->out))
		return false;
	if (!checkpoint_write(&t->agg, &t->done, t->state)) {
		diag(DIAG_ERROR, "checkpoint", diag_str("file", CHECKPOINT_FILE),
		     diag_errno(errno));
		t->filter->status = EXIT_TEMP;
		return false;
	}
	t->checkpoint_at = utc_monotonic_us();
	return true;
}

void
kline_agg_load(struct kline_agg *t, const char *directory)
{
	switch (checkpoint_read(&t->agg, &t->done, t->state)) {
	case CHECKPOINT_OK:
	case CHECKPOINT_NONE: break;
	case CHECKPOINT_E_READ: tool_die(EXIT_TEMP, "checkpoint", directory, strerror(errno));
	case CHECKPOINT_E_DAMAGED:
		tool_die(EXIT_USAGE, "damaged", directory, CHECKPOINT_FILE " is not whole");
	case CHECKPOINT_E_OTHER:
		tool_die(EXIT_CONFIG, "checkpoint", directory,
			 "made with other --intervals or --day-offset");
	case CHECKPOINT_E_FULL:
		tool_die(EXIT_CONFIG, "checkpoint", directory, "more than --max-symbols");
	}
	t->first_in = t->done.in;
}

/* ---- the clock ---- */

/* What is counted elsewhere. */
static void
show(struct kline_agg *t)
{
	struct metrics *m = &t->filter->metrics;

	metrics_set(m, t->m_late, (int64_t)t->agg.late);
	metrics_set(m, t->m_duplicates, (int64_t)t->agg.duplicates);
	metrics_set(m, t->m_delay, delay_quantile(&t->delay, 500));
	metrics_set(m, t->m_delay + 1, delay_quantile(&t->delay, 990));
	metrics_set(m, t->m_delay + 2, t->delay.max_us);
	metrics_set(m, t->m_delay + 3, t->delay.sum_us);
	metrics_set(m, t->m_delay + 4, (int64_t)t->delay.n);
}

/* Whatever is due by the clock. False: a checkpoint failed. */
static bool
look_at_clock(struct kline_agg *t)
{
	int64_t mono = utc_monotonic_us();

	t->now_us = utc_now_us();
	if (t->idle_close_us &&
	    (mono - t->line_at >= t->idle_close_us || t->newest_us >= t->now_us - t->idle_close_us))
		agg_watermark(&t->agg, (struct span){0}, t->now_us - t->idle_close_us);
	if (t->provisional_us && mono - t->provisional_at >= t->provisional_us) {
		t->provisional_at = mono;
		agg_provisional(&t->agg);
	}
	if (t->state >= 0 && mono - t->checkpoint_at >= t->checkpoint_us)
		return save(t);
	show(t);
	metrics_write_sometimes(&t->filter->metrics);
	return true;
}

void
kline_agg_tick(void *context)
{
	struct kline_agg *t = context;

	/* a checkpoint that fails is tried again with the next line, which ends the run */
	look_at_clock(t);
}

/* ---- lines ---- */

/* A time that has not come yet would close every window before it. */
static bool
is_future(struct kline_agg *t, int64_t ts_us)
{
	if (t->max_skew_us == 0 || ts_us <= t->now_us + t->max_skew_us)
		return false;
	t->now_us = utc_now_us();
	return ts_us > t->now_us + t->max_skew_us;
}

static enum agg_verdict
apply(struct kline_agg *t, const struct trade_line *l)
{
	switch (l->type) {
	case LINE_TRADE:
		if (l->trade.ts_us > t->newest_us)
			t->newest_us = l->trade.ts_us;
		return agg_trade(&t->agg, l->symbol, &l->trade);
	case LINE_CANCEL: return agg_cancel(&t->agg, l->symbol, l->trade.id);
	case LINE_CORRECT:
		return agg_correct(&t->agg, l->symbol, l->trade.id, l->trade.px, l->trade.sz,
				   l->trade.turnover);
	case LINE_WATERMARK: return agg_watermark(&t->agg, l->symbol, l->trade.ts_us);
	case LINE_STREAM_END:
	case LINE_OTHER: break;
	}
	return AGG_OK;
}

/* A watermark goes on to those behind us: what it closes has been printed. */
static void
pass_watermark(struct kline_agg *t, const struct trade_line *l)
{
	kline_agg_begin(t, "watermark");
	if (l->symbol.ptr)
		buf_json_member_string(&t->out, "symbol", l->symbol);
	buf_json_member_i64(&t->out, "ts", l->trade.ts_us);
	kline_agg_end_record(t);
}

static enum filter_verdict
judge(struct kline_agg *t, const struct line *in, const struct trade_line *l, enum agg_verdict v)
{
	switch (v) {
	case AGG_OK:
	case AGG_DUPLICATE: break;
	case AGG_E_TOO_LATE:
	case AGG_E_UNDECIDED:
	case AGG_E_UNKNOWN:
	case AGG_E_SYMBOLS:
		return kline_agg_reject(t, in, agg_verdict_code(v), agg_verdict_text(v), 0);
	case AGG_E_OVERFLOW:
	case AGG_E_MEMORY:
		diag(DIAG_ERROR, agg_verdict_code(v), diag_u64("line", t->done.in),
		     diag_str("why", agg_verdict_text(v)));
		t->filter->status = v == AGG_E_MEMORY ? EXIT_TEMP : EXIT_USAGE;
		return FILTER_ABANDON;
	}
	if (l->type == LINE_WATERMARK)
		pass_watermark(t, l);
	return FILTER_YES;
}

bool
kline_agg_note(void *context, struct span line, void *out)
{
	struct kline_agg *t = context;
	struct trade_line_fault fault;
	struct trade_line *l = out;

	if (!trade_line_read(&t->reader_ahead, line, l, &fault))
		return false;
	/* text that had escapes is the reader's, and does not last as long as the note */
	return !l->symbol.ptr || (l->symbol.ptr >= line.ptr && l->symbol.ptr < line.ptr + line.len);
}

enum filter_verdict
kline_agg_line(struct filter *f, const struct line *in, bool too_long)
{
	struct kline_agg *t = f->context;
	struct trade_line_fault fault;
	const struct trade_line *l = f->noted;
	struct trade_line own;

	/* before this line counts: a checkpoint made here does not have it */
	if (t->provisional_us || t->idle_close_us || (in->number & 1023) == 0) {
		if (!look_at_clock(t))
			return FILTER_ABANDON;
		t->line_at = utc_monotonic_us();
	}
	t->done.in = t->first_in + in->number;
	if (too_long)
		return kline_agg_reject(t, in, "TOO_LONG", "longer than a record may be",
					LIMIT_LINE_BYTES);
	if (!l && trade_line_read(&t->reader, in->text, &own, &fault))
		l = &own;
	if (!l)
		return kline_agg_reject(t, in, fault.code, fault.why, fault.offset);
	if ((l->type == LINE_TRADE || l->type == LINE_WATERMARK) && is_future(t, l->trade.ts_us))
		return kline_agg_reject(t, in, "FUTURE", "its time has not come: see --max-skew",
					0);
	if (l->type == LINE_TRADE && t->filter->metrics_file)
		metrics_set(&t->filter->metrics, t->m_lag, (utc_now_us() - l->trade.ts_us) / 1000);
	if (l->type == LINE_STREAM_END)
		t->ended = true;
	return judge(t, in, l, apply(t, l));
}

/* ---- the end ---- */

enum filter_verdict
kline_agg_end(struct filter *f, bool at_end)
{
	struct kline_agg *t = f->context;

	agg_provisional(&t->agg);
	if (!save(t))
		return FILTER_ABANDON;
	show(t);
	if (!at_end)
		return FILTER_YES;
	if (t->ended) {
		buf_str(&t->out, "{\"type\":\"end\"");
		buf_json_member_u64(&t->out, "count", t->done.seq);
		kline_agg_end_record(t);
	} else if (t->require_end) {
		diag(DIAG_ERROR, "incomplete", diag_u64("line", t->done.in),
		     diag_str("why", "the input ended without an end record"));
		return FILTER_NO;
	}
	return FILTER_YES;
}
