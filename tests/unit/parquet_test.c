/* Catches values that a Parquet file does not give back as they were put in, damage that is taken
 * for data, and days that are merged wrongly. */
#include "day.h"
#include "holes.h"
#include "names.h"
#include "test.h"
#include "thrift.h"

static const struct parquet_column columns[] = {
    {"text", PARQUET_TEXT, false},    {"time", PARQUET_TIME, false},
    {"price", PARQUET_PRICE, true},   {"volume", PARQUET_VOLUME, false},
    {"wide", PARQUET_TURNOVER, true}, {"bool", PARQUET_BOOL, true},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const decimal_int wide_max = ((decimal_int)INT64_MAX << 64) + (decimal_int)INT64_MAX * 2 + 1;

static void
put_row(struct parquet *p, int64_t i)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRId64, i);
	parquet_put_text(p, 0, (struct span){text, i % 7 == 0 ? 0 : strlen(text)});
	parquet_put_i64(p, 1, i * 1000 - 5000);
	if (i % 3)
		parquet_put_i64(p, 2, i % 2 ? INT64_MAX - i : INT64_MIN + i);
	else
		parquet_put_null(p, 2);
	parquet_put_wide(p, 3, i % 2 ? wide_max - i : -wide_max + i);
	if (i % 5)
		parquet_put_wide(p, 4, -i);
	else
		parquet_put_null(p, 4);
	if (i % 4)
		parquet_put_bool(p, 5, i % 8 < 4);
	else
		parquet_put_null(p, 5);
}

static bool
row_is(struct parquet *p, int64_t i)
{
	char want[32];
	struct span text;
	int64_t time, price;
	decimal_int volume, wide;
	bool b, same;

	snprintf(want, sizeof want, "%" PRId64, i);
	if (i % 7 == 0)
		want[0] = 0;
	same = parquet_take_text(p, 0, &text) && span_is(text, want);
	same &= parquet_take_i64(p, 1, &time) && time == i * 1000 - 5000;
	same &= parquet_take_i64(p, 2, &price) == (i % 3 != 0) &&
		(i % 3 == 0 || price == (i % 2 ? INT64_MAX - i : INT64_MIN + i));
	same &=
	    parquet_take_wide(p, 3, &volume) && volume == (i % 2 ? wide_max - i : -wide_max + i);
	same &= parquet_take_wide(p, 4, &wide) == (i % 5 != 0) && (i % 5 == 0 || wide == -i);
	same &= parquet_take_bool(p, 5, &b) == (i % 4 != 0) && (i % 4 == 0 || b == (i % 8 < 4));
	return same;
}

/* n rows in groups of so many, there and back. */
static void
there_and_back(int64_t n, int64_t group)
{
	struct parquet p;
	struct buf file;
	int64_t seen = 0;

	buf_init(&file, 64u << 20);
	EXPECT(parquet_init(&p, columns, COLUMNS));
	parquet_start(&p, &file);
	for (int64_t i = 0; i < n; i++) {
		put_row(&p, i);
		if (parquet_rows(&p) == (size_t)group)
			EXPECT(parquet_group(&p, &file));
	}
	EXPECT(parquet_finish(&p, &file));
	parquet_release(&p);
	EXPECT(parquet_init(&p, columns, COLUMNS));
	EXPECT(parquet_open(&p, buf_span(&file)) == NULL);
	EXPECT(p.groups_n == (uint64_t)((n + group - 1) / group));
	for (uint64_t g = 0; g < p.groups_n; g++) {
		EXPECT(parquet_load(&p, buf_span(&file), g) == NULL);
		for (size_t rows = parquet_rows(&p); rows; rows--)
			EXPECT(row_is(&p, seen++));
	}
	EXPECT(seen == n);
	parquet_release(&p);
	buf_release(&file);
}

static void
test_values(void)
{
	static const int64_t sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 511, 512, 513, 1016, 1017};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		there_and_back(sizes[i], 100000);
	/* 15 groups and 16: the list's head has another form from there on */
	for (int64_t n = 13; n < 19; n++)
		there_and_back(n, 1);
	there_and_back(100, 33);
	/* levels whose run has one, two and three digits; the last group is full */
	there_and_back(PARQUET_ROWS_MAX, PARQUET_ROWS_MAX);
}

static void
test_full(void)
{
	struct parquet p;
	struct buf file;

	/* no room: said, and no crash */
	buf_init(&file, 64);
	EXPECT(parquet_init(&p, columns, COLUMNS));
	parquet_start(&p, &file);
	put_row(&p, 1);
	EXPECT(!parquet_finish(&p, &file));
	parquet_release(&p);
	buf_release(&file);
	/* more rows than a group may have */
	buf_init(&file, 64u << 20);
	EXPECT(parquet_init(&p, columns, 1));
	parquet_start(&p, &file);
	for (size_t i = 0; i <= PARQUET_ROWS_MAX; i++)
		parquet_put_text(&p, 0, SPAN_LIT("x"));
	EXPECT(!parquet_group(&p, &file));
	parquet_release(&p);
	buf_release(&file);
}

