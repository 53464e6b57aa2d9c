#include "request.h"

#include "utf8.h"

const char *const member_names[MEMBERS] = {
    "type",	 "id",	     "account",	  "symbol",	   "side",     "ordType",   "px",
    "sz",	 "ts",	     "stpMode",	  "displaySz",	   "triggerPx", "triggerPxType", "expireTs",
    "tickSz",	 "lotSz",    "maxDeviation", "bids",	   "asks",     "accounts",  "rfq",
    "requester", "maker",    "quote",	  "action",	   "base",     "shares",    "feeRate",
    "source",	 "phase",    "count",
};

static const struct {
	const char *name;
	uint64_t needs; /* members, as bits */
} types[] = {
#define NEED(m) (UINT64_C(1) << (m))
    [REQUEST_NONE] = {"", 0},
    [REQUEST_ORDER] = {"order", NEED(M_ID) | NEED(M_SYMBOL) | NEED(M_SIDE) | NEED(M_ORD_TYPE) |
				    NEED(M_SZ)},
    [REQUEST_CANCEL] = {"cancel", NEED(M_ID) | NEED(M_SYMBOL)},
    [REQUEST_AMEND] = {"amend", NEED(M_ID) | NEED(M_SYMBOL)},
    [REQUEST_SYMBOL] = {"symbol", NEED(M_SYMBOL) | NEED(M_TICK_SZ) | NEED(M_LOT_SZ)},
    [REQUEST_MASS_CANCEL] = {"mass_cancel", 0},
    [REQUEST_QUOTE] = {"quote", NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_BIDS) |
				    NEED(M_ASKS)},
    [REQUEST_RFQ] = {"rfq", NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_SIDE) |
				NEED(M_SZ) | NEED(M_ACCOUNTS) | NEED(M_EXPIRE_TS)},
    [REQUEST_RFQ_QUOTE] = {"rfq_quote", NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) |
					    NEED(M_RFQ) | NEED(M_REQUESTER) | NEED(M_PX)},
    [REQUEST_RFQ_ACCEPT] = {"rfq_accept", NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) |
					      NEED(M_MAKER) | NEED(M_QUOTE)},
    [REQUEST_LIQUIDITY] = {"liquidity", NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_ACTION)},
    [REQUEST_PRICE] = {"price", NEED(M_SYMBOL) | NEED(M_PX)},
    [REQUEST_AUCTION] = {"auction", NEED(M_SYMBOL) | NEED(M_PHASE)},
    [REQUEST_WATERMARK] = {"watermark", NEED(M_TS)},
    [REQUEST_END] = {"end", NEED(M_COUNT)},
};

#define TYPES (sizeof types / sizeof types[0])

/* ---- the plain form ---- */

static enum member
member_of(const char *name, size_t n)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		if (strncmp(member_names[i], name, n) == 0 && member_names[i][n] == 0)
			return (enum member)i;
	return MEMBERS;
}

/* The quote that ends a string of plain ASCII that begins at p, or NULL. */
static inline const char *
plain_string(const char *p)
{
	for (;; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"')
			return p;
		if (c < 0x20 || c >= 0x80 || c == '\\')
			return NULL;
	}
}

/* The end of a plain integer or decimal fraction at p: no exponent; NULL: none. */
static inline const char *
plain_number(const char *p)
{
	const char *start = p;

	while ((unsigned)(*p - '0') <= 9)
		p++;
	if (p == start || (*start == '0' && p > start + 1))
		return NULL;
	if (*p == '.') {
		start = ++p;
		while ((unsigned)(*p - '0') <= 9)
			p++;
		if (p == start)
			return NULL;
	}
	return p;
}

/*
 * {"name":"text","name":123}: true when all of the line is of this form, with no member twice. It
 * stops at the first byte that is not, at the latest at the newline or zero behind the line.
 */
