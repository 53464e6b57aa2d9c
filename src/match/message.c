#include "message.h"

#include "digits.h"
#include "plain.h"
#include "utf8.h"

const char *const member_names[MEMBERS] = {
    "type",	 "id",	  "account",	  "symbol",    "side",	    "ordType",	     "px",
    "sz",	 "ts",	  "stpMode",	  "displaySz", "triggerPx", "triggerPxType", "expireTs",
    "tickSz",	 "lotSz", "maxDeviation", "bids",      "asks",	    "accounts",	     "rfq",
    "requester", "maker", "quote",	  "action",    "base",	    "shares",	     "feeRate",
    "source",	 "phase", "count",
};

/* ---- words ---- */

/* The text is padded, so that it is compared in one go. */
struct word {
	char text[16];
	size_t len;
};

#define WORD(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

/* Which of n words is the text, behind which 16 bytes can be read? n: none. */
static inline unsigned
find_word(struct span text, const struct word words[], unsigned n)
{
	unsigned i = 0;

	while (i < n &&
	       !(text.len == words[i].len && same_bytes(text.ptr, words[i].text, words[i].len)))
		i++;
	return i;
}

static const struct word types[] = {
    [MESSAGE_NONE] = WORD(""),
    [MESSAGE_ORDER] = WORD("order"),
    [MESSAGE_CANCEL] = WORD("cancel"),
    [MESSAGE_AMEND] = WORD("amend"),
    [MESSAGE_SYMBOL] = WORD("symbol"),
    [MESSAGE_MASS_CANCEL] = WORD("mass_cancel"),
    [MESSAGE_QUOTE] = WORD("quote"),
    [MESSAGE_RFQ] = WORD("rfq"),
    [MESSAGE_RFQ_QUOTE] = WORD("rfq_quote"),
    [MESSAGE_RFQ_ACCEPT] = WORD("rfq_accept"),
    [MESSAGE_LIQUIDITY] = WORD("liquidity"),
    [MESSAGE_PRICE] = WORD("price"),
    [MESSAGE_AUCTION] = WORD("auction"),
    [MESSAGE_WATERMARK] = WORD("watermark"),
    [MESSAGE_END] = WORD("end"),
    [MESSAGE_REJECT] = WORD("reject"),
};

#define TYPES (sizeof types / sizeof types[0])

/* The members that each type needs, as bits. */
#define NEED(m) (UINT64_C(1) << (m))
static const uint64_t needs[TYPES] = {
    [MESSAGE_ORDER] = NEED(M_ID) | NEED(M_SYMBOL) | NEED(M_SIDE) | NEED(M_ORD_TYPE) | NEED(M_SZ),
    [MESSAGE_CANCEL] = NEED(M_ID) | NEED(M_SYMBOL),
    [MESSAGE_AMEND] = NEED(M_ID) | NEED(M_SYMBOL),
    [MESSAGE_SYMBOL] = NEED(M_SYMBOL) | NEED(M_TICK_SZ) | NEED(M_LOT_SZ),
    [MESSAGE_QUOTE] = NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_BIDS) | NEED(M_ASKS),
    [MESSAGE_RFQ] = NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_SIDE) | NEED(M_SZ) |
		    NEED(M_ACCOUNTS) | NEED(M_EXPIRE_TS),
    [MESSAGE_RFQ_QUOTE] = NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_RFQ) |
			  NEED(M_REQUESTER) | NEED(M_PX),
    [MESSAGE_RFQ_ACCEPT] =
	NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_MAKER) | NEED(M_QUOTE),
    [MESSAGE_LIQUIDITY] = NEED(M_ACCOUNT) | NEED(M_SYMBOL) | NEED(M_ACTION),
    [MESSAGE_PRICE] = NEED(M_SYMBOL) | NEED(M_PX),
    [MESSAGE_AUCTION] = NEED(M_SYMBOL) | NEED(M_PHASE),
    [MESSAGE_WATERMARK] = NEED(M_TS),
    [MESSAGE_END] = NEED(M_COUNT),
};

/* ---- the plain form ---- */

/* The lengths of the names, so that a guess is compared in one go. */
static const unsigned char member_lengths[MEMBERS] = {
    4, 2, 7, 6, 4, 7, 2, 2, 2, 7, 9, 9, 13, 8, 6, 5, 12, 4, 4, 8, 3, 9, 5, 5, 6, 4, 6, 7, 6, 5, 5,
};