/* ---- days ---- */

static struct bar
bar_at(int64_t start_us, uint32_t version)
{
	return (struct bar){.start_us = start_us,
			    .open = 5,
			    .high = 9,
			    .low = 1,
			    .close = 6,
			    .volume = 7,
			    .trades = 1,
			    .open_id = 3,
			    .close_id = 4,
			    .version = version};
}

static void
make_day(struct day *d, struct buf *file)
{
	for (int64_t i = 0; i < 4; i++) {
		struct bar b = bar_at(19000 * INTERVAL_DAY_US + i * 60000000, 1);

		EXPECT(day_add(d, &b));
	}
	EXPECT(day_encode(d, SPAN_LIT("A-B"), SPAN_LIT("1m"), file));
}

static const char *
decode(struct span file, const char *symbol, const char *interval, int64_t day)
{
	struct day back = {0};
	const char *why = day_decode(file, span_of(symbol), span_of(interval), day, &back);

	day_release(&back);
	return why;
}

static void
test_day(void)
{
	struct day d = {0}, back = {0};
	struct buf file;

	buf_init(&file, DAY_FILE_MAX);
	make_day(&d, &file);
	EXPECT(decode(buf_span(&file), "A-B", "1m", 19000) == NULL);
	EXPECT_STR(decode(buf_span(&file), "A-C", "1m", 19000),
		   "a bar of another symbol or interval");
	EXPECT_STR(decode(buf_span(&file), "A-B", "1s", 19000),
		   "a bar of another symbol or interval");
	EXPECT_STR(decode(buf_span(&file), "A-B", "1m", 19001), "a bar of another day");
	d.bars[2].start_us = d.bars[1].start_us;
	buf_clear(&file);
	EXPECT(day_encode(&d, SPAN_LIT("A-B"), SPAN_LIT("1m"), &file));
	EXPECT_STR(decode(buf_span(&file), "A-B", "1m", 19000), "bars are not in order");
	d.bars[2].start_us++;
	d.bars[2].low = 7;
	buf_clear(&file);
	EXPECT(day_encode(&d, SPAN_LIT("A-B"), SPAN_LIT("1m"), &file));
	EXPECT_STR(decode(buf_span(&file), "A-B", "1m", 19000), "no possible candle");
	day_release(&d);
	day_release(&back);
	buf_release(&file);
}

/* Every bit flipped, every length: never taken for data. */
static void
test_damage(void)
{
	struct day d = {0};
	struct buf file;

	buf_init(&file, DAY_FILE_MAX);
	make_day(&d, &file);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
		EXPECT(decode(buf_span(&file), "A-B", "1m", 19000) != NULL);
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
	}
	for (size_t n = 0; n < file.len; n++)
		EXPECT(decode((struct span){file.ptr, n}, "A-B", "1m", 19000) != NULL);
	day_release(&d);
	buf_release(&file);
}

static void
test_merge(void)
{
	struct day a = {0}, b = {0}, out = {0};
	const struct bar as[] = {bar_at(1, 1), bar_at(2, 2), bar_at(3, 1), bar_at(9, 1)};
	const struct bar bs[] = {bar_at(0, 7), bar_at(2, 1), bar_at(3, 2), bar_at(4, 7)};
	static const uint32_t versions[] = {7, 1, 2, 2, 7, 1};

	for (size_t i = 0; i < 4; i++)
		EXPECT(day_add(&a, &as[i]) && day_add(&b, &bs[i]));
	EXPECT(day_merge(&a, &b, &out) && out.n == 6);
	for (size_t i = 0; i < out.n; i++)
		EXPECT(out.bars[i].version == versions[i] &&
		       (i == 0 || out.bars[i - 1].start_us < out.bars[i].start_us));
	/* of the same version the first one's */
	a.bars[0].close = 8;
	out.n = 0;
	b.n = 0;
	EXPECT(day_add(&b, &as[0]) && day_merge(&a, &b, &out) && out.bars[0].close == 8);
	day_release(&a);
	day_release(&b);
	day_release(&out);
}

/* ---- names and holes ---- */

