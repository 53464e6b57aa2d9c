/* Catches checkpoints that crash kline-agg, when they are read or by the trades that follow, though
 * their checksum is right. The input is the lines of one, whose end is put behind them, and after
 * an empty line trades. */
#include "agg_listener.h"
#include "checkpoint.h"
#include "crc32c.h"
#include "trade_line.h"

static void
on_bar(void *context, struct span symbol, const struct interval *interval, const struct bar *b)
{
	(void)context;
	(void)symbol;
	(void)interval;
	FUZZ_CHECK(b->version > 0 && b->start_us >= 0);
	check_prices(b);
}

static void
add_end(struct buf *file)
{
	struct span text = buf_span(file);
	size_t lines = 0;
	char end[80];

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	snprintf(end, sizeof end, "{\"type\":\"end\",\"count\":%zu,\"crc32c\":\"%08x\"}\n", lines,
		 crc32c(0, text));
	buf_str(file, end);
}

static void
feed(struct agg *a, struct span in)
{
	struct trade_line_fault fault;
	struct record_reader r;
	struct trade_line l;

	trade_line_init(&r);
	while (in.len)
		if (trade_line_read(&r, fuzz_until(&in, '\n'), &l, &fault)) {
			if (l.type == LINE_TRADE)
				agg_trade(a, l.symbol, &l.trade);
			else if (l.type == LINE_WATERMARK)
				agg_watermark(a, l.symbol, l.trade.ts_us);
		}
	agg_provisional(a);
	record_release(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct agg_listener listener = {NULL, on_bar, on_gap, on_missed};
	struct agg_options o = {.kept_trades = 16, .symbols_max = 3, .fill_max = 2};
	struct span in = fuzz_span(data, size), text = in;
	struct checkpoint c;
	struct buf file;
	struct agg a;

	text.len = span_find(in, SPAN_LIT("\n\n"));
	text.len += text.len < in.len;
	fuzz_take(&in, text.len);
	FUZZ_CHECK(intervals_parse(SPAN_LIT("1s,5s,1m"), 0, &o.intervals) == NULL);
	for (size_t k = 0; k < o.intervals.n; k++)
		o.lateness_us[k] = 120 * INT64_C(1000000);
	FUZZ_CHECK(agg_init(&a, &o, &listener));
	buf_init(&file, size + 128);
	buf_add(&file, text);
	add_end(&file);
	if (checkpoint_parse(&a, &c, buf_span(&file)) == CHECKPOINT_OK)
		feed(&a, in);
	buf_release(&file);
	agg_release(&a);
	return 0;
}
