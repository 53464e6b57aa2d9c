#include "trade_row.h"

#include "bar.h"
#include "check.h"
#include "limit.h"
#include "names.h"
#include "number.h"
#include "trade_line.h"

const struct parquet_column trade_columns[TRADE_MEMBERS] = {
    [TRADE_SEQ] = {"seq", PARQUET_INTEGER, true},
    [TRADE_IN] = {"in", PARQUET_INTEGER, true},
    [TRADE_ID] = {"tradeId", PARQUET_INTEGER, false},
    [TRADE_SYMBOL] = {"symbol", PARQUET_TEXT, false},
    [TRADE_PX] = {"px", PARQUET_PRICE, false},
    [TRADE_SZ] = {"sz", PARQUET_VOLUME, false},
    [TRADE_QUOTE_SZ] = {"quoteSz", PARQUET_TURNOVER, true},
    [TRADE_FEE] = {"fee", PARQUET_TURNOVER, true},
    [TRADE_FEE_CCY] = {"feeCcy", PARQUET_TEXT, true},
    [TRADE_SIDE] = {"side", PARQUET_TEXT, true},
    [TRADE_MAKER_ID] = {"makerId", PARQUET_TEXT, true},
    [TRADE_TAKER_ID] = {"takerId", PARQUET_TEXT, true},
    [TRADE_MAKER_ACCOUNT] = {"makerAccount", PARQUET_TEXT, true},
    [TRADE_TAKER_ACCOUNT] = {"takerAccount", PARQUET_TEXT, true},
    [TRADE_RFQ] = {"rfq", PARQUET_BOOL, true},
    [TRADE_TS] = {"ts", PARQUET_TIME, false},
    [TRADE_LINE] = {"line", PARQUET_TEXT, true},
};

/* The members of the record: the columns but for the line, and the type behind them. */
enum { TYPE = TRADE_LINE, FIELDS };

static const struct record_field fields[FIELDS] = {
    [TRADE_SEQ] = {"seq", RECORD_INTEGER},
    [TRADE_IN] = {"in", RECORD_INTEGER},
    [TRADE_ID] = {"tradeId", RECORD_STRING},
    [TRADE_SYMBOL] = {"symbol", RECORD_STRING},
    [TRADE_PX] = {"px", RECORD_STRING},
    [TRADE_SZ] = {"sz", RECORD_STRING},
    [TRADE_QUOTE_SZ] = {"quoteSz", RECORD_STRING},
    [TRADE_FEE] = {"fee", RECORD_STRING},
    [TRADE_FEE_CCY] = {"feeCcy", RECORD_STRING},
    [TRADE_SIDE] = {"side", RECORD_STRING},
    [TRADE_MAKER_ID] = {"makerId", RECORD_STRING},
    [TRADE_TAKER_ID] = {"takerId", RECORD_STRING},
    [TRADE_MAKER_ACCOUNT] = {"makerAccount", RECORD_STRING},
    [TRADE_TAKER_ACCOUNT] = {"takerAccount", RECORD_STRING},
    [TRADE_RFQ] = {"rfq", RECORD_BOOL},
    [TRADE_TS] = {"ts", RECORD_INTEGER},
    [TYPE] = {"type", RECORD_STRING},
};

void
trade_row_init(struct trade_row_reader *r)
{
	*r = (struct trade_row_reader){.error = RECORD_OK};
	record_init(&r->record, fields, FIELDS);
	buf_init(&r->own, 2 * LIMIT_LINE_BYTES);
}

void
trade_row_release(struct trade_row_reader *r)
{
	record_release(&r->record);
	buf_release(&r->own);
}

/* ---- reading ---- */

static bool
read_sum(struct span text, unsigned scale, decimal_int *out)
{
	static const decimal_int limit = (decimal_int)10000000000000000000u * 10000000000000000000u;

	/* DECIMAL(38, scale) */
	return fixed_parse_wide(text, scale, out) == FIXED_OK && *out<limit && * out> - limit;
}

