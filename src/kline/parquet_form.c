#include "parquet_form.h"

#include <stdlib.h>

/* Numbers of parquet.thrift. */
enum { BOOLEAN = 0, INT64 = 2, BYTE_ARRAY = 6, FIXED_LEN_BYTE_ARRAY = 7 };
enum { REQUIRED = 0, OPTIONAL = 1 };
enum { UTF8 = 0, DECIMAL = 5, TIMESTAMP_MICROS = 10 };
enum { PLAIN = 0, RLE = 3 };
enum { ZSTD = 6 };
enum { LOGICAL_STRING = 1, LOGICAL_DECIMAL = 5, LOGICAL_TIMESTAMP = 8 };

static const struct {
	int physical, length, converted, precision, scale;
} kinds[] = {
    [PARQUET_TEXT] = {BYTE_ARRAY, 0, UTF8, 0, 0},
    [PARQUET_TIME] = {INT64, 0, TIMESTAMP_MICROS, 0, 0},
    [PARQUET_PRICE] = {INT64, 0, DECIMAL, 18, 8},
    [PARQUET_VOLUME] = {FIXED_LEN_BYTE_ARRAY, 16, DECIMAL, 38, 8},
    [PARQUET_TURNOVER] = {FIXED_LEN_BYTE_ARRAY, 16, DECIMAL, 38, 16},
    [PARQUET_INTEGER] = {INT64, 0, -1, 0, 0},
    [PARQUET_BOOL] = {BOOLEAN, 0, -1, 0, 0},
};

static void
describe_kind(struct thrift *t, enum parquet_kind kind)
{
	if (kinds[kind].converted < 0)
		return;
	thrift_is(t, 6, THRIFT_I32, kinds[kind].converted);
	if (kinds[kind].precision) {
		thrift_is(t, 7, THRIFT_I32, kinds[kind].scale);
		thrift_is(t, 8, THRIFT_I32, kinds[kind].precision);
	}
	thrift_struct(t, 10);
	if (kind == PARQUET_TEXT) {
		thrift_empty(t, LOGICAL_STRING);
	} else if (kind == PARQUET_TIME) {
		thrift_struct(t, LOGICAL_TIMESTAMP);
		thrift_is_true(t, 1); /* UTC */
		thrift_struct(t, 2);
		thrift_empty(t, 2); /* microseconds */
		thrift_end(t);
		thrift_end(t);
	} else {
		thrift_struct(t, LOGICAL_DECIMAL);
		thrift_is(t, 1, THRIFT_I32, kinds[kind].scale);
		thrift_is(t, 2, THRIFT_I32, kinds[kind].precision);
		thrift_end(t);
	}
	thrift_end(t);
}

static void
describe_column(struct thrift *t, const struct parquet_column *c)
{
	thrift_begin(t);
	thrift_is(t, 1, THRIFT_I32, kinds[c->kind].physical);
	if (kinds[c->kind].length)
		thrift_is(t, 2, THRIFT_I32, kinds[c->kind].length);
	thrift_is(t, 3, THRIFT_I32, c->optional ? OPTIONAL : REQUIRED);
	thrift_is_text(t, 4, c->name);
	describe_kind(t, c->kind);
	thrift_end(t);
}

static void
describe_schema(struct thrift *t, const struct parquet *p)
{
	thrift_list_of(t, 2, THRIFT_STRUCT, p->n + 1);
	thrift_begin(t);
	thrift_is_text(t, 4, "schema");
	thrift_is(t, 5, THRIFT_I32, (int64_t)p->n);
	thrift_end(t);
	for (size_t i = 0; i < p->n; i++)
		describe_column(t, &p->columns[i]);
}

static void
describe_statistics(struct thrift *t, enum parquet_kind kind, struct parquet_chunk *k)
{
	thrift_struct(t, 12);
	thrift_number(t, 3, THRIFT_I64, &k->nulls);
	if (kind == PARQUET_TIME) {
		thrift_bytes_i64(t, 5, &k->max);
		thrift_bytes_i64(t, 6, &k->min);
	}
	thrift_end(t);
}

static void
describe_chunk(struct thrift *t, const struct parquet_column *c, struct parquet_chunk *k)
{
	thrift_begin(t);
	thrift_number(t, 2, THRIFT_I64, &k->offset);
	thrift_struct(t, 3);
	thrift_is(t, 1, THRIFT_I32, kinds[c->kind].physical);
	thrift_list_of(t, 2, THRIFT_I32, c->optional ? 2 : 1);
	thrift_item_is(t, PLAIN);
	if (c->optional)
		thrift_item_is(t, RLE);
	thrift_list_of(t, 3, THRIFT_TEXT, 1);
	thrift_item_is_text(t, c->name);
	thrift_is(t, 4, THRIFT_I32, ZSTD);
	thrift_number(t, 5, THRIFT_I64, &k->rows);
	thrift_number(t, 6, THRIFT_I64, &k->plain);
	thrift_number(t, 7, THRIFT_I64, &k->packed);
	thrift_is(t, 9, THRIFT_I64, k->offset);
	describe_statistics(t, c->kind, k);
	thrift_end(t);
	thrift_end(t);
}

