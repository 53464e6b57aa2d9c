/*
 * trade_row: a trade record (record(5)) as the columns of the cold archive.
 *
 * A row gives back the bytes of its record. What we print ourselves has one form: the members in
 * record(5)'s order, numbers without superfluous zeros, no escapes, no white space; such a record
 * is in its columns whole. Any other trade (of another exchange, say) keeps its line as well, and
 * its columns are for those who calculate.
 *
 * Spans point into the line that was read, or into the reader's own memory, until the next one.
 */
#ifndef TP_TRADE_ROW_H
#define TP_TRADE_ROW_H

#include "parquet.h"
#include "record.h"

enum trade_member {
	TRADE_SEQ,
	TRADE_IN,
	TRADE_ID,
	TRADE_SYMBOL,
	TRADE_PX,
	TRADE_SZ,
	TRADE_QUOTE_SZ,
	TRADE_FEE,
	TRADE_FEE_CCY,
	TRADE_SIDE,
	TRADE_MAKER_ID,
	TRADE_TAKER_ID,
	TRADE_MAKER_ACCOUNT,
	TRADE_TAKER_ACCOUNT,
	TRADE_RFQ,
	TRADE_TS,
	TRADE_LINE, /* the record itself, where the other columns do not give its bytes */
	TRADE_MEMBERS
};

extern const struct parquet_column trade_columns[TRADE_MEMBERS];

struct trade_value {
	bool has;
	bool flag;	  /* PARQUET_BOOL */
	int64_t number;	  /* PARQUET_INTEGER, PARQUET_TIME, PARQUET_PRICE */
	decimal_int sum;  /* PARQUET_VOLUME, PARQUET_TURNOVER */
	struct span text; /* PARQUET_TEXT */
};

struct trade_row {
	struct trade_value v[TRADE_MEMBERS];
};

enum trade_row_verdict {
	TRADE_ROW_OK,
	TRADE_ROW_OTHER, /* another type of record */
	TRADE_ROW_E_RECORD,
	TRADE_ROW_E_TYPE,
	TRADE_ROW_E_ID,
	TRADE_ROW_E_SYMBOL,
	TRADE_ROW_E_PX,
	TRADE_ROW_E_SZ,
	TRADE_ROW_E_TS,
};

struct trade_row_reader {
	struct record_reader record;
	struct record_fault fault; /* of TRADE_ROW_E_RECORD */
	enum record_error error;
	struct span type; /* of TRADE_ROW_OTHER */
	struct buf own;	  /* the row as we print it, for comparing */
};

void trade_row_init(struct trade_row_reader *r);
void trade_row_release(struct trade_row_reader *r);

enum trade_row_verdict trade_row_read(struct trade_row_reader *r, struct span line,
				      struct trade_row *out);
const char *trade_row_code(const struct trade_row_reader *r, enum trade_row_verdict v);
const char *trade_row_text(const struct trade_row_reader *r, enum trade_row_verdict v);

/* Append the record's bytes. */
void trade_row_print(const struct trade_row *row, struct buf *out);

bool trade_row_equal(const struct trade_row *a, const struct trade_row *b);

#endif
