#include "incoming.h"

#include "json.h"
#include "number.h"

const char *
refusal_name(enum refusal r)
{
	switch (r) {
	case REFUSAL_NONE: return "none";
	case REFUSAL_TOO_LONG: return "TOO_LONG";
	case REFUSAL_BAD_JSON: return "JSON";
	case REFUSAL_BAD_RECORD: return "MEMBER";
	case REFUSAL_BAD_TYPE: return "TYPE";
	case REFUSAL_UNSIGNED: return "UNSIGNED";
	case REFUSAL_UNKNOWN_ACCOUNT: return "UNKNOWN_ACCOUNT";
	case REFUSAL_FROZEN: return "FROZEN";
	case REFUSAL_CLOSED: return "CLOSED";
	case REFUSAL_BLACKLISTED: return "BLACKLISTED";
	case REFUSAL_ROLE: return "ROLE";
	case REFUSAL_UNKNOWN_KEY: return "UNKNOWN_KEY";
	case REFUSAL_BAD_SIGNATURE: return "BAD_SIGNATURE";
	case REFUSAL_NONCE: return "NONCE";
	case REFUSAL_COOLDOWN: return "COOLDOWN";
	case REFUSAL_LIMIT: return "LIMIT";
	case REFUSAL_TOO_LARGE: return "TOO_LARGE";
	case REFUSAL_DUPLICATE_ID: return "DUPLICATE_ID";
	case REFUSAL_BUSY: return "BUSY";
	}
	return "none";
}

enum { TYPE, ID, ACCOUNT, SYMBOL, SIDE, PX, SZ, TS, PUBKEY, SIG, NONCE, MEMBERS };

static const char *const names[MEMBERS] = {"type", "id", "account", "symbol", "side", "px",
					   "sz",   "ts", "pubkey",  "sig",    "nonce"};

/* What match prints is never let in: a reader behind it would take it for match's word. */
static bool
is_output(struct span type)
{
	static const char *const all[] = {"ack",  "triggered", "trade", "done",	 "reject",
					  "book", "mismatch",  "gap",	"kline", "pool"};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (span_is(type, all[i]))
			return true;
	return false;
}

/* Absent is fine; present it is a plain string of 1 to INCOMING_NAME_BYTES bytes. */
static bool
take_name(struct span value, struct span *out)
{
	struct span text;

	if (!value.ptr)
		return true;
	if (!json_plain(value, &text) || text.len == 0 || text.len > INCOMING_NAME_BYTES)
		return false;
	*out = text;
	return true;
}

static bool
take_nonce(struct span value, struct incoming *out)
{
	struct span text = value;
	bool is_string = value.ptr && json_plain(value, &text);

	if (!value.ptr)
		return true;
	/* a number above 2^53 would be another number to half of the world's JSON parsers */
	out->has_nonce =
	    number_u64(text, &out->nonce) && (is_string || out->nonce < (UINT64_C(1) << 53));
	return out->has_nonce;
}

static bool
is_asset(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') ||
		      (s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '.'))
			return false;
	return s.len > 0;
}

bool
incoming_symbol(struct span symbol, struct span *base, struct span *quote)
{
	const char *dash = memchr(symbol.ptr, '-', symbol.len);

	if (!dash)
		return false;
	*base = (struct span){symbol.ptr, (size_t)(dash - symbol.ptr)};
	*quote = (struct span){dash + 1, symbol.len - base->len - 1};
	return is_asset(*base) && is_asset(*quote);
}

/* A decimal above zero, or absent. */
static enum decimal_error
take_amount(struct span value, struct decimal *out, bool *has)
{
	struct span text;
	enum decimal_error e;

	if (!value.ptr)
		return DECIMAL_OK;
	if (!json_plain(value, &text))
		return DECIMAL_E_SYNTAX;
	e = decimal_parse(text, out);
	if (e == DECIMAL_OK && decimal_sign(*out) <= 0)
		e = DECIMAL_E_SYNTAX;
	*has = e == DECIMAL_OK;
	return e;
}

static enum refusal
refuse(enum refusal r, const char **why, const char *text)
{
	*why = text;
	return r;
}

static enum refusal
read_names(const struct span m[], struct incoming *out, const char **why)
{
	if (!take_name(m[ID], &out->id) || !take_name(m[ACCOUNT], &out->account) ||
	    !take_name(m[SYMBOL], &out->symbol))
		return refuse(REFUSAL_BAD_RECORD, why,
			      "id, account and symbol are strings of 1 to 64 bytes, "
			      "without escapes");
	if ((m[PUBKEY].ptr && !json_plain(m[PUBKEY], &out->pubkey)) ||
	    (m[SIG].ptr && !json_plain(m[SIG], &out->sig)))
		return refuse(REFUSAL_BAD_RECORD, why, "pubkey and sig are hexadecimal strings");
	if (!take_nonce(m[NONCE], out))
		return refuse(REFUSAL_BAD_RECORD, why,
			      "nonce is an integer below 2^53, or a string of digits below 2^64");
	out->has_ts = m[TS].ptr && number_i64(m[TS], &out->ts);
	if (m[TS].ptr && !out->has_ts)
		return refuse(REFUSAL_BAD_RECORD, why, "ts is an integer: microseconds since 1970");
	return REFUSAL_NONE;
}

