#include "parquet_form.h"

#include "check.h"

#include <zstd.h>

__extension__ typedef unsigned __int128 wide;

static uint64_t
little(const char *at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)(unsigned char)at[i] << 8 * i;
	return v;
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

/* Chunks follow each other from the magic to the footer. */
static bool
without_holes(const struct parquet *p, uint64_t footer)
{
	int64_t at = sizeof PARQUET_MAGIC - 1;

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
	const size_t magic = sizeof PARQUET_MAGIC - 1;
	uint64_t length;
	struct thrift t;

	if (file.len < 3 * magic || memcmp(file.ptr, PARQUET_MAGIC, magic) != 0 ||
	    memcmp(file.ptr + file.len - magic, PARQUET_MAGIC, magic) != 0)
		return "no Parquet file, or cut short";
	length = little(file.ptr + file.len - 2 * magic, 4);
	if (length > file.len - 3 * magic || length > PARQUET_FOOTER_MAX)
		return "the footer's length is wrong";
	thrift_read(&t, (struct span){file.ptr + file.len - 2 * magic - length, (size_t)length});
	parquet_footer(&t, p);
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
	parquet_levels_head(rows, &head);
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
	parquet_page_head(&t, &plain, &packed, &crc, k->rows);
	if (t.bad || plain < 0 || plain > (int64_t)p->page.max || packed != (int64_t)t.in.len ||
	    k->plain != k->packed - packed + plain)
		return "a page's head is not one of ours";
	if (crc != parquet_crc32(t.in) || !unpack(p, t.in, (size_t)plain))
		return "a page's bytes are damaged";
	rest = buf_span(&p->page);
	if (!read_levels(p, column, (size_t)k->rows, &rest))
		return "a page's levels are not ours";
	if (parquet_count_nulls(buf_span(&c->levels)) != k->nulls)
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
	parquet_clear(p);
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
