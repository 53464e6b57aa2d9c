/* Catches Parquet files, of bars and of trades, that crash the reader or are read otherwise than
 * they would be written: what is accepted must give the same bars when it is written and read
 * again, and the same trades by the byte. The input is a file whose pages' CRCs are made right
 * first, or no mutation would come past them. */
#include "crc32c.h"
#include "day.h"
#include "fuzz.h"
#include "parquet_form.h"
#include "trade_day.h"

static uint64_t
varint(struct span *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		unsigned b = fuzz_byte(in);

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			break;
	}
	return v >> 1;
}

/* A page's head as we write it, up to its CRC: 15 0 15 PLAIN 15 PACKED 15 CRC. The CRC's text may
 * have another length than before, so the file is written anew. */
static void
mend(struct span in, struct buf *out)
{
	static const char begin[] = {0x15, 0, 0x15};

	while (in.len) {
		struct span page = in, body;
		uint64_t packed;
		int32_t crc;
		uint32_t zigzag;

		if (!span_starts(in, (struct span){begin, sizeof begin})) {
			buf_add(out, fuzz_take(&in, 1));
			continue;
		}
		fuzz_take(&page, sizeof begin);
		varint(&page);
		fuzz_take(&page, 1);
		packed = varint(&page);
		fuzz_take(&page, 1);
		buf_add(out, (struct span){in.ptr, (size_t)(page.ptr - in.ptr)});
		varint(&page);
		/* the rest of the head: 1c, four numbers of which the first has one to three digits
		 */
		body = page;
		fuzz_take(&body, 2);
		varint(&body);
		fuzz_take(&body, 8);
		crc = (int32_t)parquet_crc32(
		    (struct span){body.ptr, body.len < packed ? body.len : (size_t)packed});
		zigzag = ((uint32_t)crc << 1) ^ (crc < 0 ? UINT32_MAX : 0);
		for (; zigzag >= 0x80; zigzag >>= 7)
			buf_byte(out, (char)(0x80 | (zigzag & 0x7f)));
		buf_byte(out, (char)zigzag);
		in = page;
	}
}

static void
check(struct span file)
{
	const struct span symbol = SPAN_LIT("BTC-USDC"), interval = SPAN_LIT("1m");
	const int64_t day = 19675;
	struct day bars = {0}, again = {0};
	struct buf text;

	if (day_decode(file, symbol, interval, day, &bars) == NULL) {
		buf_init(&text, DAY_FILE_MAX);
		FUZZ_CHECK(day_encode(&bars, symbol, interval, &text));
		FUZZ_CHECK(day_decode(buf_span(&text), symbol, interval, day, &again) == NULL);
		FUZZ_CHECK(bars.n == again.n);
		for (size_t i = 0; i < bars.n; i++)
			FUZZ_CHECK(bars.bars[i].start_us == again.bars[i].start_us &&
				   bars.bars[i].volume == again.bars[i].volume &&
				   bars.bars[i].close == again.bars[i].close &&
				   bars.bars[i].close_id == again.bars[i].close_id);
		buf_release(&text);
	}
	day_release(&bars);
	day_release(&again);
}

/* The CRC of the records, or 0 for a file that is not taken. */
static uint32_t
read_trades(struct span file, struct trade_writer *again, struct buf *out)
{
	struct trade_reader r;
	struct trade_row row;
	uint32_t crc = 0;
	bool got = true;
	const char *why = trade_reader_open(&r, file, SPAN_LIT("BTC-USDC"), 19675);

	while (!why && got) {
		why = trade_reader_next(&r, &row, &got);
		if (why || !got)
			break;
		crc = crc32c(crc32c(crc, buf_span(&r.line)), SPAN_LIT("\n"));
		FUZZ_CHECK(!again || trade_writer_put(again, &row, out));
	}
	trade_reader_release(&r);
	return why ? 0 : crc;
}

static void
check_trades(struct span file)
{
	struct trade_writer again;
	uint32_t crc = read_trades(file, NULL, NULL);
	struct buf out;

	if (crc == 0)
		return;
	buf_init(&out, TRADE_OUT_MAX);
	FUZZ_CHECK(trade_writer_init(&again, &out));
	FUZZ_CHECK(read_trades(file, &again, &out) == crc);
	FUZZ_CHECK(trade_writer_finish(&again, &out) && again.crc == crc);
	FUZZ_CHECK(read_trades(buf_span(&out), NULL, NULL) == crc);
	trade_writer_release(&again);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct buf mended;

	check(in);
	check_trades(in);
	buf_init(&mended, 2 * size + 4096);
	mend(in, &mended);
	if (buf_ok(&mended)) {
		check(buf_span(&mended));
		check_trades(buf_span(&mended));
	}
	buf_release(&mended);
	return 0;
}
