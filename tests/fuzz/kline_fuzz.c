/* Catches trade lines that crash the aggregator, bars that are no JSON or no possible candle, and a
 * bar that is told twice with one version. */
#include "agg_listener.h"
#include "json.h"
#include "trade_line.h"

static struct buf out;
static uint64_t seq;

static void
on_bar(void *context, struct span symbol, const struct interval *interval, const struct bar *b)
{
	(void)context;
	FUZZ_CHECK(b->version > 0);
	check_prices(b);
	FUZZ_CHECK(b->buy_volume <= b->volume && b->buy_turnover <= b->turnover);
	FUZZ_CHECK(b->trades == 0 ||
		   (b->open_ts >= b->start_us && b->close_ts < b->start_us + interval->width_us));
	buf_clear(&out);
	seq++;
	bar_print(b, symbol, interval->name, seq, seq, &out);
	FUZZ_CHECK(json_check(buf_span(&out), NULL) == JSON_OK);
}

static enum agg_verdict
apply(struct agg *a, const struct trade_line *l)
{
	switch (l->type) {
	case LINE_TRADE: return agg_trade(a, l->symbol, &l->trade);
	case LINE_CANCEL: return agg_cancel(a, l->symbol, l->trade.id);
	case LINE_CORRECT:
		return agg_correct(a, l->symbol, l->trade.id, l->trade.px, l->trade.sz,
				   l->trade.turnover);
	case LINE_WATERMARK: return agg_watermark(a, l->symbol, l->trade.ts_us);
	case LINE_STREAM_END:
	case LINE_OTHER: break;
	}
	return AGG_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct agg_listener listener = {NULL, on_bar, on_gap, on_missed};
	struct agg_options o = {.kept_trades = 16, .symbols_max = 3, .fill_max = 2};
	struct span in = fuzz_span(data, size);
	struct record_reader reader;
	struct agg a;

	FUZZ_CHECK(intervals_parse(SPAN_LIT("1s,5s,1m,90s"), 0, &o.intervals) == NULL);
	for (size_t k = 0; k < o.intervals.n; k++)
		o.lateness_us[k] = 120 * INT64_C(1000000);
	FUZZ_CHECK(agg_init(&a, &o, &listener));
	buf_init(&out, 1 << 16);
	trade_line_init(&reader);
	while (in.len) {
		struct trade_line_fault fault;
		struct trade_line l;

		if (!trade_line_read(&reader, fuzz_until(&in, '\n'), &l, &fault)) {
			FUZZ_CHECK(fault.code && fault.why);
			continue;
		}
		/* sums of this size would need more trades than an input holds */
		FUZZ_CHECK(apply(&a, &l) != AGG_E_OVERFLOW);
	}
	FUZZ_CHECK(agg_provisional(&a) == AGG_OK);
	record_release(&reader);
	buf_release(&out);
	agg_release(&a);
	return 0;
}
