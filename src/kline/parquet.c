#include "parquet.h"

#include "check.h"
#include "thrift.h"

#include <stdlib.h>
#include <zstd.h>

#define MAGIC "PAR1"
#define LEVEL 6 /* zstd's: files are written once, and read for years */
#define FOOTER_MAX (64u << 20)

__extension__ typedef unsigned __int128 wide;

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

bool
parquet_init(struct parquet *p, const struct parquet_column columns[], size_t n)
{
	CHECK(n > 0 && n <= PARQUET_COLUMNS_MAX);
	*p = (struct parquet){.columns = columns, .n = n};
	for (size_t i = 0; i < n; i++) {
		buf_init(&p->cells[i].values, PARQUET_PAGE_MAX);
		buf_init(&p->cells[i].levels, PARQUET_ROWS_MAX);
	}
	buf_init(&p->page, PARQUET_PAGE_MAX + PARQUET_ROWS_MAX);
	p->compress = ZSTD_createCCtx();
	p->decompress = ZSTD_createDCtx();
	return p->compress && p->decompress;
}

void
parquet_release(struct parquet *p)
{
	for (size_t i = 0; i < p->n; i++) {
		buf_release(&p->cells[i].values);
		buf_release(&p->cells[i].levels);
	}
	buf_release(&p->page);
	free(p->groups);
	ZSTD_freeCCtx(p->compress);
	ZSTD_freeDCtx(p->decompress);
	*p = (struct parquet){0};
}

/* ---- the description of the file, for writing and for reading ---- */

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

static void
describe_footer(struct thrift *t, struct parquet *p)
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

/* gzip's CRC-32, which Parquet takes over a page's compressed bytes. */
static int64_t
crc32(struct span bytes)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		for (unsigned k = 0; k < 8; k++)
			crc = crc >> 1 ^ (UINT32_C(0xedb88320) & (0 - (crc & 1)));
	}
	return (int32_t)~crc;
}

static void
describe_page(struct thrift *t, int64_t *plain, int64_t *packed, int64_t *crc, int64_t rows)
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

/* ---- rows in ---- */

static void
put_bytes(struct parquet *p, size_t column, const void *bytes, size_t n)
{
	struct parquet_cells *c = &p->cells[column];

	buf_add(&c->values, (struct span){bytes, n});
	buf_byte(&c->levels, 1);
}

static void
put_little(unsigned char out[], uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> 8 * i & 0xff);
}

void
parquet_put_text(struct parquet *p, size_t column, struct span text)
{
	unsigned char head[4];

	put_little(head, text.len, sizeof head);
	buf_add(&p->cells[column].values, (struct span){(const char *)head, sizeof head});
	put_bytes(p, column, text.ptr, text.len);
}

void
parquet_put_i64(struct parquet *p, size_t column, int64_t v)
{
	struct parquet_cells *c = &p->cells[column];
	unsigned char bytes[8];

	if (c->levels.len == 0 || v < c->min)
		c->min = v;
	if (c->levels.len == 0 || v > c->max)
		c->max = v;
	put_little(bytes, (uint64_t)v, sizeof bytes);
	put_bytes(p, column, bytes, sizeof bytes);
}

void
parquet_put_wide(struct parquet *p, size_t column, decimal_int v)
{
	unsigned char bytes[16];

	for (size_t i = 0; i < sizeof bytes; i++, v >>= 8)
		bytes[sizeof bytes - 1 - i] = (unsigned char)(v & 0xff);
	put_bytes(p, column, bytes, sizeof bytes);
}

void
parquet_put_bool(struct parquet *p, size_t column, bool v)
{
	char byte = v;

	put_bytes(p, column, &byte, 1);
}

void
parquet_put_null(struct parquet *p, size_t column)
{
	CHECK(p->columns[column].optional);
	buf_byte(&p->cells[column].levels, 0);
}

size_t
parquet_rows(const struct parquet *p)
{
	return p->cells[0].levels.len;
}

/* ---- pages ---- */

/* A bit a byte, the first in the lowest. */
static void
pack_bits(struct span bytes, struct buf *out)
{
	for (size_t i = 0; i < bytes.len; i += 8) {
		unsigned b = 0;

		for (size_t k = 0; k < 8 && i + k < bytes.len; k++)
			b |= (unsigned)(unsigned char)bytes.ptr[i + k] << k;
		buf_byte(out, (char)b);
	}
}