static bool
parse_plain(struct span line, struct request *r)
{
	const char *p = line.ptr, *end = p + line.len, *stop;

	if (line.len < 2 || *p++ != '{')
		return false;
	for (unsigned guess = 0;; p++) {
		const char *name = p + 1;
		enum member m = MEMBERS;
		const char *known = guess < MEMBERS ? member_names[guess] : "";
		size_t n = strlen(known);

		if (*p != '"')
			return false;
		if (n && memcmp(name, known, n) == 0 && name[n] == '"') {
			m = (enum member)guess;
			p = name + n;
		} else {
			p = plain_string(name);
			if (!p)
				return false;
			m = member_of(name, (size_t)(p - name));
		}
		if (p[1] != ':')
			return false;
		p += 2;
		stop = *p == '"' ? plain_string(p + 1) : plain_number(p);
		if (!stop || stop >= end)
			return false;
		if (m != MEMBERS) {
			if (r->m[m].ptr)
				return false;
			r->strings |= (uint64_t)(*p == '"') << m;
			p += *p == '"';
			r->m[m] = (struct span){p, (size_t)(stop - p)};
			guess = m + 1u;
		}
		p = stop + (*stop == '"');
		if (*p != ',')
			break;
	}
	return *p == '}' && p + 1 == end;
}

/* ---- any other form ---- */

static bool
fail(struct request_fault *fault, enum request_error e, enum member m)
{
	*fault = (struct request_fault){.error = e, .member = m};
	return false;
}

/* What stands in the line for member m, strings decoded. */
static bool
take_value(struct request *r, enum member m, struct span value, struct request_fault *fault)
{
	struct buf decoded = {.ptr = r->scratch + r->scratch_len,
			      .cap = sizeof r->scratch - r->scratch_len,
			      .max = sizeof r->scratch - r->scratch_len};
	bool array = m == M_BIDS || m == M_ASKS || m == M_ACCOUNTS;

	switch (json_type(value)) {
	case JSON_STRING:
		if (array)
			return fail(fault, REQUEST_E_MEMBER, m);
		r->strings |= UINT64_C(1) << m;
		if (json_plain(value, &r->m[m]))
			return true;
		json_decode(value, &decoded);
		if (!buf_ok(&decoded))
			return fail(fault, REQUEST_E_MEMBER, m);
		r->m[m] = buf_span(&decoded);
		r->scratch_len += decoded.len;
		return true;
	case JSON_NUMBER:
		r->m[m] = value;
		return !array || fail(fault, REQUEST_E_MEMBER, m);
	case JSON_ARRAY:
		r->m[m] = value;
		return array || fail(fault, REQUEST_E_MEMBER, m);
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_OBJECT: break;
	}
	return fail(fault, REQUEST_E_MEMBER, m);
}

static bool
parse_any(struct span line, struct request *r, struct request_fault *fault)
{
	struct json_walk w;
	struct span key, value;
	uint64_t seen = 0;
	size_t offset;

	fault->json = json_check(line, &offset);
	if (fault->json != JSON_OK) {
		fault->error = REQUEST_E_JSON;
		return false;
	}
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return fail(fault, REQUEST_E_OBJECT, MEMBERS);
	w = json_walk(line);
	while (json_next_member(&w, &key, &value)) {
		unsigned m = 0;

		while (m < MEMBERS && !json_key_is(key, member_names[m]))
			m++;
		if (m == MEMBERS)
			continue;
		if (seen >> m & 1)
			return fail(fault, REQUEST_E_TWICE, (enum member)m);
		seen |= UINT64_C(1) << m;
		if (!take_value(r, (enum member)m, value, fault))
			return false;
	}
	return true;
}

/* ---- what the members say ---- */

bool
request_is_name(struct span text)
{
	const char *p = text.ptr, *end = p + text.len;

	if (text.len == 0 || text.len > NAME_MAX_BYTES)
		return false;
	while (p < end) {
		unsigned char c = (unsigned char)*p;
		size_t width = 1;

		if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
			return false;
		if (c >= 0x80)
			width = utf8_width(p, (size_t)(end - p));
		if (width == 0)
			return false;
		p += width;
	}
	return true;
}

static bool
integer(struct span text, int64_t *value)
{
	int64_t v = 0;

	if (text.len == 0 || text.len > 16 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(text.ptr[i] - '0');

		if (digit > 9)
			return false;
		v = v * 10 + (int64_t)digit;
	}
	*value = v;
	return v <= TS_MAX;
}

