/* Catches K-lines that crash those who read them, impossible candles that are taken, and a bar that
 * is another after it was printed and read again. */
#include "fuzz.h"
#include "json.h"
#include "kline_line.h"

static bool
same(const struct bar *a, const struct bar *b)
{
	return a->start_us == b->start_us && a->open == b->open && a->high == b->high &&
	       a->low == b->low && a->close == b->close && a->volume == b->volume &&
	       a->turnover == b->turnover && a->trades == b->trades &&
	       a->buy_volume == b->buy_volume && a->buy_turnover == b->buy_turnover &&
	       a->version == b->version && a->closed == b->closed && a->partial == b->partial &&
	       /* a window without trades is printed without ids */
	       (a->trades == 0 || (a->open_id == b->open_id && a->close_id == b->close_id));
}

static void
print_again(struct record_reader *r, const struct kline_line *l, struct buf *out)
{
	const struct bar bar = l->bar;
	struct kline_line again;

	FUZZ_CHECK(bar.low <= bar.high && bar.low >= 0 && bar.volume >= 0 && bar.turnover >= 0);
	buf_clear(out);
	bar_print(&bar, SPAN_LIT("A-B"), "1m", 7, 8, out);
	FUZZ_CHECK(json_check(buf_span(out), NULL) == JSON_OK);
	FUZZ_CHECK(kline_line_read(r, buf_span(out), &again) == NULL && again.whole);
	FUZZ_CHECK(same(&bar, &again.bar));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct record_reader r;
	struct kline_line l;
	struct buf out;

	buf_init(&out, 1 << 16);
	kline_line_init(&r);
	while (in.len)
		/* a price of 0 stands for null, which only a window without trades has */
		if (kline_line_read(&r, fuzz_until(&in, '\n'), &l) == NULL && l.is_bar &&
		    (l.bar.low > 0 || (l.bar.trades == 0 && l.bar.high == 0)))
			print_again(&r, &l, &out);
	record_release(&r);
	buf_release(&out);
	return 0;
}