/* A value that its column cannot hold stays in the line alone. */
static void
read_value(enum parquet_kind kind, struct span text, struct trade_value *v)
{
	*v = (struct trade_value){.has = text.ptr != NULL};
	if (!v->has)
		return;
	switch (kind) {
	case PARQUET_TEXT: v->text = text; break;
	case PARQUET_TIME:
	case PARQUET_INTEGER: v->has = number_i64(text, &v->number); break;
	case PARQUET_PRICE:
		/* DECIMAL(18,8) */
		v->has = fixed_parse(text, BAR_SCALE, &v->number) == FIXED_OK && v->number > 0 &&
			 v->number < INT64_C(1000000000000000000);
		break;
	case PARQUET_VOLUME: v->has = read_sum(text, BAR_SCALE, &v->sum) && v->sum > 0; break;
	case PARQUET_TURNOVER: v->has = read_sum(text, BAR_TURNOVER_SCALE, &v->sum); break;
	case PARQUET_BOOL: v->flag = json_is_true(text); break;
	}
}

static enum trade_row_verdict
judge(const struct trade_row *row)
{
	const struct trade_value *ts = &row->v[TRADE_TS], *id = &row->v[TRADE_ID];

	if (!id->has || id->number == 0)
		return TRADE_ROW_E_ID;
	if (!row->v[TRADE_SYMBOL].has || !names_symbol(row->v[TRADE_SYMBOL].text))
		return TRADE_ROW_E_SYMBOL;
	if (!row->v[TRADE_PX].has)
		return TRADE_ROW_E_PX;
	if (!row->v[TRADE_SZ].has)
		return TRADE_ROW_E_SZ;
	if (!ts->has || ts->number < TRADE_TS_MIN_US || ts->number > TRADE_TS_MAX_US)
		return TRADE_ROW_E_TS;
	return TRADE_ROW_OK;
}

enum trade_row_verdict
trade_row_read(struct trade_row_reader *r, struct span line, struct trade_row *out)
{
	enum trade_row_verdict v;
	struct span in[FIELDS];

	r->error = record_read(&r->record, line, in, &r->fault);
	if (r->error != RECORD_OK)
		return TRADE_ROW_E_RECORD;
	if (!in[TYPE].ptr)
		return TRADE_ROW_E_TYPE;
	r->type = in[TYPE];
	if (!span_is(in[TYPE], "trade"))
		return TRADE_ROW_OTHER;
	for (size_t i = 0; i < TRADE_LINE; i++)
		read_value(trade_columns[i].kind, in[i], &out->v[i]);
	out->v[TRADE_LINE] = (struct trade_value){.has = false};
	v = judge(out);
	if (v != TRADE_ROW_OK)
		return v;
	buf_clear(&r->own);
	trade_row_print(out, &r->own);
	if (!span_equal(buf_span(&r->own), line))
		out->v[TRADE_LINE] = (struct trade_value){.has = true, .text = line};
	return TRADE_ROW_OK;
}

const char *
trade_row_code(const struct trade_row_reader *r, enum trade_row_verdict v)
{
	switch (v) {
	case TRADE_ROW_OK:
	case TRADE_ROW_OTHER: return "OK";
	case TRADE_ROW_E_RECORD: return record_error_code(r->error);
	case TRADE_ROW_E_TYPE: return "NO_TYPE";
	case TRADE_ROW_E_ID: return "BAD_TRADE_ID";
	case TRADE_ROW_E_SYMBOL: return "BAD_SYMBOL";
	case TRADE_ROW_E_PX: return "BAD_PX";
	case TRADE_ROW_E_SZ: return "BAD_SZ";
	case TRADE_ROW_E_TS: return "BAD_TS";
	}
	check_failed(__FILE__, __LINE__, "a trade_row_verdict");
}

const char *
trade_row_text(const struct trade_row_reader *r, enum trade_row_verdict v)
{
	switch (v) {
	case TRADE_ROW_OK:
	case TRADE_ROW_OTHER: return "";
	case TRADE_ROW_E_RECORD: return record_error_text(r->error, &r->fault);
	case TRADE_ROW_E_TYPE: return "type: a string is wanted";
	case TRADE_ROW_E_ID: return "tradeId: a positive number below 2^63, in digits, is wanted";
	case TRADE_ROW_E_SYMBOL: return "symbol: 1 to 64 of A-Z a-z 0-9 . _ - are wanted";
	case TRADE_ROW_E_PX:
		return "px: a positive decimal below 10^10 of at most 8 places is wanted";
	case TRADE_ROW_E_SZ:
		return "sz: a positive decimal below 10^30 of at most 8 places is wanted";
	case TRADE_ROW_E_TS: return "ts: microseconds since 1970 are wanted";
	}
	check_failed(__FILE__, __LINE__, "a trade_row_verdict");
}

