/*
 * trade_day: one day's trades of one symbol as a Parquet file of the cold archive, row by row.
 *
 * Rows stand in order of their ids, and groups end where the rows before say so: the same trades
 * give the same bytes. The reader takes a file if and only if the writer could have written it: the
 * columns of a row must be those of the record that it gives.
 */
#ifndef TP_TRADE_DAY_H
#define TP_TRADE_DAY_H

#include "trade_row.h"

/* A group ends after so many rows, or so many bytes of text: a writer and a reader hold one each.
 * With PARQUET_GROUPS_MAX groups a day has room for 67 million trades. */
#define TRADE_GROUP_ROWS 16384
#define TRADE_GROUP_BYTES (2u << 20)
/* What a writer may append at once: a group or the footer. */
#define TRADE_OUT_MAX (64u << 20)

struct trade_writer {
	struct parquet p;
	struct buf line;   /* the record of the row in hand */
	size_t text_bytes; /* in the group */
	uint64_t rows;
	uint32_t crc; /* CRC-32C of all records, each with its newline */
};

/* False from any of these: no memory, or the file is full. What is in out may be written away and
 * cleared between calls. */
bool trade_writer_init(struct trade_writer *w, struct buf *out);
void trade_writer_release(struct trade_writer *w);
bool trade_writer_put(struct trade_writer *w, const struct trade_row *row, struct buf *out);
bool trade_writer_finish(struct trade_writer *w, struct buf *out);

struct trade_reader {
	struct parquet p;
	struct span file, symbol;
	int64_t day, last_id;
	uint64_t group; /* next to be loaded */
	size_t left;	/* rows of the one in hand */
	struct trade_row_reader rows;
	struct buf line; /* the record of the row in hand */
	bool ready;
};

/* NULL, or why this is no file of that symbol and day. It and the symbol must live as long. */
const char *trade_reader_open(struct trade_reader *r, struct span file, struct span symbol,
			      int64_t day);
void trade_reader_release(struct trade_reader *r);

/* The next row; *got is false behind the last. NULL, or why the file is none of ours. Spans of a
 * row and r->line, its record, are good until the next call. */
const char *trade_reader_next(struct trade_reader *r, struct trade_row *row, bool *got);

#endif
