/*
 * parquet_form: what the writer and the reader of Parquet files must agree about: the footer, a
 * page's head, the run of levels. Each is described once, and thrift.h writes or reads by it.
 */
#ifndef TP_PARQUET_FORM_H
#define TP_PARQUET_FORM_H

#include "parquet.h"
#include "thrift.h"

#define PARQUET_MAGIC "PAR1"
#define PARQUET_FOOTER_MAX (64u << 20)

void parquet_footer(struct thrift *t, struct parquet *p);
void parquet_page_head(struct thrift *t, int64_t *plain, int64_t *packed, int64_t *crc,
		       int64_t rows);

/* gzip's CRC-32, which Parquet takes over a page's compressed bytes. */
int64_t parquet_crc32(struct span bytes);

void parquet_put_little(unsigned char out[], uint64_t v, size_t n);

/* The head of one bit-packed run of n levels: its length in bytes, then how many times eight. */
void parquet_levels_head(size_t n, struct buf *out);
int64_t parquet_count_nulls(struct span levels);

/* Forget the group in hand. */
void parquet_clear(struct parquet *p);

#endif
