#include "relayed.h"

#include "check.h"
#include "json.h"
#include "leak.h"
#include "limit.h"
#include "utc.h"

static const char *const mark_names[] = {"target", "fallback", "fallbackReason", "relayMs"};
#define MARKS (sizeof mark_names / sizeof mark_names[0])

const char *
relayed_fault_text(enum relayed_fault f)
{
	switch (f) {
	case RELAYED_FINE: return "fine";
	case RELAYED_NOT_JSON: return "it is no JSON";
	case RELAYED_NO_RECORD: return "it is no record, or one with a member twice";
	case RELAYED_NO_META: return "meta is not as the contract has it";
	case RELAYED_NO_VERDICT: return "normalized or raw is not as the contract has it";
	case RELAYED_NO_PERF: return "perf is no object";
	case RELAYED_MARKED: return "perf says already who answered";
	case RELAYED_NO_ERROR: return "error is not as the contract has it";
	case RELAYED_NO_EVIDENCE: return "evidence is no object";
	case RELAYED_OTHER_ORDER: return "it is about another order";
	case RELAYED_OTHER_REQUEST: return "it answers another request";
	case RELAYED_OTHER_MODE: return "live, fresh or simulated is not as it was asked for";
	case RELAYED_OTHER_CALLER: return "clientMeta is not the request's";
	case RELAYED_STALE: return "verifiedAt is not now";
	case RELAYED_STATUS: return "its HTTP status contradicts it";
	case RELAYED_LEAK: return "it repeats a key";
	case RELAYED_TOO_LONG: return "it is longer than a bundle may be";
	}
	CHECK(false);
	return "";
}

/* ---- form
 * ----------------------------------------------------------------------------------------------------------------
 */

static bool
is_object(struct span value)
{
	return value.ptr && json_type(value) == JSON_OBJECT;
}

static bool
is_of(struct span value, enum json_type type)
{
	return value.ptr && json_type(value) == type;
}

static bool
is_code(struct span value)
{
	static const char *const codes[] = {"AUTH_ERROR", "NOT_FOUND",	 "RATE_LIMIT",
					    "REMOTE_4XX", "REMOTE_5XX",	 "TIMEOUT",
					    "NETWORK",	  "BAD_REQUEST", "INTERNAL"};
	struct span text;

	if (!value.ptr || !json_plain(value, &text))
		return false;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (span_is(text, codes[i]))
			return true;
	return false;
}

static bool
is_error(struct span value)
{
	static const char *const names[] = {"code", "msg", "hint"};
	struct span member[3];

	if (!value.ptr)
		return false;
	if (json_is_null(value))
		return true;
	return is_object(value) && json_pick(value, names, 3, member, NULL) && is_code(member[0]) &&
	       is_of(member[1], JSON_STRING) && is_of(member[2], JSON_STRING);
}

static bool
is_verdict(const struct chain_record *r)
{
	static const char *const names[] = {"order", "position"};
	struct span member[2];

	return is_object(r->normalized) && is_object(r->raw) &&
	       json_pick(r->normalized, names, 2, member, NULL) && member[0].ptr &&
	       (is_object(member[0]) || json_is_null(member[0])) && is_object(member[1]);
}

static bool
is_marked(struct span perf)
{
	struct span value;

	for (size_t i = 0; i < MARKS; i++)
		if (json_find(perf, mark_names[i], &value))
			return true;
	return false;
}

static enum relayed_fault
check_form(const struct chain_record *r)
{
	if (!is_verdict(r))
		return RELAYED_NO_VERDICT;
	if (!is_object(r->perf))
		return RELAYED_NO_PERF;
	if (is_marked(r->perf))
		return RELAYED_MARKED;
	if (!is_error(r->error))
		return RELAYED_NO_ERROR;
	return is_object(r->evidence) ? RELAYED_FINE : RELAYED_NO_EVIDENCE;
}

/* ---- whose answer
 * --------------------------------------------------------------------------------------------------------
 */

/* The text of a string without escapes; what is asked about has none, so another spelling is
 * another value. */
static bool
same_text(struct span asked, struct span said)
{
	struct span a, b;

	return asked.ptr && json_plain(asked, &a) && json_plain(said, &b) && span_equal(a, b);
}

/* A target that refused the request may not have read what was asked about. */
static bool
same_or_refused(struct span asked, struct span said, bool refused)
{
	return same_text(asked, said) || (refused && json_is_null(said));
}

static bool
same_flag(struct span asked, struct span said)
{
	if (!asked.ptr || json_type(asked) != JSON_BOOL || !said.ptr)
		return true;
	return json_type(said) == JSON_BOOL && json_is_true(asked) == json_is_true(said);
}

static bool
same_request_id(struct span asked, struct span said)
{
	if (!asked.ptr)
		return json_is_null(said) || is_of(said, JSON_STRING);
	return json_type(said) == JSON_STRING && span_equal(asked, said);
}