/* Which of n words is the text? */
static bool
word(struct span text, const char *const words[], unsigned n, unsigned *which)
{
	for (*which = 0; *which < n; ++*which)
		if (span_is(text, words[*which]))
			return true;
	return false;
}

static bool
is_string(const struct request *r, enum member m)
{
	return r->strings >> m & 1;
}

static bool
read_words(struct request *r, struct request_fault *fault)
{
	static const char *const sides[] = {"buy", "sell"};
	static const char *const ord_types[] = {"limit", "market", "post_only", "fok", "ioc"};
	static const char *const stp_modes[] = {"cancel_maker", "cancel_taker", "cancel_both"};
	static const char *const trigger_types[] = {"last", "oracle"};
	unsigned which;

	if (r->m[M_SIDE].ptr) {
		if (!is_string(r, M_SIDE) || !word(r->m[M_SIDE], sides, 2, &which))
			return fail(fault, REQUEST_E_MEMBER, M_SIDE);
		r->side = (enum side_of)which;
	}
	if (r->m[M_ORD_TYPE].ptr) {
		if (!is_string(r, M_ORD_TYPE) || !word(r->m[M_ORD_TYPE], ord_types, 5, &which))
			return fail(fault, REQUEST_E_MEMBER, M_ORD_TYPE);
		r->ord_type = (enum order_type)which;
	}
	if (r->m[M_STP_MODE].ptr) {
		if (!is_string(r, M_STP_MODE) || !word(r->m[M_STP_MODE], stp_modes, 3, &which))
			return fail(fault, REQUEST_E_MEMBER, M_STP_MODE);
		r->stp = (enum stp_mode)which;
	}
	if (r->m[M_TRIGGER_PX_TYPE].ptr) {
		if (!is_string(r, M_TRIGGER_PX_TYPE) || !word(r->m[M_TRIGGER_PX_TYPE], trigger_types, 2, &which))
			return fail(fault, REQUEST_E_MEMBER, M_TRIGGER_PX_TYPE);
		r->trigger_by = (enum trigger_by)which;
	}
	return true;
}

static bool
read_members(struct request *r, struct request_fault *fault)
{
	static const enum member names[] = {M_ID,  M_ACCOUNT,	M_SYMBOL, M_SOURCE,
					    M_RFQ, M_REQUESTER, M_MAKER};
	unsigned type = 1;

	if (r->m[M_TYPE].ptr && !is_string(r, M_TYPE))
		return fail(fault, REQUEST_E_TYPE, M_TYPE);
	while (type < TYPES && !span_is(r->m[M_TYPE], types[type].name))
		type++;
	if (!r->m[M_TYPE].ptr || type == TYPES)
		return fail(fault, REQUEST_E_TYPE, M_TYPE);
	r->type = (enum request_type)type;
	for (unsigned m = 0; m < MEMBERS; m++)
		if (types[type].needs >> m & 1 && !r->m[m].ptr)
			return fail(fault, REQUEST_E_MISSING, (enum member)m);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (r->m[names[i]].ptr &&
		    (!is_string(r, names[i]) || !request_is_name(r->m[names[i]])))
			return fail(fault, REQUEST_E_NAME, names[i]);
	if (r->m[M_TS].ptr && (is_string(r, M_TS) || !integer(r->m[M_TS], &r->ts)))
		return fail(fault, REQUEST_E_MEMBER, M_TS);
	return read_words(r, fault);
}

bool
request_parse(struct span line, struct request *r, struct request_fault *fault)
{
	*fault = (struct request_fault){.error = REQUEST_OK, .member = MEMBERS};
	memset(r, 0, offsetof(struct request, scratch));
	r->scratch_len = 0;
	r->ts = -1;
	if (!parse_plain(line, r)) {
		memset(r->m, 0, sizeof r->m);
		r->strings = 0;
		if (!parse_any(line, r, fault))
			return false;
	}
	return read_members(r, fault);
}
