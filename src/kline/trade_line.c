#include "trade_line.h"

#include "agg.h"
#include "number.h"
#include "swar.h"

enum { TYPE, ID, SYMBOL, PX, SZ, QUOTE_SZ, SIDE, TS, COUNT, FIELDS };

static const struct record_field fields[FIELDS] = {
    [TYPE] = {"type", RECORD_STRING},	  [ID] = {"tradeId", RECORD_STRING},
    [SYMBOL] = {"symbol", RECORD_STRING}, [PX] = {"px", RECORD_STRING},
    [SZ] = {"sz", RECORD_STRING},	  [QUOTE_SZ] = {"quoteSz", RECORD_STRING},
    [SIDE] = {"side", RECORD_STRING},	  [TS] = {"ts", RECORD_INTEGER},
    [COUNT] = {"count", RECORD_INTEGER},
};

void
trade_line_init(struct record_reader *r)
{
	record_init(r, fields, FIELDS);
}

static bool
fail(struct trade_line_fault *fault, const char *code, const char *why)
{
	*fault = (struct trade_line_fault){code, why, 0};
	return false;
}

/* Digits alone, without superfluous zeros, up to 2^64 - 2. */
static bool
read_u64(struct span text, uint64_t *out)
{
	return number_u64(text, out) && *out < UINT64_MAX;
}

static bool
read_id(struct span text, struct trade_line *out, struct trade_line_fault *fault)
{
	/* record.h: the bytes before a text can be read */
	if (!text.ptr ||
	    (!number_before(text.ptr + text.len, text.len, &out->trade.id) &&
	     !read_u64(text, &out->trade.id)) ||
	    out->trade.id == 0)
		return fail(fault, "BAD_TRADE_ID",
			    "tradeId: a positive number in digits is wanted");
	return true;
}

/* No byte that JSON writes as an escape. */
static bool
is_printable(struct span text)
{
	size_t i = 0;

	for (; i + 8 <= text.len && !swar_special(swar_load(text.ptr + i)); i += 8)
		;
	for (; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < ' ' || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* As match names them (record(5)): nothing that would need an escape when it is printed. */
static bool
read_symbol(struct span text, struct trade_line *out, struct trade_line_fault *fault)
{
	if (!text.ptr || text.len == 0 || text.len > AGG_SYMBOL_MAX)
		return fail(fault, "BAD_SYMBOL", "symbol: 1 to 64 bytes are wanted");
	if (!is_printable(text))
		return fail(fault, "BAD_SYMBOL",
			    "symbol: no quotes, backslashes and control bytes are wanted");
	out->symbol = text;
	return true;
}

static bool
read_ts(struct span text, int64_t *out, struct trade_line_fault *fault)
{
	uint64_t v;

	if (!text.ptr || !read_u64(text, &v) || v < (uint64_t)TRADE_TS_MIN_US ||
	    v > (uint64_t)TRADE_TS_MAX_US)
		return fail(fault, "BAD_TS", "ts: microseconds since 1970 are wanted");
	*out = (int64_t)v;
	return true;
}

static bool
read_money(struct span text, int64_t *out)
{
	return text.ptr &&
	       (fixed_parse_before(text.ptr + text.len, text.len, BAR_SCALE, out) ||
		fixed_parse(text, BAR_SCALE, out) == FIXED_OK) &&
	       *out > 0;
}

/* quoteSz at 10^-16 is wider than 64 bits. */
static bool
read_quote(struct span text, decimal_int *out)
{
	return fixed_parse_wide(text, BAR_TURNOVER_SCALE, out) == FIXED_OK && *out > 0;
}

static bool
read_amounts(const struct span in[], struct trade_line *out, struct trade_line_fault *fault)
{
	static const decimal_int limit = (decimal_int)1000000000000000 * 10000000000000000;
	struct trade *t = &out->trade;

	if (!read_money(in[PX], &t->px))
		return fail(fault, "BAD_PX",
			    "px: a positive decimal of at most 8 places is wanted");
	if (!read_money(in[SZ], &t->sz))
		return fail(fault, "BAD_SZ",
			    "sz: a positive decimal of at most 8 places is wanted");
	t->turnover = (decimal_int)t->px * t->sz;
	if (in[QUOTE_SZ].ptr && !read_quote(in[QUOTE_SZ], &t->turnover))
		return fail(fault, "BAD_QUOTE_SZ",
			    "quoteSz: a positive decimal of at most 16 places is wanted");
	if (t->turnover > limit)
		return fail(fault, "TOO_LARGE", "the trade is worth more than 10^15");
	return true;
}

static bool
read_side(struct span text, struct trade_line *out, struct trade_line_fault *fault)
{
	uint32_t last, buy, sell;

	out->trade.taker_buys = false;
	if (!text.ptr)
		return true;
	/* which one it is cannot be guessed: no branch on that */
	last = text.len ? swar_load4(text.ptr + text.len - 4) : 0;
	buy = (text.len == 3) & (last >> 8 == ('b' | 'u' << 8 | 'y' << 16));
	sell = (text.len == 4) & (last == ('s' | 'e' << 8 | 'l' << 16 | (uint32_t)'l' << 24));
	out->trade.taker_buys = buy;
	return (buy | sell) || fail(fault, "BAD_SIDE", "side: buy or sell is wanted");
}

static enum trade_line_type
type_of(struct span type)
{
	static const struct {
		const char *name;
		enum trade_line_type type;
	} types[] = {{"trade-cancel", LINE_CANCEL},
		     {"trade-correct", LINE_CORRECT},
		     {"watermark", LINE_WATERMARK},
		     {"end", LINE_STREAM_END}};

	if (type.len == 5 && memcmp(type.ptr, "trade", 5) == 0)
		return LINE_TRADE;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (span_is(type, types[i].name))
			return types[i].type;
	return LINE_OTHER;
}

static bool
read_members(const struct span in[], struct trade_line *out, struct trade_line_fault *fault)
{
	switch (out->type) {
	case LINE_TRADE:
		return read_id(in[ID], out, fault) && read_symbol(in[SYMBOL], out, fault) &&
		       read_amounts(in, out, fault) && read_side(in[SIDE], out, fault) &&
		       read_ts(in[TS], &out->trade.ts_us, fault);
	case LINE_CORRECT:
		return read_id(in[ID], out, fault) && read_symbol(in[SYMBOL], out, fault) &&
		       read_amounts(in, out, fault);
	case LINE_CANCEL: return read_id(in[ID], out, fault) && read_symbol(in[SYMBOL], out, fault);
	case LINE_WATERMARK:
		return (!in[SYMBOL].ptr || read_symbol(in[SYMBOL], out, fault)) &&
		       read_ts(in[TS], &out->trade.ts_us, fault);
	case LINE_STREAM_END:
		if (!in[COUNT].ptr || !read_u64(in[COUNT], &out->count))
			return fail(fault, "BAD_COUNT", "count: the number of records is wanted");
		return true;
	case LINE_OTHER: return true;
	}
	return true;
}

bool
trade_line_read(struct record_reader *r, struct span line, struct trade_line *out,
		struct trade_line_fault *fault)
{
	struct record_fault bad;
	struct span in[FIELDS];
	enum record_error e = record_read(r, line, in, &bad);

	if (e != RECORD_OK) {
		*fault = (struct trade_line_fault){record_error_code(e), record_error_text(e, &bad),
						   bad.offset};
		return false;
	}
	if (!in[TYPE].ptr)
		return fail(fault, "NO_TYPE", "type: a string is wanted");
	out->type = type_of(in[TYPE]);
	out->symbol = (struct span){0};
	return read_members(in, out, fault);
}