static enum relayed_fault
check_meta(const struct ask *ask, const struct chain_record *r, int64_t now_us)
{
	enum { EXCHANGE, INST_ID, ORD_ID, AT, LIVE, FRESH, REQUEST_ID, VERSION, SIMULATED, N };
	static const char *const names[N] = {"exchange",   "instId",  "ordId",
					     "verifiedAt", "live",    "fresh",
					     "requestId",  "version", "simulated"};
	struct span member[N], at;
	bool refused = chain_has_error(r);
	int64_t us;

	if (!is_object(r->meta) || !json_pick(r->meta, names, N, member, NULL))
		return RELAYED_NO_META;
	for (size_t i = 0; i < SIMULATED; i++)
		if (!member[i].ptr)
			return RELAYED_NO_META;
	if (!is_of(member[LIVE], JSON_BOOL) || !is_of(member[FRESH], JSON_BOOL) ||
	    !is_of(member[VERSION], JSON_STRING) || !json_plain(member[AT], &at) ||
	    !utc_parse_us(at, &us))
		return RELAYED_NO_META;
	if (!same_or_refused(ask->exchange, member[EXCHANGE], false) &&
	    !(refused && span_is(member[EXCHANGE], "\"okx\"")))
		return RELAYED_OTHER_ORDER;
	if (!same_or_refused(ask->inst_id, member[INST_ID], refused) ||
	    !same_or_refused(ask->ord_id, member[ORD_ID], refused))
		return RELAYED_OTHER_ORDER;
	if (!refused &&
	    (!same_flag(ask->live, member[LIVE]) || !same_flag(ask->fresh, member[FRESH]) ||
	     !same_flag(ask->simulated, member[SIMULATED])))
		return RELAYED_OTHER_MODE;
	if (!same_request_id(ask->request_id, member[REQUEST_ID]))
		return RELAYED_OTHER_REQUEST;
	if (us < now_us - RELAYED_SKEW_US || us > now_us + RELAYED_SKEW_US)
		return RELAYED_STALE;
	return RELAYED_FINE;
}

/* clientMeta names the user to whom the answer is kept; no leaf covers it. */
static bool
same_caller(const struct ask *ask, const struct chain_record *r)
{
	return !r->client_meta.ptr ||
	       (ask->client_meta.ptr && span_equal(ask->client_meta, r->client_meta));
}

/* ---- all of it
 * -----------------------------------------------------------------------------------------------------------
 */

enum relayed_fault
relayed_flatten(struct span body, struct buf *room, struct span *line)
{
	body = json_trim(body);
	if (json_check(body, NULL) != JSON_OK)
		return RELAYED_NOT_JSON;
	*line = body;
	if (!memchr(body.ptr, '\n', body.len))
		return RELAYED_FINE;
	buf_clear(room);
	json_compact(body, room);
	*line = buf_span(room);
	return buf_ok(room) ? RELAYED_FINE : RELAYED_TOO_LONG;
}

enum relayed_fault
relayed_check(const struct ask *ask, struct span body, unsigned status, int64_t now_us,
	      struct chain_record *out)
{
	struct chain_fault fault;
	enum relayed_fault f;

	if (json_check(body, NULL) != JSON_OK)
		return RELAYED_NOT_JSON;
	if (!chain_parse(body, out, &fault))
		return RELAYED_NO_RECORD;
	f = check_form(out);
	if (f == RELAYED_FINE)
		f = check_meta(ask, out, now_us);
	if (f != RELAYED_FINE)
		return f;
	if (!same_caller(ask, out))
		return RELAYED_OTHER_CALLER;
	if (status >= 400 && !chain_has_error(out))
		return RELAYED_STATUS;
	return leak_found(body, ask->secrets, 3) ? RELAYED_LEAK : RELAYED_FINE;
}

void
relayed_print_mark(const struct relayed_mark *m, struct buf *out)
{
	buf_json_member_string(out, "target", span_of(m->target));
	buf_json_member_bool(out, "fallback", m->fallback_why != NULL);
	if (m->fallback_why)
		buf_json_member_string(out, "fallbackReason", span_of(m->fallback_why));
	else
		buf_json_member_raw(out, "fallbackReason", SPAN_LIT("null"));
	buf_json_member_i64(out, "relayMs", m->relay_ms);
}

void
relayed_mark(const struct ask *ask, const struct chain_record *r, const struct relayed_mark *m,
	     struct buf *out)
{
	const char *close = r->perf.ptr + r->perf.len - 1, *end = r->text.ptr + r->text.len - 1;
	struct span head = {r->text.ptr, (size_t)(close - r->text.ptr)};
	struct span tail = {close + 1, (size_t)(end - close - 1)};

	/* white space before the brace would hide whether a comma is due */
	buf_add(out, json_trim(head));
	relayed_print_mark(m, out);
	buf_byte(out, '}');
	buf_add(out, json_trim(tail));
	if (!r->client_meta.ptr && ask->client_meta.ptr)
		buf_json_member_raw(out, "clientMeta", ask->client_meta);
	buf_byte(out, '}');
}
