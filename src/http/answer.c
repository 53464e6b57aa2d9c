#include "answer.h"

#include "check.h"
#include "json.h"

#include <stdio.h>

const char *
answer_code_name(enum answer_code code)
{
	switch (code) {
	case ANSWER_FINE: return "";
	case ANSWER_BAD_REQUEST: return "BAD_REQUEST";
	case ANSWER_AUTH_ERROR: return "AUTH_ERROR";
	case ANSWER_NOT_FOUND: return "NOT_FOUND";
	case ANSWER_CONFLICT: return "CONFLICT";
	case ANSWER_RATE_LIMIT: return "RATE_LIMIT";
	case ANSWER_INTERNAL: return "INTERNAL";
	case ANSWER_REMOTE_4XX: return "REMOTE_4XX";
	case ANSWER_REMOTE_5XX: return "REMOTE_5XX";
	case ANSWER_NETWORK: return "NETWORK";
	case ANSWER_UNAVAILABLE: return "UNAVAILABLE";
	case ANSWER_TIMEOUT: return "TIMEOUT";
	case ANSWER_OTHER: return "other";
	case ANSWER_CODES: break;
	}
	CHECK(false);
	return "";
}

unsigned
answer_code_status(enum answer_code code)
{
	switch (code) {
	case ANSWER_FINE: return 200;
	case ANSWER_BAD_REQUEST: return 400;
	case ANSWER_AUTH_ERROR: return 401;
	case ANSWER_NOT_FOUND: return 404;
	case ANSWER_CONFLICT: return 409;
	case ANSWER_RATE_LIMIT: return 429;
	case ANSWER_INTERNAL:
	case ANSWER_OTHER: return 500;
	case ANSWER_REMOTE_4XX:
	case ANSWER_REMOTE_5XX:
	case ANSWER_NETWORK: return 502;
	case ANSWER_UNAVAILABLE: return 503;
	case ANSWER_TIMEOUT: return 504;
	case ANSWER_CODES: break;
	}
	CHECK(false);
	return 500;
}

enum answer_code
answer_code_of(struct span json)
{
	struct span error, code;

	if (json_type(json) != JSON_OBJECT || !json_find(json, "error", &error) ||
	    json_is_null(error))
		return ANSWER_FINE;
	if (json_type(error) != JSON_OBJECT || !json_find(error, "code", &code) ||
	    !json_plain(code, &code))
		return ANSWER_OTHER;
	for (enum answer_code c = ANSWER_BAD_REQUEST; c < ANSWER_OTHER; c++)
		if (span_is(code, answer_code_name(c)))
			return c;
	return ANSWER_OTHER;
}

/* The next line, without its line feed; false at the end. */
static bool
next_line(struct span *text, struct span *line)
{
	if (text->len == 0)
		return false;
	*line = (struct span){text->ptr, span_find(*text, SPAN_LIT("\n"))};
	text->ptr += line->len;
	text->len -= line->len;
	if (text->len) {
		text->ptr++;
		text->len--;
	}
	return true;
}

bool
answer_take(struct span printed, bool array, struct buf *out)
{
	struct span line;
	size_t lines = 0;

	if (array)
		buf_str(out, "{\"items\":[");
	while (next_line(&printed, &line)) {
		if (json_check(line, NULL) != JSON_OK)
			return false;
		if (lines++)
			buf_byte(out, ',');
		buf_add(out, line);
	}
	if (array)
		buf_str(out, "]}");
	buf_byte(out, '\n');
	return buf_ok(out) && (array || lines == 1);
}

enum answer_code
answer_of_end(enum answer_end end, int status)
{
	switch (end) {
	case END_LATE: return ANSWER_TIMEOUT;
	case END_SIGNAL:
	case END_FLOOD: return ANSWER_INTERNAL;
	case END_STATUS: break;
	}
	switch (status) {
	case 1: return ANSWER_NOT_FOUND;
	case 100: return ANSWER_BAD_REQUEST;
	case 111: return ANSWER_UNAVAILABLE;
	default: return ANSWER_INTERNAL;
	}
}

void
answer_error(enum answer_code code, const char *msg, const char *hint, struct buf *out)
{
	buf_str(out, "{\"error\":{");
	buf_json_member_string(out, "code", span_of(answer_code_name(code)));
	buf_json_member_string(out, "msg", span_of(msg));
	buf_json_member_string(out, "hint", span_of(hint));
	buf_str(out, "}}\n");
}

/* ---- heads ---------------------------------------------------------------------------------- */

const char *
reply_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {{200, "OK"},
		       {400, "Bad Request"},
		       {401, "Unauthorized"},
		       {403, "Forbidden"},
		       {404, "Not Found"},
		       {405, "Method Not Allowed"},
		       {408, "Request Timeout"},
		       {409, "Conflict"},
		       {411, "Length Required"},
		       {413, "Content Too Large"},
		       {414, "URI Too Long"},
		       {415, "Unsupported Media Type"},
		       {417, "Expectation Failed"},
		       {421, "Misdirected Request"},
		       {429, "Too Many Requests"},
		       {431, "Request Header Fields Too Large"},
		       {500, "Internal Server Error"},
		       {501, "Not Implemented"},
		       {502, "Bad Gateway"},
		       {503, "Service Unavailable"},
		       {504, "Gateway Timeout"},
		       {505, "HTTP Version Not Supported"}};

	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	CHECK(false);
	return "";
}

/* IMF-fixdate (RFC 9110 section 5.6.7). Days are counted in March-based years of 400-year eras. */
static void
print_date(int64_t now_s, struct buf *out)
{
	static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char *const months[] = {"Mar", "Apr", "May", "Jun", "Jul", "Aug",
					     "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"};
	int64_t day = now_s / 86400, second = now_s % 86400, z = day + 719468;
	int64_t era = z / 146097, of_era = z % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	char text[64];

	snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[day % 7],
		 (int)(of_year - (153 * month + 2) / 5 + 1), months[month],
		 (int)(era * 400 + year + (month >= 10)), (int)(second / 3600),
		 (int)(second / 60 % 60), (int)(second % 60));
	buf_str(out, text);
}

static void
print_field(struct buf *out, const char *name, struct span value)
{
	buf_str(out, name);
	buf_str(out, ": ");
	buf_add(out, value);
	buf_str(out, "\r\n");
}

void
reply_print_head(const struct reply *r, struct buf *out)
{
	buf_str(out, "HTTP/1.1 ");
	buf_u64(out, r->status);
	buf_byte(out, ' ');
	buf_str(out, reply_phrase(r->status));
	buf_str(out, "\r\n");
	print_date(r->now_s, out);
	print_field(out, "Content-Type", r->type);
	buf_str(out, "Content-Length: ");
	buf_u64(out, r->body.len);
	buf_str(out, "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
	if (r->csp.ptr) {
		print_field(out, "Content-Security-Policy", r->csp);
		buf_str(out, "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n");
	}
	if (r->allow)
		print_field(out, "Allow", span_of(r->allow));
	if (r->challenge)
		buf_str(out, "WWW-Authenticate: X-Signature\r\n");
	if (r->request_id.len)
		print_field(out, "X-Request-Id", r->request_id);
	if (r->close)
		buf_str(out, "Connection: close\r\n");
	buf_str(out, "\r\n");
}
