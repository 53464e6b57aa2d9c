#include "push_record.h"

#include "stream_file.h"

enum { TYPE, SYMBOL, INTERVAL, START, VERSION, FIELDS };

static const struct record_field fields[FIELDS] = {
    [TYPE] = {"type", RECORD_STRING},	      [SYMBOL] = {"symbol", RECORD_STRING},
    [INTERVAL] = {"interval", RECORD_STRING}, [START] = {"windowStart", RECORD_INTEGER},
    [VERSION] = {"version", RECORD_INTEGER},
};

void
push_record_init(struct record_reader *r)
{
	record_init(r, fields, FIELDS);
}

const char *
push_record_read(struct record_reader *r, struct span line, struct push_record *out)
{
	struct record_fault fault;
	struct span in[FIELDS];
	enum record_error e = record_read(r, line, in, &fault);

	*out = (struct push_record){.kind = PUSH_OTHER};
	if (e != RECORD_OK)
		return record_error_text(e, &fault);
	if (!in[TYPE].ptr)
		return "no type";
	if (in[SYMBOL].len > PUSH_SYMBOL_MAX || in[INTERVAL].len > PUSH_INTERVAL_MAX)
		return "symbol or interval too long";
	out->symbol = in[SYMBOL];
	if (in[SYMBOL].len == 0)
		return NULL;
	if (span_is(in[TYPE], "trade"))
		out->kind = PUSH_TRADE;
	if (span_is(in[TYPE], "book"))
		out->kind = PUSH_BOOK;
	if (!span_is(in[TYPE], "kline"))
		return NULL;
	out->kind = PUSH_KLINE;
	out->interval = in[INTERVAL];
	if (in[INTERVAL].len == 0 || !in[START].ptr || !stream_number(in[START], &out->start) ||
	    !in[VERSION].ptr || !stream_number(in[VERSION], &out->version))
		return "symbol, interval, windowStart and version are wanted";
	return NULL;
}