static void
describe_group(struct thrift *t, const struct parquet *p, struct parquet_group *g)
{
	int64_t plain = 0;

	thrift_begin(t);
	thrift_list_of(t, 1, THRIFT_STRUCT, p->n);
	for (size_t i = 0; i < p->n; i++) {
		describe_chunk(t, &p->columns[i], &g->chunks[i]);
		if (g->chunks[i].rows != g->chunks[0].rows ||
		    __builtin_add_overflow(plain, g->chunks[i].plain, &plain))
			t->bad = true;
	}
	thrift_is(t, 2, THRIFT_I64, plain);
	thrift_is(t, 3, THRIFT_I64, g->chunks[0].rows);
	thrift_end(t);
}

/* How many groups there are stands in the middle of what is read: room is made then. */
static void
describe_groups(struct thrift *t, struct parquet *p)
{
	thrift_list(t, 4, THRIFT_STRUCT, &p->groups_n, PARQUET_GROUPS_MAX);
	if (!t->out && p->groups_n > t->in.len) {
		t->bad = true;
		p->groups_n = 0;
	}
	if (!t->out && p->groups_n) {
		free(p->groups);
		p->groups = calloc(p->groups_n, sizeof *p->groups);
		if (!p->groups) {
			t->bad = true;
			p->groups_n = 0;
		}
	}
	for (uint64_t i = 0; i < p->groups_n; i++)
		describe_group(t, p, &p->groups[i]);
}

static int64_t
all_rows(const struct parquet *p)
{
	int64_t n = 0;

	for (uint64_t i = 0; i < p->groups_n; i++)
		n += p->groups[i].chunks[0].rows;
	return n;
}

static bool
rows_are_possible(const struct parquet *p)
{
	for (uint64_t i = 0; i < p->groups_n; i++)
		if (p->groups[i].chunks[0].rows < 1 ||
		    p->groups[i].chunks[0].rows > PARQUET_ROWS_MAX)
			return false;
	return true;
}

void
parquet_footer(struct thrift *t, struct parquet *p)
{
	int64_t rows = t->out ? all_rows(p) : 0;

	thrift_begin(t);
	thrift_is(t, 1, THRIFT_I32, 2);
	describe_schema(t, p);
	thrift_number(t, 3, THRIFT_I64, &rows);
	describe_groups(t, p);
	thrift_is_text(t, 6, "tradepipe");
	/* minima and maxima are in the order of the column's type */
	thrift_list_of(t, 7, THRIFT_STRUCT, p->n);
	for (size_t i = 0; i < p->n; i++) {
		thrift_begin(t);
		thrift_empty(t, 1);
		thrift_end(t);
	}
	thrift_end(t);
	if (!rows_are_possible(p) || rows != all_rows(p))
		t->bad = true;
}

int64_t
parquet_crc32(struct span bytes)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		for (unsigned k = 0; k < 8; k++)
			crc = crc >> 1 ^ (UINT32_C(0xedb88320) & (0 - (crc & 1)));
	}
	return (int32_t)~crc;
}

void
parquet_page_head(struct thrift *t, int64_t *plain, int64_t *packed, int64_t *crc, int64_t rows)
{
	thrift_begin(t);
	thrift_is(t, 1, THRIFT_I32, 0); /* a data page */
	thrift_number(t, 2, THRIFT_I32, plain);
	thrift_number(t, 3, THRIFT_I32, packed);
	thrift_number(t, 4, THRIFT_I32, crc);
	thrift_struct(t, 5);
	thrift_is(t, 1, THRIFT_I32, rows);
	thrift_is(t, 2, THRIFT_I32, PLAIN);
	thrift_is(t, 3, THRIFT_I32, RLE);
	thrift_is(t, 4, THRIFT_I32, RLE);
	thrift_end(t);
	thrift_end(t);
}

void
parquet_put_little(unsigned char out[], uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> 8 * i & 0xff);
}

void
parquet_levels_head(size_t n, struct buf *out)
{
	unsigned char length[4];
	uint64_t run = (n + 7) / 8 << 1 | 1;
	size_t digits = run < 0x80 ? 1 : run < 0x4000 ? 2 : 3;

	parquet_put_little(length, digits + (n + 7) / 8, sizeof length);
	buf_add(out, (struct span){(const char *)length, sizeof length});
	for (; run >= 0x80; run >>= 7)
		buf_byte(out, (char)(0x80 | (run & 0x7f)));
	buf_byte(out, (char)run);
}

int64_t
parquet_count_nulls(struct span levels)
{
	int64_t n = 0;

	for (size_t i = 0; i < levels.len; i++)
		n += levels.ptr[i] == 0;
	return n;
}

void
parquet_clear(struct parquet *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct parquet_cells *c = &p->cells[i];

		buf_clear(&c->values);
		buf_clear(&c->levels);
		c->at = c->row = 0;
	}
}