static enum refusal
read_amounts(const struct span m[], struct incoming *out, const char **why)
{
	enum decimal_error px = take_amount(m[PX], &out->px, &out->has_px);
	enum decimal_error sz = take_amount(m[SZ], &out->sz, &out->has_sz);

	if (px == DECIMAL_E_SYNTAX || sz == DECIMAL_E_SYNTAX)
		return refuse(REFUSAL_BAD_RECORD, why,
			      "px and sz are strings of a decimal number above zero");
	if (px == DECIMAL_E_RANGE || sz == DECIMAL_E_RANGE)
		return refuse(REFUSAL_TOO_LARGE, why, "px or sz has more than 38 digits");
	return REFUSAL_NONE;
}

/* What each of the three types cannot do without. */
static enum refusal
read_kind(const struct span m[], struct incoming *out, const char **why)
{
	struct span side;
	enum refusal r;

	if (!out->account.ptr)
		return refuse(REFUSAL_BAD_RECORD, why, "no account");
	if (out->symbol.ptr && !incoming_symbol(out->symbol, &out->base, &out->quote))
		return refuse(REFUSAL_BAD_RECORD, why, "symbol is BASE-QUOTE");
	if (span_is(out->type, "mass_cancel"))
		return REFUSAL_NONE;
	if (!out->id.ptr || !out->symbol.ptr)
		return refuse(REFUSAL_BAD_RECORD, why, "no id or no symbol");
	if (out->kind == INCOMING_CANCEL)
		return REFUSAL_NONE;
	r = read_amounts(m, out, why);
	if (r != REFUSAL_NONE)
		return r;
	if (out->kind == INCOMING_AMEND)
		return REFUSAL_NONE;
	if (!out->has_sz)
		return refuse(REFUSAL_BAD_RECORD, why, "no sz");
	if (!m[SIDE].ptr || !json_plain(m[SIDE], &side) ||
	    (!span_is(side, "buy") && !span_is(side, "sell")))
		return refuse(REFUSAL_BAD_RECORD, why, "side is buy or sell");
	out->buy = span_is(side, "buy");
	return REFUSAL_NONE;
}

static enum incoming_kind
kind_of(struct span type)
{
	if (span_is(type, "order"))
		return INCOMING_ORDER;
	if (span_is(type, "cancel") || span_is(type, "mass_cancel"))
		return INCOMING_CANCEL;
	return span_is(type, "amend") ? INCOMING_AMEND : INCOMING_OTHER;
}

enum refusal
incoming_read(struct span line, struct incoming *out, const char **why)
{
	struct span m[MEMBERS];
	enum json_error e = json_check(line, NULL);
	enum refusal r;

	*out = (struct incoming){.kind = INCOMING_OTHER};
	if (e != JSON_OK)
		return refuse(REFUSAL_BAD_JSON, why, json_error_text(e));
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return refuse(REFUSAL_BAD_RECORD, why, "no JSON object");
	if (!json_pick(line, names, MEMBERS, m, NULL))
		return refuse(REFUSAL_BAD_RECORD, why, "a member stands twice");
	r = read_names(m, out, why);
	if (r != REFUSAL_NONE)
		return r;
	if (!m[TYPE].ptr || !take_name(m[TYPE], &out->type))
		return refuse(REFUSAL_BAD_TYPE, why, "no type");
	if (is_output(out->type))
		return refuse(REFUSAL_BAD_TYPE, why, "a type that match prints");
	out->kind = kind_of(out->type);
	return out->kind == INCOMING_OTHER ? REFUSAL_NONE : read_kind(m, out, why);
}

enum jcs_error
incoming_signed_text(struct span line, struct buf *scratch, struct buf *out)
{
	struct span object = json_trim(line), key, value;
	struct json_walk w = json_walk(object);
	size_t offset;

	buf_clear(scratch);
	buf_byte(scratch, '{');
	while (json_next_member(&w, &key, &value)) {
		if (json_key_is(key, "sig"))
			continue;
		if (scratch->len > 1)
			buf_byte(scratch, ',');
		/* the key with its quotes, as written */
		buf_add(scratch, (struct span){key.ptr - 1, key.len + 2});
		buf_byte(scratch, ':');
		buf_add(scratch, value);
	}
	buf_byte(scratch, '}');
	if (!buf_ok(scratch))
		return JCS_E_SPACE;
	return jcs_append(buf_span(scratch), out, &offset);
}
