#include "trade_day.h"

#include "crc32c.h"
#include "limit.h"
#include "names.h"

/* ---- writing ---- */

bool
trade_writer_init(struct trade_writer *w, struct buf *out)
{
	*w = (struct trade_writer){.rows = 0};
	buf_init(&w->line, 2 * LIMIT_LINE_BYTES);
	if (!parquet_init(&w->p, trade_columns, TRADE_MEMBERS))
		return false;
	parquet_start(&w->p, out);
	return buf_ok(out);
}

void
trade_writer_release(struct trade_writer *w)
{
	parquet_release(&w->p);
	buf_release(&w->line);
}

static void
put_value(struct trade_writer *w, size_t column, const struct trade_value *v)
{
	if (!v->has) {
		parquet_put_null(&w->p, column);
		return;
	}
	switch (trade_columns[column].kind) {
	case PARQUET_TEXT:
		parquet_put_text(&w->p, column, v->text);
		w->text_bytes += v->text.len;
		break;
	case PARQUET_TIME:
	case PARQUET_PRICE:
	case PARQUET_INTEGER: parquet_put_i64(&w->p, column, v->number); break;
	case PARQUET_VOLUME:
	case PARQUET_TURNOVER: parquet_put_wide(&w->p, column, v->sum); break;
	case PARQUET_BOOL: parquet_put_bool(&w->p, column, v->flag); break;
	}
}

bool
trade_writer_put(struct trade_writer *w, const struct trade_row *row, struct buf *out)
{
	buf_clear(&w->line);
	trade_row_print(row, &w->line);
	buf_byte(&w->line, '\n');
	w->crc = crc32c(w->crc, buf_span(&w->line));
	for (size_t i = 0; i < TRADE_MEMBERS; i++)
		put_value(w, i, &row->v[i]);
	w->rows++;
	if (!buf_ok(&w->line))
		return false;
	if (parquet_rows(&w->p) < TRADE_GROUP_ROWS && w->text_bytes < TRADE_GROUP_BYTES)
		return true;
	w->text_bytes = 0;
	return parquet_group(&w->p, out);
}

bool
trade_writer_finish(struct trade_writer *w, struct buf *out)
{
	return parquet_finish(&w->p, out);
}

/* ---- reading ---- */

const char *
trade_reader_open(struct trade_reader *r, struct span file, struct span symbol, int64_t day)
{
	*r = (struct trade_reader){.file = file, .symbol = symbol, .day = day, .ready = true};
	trade_row_init(&r->rows);
	buf_init(&r->line, 2 * LIMIT_LINE_BYTES);
	if (!parquet_init(&r->p, trade_columns, TRADE_MEMBERS))
		return "no memory";
	return parquet_open(&r->p, file);
}

void
trade_reader_release(struct trade_reader *r)
{
	if (!r->ready)
		return;
	parquet_release(&r->p);
	trade_row_release(&r->rows);
	buf_release(&r->line);
	r->ready = false;
}

static void
take_value(struct parquet *p, size_t column, struct trade_value *v)
{
	*v = (struct trade_value){.has = false};
	switch (trade_columns[column].kind) {
	case PARQUET_TEXT: v->has = parquet_take_text(p, column, &v->text); break;
	case PARQUET_TIME:
	case PARQUET_PRICE:
	case PARQUET_INTEGER: v->has = parquet_take_i64(p, column, &v->number); break;
	case PARQUET_VOLUME:
	case PARQUET_TURNOVER: v->has = parquet_take_wide(p, column, &v->sum); break;
	case PARQUET_BOOL: v->has = parquet_take_bool(p, column, &v->flag); break;
	}
}

/* Is this the row of the record that it gives? */
static bool
is_of_its_record(struct trade_reader *r, const struct trade_row *row)
{
	struct trade_row again;

	buf_clear(&r->line);
	trade_row_print(row, &r->line);
	return buf_ok(&r->line) && !memchr(r->line.ptr, '\n', r->line.len) &&
	       trade_row_read(&r->rows, buf_span(&r->line), &again) == TRADE_ROW_OK &&
	       trade_row_equal(row, &again);
}

const char *
trade_reader_next(struct trade_reader *r, struct trade_row *row, bool *got)
{
	*got = r->left > 0 || r->group < r->p.groups_n;
	if (!*got)
		return NULL;
	if (r->left == 0) {
		const char *why = parquet_load(&r->p, r->file, r->group++);

		if (why)
			return why;
		r->left = parquet_rows(&r->p);
	}
	r->left--;
	for (size_t i = 0; i < TRADE_MEMBERS; i++)
		take_value(&r->p, i, &row->v[i]);
	if (!is_of_its_record(r, row))
		return "a row is not that of its record";
	if (!span_equal(row->v[TRADE_SYMBOL].text, r->symbol))
		return "a trade of another symbol";
	if (names_day(row->v[TRADE_TS].number) != r->day)
		return "a trade of another day";
	if (row->v[TRADE_ID].number <= r->last_id)
		return "trades are not in order";
	r->last_id = row->v[TRADE_ID].number;
	return NULL;
}
