/*
 * parquet: Apache Parquet files, those that we write and no others.
 *
 *     "PAR1"  chunk ...  footer  length of the footer (4 bytes)  "PAR1"
 *
 * A row group has one chunk a column, a chunk one data page (v1), PLAIN, compressed by zstd, with
 * its CRC-32; a column that may be null has definition levels in one bit-packed run. Chunks
 * follow each other without a hole. The reader accepts a file if and only if the writer could have
 * written it: every byte is accounted for, and a flipped bit is found by the CRC or because a
 * number is not what the rows say.
 *
 * Writing: parquet_init(), parquet_start(), put each column of each row, parquet_group() now and
 * then, parquet_finish(). What is appended to `out` may be written away and cleared between calls.
 * Reading: parquet_init(), parquet_open(), parquet_load() of each group, take each column of each
 * row.
 *
 * Source: parquet-format (Apache), README.md, Encodings.md, LogicalTypes.md and parquet.thrift.
 */
#ifndef TP_PARQUET_H
#define TP_PARQUET_H

#include "buf.h"
#include "decimal.h"

#define PARQUET_COLUMNS_MAX 20
#define PARQUET_ROWS_MAX 131072 /* of a group: a day of seconds, and more */
#define PARQUET_GROUPS_MAX 4096
/* a column of a group: no text is longer than 64 bytes, no number longer than 16 */
#define PARQUET_PAGE_MAX (12u << 20)

enum parquet_kind {
	PARQUET_TEXT,	  /* STRING */
	PARQUET_TIME,	  /* TIMESTAMP(MICROS, UTC), with minimum and maximum */
	PARQUET_PRICE,	  /* INT64 DECIMAL(18,8) */
	PARQUET_VOLUME,	  /* FIXED_LEN_BYTE_ARRAY(16) DECIMAL(38,8) */
	PARQUET_TURNOVER, /* FIXED_LEN_BYTE_ARRAY(16) DECIMAL(38,16) */
	PARQUET_INTEGER,  /* INT64 */
	PARQUET_BOOL,
};

struct parquet_column {
	const char *name;
	enum parquet_kind kind;
	bool optional;
};

struct parquet_chunk {
	int64_t offset, packed, plain; /* bytes, with the page's head */
	int64_t rows, nulls, min, max;
};

struct parquet_group {
	struct parquet_chunk chunks[PARQUET_COLUMNS_MAX];
};

/* A column of the group in hand. */
struct parquet_cells {
	struct buf values; /* PLAIN, but a byte for each bool */
	struct buf levels; /* a byte a row: 1, or 0 for null */
	size_t at, row;	   /* next to be taken */
	int64_t min, max;
};

struct parquet {
	const struct parquet_column *columns;
	size_t n;
	struct parquet_cells cells[PARQUET_COLUMNS_MAX];
	struct parquet_group *groups;
	uint64_t groups_n;
	int64_t offset; /* bytes written so far */
	struct buf page;
	void *compress, *decompress; /* zstd's contexts */
};

/* columns must live as long. False: no memory. */
bool parquet_init(struct parquet *p, const struct parquet_column columns[], size_t n);
void parquet_release(struct parquet *p);

/* ---- writing ---- */

void parquet_start(struct parquet *p, struct buf *out);
void parquet_put_text(struct parquet *p, size_t column, struct span text);
void parquet_put_i64(struct parquet *p, size_t column, int64_t v);
void parquet_put_wide(struct parquet *p, size_t column, decimal_int v);
void parquet_put_bool(struct parquet *p, size_t column, bool v);
void parquet_put_null(struct parquet *p, size_t column);

/* Rows put since the last group. */
size_t parquet_rows(const struct parquet *p);
/* End the group. False: out is full, or there is no memory. */
bool parquet_group(struct parquet *p, struct buf *out);
bool parquet_finish(struct parquet *p, struct buf *out);

/* ---- reading ---- */

/* NULL, or why this is no file of ours. */
const char *parquet_open(struct parquet *p, struct span file);
const char *parquet_load(struct parquet *p, struct span file, uint64_t group);

/* The next row's value; false: null. */
bool parquet_take_text(struct parquet *p, size_t column, struct span *out);
bool parquet_take_i64(struct parquet *p, size_t column, int64_t *out);
bool parquet_take_wide(struct parquet *p, size_t column, decimal_int *out);
bool parquet_take_bool(struct parquet *p, size_t column, bool *out);

#endif