/* n bits as bytes; false unless the bits behind them are 0. */
static bool
unpack_bits(struct span bits, size_t n, struct buf *out)
{
	for (size_t i = 0; i < bits.len * 8; i++) {
		int bit = bits.ptr[i / 8] >> i % 8 & 1;

		if (i < n)
			buf_byte(out, (char)bit);
		else if (bit)
			return false;
	}
	return buf_ok(out);
}

/* The head of one bit-packed run of n levels: its length in bytes, then how many times eight. */
static void
levels_head(size_t n, struct buf *out)
{
	unsigned char length[4];
	uint64_t run = (n + 7) / 8 << 1 | 1;
	size_t digits = run < 0x80 ? 1 : run < 0x4000 ? 2 : 3;

	put_little(length, digits + (n + 7) / 8, sizeof length);
	buf_add(out, (struct span){(const char *)length, sizeof length});
	for (; run >= 0x80; run >>= 7)
		buf_byte(out, (char)(0x80 | (run & 0x7f)));
	buf_byte(out, (char)run);
}

static int64_t
count_nulls(struct span levels)
{
	int64_t n = 0;

	for (size_t i = 0; i < levels.len; i++)
		n += levels.ptr[i] == 0;
	return n;
}

static void
fill_page(struct parquet *p, size_t column)
{
	struct parquet_cells *c = &p->cells[column];

	buf_clear(&p->page);
	if (p->columns[column].optional) {
		levels_head(c->levels.len, &p->page);
		pack_bits(buf_span(&c->levels), &p->page);
	}
	if (p->columns[column].kind == PARQUET_BOOL)
		pack_bits(buf_span(&c->values), &p->page);
	else
		buf_add(&p->page, buf_span(&c->values));
}

/* The page, compressed, behind its head. */
static bool
write_chunk(struct parquet *p, size_t column, struct parquet_chunk *k, struct buf *out)
{
	struct parquet_cells *c = &p->cells[column];
	size_t room, n, before = out->len;
	int64_t plain, packed, crc;
	struct thrift t;
	char *work;

	fill_page(p, column);
	if (!buf_ok(&c->values) || !buf_ok(&c->levels) || !buf_ok(&p->page))
		return false;
	room = ZSTD_compressBound(p->page.len);
	work = malloc(room);
	if (!work)
		return false;
	ZSTD_CCtx_setParameter(p->compress, ZSTD_c_compressionLevel, LEVEL);
	n = ZSTD_compress2(p->compress, work, room, p->page.ptr, p->page.len);
	if (!ZSTD_isError(n)) {
		plain = (int64_t)p->page.len;
		packed = (int64_t)n;
		crc = crc32((struct span){work, n});
		thrift_write(&t, out);
		describe_page(&t, &plain, &packed, &crc, (int64_t)c->levels.len);
		*k = (struct parquet_chunk){.offset = p->offset,
					    .plain = (int64_t)(out->len - before) + plain,
					    .packed = (int64_t)(out->len - before) + packed,
					    .rows = (int64_t)c->levels.len,
					    .nulls = count_nulls(buf_span(&c->levels)),
					    .min = c->min,
					    .max = c->max};
		buf_add(out, (struct span){work, n});
		p->offset += k->packed;
	}
	free(work);
	return !ZSTD_isError(n) && buf_ok(out);
}

static void
clear_cells(struct parquet *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct parquet_cells *c = &p->cells[i];

		buf_clear(&c->values);
		buf_clear(&c->levels);
		c->at = c->row = 0;
	}
}

void
parquet_start(struct parquet *p, struct buf *out)
{
	buf_str(out, MAGIC);
	p->offset = sizeof MAGIC - 1;
}

bool
parquet_group(struct parquet *p, struct buf *out)
{
	size_t rows = parquet_rows(p);
	struct parquet_group *grown;

	if (rows == 0)
		return true;
	if (p->groups_n == PARQUET_GROUPS_MAX)
		return false;
	grown = realloc(p->groups, (p->groups_n + 1) * sizeof *grown);
	if (!grown)
		return false;
	p->groups = grown;
	grown[p->groups_n] = (struct parquet_group){0};
	for (size_t i = 0; i < p->n; i++) {
		CHECK(p->cells[i].levels.len == rows);
		if (!write_chunk(p, i, &grown[p->groups_n].chunks[i], out))
			return false;
	}
	p->groups_n++;
	clear_cells(p);
	return true;
}

