/* Catches trade records that do not come out of a file as they went in, and files that are taken
 * although we could not have written them. */
#include "test.h"
#include "trade_day.h"

#define MATCH "{\"type\":\"trade\",\"seq\":7,\"in\":9,\"tradeId\":\"%d\",\"symbol\":\"A-B\""
#define DAY 19675 /* 1700000000 s */

/* {record, does it need its line?} */
static const struct {
	const char *text;
	bool line;
} records[] = {
    /* match's three forms: of the book, of a pool, of an auction; okx-trades' */
    {"{\"type\":\"trade\",\"seq\":7,\"in\":9,\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"65000."
     "5\","
     "\"sz\":\"0.1\",\"side\":\"buy\",\"makerId\":\"m\",\"takerId\":\"t\",\"makerAccount\":\"a\","
     "\"takerAccount\":\"b\",\"rfq\":true,\"ts\":1700000000000000}",
     false},
    {"{\"type\":\"trade\",\"seq\":8,\"in\":9,\"tradeId\":\"2\",\"symbol\":\"A-B\",\"px\":"
     "\"9999999999.99999999\",\"sz\":\"999999999999999999999999999999.99999999\",\"quoteSz\":"
     "\"9999999999999999999999.9999999999999999\",\"fee\":\"-0.0000000000000001\",\"feeCcy\":\"B\","
     "\"makerId\":\"pool:A-B\",\"takerId\":\"\",\"ts\":1700000000000001}",
     false},
    {"{\"type\":\"trade\",\"tradeId\":\"9223372036854775806\",\"symbol\":\"A-B\",\"px\":\"0."
     "00000001\","
     "\"sz\":\"0.00000001\",\"ts\":1700000000000001}",
     false},
    /* an unknown member, another order, zeros, white space, escapes, what no column can hold */
    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":\"1\",\"ts\":"
     "1700000000000000,\"x\":[1,{}]}",
     true},
    {"{\"tradeId\":\"1\",\"type\":\"trade\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":\"1\",\"ts\":"
     "1700000000000000}",
     true},
    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1.0\",\"sz\":\"1\",\"ts\":"
     "1700000000000000}",
     true},
    {" {\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":\"1\",\"ts\":"
     "1700000000000000}",
     true},
    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":\"1\","
     "\"makerId\":"
     "\"\\u0022,\\u0022takerId\\u0022:\\u0022\",\"ts\":1700000000000000}",
     true},
    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":\"1\",\"fee\":"
     "\"0.00000000000000001\",\"ts\":1700000000000000}",
     true},
    {"{\"type\":\"trade\",\"seq\":-1,\"tradeId\":\"1\",\"symbol\":\"A-B\",\"px\":\"1\",\"sz\":"
     "\"1\","
     "\"ts\":1700000000000000}",
     true},
};

static struct trade_row_reader reader;

static void
test_rows(void)
{
	struct trade_row row;
	struct buf out;

	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct span text = span_of(records[i].text);

		buf_clear(&out);
		EXPECT(trade_row_read(&reader, text, &row) == TRADE_ROW_OK);
		EXPECT(row.v[TRADE_LINE].has == records[i].line);
		trade_row_print(&row, &out);
		EXPECT(span_equal(buf_span(&out), text));
	}
	buf_release(&out);
}

static void
test_refused(void)
{
	static const struct {
		const char *text;
		enum trade_row_verdict verdict;
	} bad[] = {
	    {"", TRADE_ROW_E_RECORD},
	    {"[]", TRADE_ROW_E_RECORD},
	    {"{}", TRADE_ROW_E_TYPE},
	    {"{\"type\":\"ack\"}", TRADE_ROW_OTHER},
	    {"{\"type\":\"trade\",\"tradeId\":1}", TRADE_ROW_E_RECORD},
	    {"{\"type\":\"trade\"}", TRADE_ROW_E_ID},
	    {"{\"type\":\"trade\",\"tradeId\":\"0\"}", TRADE_ROW_E_ID},
	    {"{\"type\":\"trade\",\"tradeId\":\"01\"}", TRADE_ROW_E_ID},
	    {"{\"type\":\"trade\",\"tradeId\":\"9223372036854775808\"}", TRADE_ROW_E_ID},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"../x\"}", TRADE_ROW_E_SYMBOL},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A\",\"px\":\"10000000000\"}",
	     TRADE_ROW_E_PX},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A\",\"px\":\"0\"}",
	     TRADE_ROW_E_PX},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A\",\"px\":\"1\",\"sz\":\"-1\"}",
	     TRADE_ROW_E_SZ},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A\",\"px\":\"1\",\"sz\":"
	     "\"1000000000000000000000000000000\"}",
	     TRADE_ROW_E_SZ},
	    {"{\"type\":\"trade\",\"tradeId\":\"1\",\"symbol\":\"A\",\"px\":\"1\",\"sz\":\"1\","
	     "\"ts\":"
	     "999999999999999}",
	     TRADE_ROW_E_TS},
	};
	struct trade_row row;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(trade_row_read(&reader, span_of(bad[i].text), &row) == bad[i].verdict);
}

/* ---- files ---- */

static void
put(struct trade_writer *w, const char *text, struct buf *file)
{
	struct trade_row row;

	EXPECT(trade_row_read(&reader, span_of(text), &row) == TRADE_ROW_OK);
	EXPECT(trade_writer_put(w, &row, file));
}