static enum member
member_of(const char *name, size_t n)
{
	for (unsigned i = 0; i < MEMBERS; i++)
		if (member_lengths[i] == n && memcmp(member_names[i], name, n) == 0)
			return (enum member)i;
	return MEMBERS;
}

/* The names with their closing quote, 16 bytes each. */
static const char guesses[MEMBERS][16] = {
    "type\"",
    "id\"",
    "account\"",
    "symbol\"",
    "side\"",
    "ordType\"",
    "px\"",
    "sz\"",
    "ts\"",
    "stpMode\"",
    "displaySz\"",
    "triggerPx\"",
    "triggerPxType\"",
    "expireTs\"",
    "tickSz\"",
    "lotSz\"",
    "maxDeviation\"",
    "bids\"",
    "asks\"",
    "accounts\"",
    "rfq\"",
    "requester\"",
    "maker\"",
    "quote\"",
    "action\"",
    "base\"",
    "shares\"",
    "feeRate\"",
    "source\"",
    "phase\"",
    "count\"",
};

static inline bool
is_member(const char *p, unsigned m)
{
	return same_bytes(p, guesses[m], member_lengths[m] + 1u);
}

/* The name that begins at p; *end is its closing quote; NULL: none that is plain. The members of an
 * order mostly come in the order that we number them in, some left out: two guesses, and the time,
 * which is the last of most lines; then a search. */
static inline enum member
plain_name(const char *p, unsigned guess, const char **end)
{
	unsigned m = guess < MEMBERS - 2 ? guess : MEMBERS - 2;

	if (!is_member(p, m))
		m = is_member(p, m + 1) ? m + 1 : M_TS;
	if (is_member(p, m)) {
		*end = p + member_lengths[m];
		return (enum member)m;
	}
	*end = plain_string(p);
	return *end ? member_of(p, (size_t)(*end - p)) : MEMBERS;
}

/*
 * {"name":"text","name":123}: true when all of the line is of this form, with no member twice. It
 * stops at the first byte that is not, at the latest at the newline or zero behind the line. The
 * line's shape is noted on the way.
 */
static bool
parse_plain(struct span line, struct message *r)
{
	static const uint64_t arrays = NEED(M_BIDS) | NEED(M_ASKS) | NEED(M_ACCOUNTS);
	const char *p = line.ptr, *end = p + line.len, *stop, *from = p;

	r->draft.n = 0;
	if (line.len < 2 || *p++ != '{')
		return false;
	for (unsigned guess = 0;; p++) {
		const char *name_end;
		enum member m;
		bool quoted;

		if (*p != '"')
			return false;
		m = plain_name(p + 1, guess, &name_end);
		if (!name_end || name_end[1] != ':')
			return false;
		p = name_end + 2;
		quoted = *p == '"';
		p += quoted;
		stop = quoted ? plain_string(p) : plain_number(p);
		if (!stop || stop >= end)
			return false;
		if (m != MEMBERS) {
			uint64_t bit = UINT64_C(1) << m;

			if ((r->present | arrays) & bit)
				return false;
			r->present |= bit;
			if (quoted)
				r->strings |= bit;
			r->m[m] = (struct span){p, (size_t)(stop - p)};
			guess = m + 1u;
		}
		if (m != M_TYPE || from != line.ptr) {
			shape_add(&r->draft, from, p, m, quoted);
			from = stop;
		}
		p = stop + quoted;
		if (*p != ',')
			break;
	}
	return *p == '}' && p + 1 == end;
}

/* ---- any other form ---- */

static bool
fail(struct message_fault *fault, enum message_error e, enum member m)
{
	*fault = (struct message_fault){.error = e, .member = m};
	return false;
}