bool
parquet_finish(struct parquet *p, struct buf *out)
{
	unsigned char length[4];
	size_t before;
	struct thrift t;

	if (!parquet_group(p, out))
		return false;
	before = out->len;
	thrift_write(&t, out);
	describe_footer(&t, p);
	CHECK(!t.bad);
	put_little(length, out->len - before, sizeof length);
	buf_add(out, (struct span){(const char *)length, sizeof length});
	buf_str(out, MAGIC);
	return buf_ok(out);
}

/* ---- reading ---- */

static uint64_t
little(const char *at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(unsigned char)at[i] << 8 * i;
	return v;
}

/* Chunks follow each other from the magic to the footer. */
static bool
without_holes(const struct parquet *p, uint64_t footer)
{
	int64_t at = sizeof MAGIC - 1;

	for (uint64_t i = 0; i < p->groups_n; i++) {
		for (size_t c = 0; c < p->n; c++) {
			const struct parquet_chunk *k = &p->groups[i].chunks[c];

			if (k->offset != at || k->packed < 1 || k->packed > (int64_t)footer - at)
				return false;
			at += k->packed;
		}
	}
	return at == (int64_t)footer;
}

const char *
parquet_open(struct parquet *p, struct span file)
{
	const size_t magic = sizeof MAGIC - 1;
	uint64_t length;
	struct thrift t;

	if (file.len < 3 * magic || memcmp(file.ptr, MAGIC, magic) != 0 ||
	    memcmp(file.ptr + file.len - magic, MAGIC, magic) != 0)
		return "no Parquet file, or cut short";
	length = little(file.ptr + file.len - 2 * magic, 4);
	if (length > file.len - 3 * magic || length > FOOTER_MAX)
		return "the footer's length is wrong";
	thrift_read(&t, (struct span){file.ptr + file.len - 2 * magic - length, (size_t)length});
	describe_footer(&t, p);
	if (t.bad || t.in.len)
		return "the footer is not one of ours";
	return without_holes(p, file.len - 2 * magic - length) ? NULL
							       : "chunks do not fill the file";
}

/* One frame of zstd, no less and no more, into the page. */
static bool
unpack(struct parquet *p, struct span packed, size_t plain)
{
	char *room;
	size_t n;

	buf_clear(&p->page);
	if (ZSTD_findFrameCompressedSize(packed.ptr, packed.len) != packed.len)
		return false;
	room = buf_room(&p->page, plain);
	if (!room)
		return false;
	n = ZSTD_decompressDCtx(p->decompress, room, plain, packed.ptr, packed.len);
	if (ZSTD_isError(n) || n != plain)
		return false;
	buf_grown(&p->page, n);
	return true;
}

/* How many bytes n values have. */
static bool
values_fit(enum parquet_kind kind, struct span values, size_t n)
{
	size_t at = 0;

	switch (kind) {
	case PARQUET_TIME:
	case PARQUET_PRICE:
	case PARQUET_INTEGER: return values.len == 8 * n;
	case PARQUET_VOLUME:
	case PARQUET_TURNOVER: return values.len == 16 * n;
	case PARQUET_BOOL: return values.len == (n + 7) / 8;
	case PARQUET_TEXT: break;
	}
	for (; n; n--) {
		uint64_t length;

		if (values.len - at < 4)
			return false;
		length = little(values.ptr + at, 4);
		at += 4;
		if (length > values.len - at)
			return false;
		at += (size_t)length;
	}
	return at == values.len;
}

/* The levels of an optional column off the page's beginning. */
static bool
read_levels(struct parquet *p, size_t column, size_t rows, struct span *rest)
{
	struct parquet_cells *c = &p->cells[column];
	struct buf head;
	bool ok;

	if (!p->columns[column].optional) {
		for (size_t i = 0; i < rows; i++)
			buf_byte(&c->levels, 1);
		return buf_ok(&c->levels);
	}
	buf_init(&head, 16);
	levels_head(rows, &head);
	ok = buf_ok(&head) && span_starts(*rest, buf_span(&head)) &&
	     rest->len - head.len >= (rows + 7) / 8 &&
	     unpack_bits((struct span){rest->ptr + head.len, (rows + 7) / 8}, rows, &c->levels);
	if (ok) {
		rest->ptr += head.len + (rows + 7) / 8;
		rest->len -= head.len + (rows + 7) / 8;
	}
	buf_release(&head);
	return ok;
}