/* ---- printing ---- */

#define KEY(name)                                              \
	{                                                      \
		",\"" name "\":", sizeof(",\"" name "\":") - 1 \
	}

static const struct span keys[TRADE_LINE] = {
    [TRADE_SEQ] = KEY("seq"),
    [TRADE_IN] = KEY("in"),
    [TRADE_ID] = KEY("tradeId"),
    [TRADE_SYMBOL] = KEY("symbol"),
    [TRADE_PX] = KEY("px"),
    [TRADE_SZ] = KEY("sz"),
    [TRADE_QUOTE_SZ] = KEY("quoteSz"),
    [TRADE_FEE] = KEY("fee"),
    [TRADE_FEE_CCY] = KEY("feeCcy"),
    [TRADE_SIDE] = KEY("side"),
    [TRADE_MAKER_ID] = KEY("makerId"),
    [TRADE_TAKER_ID] = KEY("takerId"),
    [TRADE_MAKER_ACCOUNT] = KEY("makerAccount"),
    [TRADE_TAKER_ACCOUNT] = KEY("takerAccount"),
    [TRADE_RFQ] = KEY("rfq"),
    [TRADE_TS] = KEY("ts"),
};

static void
print_number(struct buf *out, decimal_int v, unsigned scale)
{
	char text[FIXED_TEXT_MAX];

	buf_add(out, (struct span){text, fixed_print(v, scale, text)});
}

/* `text` with quotes around it: ids too, as JSON's readers have 53 bits. */
static void
print_decimal(struct buf *out, decimal_int v, unsigned scale)
{
	char text[FIXED_TEXT_MAX + 2];
	size_t n = fixed_print(v, scale, text + 1);

	text[0] = text[n + 1] = '"';
	buf_add(out, (struct span){text, n + 2});
}

static void
print_value(enum trade_member member, const struct trade_value *v, struct buf *out)
{
	buf_add(out, keys[member]);
	switch (trade_columns[member].kind) {
	case PARQUET_TEXT:
		buf_byte(out, '"');
		buf_add(out, v->text);
		buf_byte(out, '"');
		break;
	case PARQUET_TIME: print_number(out, v->number, 0); break;
	case PARQUET_INTEGER:
		if (member == TRADE_ID)
			print_decimal(out, v->number, 0);
		else
			print_number(out, v->number, 0);
		break;
	case PARQUET_PRICE: print_decimal(out, v->number, BAR_SCALE); break;
	case PARQUET_VOLUME: print_decimal(out, v->sum, BAR_SCALE); break;
	case PARQUET_TURNOVER: print_decimal(out, v->sum, BAR_TURNOVER_SCALE); break;
	case PARQUET_BOOL: buf_str(out, v->flag ? "true" : "false"); break;
	}
}

void
trade_row_print(const struct trade_row *row, struct buf *out)
{
	if (row->v[TRADE_LINE].has) {
		buf_add(out, row->v[TRADE_LINE].text);
		return;
	}
	buf_add(out, SPAN_LIT("{\"type\":\"trade\""));
	for (unsigned i = 0; i < TRADE_LINE; i++)
		if (row->v[i].has)
			print_value((enum trade_member)i, &row->v[i], out);
	buf_byte(out, '}');
}

bool
trade_row_equal(const struct trade_row *a, const struct trade_row *b)
{
	for (size_t i = 0; i < TRADE_MEMBERS; i++) {
		const struct trade_value *x = &a->v[i], *y = &b->v[i];

		if (x->has != y->has ||
		    (x->has && (x->flag != y->flag || x->number != y->number || x->sum != y->sum ||
				!span_equal(x->text, y->text))))
			return false;
	}
	return true;
}