/* What stands in the line for member m, strings decoded. */
static bool
take_value(struct message *r, enum member m, struct span value, struct message_fault *fault)
{
	struct buf decoded = {.ptr = r->scratch + r->scratch_len,
			      .cap = MESSAGE_SCRATCH - r->scratch_len,
			      .max = MESSAGE_SCRATCH - r->scratch_len};
	bool array = m == M_BIDS || m == M_ASKS || m == M_ACCOUNTS;

	switch (json_type(value)) {
	case JSON_STRING:
		if (array)
			return fail(fault, MESSAGE_E_MEMBER, m);
		r->strings |= UINT64_C(1) << m;
		if (json_plain(value, &r->m[m]))
			return true;
		json_decode(value, &decoded);
		if (!buf_ok(&decoded))
			return fail(fault, MESSAGE_E_MEMBER, m);
		r->m[m] = buf_span(&decoded);
		r->scratch_len += decoded.len;
		return true;
	case JSON_NUMBER: r->m[m] = value; return !array || fail(fault, MESSAGE_E_MEMBER, m);
	case JSON_ARRAY: r->m[m] = value; return array || fail(fault, MESSAGE_E_MEMBER, m);
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_OBJECT: break;
	}
	return fail(fault, MESSAGE_E_MEMBER, m);
}

static bool
parse_any(struct span line, struct message *r, struct message_fault *fault)
{
	struct json_walk w;
	struct span key, value;
	size_t offset;

	fault->json = json_check(line, &offset);
	if (fault->json != JSON_OK) {
		fault->error = MESSAGE_E_JSON;
		return false;
	}
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return fail(fault, MESSAGE_E_OBJECT, MEMBERS);
	w = json_walk(line);
	while (json_next_member(&w, &key, &value)) {
		unsigned m = 0;

		while (m < MEMBERS && !json_key_is(key, member_names[m]))
			m++;
		if (m == MEMBERS)
			continue;
		if (r->present >> m & 1)
			return fail(fault, MESSAGE_E_TWICE, (enum member)m);
		r->present |= UINT64_C(1) << m;
		if (!take_value(r, (enum member)m, value, fault))
			return false;
	}
	return true;
}

/* ---- what the members say ---- */

