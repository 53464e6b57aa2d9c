#include "event.h"

#include "json.h"
#include "number.h"

enum {
	TYPE,
	SEQ,
	IN,
	ID,
	ACCOUNT,
	SYMBOL,
	SIDE,
	PX,
	SZ,
	QUOTE_SZ,
	TS,
	MAKER_ID,
	MAKER_ACCOUNT,
	TAKER_ID,
	TAKER_ACCOUNT,
	INPUT,
	BIDS,
	ASKS,
	DISPLAY_SZ,
	TRIGGER_PX,
	AMENDED,
	RFQ,
	DEPTH,
	PASSED,
	BY,
	MEMBERS
};

static const char *const names[MEMBERS] = {
    "type",	    "seq",   "in",	"id",	"account",   "symbol",	     "side",
    "px",	    "sz",    "quoteSz", "ts",	"makerId",   "makerAccount", "takerId",
    "takerAccount", "input", "bids",	"asks", "displaySz", "triggerPx",    "amended",
    "rfq",	    "depth", "passed",	"by"};

static enum event_type
type_of(struct span name)
{
	static const struct {
		const char *name;
		enum event_type type;
	} all[] = {{"ack", EVENT_ACK},
		   {"trade", EVENT_TRADE},
		   {"done", EVENT_DONE},
		   {"reject", EVENT_REJECT},
		   {"book", EVENT_BOOK},
		   {"snap", EVENT_SNAP},
		   {"triggered", EVENT_TRIGGERED}};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (span_is(name, all[i].name))
			return all[i].type;
	return EVENT_OTHER;
}

/* Texts may be absent or null. */
static bool
take_text(struct span value, struct span *out)
{
	if (!value.ptr || json_is_null(value))
		return true;
	return json_plain(value, out);
}

static bool
take_decimal(struct span value, struct decimal *out, bool *has)
{
	struct span text;

	if (!value.ptr || json_is_null(value))
		return true;
	*has = json_plain(value, &text) && decimal_parse(text, out) == DECIMAL_OK &&
	       decimal_sign(*out) >= 0;
	return *has;
}

static bool
take_side(struct span value, struct event *out)
{
	struct span text;

	if (!value.ptr || json_is_null(value))
		return true;
	if (!json_plain(value, &text))
		return false;
	out->buy = span_is(text, "buy");
	out->has_side = out->buy || span_is(text, "sell");
	return out->has_side;
}

static bool
take_counts(const struct span m[], struct event *out)
{
	out->has_seq = m[SEQ].ptr && number_u64(m[SEQ], &out->seq);
	out->has_in = m[IN].ptr && number_u64(m[IN], &out->in);
	out->has_ts = m[TS].ptr && number_i64(m[TS], &out->ts);
	return (!m[SEQ].ptr || out->has_seq) && (!m[IN].ptr || out->has_in) &&
	       (!m[TS].ptr || out->has_ts);
}

static const char *
take_members(const struct span m[], struct event *out)
{
	if (!take_counts(m, out))
		return "seq, in and ts are integers";
	if (!take_text(m[ID], &out->id) || !take_text(m[ACCOUNT], &out->account) ||
	    !take_text(m[SYMBOL], &out->symbol) || !take_text(m[MAKER_ID], &out->maker_id) ||
	    !take_text(m[MAKER_ACCOUNT], &out->maker_account) ||
	    !take_text(m[TAKER_ID], &out->taker_id) ||
	    !take_text(m[TAKER_ACCOUNT], &out->taker_account))
		return "a name is a string without escapes";
	if (!take_decimal(m[PX], &out->px, &out->has_px) ||
	    !take_decimal(m[SZ], &out->sz, &out->has_sz) ||
	    !take_decimal(m[QUOTE_SZ], &out->quote_sz, &out->has_quote_sz) ||
	    !take_decimal(m[DISPLAY_SZ], &out->display_sz, &out->has_display_sz))
		return "px, sz, quoteSz and displaySz are decimal strings";
	if (!take_side(m[SIDE], out))
		return "side is buy or sell";
	out->waiting = m[TRIGGER_PX].ptr != NULL;
	out->rfq = m[RFQ].ptr && json_is_true(m[RFQ]);
	out->has_depth = m[DEPTH].ptr && number_u64(m[DEPTH], &out->depth);
	out->amended = m[AMENDED].ptr && json_is_true(m[AMENDED]);
	return NULL;
}

const char *
event_read(struct span line, struct event *out)
{
	struct span m[MEMBERS];
	enum json_error e = json_check(line, NULL);

	*out = (struct event){0};
	if (e != JSON_OK)
		return json_error_text(e);
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return "no JSON object";
	if (!json_pick(line, names, MEMBERS, m, NULL))
		return "a member stands twice";
	if (!m[TYPE].ptr || !json_plain(m[TYPE], &out->name))
		return "no type";
	out->type = type_of(out->name);
	out->input = m[INPUT];
	out->bids = m[BIDS];
	out->asks = m[ASKS];
	if (out->type == EVENT_OTHER) {
		out->has_seq = m[SEQ].ptr && number_u64(m[SEQ], &out->seq);
		return NULL;
	}
	/* a reject repeats what somebody sent: only its id and account are of use, if they are good
	 */
	if (out->type == EVENT_REJECT) {
		if (m[ID].ptr && !json_plain(m[ID], &out->id))
			out->id = (struct span){0};
		if (m[ACCOUNT].ptr && !json_plain(m[ACCOUNT], &out->account))
			out->account = (struct span){0};
		out->passed = m[PASSED].ptr != NULL;
		out->by = m[BY].ptr != NULL;
		return take_counts(m, out) ? NULL : "seq, in and ts are integers";
	}
	return take_members(m, out);
}