/* n rows, every third with a line of its own. */
static void
make(struct buf *file, int n)
{
	struct trade_writer w;
	char text[400];

	EXPECT(trade_writer_init(&w, file));
	for (int i = 1; i <= n; i++) {
		snprintf(text, sizeof text,
			 MATCH ",\"px\":\"1.%d%s\",\"sz\":\"2\",\"ts\":1700000000000000}", i, i,
			 i % 3 ? "1" : "0");
		put(&w, text, file);
	}
	EXPECT(trade_writer_finish(&w, file) && w.rows == (uint64_t)n);
	trade_writer_release(&w);
}

static const char *
decode(struct span file, const char *symbol, int64_t day, uint64_t *rows)
{
	struct trade_reader r;
	struct trade_row row;
	bool got = true;
	const char *why = trade_reader_open(&r, file, span_of(symbol), day);

	*rows = 0;
	while (!why && got) {
		why = trade_reader_next(&r, &row, &got);
		*rows += got;
	}
	trade_reader_release(&r);
	return why;
}

static void
test_files(void)
{
	static const int sizes[] = {
	    0, 1, 2, TRADE_GROUP_ROWS - 1, TRADE_GROUP_ROWS, TRADE_GROUP_ROWS + 1};
	struct buf file, again;
	uint64_t rows;

	buf_init(&file, TRADE_OUT_MAX);
	buf_init(&again, TRADE_OUT_MAX);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		buf_clear(&file);
		buf_clear(&again);
		make(&file, sizes[i]);
		make(&again, sizes[i]);
		EXPECT(span_equal(buf_span(&file), buf_span(&again)));
		EXPECT(decode(buf_span(&file), "A-B", DAY, &rows) == NULL);
		EXPECT(rows == (uint64_t)sizes[i]);
	}
	EXPECT_STR(decode(buf_span(&file), "A-C", DAY, &rows), "a trade of another symbol");
	EXPECT_STR(decode(buf_span(&file), "A-B", DAY + 1, &rows), "a trade of another day");
	buf_release(&file);
	buf_release(&again);
}

/* Rows that the writer takes as they are, and the reader must not. */
static void
test_forged(void)
{
	struct trade_writer w;
	struct trade_row row;
	struct buf file;
	uint64_t rows;

	buf_init(&file, TRADE_OUT_MAX);
	/* a text that would end its string, a line that is not needed, one of another trade, one of
	 * two lines, and a row twice */
	for (int i = 0; i < 5; i++) {
		static const char *const lines[] = {NULL, NULL, "{\"type\":\"trade\"}", NULL, NULL};
		char two[400];

		buf_clear(&file);
		EXPECT(trade_writer_init(&w, &file));
		EXPECT(trade_row_read(&reader, span_of(records[i == 3 ? 6 : 0].text), &row) ==
		       TRADE_ROW_OK);
		if (i == 0)
			row.v[TRADE_MAKER_ID].text = SPAN_LIT("x\",\"y\":\"");
		if (i == 1)
			row.v[TRADE_LINE] =
			    (struct trade_value){.has = true, .text = span_of(records[0].text)};
		if (i == 2)
			row.v[TRADE_LINE] =
			    (struct trade_value){.has = true, .text = span_of(lines[i])};
		if (i == 3) {
			snprintf(two, sizeof two, "%s", records[6].text);
			two[0] = '\n';
			row.v[TRADE_LINE].text = span_of(two);
		}
		EXPECT(trade_writer_put(&w, &row, &file));
		if (i == 4)
			EXPECT(trade_writer_put(&w, &row, &file));
		EXPECT(trade_writer_finish(&w, &file));
		trade_writer_release(&w);
		EXPECT_STR(decode(buf_span(&file), "A-B", DAY, &rows),
			   i == 4 ? "trades are not in order" : "a row is not that of its record");
	}
	buf_release(&file);
}

/* Every bit flipped, every length: never taken for data. */
static void
test_damage(void)
{
	struct buf file;
	uint64_t rows;

	buf_init(&file, TRADE_OUT_MAX);
	make(&file, 4);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
		EXPECT(decode(buf_span(&file), "A-B", DAY, &rows) != NULL);
		file.ptr[bit / 8] = (char)(file.ptr[bit / 8] ^ 1 << bit % 8);
	}
	for (size_t n = 0; n < file.len; n++)
		EXPECT(decode((struct span){file.ptr, n}, "A-B", DAY, &rows) != NULL);
	buf_release(&file);
}

/* Long lines end a group before it is too long to be kept. */
static void
test_long(void)
{
	static char text[900000];
	struct trade_writer w;
	struct buf file;
	uint64_t rows;

	buf_init(&file, TRADE_OUT_MAX);
	EXPECT(trade_writer_init(&w, &file));
	for (int i = 1; i <= 40; i++) {
		snprintf(text, sizeof text,
			 MATCH ",\"px\":\"1\",\"sz\":\"2\",\"ts\":1700000000000000,\"x\":\"%0*d\"}",
			 i, 800000, i);
		put(&w, text, &file);
	}
	EXPECT(trade_writer_finish(&w, &file));
	trade_writer_release(&w);
	EXPECT(decode(buf_span(&file), "A-B", DAY, &rows) == NULL && rows == 40);
	buf_release(&file);
}

int
main(void)
{
	trade_row_init(&reader);
	RUN(test_rows);
	RUN(test_refused);
	RUN(test_files);
	RUN(test_forged);
	RUN(test_damage);
	RUN(test_long);
	trade_row_release(&reader);
	return test_done();
}