static bool
extremes_agree(const struct parquet_cells *c, const struct parquet_chunk *k)
{
	int64_t min = INT64_MAX, max = INT64_MIN;

	for (size_t at = 0; at < c->values.len; at += 8) {
		int64_t v = (int64_t)little(c->values.ptr + at, 8);

		min = v < min ? v : min;
		max = v > max ? v : max;
	}
	return c->values.len == 0 || (min == k->min && max == k->max);
}

static const char *
load_chunk(struct parquet *p, struct span file, size_t column, const struct parquet_chunk *k)
{
	struct parquet_cells *c = &p->cells[column];
	struct span page = {file.ptr + k->offset, (size_t)k->packed}, rest;
	enum parquet_kind kind = p->columns[column].kind;
	int64_t plain = 0, packed = 0, crc = 0;
	struct thrift t;
	size_t values;

	thrift_read(&t, page);
	describe_page(&t, &plain, &packed, &crc, k->rows);
	if (t.bad || plain < 0 || plain > (int64_t)p->page.max || packed != (int64_t)t.in.len ||
	    k->plain != k->packed - packed + plain)
		return "a page's head is not one of ours";
	if (crc != crc32(t.in) || !unpack(p, t.in, (size_t)plain))
		return "a page's bytes are damaged";
	rest = buf_span(&p->page);
	if (!read_levels(p, column, (size_t)k->rows, &rest))
		return "a page's levels are not ours";
	if (count_nulls(buf_span(&c->levels)) != k->nulls)
		return "a page has another number of nulls";
	values = (size_t)(k->rows - k->nulls);
	if (!values_fit(kind, rest, values))
		return "a page's values are not of their type";
	if (kind == PARQUET_BOOL ? !unpack_bits(rest, values, &c->values)
				 : (buf_add(&c->values, rest), !buf_ok(&c->values)))
		return "a page's values do not fit";
	return kind == PARQUET_TIME && !extremes_agree(c, k)
		   ? "a page has another minimum or maximum"
		   : NULL;
}

const char *
parquet_load(struct parquet *p, struct span file, uint64_t group)
{
	CHECK(group < p->groups_n);
	clear_cells(p);
	for (size_t i = 0; i < p->n; i++) {
		const char *why = load_chunk(p, file, i, &p->groups[group].chunks[i]);

		if (why)
			return why;
	}
	return NULL;
}

/* n bytes of the next row's value, or NULL. */
static const char *
take(struct parquet *p, size_t column, size_t n)
{
	struct parquet_cells *c = &p->cells[column];

	CHECK(c->row < c->levels.len);
	if (!c->levels.ptr[c->row++])
		return NULL;
	CHECK(c->values.len - c->at >= n);
	c->at += n;
	return c->values.ptr + c->at - n;
}

bool
parquet_take_text(struct parquet *p, size_t column, struct span *out)
{
	const char *head = take(p, column, 4);

	if (!head)
		return false;
	*out = (struct span){head + 4, (size_t)little(head, 4)};
	p->cells[column].at += out->len;
	return true;
}

bool
parquet_take_i64(struct parquet *p, size_t column, int64_t *out)
{
	const char *at = take(p, column, 8);

	*out = at ? (int64_t)little(at, 8) : 0;
	return at != NULL;
}

bool
parquet_take_wide(struct parquet *p, size_t column, decimal_int *out)
{
	const char *at = take(p, column, 16);

	*out = at && (unsigned char)*at >= 0x80 ? -1 : 0;
	for (size_t i = 0; at && i < 16; i++)
		*out = (decimal_int)((wide)*out << 8 | (unsigned char)at[i]);
	return at != NULL;
}

bool
parquet_take_bool(struct parquet *p, size_t column, bool *out)
{
	const char *at = take(p, column, 1);

	*out = at && *at;
	return at != NULL;
}
