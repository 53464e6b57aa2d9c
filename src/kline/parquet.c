#include "parquet.h"

#include "check.h"
#include "parquet_form.h"

#include <stdlib.h>
#include <zstd.h>

#define LEVEL 6 /* zstd's: files are written once, and read for years */

__extension__ typedef unsigned __int128 wide;

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

/* ---- rows in ---- */

static void
put_bytes(struct parquet *p, size_t column, const void *bytes, size_t n)
{
	struct parquet_cells *c = &p->cells[column];

	buf_add(&c->values, (struct span){bytes, n});
	buf_byte(&c->levels, 1);
}

void
parquet_put_text(struct parquet *p, size_t column, struct span text)
{
	unsigned char head[4];

	parquet_put_little(head, text.len, sizeof head);
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
	parquet_put_little(bytes, (uint64_t)v, sizeof bytes);
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

static void
fill_page(struct parquet *p, size_t column)
{
	struct parquet_cells *c = &p->cells[column];

	buf_clear(&p->page);
	if (p->columns[column].optional) {
		parquet_levels_head(c->levels.len, &p->page);
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
		crc = parquet_crc32((struct span){work, n});
		thrift_write(&t, out);
		parquet_page_head(&t, &plain, &packed, &crc, (int64_t)c->levels.len);
		*k = (struct parquet_chunk){.offset = p->offset,
					    .plain = (int64_t)(out->len - before) + plain,
					    .packed = (int64_t)(out->len - before) + packed,
					    .rows = (int64_t)c->levels.len,
					    .nulls = parquet_count_nulls(buf_span(&c->levels)),
					    .min = c->min,
					    .max = c->max};
		buf_add(out, (struct span){work, n});
		p->offset += k->packed;
	}
	free(work);
	return !ZSTD_isError(n) && buf_ok(out);
}

void
parquet_start(struct parquet *p, struct buf *out)
{
	buf_str(out, PARQUET_MAGIC);
	p->offset = sizeof PARQUET_MAGIC - 1;
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
	parquet_clear(p);
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
	parquet_footer(&t, p);
	CHECK(!t.bad);
	parquet_put_little(length, out->len - before, sizeof length);
	buf_add(out, (struct span){(const char *)length, sizeof length});
	buf_str(out, PARQUET_MAGIC);
	return buf_ok(out);
}