bool
message_is_name(struct span text)
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
	uint64_t v = 0, word;
	size_t i = 0;

	if (text.len == 0 || text.len > 16 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (; i < text.len % 8; i++) {
		unsigned digit = (unsigned)(text.ptr[i] - '0');

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	for (; i < text.len; i += 8) {
		if (!swar_number(swar_load(text.ptr + i), &word))
			return false;
		v = v * DIGITS_WORD + word;
	}
	*value = (int64_t)v;
	return *value <= TS_MAX;
}

static bool
is_string(const struct message *r, enum member m)
{
	return r->strings >> m & 1;
}

/* The word that stands for member m, if there is one; false: it is none of them. */
static inline bool
read_word(const struct message *r, enum member m, const struct word words[], unsigned n,
	  unsigned *which)
{
	if (!r->m[m].ptr)
		return true;
	*which = find_word(r->m[m], words, n);
	return is_string(r, m) && *which < n;
}

static bool
read_words(struct message *r, struct message_fault *fault)
{
	static const struct word sides[] = {WORD("buy"), WORD("sell")};
	static const struct word ord_types[] = {WORD("limit"), WORD("market"), WORD("post_only"),
						WORD("fok"), WORD("ioc")};
	static const struct word stp_modes[] = {WORD("cancel_maker"), WORD("cancel_taker"),
						WORD("cancel_both")};
	static const struct word trigger_types[] = {WORD("last"), WORD("oracle")};
	unsigned side = BUY, ord_type = ORDER_LIMIT, stp = STP_CANCEL_MAKER, by = TRIGGER_LAST;

	if (!read_word(r, M_SIDE, sides, 2, &side))
		return fail(fault, MESSAGE_E_MEMBER, M_SIDE);
	r->side = (enum side_of)side;
	if (!read_word(r, M_ORD_TYPE, ord_types, 5, &ord_type))
		return fail(fault, MESSAGE_E_MEMBER, M_ORD_TYPE);
	r->ord_type = (enum order_type)ord_type;
	if (!read_word(r, M_STP_MODE, stp_modes, 3, &stp))
		return fail(fault, MESSAGE_E_MEMBER, M_STP_MODE);
	r->stp = (enum stp_mode)stp;
	if (!read_word(r, M_TRIGGER_PX_TYPE, trigger_types, 2, &by))
		return fail(fault, MESSAGE_E_MEMBER, M_TRIGGER_PX_TYPE);
	r->trigger_by = (enum trigger_by)by;
	return true;
}

static bool
read_type(struct message *r, struct message_fault *fault)
{
	unsigned type;

	if (!r->m[M_TYPE].ptr || !is_string(r, M_TYPE))
		return fail(fault, MESSAGE_E_TYPE, M_TYPE);
	type = find_word(r->m[M_TYPE], types, TYPES);
	if (type == MESSAGE_NONE || type == TYPES)
		return fail(fault, MESSAGE_E_TYPE, M_TYPE);
	r->type = (enum message_type)type;
	if (needs[type] & ~r->present)
		return fail(fault, MESSAGE_E_MISSING,
			    (enum member)__builtin_ctzll(needs[type] & ~r->present));
	return true;
}

static bool
read_members(struct message *r, bool plain, struct message_fault *fault)
{
	static const uint64_t names = NEED(M_ID) | NEED(M_ACCOUNT) | NEED(M_SYMBOL) |
				      NEED(M_SOURCE) | NEED(M_RFQ) | NEED(M_REQUESTER) |
				      NEED(M_MAKER);

	/* what others say of a line that was never let in: its members may be anything */
	if (r->type == MESSAGE_REJECT)
		return true;
	for (uint64_t left = names & r->present; left; left &= left - 1) {
		enum member m = (enum member)__builtin_ctzll(left);

		/* a plain string has none of the bytes that a name must not have */
		if (!is_string(r, m) || r->m[m].len == 0 || r->m[m].len > NAME_MAX_BYTES ||
		    (!plain && !message_is_name(r->m[m])))
			return fail(fault, MESSAGE_E_NAME, m);
	}
	if (r->m[M_TS].ptr && (is_string(r, M_TS) || !integer(r->m[M_TS], &r->ts)))
		return fail(fault, MESSAGE_E_MEMBER, M_TS);
	return read_words(r, fault);
}

static inline void
clear_values(struct message *r)
{
	r->strings = 0;
	r->scratch_len = 0;
	r->type = MESSAGE_NONE;
	r->ts = -1;
	r->side = BUY;
	r->ord_type = ORDER_LIMIT;
	r->stp = STP_CANCEL_MAKER;
	r->trigger_by = TRIGGER_LAST;
}

/* Forget the line before: of the members only those that it had. */
void
message_clear(struct message *r)
{
	for (; r->present; r->present &= r->present - 1)
		r->m[__builtin_ctzll(r->present)] = (struct span){0};
	clear_values(r);
}

/* ---- the whole ---- */

/* A line of a shape that is known: its type, and the members that it needs, are known with it. */
static bool
parse_shape(struct span line, struct message *r)
{
	const struct shape *s;

	for (unsigned try = 0; (s = shapes_guess(&r->shapes, line, try)) != NULL; try++) {
		/* the members that this line has are all written over */
		if (r->present & ~s->present)
			message_clear(r);
		r->present = s->present;
		if (!shape_match(s, line, r->m))
			continue;
		clear_values(r);
		r->strings = s->strings;
		r->type = (enum message_type)s->type;
		r->m[M_TYPE] = (struct span){line.ptr + SHAPE_TYPE_AT, s->type_len};
		if (try)
			shapes_used(&r->shapes, line, try);
		return true;
	}
	return false;
}

/* What parse_plain() has found of the line's shape is kept for the next ones, if the type, which is
 * a part of it, came first. */
static void
learn(struct span line, struct message *r)
{
	struct shape *s = &r->draft;

	if (r->m[M_TYPE].ptr != line.ptr + SHAPE_TYPE_AT)
		return;
	s->type = (unsigned char)r->type;
	s->type_len = (unsigned char)r->m[M_TYPE].len;
	s->present = r->present;
	s->strings = r->strings;
	shapes_keep(&r->shapes, line, s);
}

bool
message_parse(struct span line, struct message *r, struct message_fault *fault)
{
	bool plain;

	*fault = (struct message_fault){.error = MESSAGE_OK, .json = JSON_OK, .member = MEMBERS};
	if (parse_shape(line, r))
		return read_members(r, true, fault);
	message_clear(r);
	plain = parse_plain(line, r);
	if (!plain) {
		message_clear(r);
		if (!parse_any(line, r, fault))
			return false;
	}
	if (!read_type(r, fault))
		return false;
	if (plain)
		learn(line, r);
	return read_members(r, plain, fault);
}