static void
test_names(void)
{
	static const char *const good[] = {"A", "BTC-USDC", "BTC-USDT-SWAP", "1INCH_X.Y"},
				 *const bad[] = {"",	".",   "..",  "-A",  "_A",
						 "A/B", "A B", "A\"", "A\n", "\xc3\xa9"};
	char long_name[NAMES_SYMBOL_MAX + 2], out[NAMES_SYMBOL_MAX + 1], file[NAMES_FILE_MAX];
	int64_t day;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		EXPECT(names_symbol(span_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(!names_symbol(span_of(bad[i])));
	memset(long_name, 'A', sizeof long_name);
	EXPECT(names_symbol((struct span){long_name, NAMES_SYMBOL_MAX}));
	EXPECT(!names_symbol((struct span){long_name, NAMES_SYMBOL_MAX + 1}));
	EXPECT(names_edge_symbol(SPAN_LIT("ETH/USDT"), out));
	EXPECT_STR(out, "ETH-USDT");
	EXPECT(!names_edge_symbol(SPAN_LIT("../x"), out) && !names_edge_symbol(SPAN_LIT(""), out));
	names_file("A-B", "15m", 19943, file);
	EXPECT_STR(file, "A-B/15m/2024-08-08.parquet");
	EXPECT(names_parse_day(SPAN_LIT("2024-08-08"), &day) && day == 19943);
	EXPECT(!names_parse_day(SPAN_LIT("2024-02-30"), &day));
	EXPECT(!names_parse_day(SPAN_LIT("2024-8-8"), &day));
	EXPECT(names_day(-1) == -1 && names_day(0) == 0 && names_day(INTERVAL_DAY_US - 1) == 0);
}

static struct bar
bar_of(int64_t start_us, uint64_t first, uint64_t last)
{
	struct bar b = bar_at(start_us, 1);

	b.open_id = first;
	b.close_id = last;
	return b;
}

static void
test_holes(void)
{
	/* windows of 10: next to each other, quiet, missing, out of order, without ids */
	const struct bar bars[] = {bar_of(0, 1, 3),	bar_of(10, 4, 5),   bar_of(30, 6, 9),
				   bar_of(50, 12, 20),	bar_of(70, 18, 19), bar_of(90, 0, 0),
				   bar_of(110, 21, 22), bar_of(130, 24, 24)};
	static const uint64_t firsts[] = {0, 0, 0, 10, 0, 0, 0, 23};
	static const bool holes[] = {false, false, false, true, false, true, false, true};
	struct holes h = {.width_us = 10};
	struct hole hole;

	for (size_t i = 0; i < sizeof bars / sizeof bars[0]; i++) {
		EXPECT(holes_see(&h, &bars[i], &hole) == holes[i]);
		EXPECT(!holes[i] || (hole.first == firsts[i] && hole.to_us == bars[i].start_us &&
				     hole.from_us == bars[i - 1].start_us + 10));
	}
}

/* Known bytes of the protocol (thrift-compact-protocol.md), and what is longer than it must be. */
static void
test_thrift(void)
{
	static const int64_t numbers[] = {0, -1, 1, 63, 64, -65, 300, INT64_MAX, INT64_MIN};
	struct thrift t;
	struct buf out;
	int64_t v;

	buf_init(&out, 256);
	thrift_write(&t, &out);
	thrift_begin(&t);
	thrift_is(&t, 1, THRIFT_I32, 150);
	thrift_is_text(&t, 3, "ab");
	thrift_end(&t);
	EXPECT(span_equal(buf_span(&out), SPAN_LIT("\x15\xac\x02\x28\x02"
						   "ab\0")));
	thrift_read(&t, SPAN_LIT("\x15\xac\x82\x00\x00"));
	thrift_begin(&t);
	thrift_number(&t, 1, THRIFT_I32, &v);
	EXPECT(t.bad && v == 0);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		buf_clear(&out);
		v = numbers[i];
		thrift_write(&t, &out);
		thrift_begin(&t);
		thrift_number(&t, 1, THRIFT_I64, &v);
		thrift_bytes_i64(&t, 2, &v);
		thrift_end(&t);
		for (size_t n = 0; n <= out.len; n++) {
			int64_t a = 0, b = 0;

			thrift_read(&t, (struct span){out.ptr, n});
			thrift_begin(&t);
			thrift_number(&t, 1, THRIFT_I64, &a);
			thrift_bytes_i64(&t, 2, &b);
			thrift_end(&t);
			EXPECT(t.bad == (n < out.len));
			EXPECT(t.bad || (a == numbers[i] && b == numbers[i]));
		}
	}
	buf_release(&out);
}

int
main(void)
{
	RUN(test_thrift);
	RUN(test_values);
	RUN(test_full);
	RUN(test_day);
	RUN(test_damage);
	RUN(test_merge);
	RUN(test_names);
	RUN(test_holes);
	return test_done();
}
