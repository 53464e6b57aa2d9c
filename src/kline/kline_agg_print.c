/* kline_agg_print: the records that kline-agg prints. */
#include "kline_agg.h"

#include "diag.h"
#include "utc.h"

static void
emit(struct kline_agg *t)
{
	filter_emit(t->filter, buf_span(&t->out));
	buf_clear(&t->out);
}

/* The members that every record of ours begins with. */
void
kline_agg_begin(struct kline_agg *t, const char *type)
{
	buf_byte(&t->out, '{');
	buf_json_member_string(&t->out, "type", span_of(type));
	buf_json_member_u64(&t->out, "seq", ++t->done.seq);
	buf_json_member_u64(&t->out, "in", t->done.in);
}

void
kline_agg_end_record(struct kline_agg *t)
{
	buf_byte(&t->out, '}');
	emit(t);
}

static void
print_id(struct kline_agg *t, const char *name, uint64_t id)
{
	char text[FIXED_TEXT_MAX];
	size_t n = fixed_print((decimal_int)id, 0, text);

	buf_json_member_string(&t->out, name, (struct span){text, n});
}

/* ---- what the bars' listener hears ---- */

static void
on_bar(void *context, struct span symbol, const struct interval *interval, const struct bar *bar)
{
	struct kline_agg *t = context;

	bar_print(bar, symbol, interval->name, ++t->done.seq, t->done.in, &t->out);
	emit(t);
	metrics_count(&t->filter->metrics, t->m_bars, 1);
	if (bar->again)
		metrics_count(&t->filter->metrics, t->m_rebuilt, 1);
	/* a late trade's own delay is not the bar's; coarser bars have the same trades */
	else if (bar->changed && bar->untold_us && interval->source < 0 && t->filter->metrics_file)
		delay_add(&t->delay, utc_now_us() - bar->untold_us);
}

static void
on_gap(void *context, struct span symbol, struct ids_run run, bool filled)
{
	struct kline_agg *t = context;

	kline_agg_begin(t, "gap");
	buf_json_member_string(&t->out, "symbol", symbol);
	print_id(t, "firstMissing", run.first);
	print_id(t, "lastMissing", run.last);
	buf_json_member_bool(&t->out, "filled", filled);
	kline_agg_end_record(t);
	metrics_count(&t->filter->metrics, t->m_gaps, !filled);
	if (!filled)
		diag(DIAG_WARNING, "gap", diag_span("symbol", symbol), diag_u64("first", run.first),
		     diag_u64("last", run.last));
}

static void
on_missed(void *context, struct span symbol, const struct interval *interval,
	  const struct trade *trade)
{
	struct kline_agg *t = context;

	kline_agg_begin(t, "late");
	buf_json_member_string(&t->out, "symbol", symbol);
	print_id(t, "tradeId", trade->id);
	buf_json_member_string(&t->out, "interval", span_of(interval->name));
	buf_json_member_i64(
	    &t->out, "windowStart",
	    interval_start(trade->ts_us, interval->width_us, t->options.intervals.offset_us));
	kline_agg_end_record(t);
}

void
kline_agg_listen(struct kline_agg *t, struct agg_listener *out)
{
	*out =
	    (struct agg_listener){.context = t, .bar = on_bar, .gap = on_gap, .missed = on_missed};
}

/* ---- lines that are refused ---- */

enum filter_verdict
kline_agg_reject(struct kline_agg *t, const struct line *in, const char *reason, const char *why,
		 size_t offset)
{
	diag(DIAG_WARNING, "rejected", diag_u64("line", t->done.in), diag_u64("off", offset),
	     diag_str("code", reason), diag_str("why", why));
	kline_agg_begin(t, "reject");
	buf_json_member_string(&t->out, "reason", span_of(reason));
	buf_json_member_string(&t->out, "msg", span_of(why));
	buf_json_member_string(
	    &t->out, "input",
	    (struct span){in->text.ptr, in->text.len < 1000 ? in->text.len : 1000});
	kline_agg_end_record(t);
	metrics_count(&t->filter->metrics, t->m_rejects, 1);
	return FILTER_NO;
}
