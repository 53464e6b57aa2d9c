#include "kline_line.h"

enum {
	TYPE,
	SYMBOL,
	INTERVAL,
	START,
	OPEN,
	HIGH,
	LOW,
	CLOSE,
	VOLUME,
	TURNOVER,
	TRADES,
	BUY_VOLUME,
	BUY_TURNOVER,
	FIRST_ID,
	LAST_ID,
	VERSION,
	CLOSED,
	PARTIAL,
	FIELDS
};

static const struct record_field fields[FIELDS] = {
    [TYPE] = {"type", RECORD_STRING},
    [SYMBOL] = {"symbol", RECORD_STRING},
    [INTERVAL] = {"interval", RECORD_STRING},
    [START] = {"windowStart", RECORD_INTEGER},
    [OPEN] = {"open", RECORD_ANY},
    [HIGH] = {"high", RECORD_ANY},
    [LOW] = {"low", RECORD_ANY},
    [CLOSE] = {"close", RECORD_ANY},
    [VOLUME] = {"volume", RECORD_STRING},
    [TURNOVER] = {"turnover", RECORD_STRING},
    [TRADES] = {"trades", RECORD_INTEGER},
    [BUY_VOLUME] = {"takerBuyVolume", RECORD_STRING},
    [BUY_TURNOVER] = {"takerBuyTurnover", RECORD_STRING},
    [FIRST_ID] = {"firstTradeId", RECORD_ANY},
    [LAST_ID] = {"lastTradeId", RECORD_ANY},
    [VERSION] = {"version", RECORD_INTEGER},
    [CLOSED] = {"closed", RECORD_BOOL},
    [PARTIAL] = {"partial", RECORD_BOOL},
};

void
kline_line_init(struct record_reader *r)
{
	record_init(r, fields, FIELDS);
}

/* A price, or null where there was none. */
static bool
read_price(struct span text, int64_t *out)
{
	struct span plain;

	*out = 0;
	if (!text.ptr || json_is_null(text))
		return text.ptr != NULL;
	return json_plain(text, &plain) && fixed_parse(plain, BAR_SCALE, out) == FIXED_OK &&
	       *out > 0;
}

static bool
read_sum(struct span text, unsigned scale, decimal_int *out)
{
	return text.ptr && fixed_parse_wide(text, scale, out) == FIXED_OK && *out >= 0;
}

static bool
read_integer(struct span text, int64_t *out)
{
	return text.ptr && fixed_parse(text, 0, out) == FIXED_OK && *out >= 0;
}

bool
kline_line_id(struct span text, int64_t *out)
{
	struct decimal d;

	if (!text.ptr || decimal_parse(text, &d) != DECIMAL_OK || d.scale != 0 || d.coef < 0 ||
	    d.coef > INT64_MAX)
		return false;
	*out = (int64_t)d.coef;
	return true;
}

/* An id, or null where there was no trade. */
static bool
read_id(struct span text, uint64_t *out)
{
	struct span plain;
	int64_t id = 0;

	if (!json_is_null(text) && (!json_plain(text, &plain) || !kline_line_id(plain, &id)))
		return false;
	*out = (uint64_t)id;
	return true;
}

/* What those who draw do not need: it may be absent, but not wrong. */
static const char *
read_rest(const struct span in[FIELDS], struct kline_line *out)
{
	static const int rest[] = {BUY_VOLUME, BUY_TURNOVER, FIRST_ID, LAST_ID, CLOSED, PARTIAL};
	struct bar *b = &out->bar;

	if ((in[BUY_VOLUME].ptr && !read_sum(in[BUY_VOLUME], BAR_SCALE, &b->buy_volume)) ||
	    (in[BUY_TURNOVER].ptr &&
	     !read_sum(in[BUY_TURNOVER], BAR_TURNOVER_SCALE, &b->buy_turnover)))
		return "takerBuyVolume or takerBuyTurnover is no sum";
	if ((in[FIRST_ID].ptr && !read_id(in[FIRST_ID], &b->open_id)) ||
	    (in[LAST_ID].ptr && !read_id(in[LAST_ID], &b->close_id)))
		return "firstTradeId or lastTradeId is no id";
	b->closed = in[CLOSED].ptr && json_is_true(in[CLOSED]);
	b->partial = in[PARTIAL].ptr && json_is_true(in[PARTIAL]);
	out->whole = true;
	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
		out->whole &= in[rest[i]].ptr != NULL;
	return NULL;
}

const char *
kline_line_read(struct record_reader *r, struct span line, struct kline_line *out)
{
	struct record_fault fault;
	struct span in[FIELDS];
	enum record_error e = record_read(r, line, in, &fault);
	struct bar *b = &out->bar;
	int64_t trades, version;

	*out = (struct kline_line){0};
	if (e != RECORD_OK)
		return record_error_text(e, &fault);
	if (!in[TYPE].ptr)
		return "no type";
	if (!span_is(in[TYPE], "kline"))
		return NULL;
	out->is_bar = true;
	out->symbol = in[SYMBOL];
	out->interval = in[INTERVAL];
	if (!in[SYMBOL].ptr || !in[INTERVAL].ptr || !read_integer(in[START], &b->start_us))
		return "symbol, interval and windowStart are wanted";
	if (!read_price(in[OPEN], &b->open) || !read_price(in[HIGH], &b->high) ||
	    !read_price(in[LOW], &b->low) || !read_price(in[CLOSE], &b->close))
		return "open, high, low and close are wanted";
	if (b->low > b->high || b->open > b->high || b->open < b->low || b->close > b->high ||
	    b->close < b->low)
		return "no possible candle";
	if (!read_sum(in[VOLUME], BAR_SCALE, &b->volume) ||
	    !read_sum(in[TURNOVER], BAR_TURNOVER_SCALE, &b->turnover))
		return "volume and turnover are wanted";
	if (!read_integer(in[TRADES], &trades) || !read_integer(in[VERSION], &version) ||
	    version > UINT32_MAX)
		return "trades and version are wanted";
	b->trades = (uint64_t)trades;
	b->version = (uint32_t)version;
	return read_rest(in, out);
}
