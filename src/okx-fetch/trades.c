#include "trades.h"

#include "decimal.h"
#include "json.h"
#include "okx_id.h"
#include "okx_ledger.h"
#include "utc.h"

#include <stdlib.h>

static bool
is_positive(struct span text)
{
	struct decimal d;

	return decimal_parse(text, &d) == DECIMAL_OK && decimal_sign(d) > 0;
}

static bool
read_row(struct span object, struct trades_row *row)
{
	if (json_type(object) != JSON_OBJECT)
		return false;
	row->px = okx_row_text(object, "px");
	row->sz = okx_row_text(object, "sz");
	row->side = okx_row_text(object, "side");
	return okx_id_parse(okx_row_text(object, "tradeId"), &row->id) &&
	       utc_parse_ms_digits(okx_row_text(object, "ts"), &row->ts_ms) &&
	       is_positive(row->px) && is_positive(row->sz) &&
	       (span_is(row->side, "buy") || span_is(row->side, "sell"));
}

static int
compare(const void *a, const void *b)
{
	const struct trades_row *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void
trades_read(const struct okx_reply *r, struct trades_page *page)
{
	struct json_walk w = json_walk(r->data);
	struct span object;
	size_t kept = 0;

	page->n = page->unreadable = 0;
	while (json_next_element(&w, &object) && page->n < TRADES_PAGE) {
		if (read_row(object, &page->rows[page->n]))
			page->n++;
		else
			page->unreadable++;
	}
	qsort(page->rows, page->n, sizeof page->rows[0], compare);
	for (size_t i = 0; i < page->n; i++)
		if (i == 0 || page->rows[i].id != page->rows[kept - 1].id)
			page->rows[kept++] = page->rows[i];
	page->n = kept;
}

size_t
trades_first_new(const struct trades_page *page, uint64_t last)
{
	size_t i = 0;

	while (i < page->n && page->rows[i].id <= last)
		i++;
	return i;
}

static void
print_id(struct buf *out, const char *name, uint64_t id)
{
	buf_json_key(out, name);
	buf_byte(out, '"');
	buf_u64(out, id);
	buf_byte(out, '"');
}

void
trades_print(const struct trades_row *row, struct span inst_id, uint64_t seq, uint64_t in,
	     struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("trade"));
	buf_json_member_u64(out, "seq", seq);
	buf_json_member_u64(out, "in", in);
	print_id(out, "tradeId", row->id);
	buf_json_member_string(out, "symbol", inst_id);
	buf_json_member_string(out, "px", row->px);
	buf_json_member_string(out, "sz", row->sz);
	buf_json_member_string(out, "side", row->side);
	buf_json_member_i64(out, "ts", row->ts_ms * 1000);
	buf_byte(out, '}');
}

void
trades_print_gap(struct span inst_id, uint64_t seq, uint64_t first, uint64_t last, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("gap"));
	buf_json_member_u64(out, "seq", seq);
	buf_json_member_string(out, "symbol", inst_id);
	print_id(out, "firstMissing", first);
	print_id(out, "lastMissing", last);
	buf_byte(out, '}');
}
