#include "http_request.h"

#include "check.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_token_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_letters(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool
http_text_is(struct span text, const char *word)
{
	return same_letters(text, span_of(word));
}

const char *
http_method_name(enum http_method m)
{
	switch (m) {
	case HTTP_GET: return "GET";
	case HTTP_HEAD: return "HEAD";
	case HTTP_POST: return "POST";
	}
	CHECK(false);
	return "";
}

/* ---- the request line ----------------------------------------------------------------------- */

/* Take what stands before the next blank, and the blank. */
static struct span
take_word(struct span *line)
{
	struct span word = {line->ptr, span_find(*line, SPAN_LIT(" "))};
	size_t taken = word.len < line->len ? word.len + 1 : word.len;

	line->ptr += taken;
	line->len -= taken;
	return word;
}

/* What RFC 3986 allows in a path or query, and the few that browsers leave as they are. */
static bool
is_target_byte(char c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"#<>\\^`{}", c);
}

static bool
is_host_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~:[]%", c));
}

static bool
all(struct span s, bool (*good)(char))
{
	for (size_t i = 0; i < s.len; i++)
		if (!good(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* Where the path of a target begins: behind http://authority, if that is there. */
static struct span
authority_of(struct span target)
{
	size_t scheme = 0;
	struct span rest;

	if (target.len > 7 && same_letters((struct span){target.ptr, 7}, SPAN_LIT("http://")))
		scheme = 7;
	if (target.len > 8 && same_letters((struct span){target.ptr, 8}, SPAN_LIT("https://")))
		scheme = 8;
	if (scheme == 0)
		return (struct span){NULL, 0};
	rest = (struct span){target.ptr + scheme, target.len - scheme};
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] == '/' || rest.ptr[i] == '?')
			rest.len = i;
	return rest;
}

static enum http_verdict
read_target(struct http_request *r)
{
	struct span authority = authority_of(r->target), rest = r->target;
	size_t question;

	if (!all(r->target, is_target_byte))
		return HTTP_E_TARGET;
	if (authority.ptr) {
		rest.ptr = authority.ptr + authority.len;
		rest.len = (size_t)(r->target.ptr + r->target.len - rest.ptr);
	}
	question = span_find(rest, SPAN_LIT("?"));
	r->path = (struct span){rest.ptr, question};
	r->query = (struct span){rest.ptr + question, 0};
	if (question < rest.len)
		r->query = (struct span){rest.ptr + question + 1, rest.len - question - 1};
	if (r->path.len == 0 && authority.ptr)
		r->path = SPAN_LIT("/");
	return r->path.len && r->path.ptr[0] == '/' ? HTTP_MORE : HTTP_E_TARGET;
}

static bool
read_method(struct http_request *r, struct span word)
{
	for (enum http_method m = HTTP_GET; m <= HTTP_POST; m++) {
		if (span_is(word, http_method_name(m))) {
			r->method = m;
			r->has_method = true;
		}
	}
	return r->has_method;
}

static enum http_verdict
read_request_line(struct http_request *r, struct span line)
{
	struct span method = take_word(&line), version;
	enum http_verdict v;

	r->target = take_word(&line);
	version = line;
	if (!all(method, is_token_byte) || version.len != 8 ||
	    !span_starts(version, SPAN_LIT("HTTP/")) || !is_digit(version.ptr[5]) ||
	    version.ptr[6] != '.' || !is_digit(version.ptr[7]))
		return HTTP_E_LINE;
	if (version.ptr[5] != '1' || version.ptr[7] > '1')
		return HTTP_E_VERSION;
	r->minor = version.ptr[7] - '0';
	/* OPTIONS * is well formed, and not ours */
	if (!read_method(r, method))
		return HTTP_E_METHOD;
	v = read_target(r);
	return v;
}

/* ---- headers -------------------------------------------------------------------------------- */

static const char *const field_names[HTTP_FIELDS] = {
    [HTTP_HOST] = "host",
    [HTTP_CONTENT_LENGTH] = "content-length",
    [HTTP_TRANSFER_ENCODING] = "transfer-encoding",
    [HTTP_EXPECT] = "expect",
    [HTTP_CONTENT_TYPE] = "content-type",
    [HTTP_ORIGIN] = "origin",
    [HTTP_X_REQUEST_ID] = "x-request-id",
    [HTTP_X_SIGNATURE] = "x-signature",
    [HTTP_X_SIGNATURE_V2] = "x-signature-v2",
    [HTTP_X_TIMESTAMP] = "x-timestamp",
    [HTTP_X_NONCE] = "x-nonce",
};

static struct span
trim(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Connection may stand several times; only close matters, as 1.1 keeps alive by itself. */
static void
read_connection(struct http_request *r, struct span list)
{
	while (list.len) {
		size_t comma = span_find(list, SPAN_LIT(","));

		if (http_text_is(trim((struct span){list.ptr, comma}), "close"))
			r->close = true;
		list.ptr += comma < list.len ? comma + 1 : comma;
		list.len -= comma < list.len ? comma + 1 : comma;
	}
}

static bool
is_value_byte(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

static enum http_verdict
read_header(struct http_request *r, struct span line)
{
	struct span name = {line.ptr, span_find(line, SPAN_LIT(":"))}, value;

	if (++r->headers > HTTP_HEADERS)
		return HTTP_E_HEADERS_MANY;
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return HTTP_E_FOLD;
	if (name.len == line.len || !all(name, is_token_byte))
		return HTTP_E_NAME;
	value = trim((struct span){line.ptr + name.len + 1, line.len - name.len - 1});
	if (value.len && !all(value, is_value_byte))
		return HTTP_E_VALUE;
	if (http_text_is(name, "connection"))
		read_connection(r, value);
	for (size_t i = 0; i < HTTP_FIELDS; i++) {
		if (!http_text_is(name, field_names[i]))
			continue;
		if (r->fields[i].ptr)
			return HTTP_E_TWICE;
		r->fields[i] = value;
	}
	return HTTP_MORE;
}

/* ---- what the headers say together ---------------------------------------------------------- */

static enum http_verdict
judge_host(const struct http_request *r)
{
	struct span host = r->fields[HTTP_HOST], authority = authority_of(r->target);

	if (!host.ptr || !all(host, is_host_byte))
		return HTTP_E_HOST;
	if (authority.ptr && !same_letters(authority, host))
		return HTTP_E_TARGET;
	return HTTP_COMPLETE;
}

static enum http_verdict
judge_coding(const struct http_request *r)
{
	struct span coding = r->fields[HTTP_TRANSFER_ENCODING];

	if (!coding.ptr)
		return HTTP_COMPLETE;
	if (r->minor == 0)
		return HTTP_E_CODING_OLD;
	if (r->fields[HTTP_CONTENT_LENGTH].ptr)
		return HTTP_E_CODING_BOTH;
	return http_text_is(coding, "chunked") ? HTTP_E_CODING_CHUNK : HTTP_E_CODING;
}

static enum http_verdict
judge_length(struct http_request *r)
{
	struct span text = r->fields[HTTP_CONTENT_LENGTH];

	if (!text.ptr)
		return HTTP_COMPLETE;
	if (!all(text, is_digit))
		return HTTP_E_LENGTH;
	if (text.len > HTTP_LENGTH_DIGITS)
		return HTTP_E_LENGTH_LONG;
	for (size_t i = 0; i < text.len; i++)
		r->length = r->length * 10 + (uint32_t)(text.ptr[i] - '0');
	return r->length && r->method != HTTP_POST ? HTTP_E_BODY : HTTP_COMPLETE;
}

static enum http_verdict
judge(struct http_request *r)
{
	struct span expect = r->fields[HTTP_EXPECT];
	enum http_verdict v = judge_host(r);

	if (v == HTTP_COMPLETE)
		v = judge_coding(r);
	if (v == HTTP_COMPLETE)
		v = judge_length(r);
	if (v != HTTP_COMPLETE)
		return v;
	/* a client of 1.0 does not know 1xx answers (RFC 9110 section 10.1.1) */
	if (expect.ptr && r->minor == 1) {
		if (!http_text_is(expect, "100-continue"))
			return HTTP_E_EXPECT;
		r->expects_continue = true;
	}
	r->keep_alive = r->minor == 1 && !r->close;
	return HTTP_COMPLETE;
}

/* ---- lines ---------------------------------------------------------------------------------- */

void
http_request_init(struct http_request *r)
{
	*r = (struct http_request){.method = HTTP_GET};
}

/* Is a line of so many bytes, complete or not, too long where reading stands? */
static enum http_verdict
judge_size(const struct http_request *r, size_t line)
{
	if (!r->headers_at)
		return line > HTTP_LINE_BYTES ? HTTP_E_LINE_LONG : HTTP_MORE;
	if (line > HTTP_HEADER_BYTES)
		return HTTP_E_HEADER_LONG;
	return r->at - r->headers_at + line > HTTP_HEADERS_BYTES ? HTTP_E_HEADERS_LONG : HTTP_MORE;
}

/* One line without its end. The empty one that an old client leaves behind a body is let pass
 * before the request line, once. */
static enum http_verdict
read_line(struct http_request *r, struct span line, size_t next)
{
	enum http_verdict v;

	if (r->headers_at)
		return line.len ? read_header(r, line) : judge(r);
	if (line.len == 0 && r->at == 0)
		return HTTP_MORE;
	v = read_request_line(r, line);
	r->headers_at = next;
	return v;
}

enum http_verdict
http_request_read(struct http_request *r, struct span bytes)
{
	enum http_verdict v = HTTP_MORE;

	CHECK(r->head_len == 0 && bytes.len >= r->at + r->seen);
	while (v == HTTP_MORE) {
		const char *begin = bytes.ptr + r->at, *end = NULL;
		size_t rest = bytes.len - r->at, len;

		if (rest > r->seen)
			end = memchr(begin + r->seen, '\n', rest - r->seen);
		r->seen = rest;
		len = end ? (size_t)(end - begin) : rest;
		/* a carriage return is not counted, nor is what may yet become one */
		v = judge_size(r, len ? len - 1 : 0);
		if (v != HTTP_MORE || !end)
			return v;
		if (len == 0 || end[-1] != '\r')
			return HTTP_E_LF;
		v = read_line(r, (struct span){begin, len - 1}, r->at + len + 1);
		r->at += len + 1;
		r->seen = 0;
	}
	if (v == HTTP_COMPLETE)
		r->head_len = r->at;
	return v;
}

/* ---- words for verdicts --------------------------------------------------------------------- */

unsigned
http_verdict_status(enum http_verdict v)
{
	switch (v) {
	case HTTP_MORE:
	case HTTP_COMPLETE: return 0;
	case HTTP_E_LINE:
	case HTTP_E_TARGET:
	case HTTP_E_LF:
	case HTTP_E_FOLD:
	case HTTP_E_NAME:
	case HTTP_E_VALUE:
	case HTTP_E_TWICE:
	case HTTP_E_HOST:
	case HTTP_E_LENGTH:
	case HTTP_E_CODING_BOTH:
	case HTTP_E_CODING_OLD:
	case HTTP_E_BODY: return 400;
	case HTTP_E_CODING_CHUNK: return 411;
	case HTTP_E_LENGTH_LONG: return 413;
	case HTTP_E_LINE_LONG: return 414;
	case HTTP_E_EXPECT: return 417;
	case HTTP_E_HEADER_LONG:
	case HTTP_E_HEADERS_LONG:
	case HTTP_E_HEADERS_MANY: return 431;
	case HTTP_E_METHOD:
	case HTTP_E_CODING: return 501;
	case HTTP_E_VERSION: return 505;
	}
	CHECK(false);
	return 0;
}

const char *
http_verdict_reason(enum http_verdict v)
{
	switch (v) {
	case HTTP_MORE: return "incomplete";
	case HTTP_COMPLETE: return "complete";
	case HTTP_E_LINE: return "request line is not METHOD, target and version";
	case HTTP_E_LINE_LONG: return "request line is longer than 1024 bytes";
	case HTTP_E_TARGET: return "target is no path, or that of another host";
	case HTTP_E_VERSION: return "neither HTTP/1.0 nor HTTP/1.1";
	case HTTP_E_METHOD: return "method is not GET, HEAD or POST";
	case HTTP_E_LF: return "line feed without carriage return";
	case HTTP_E_FOLD: return "folded header line";
	case HTTP_E_NAME: return "header name is no token directly before a colon";
	case HTTP_E_VALUE: return "control character in a header";
	case HTTP_E_TWICE: return "a header stands twice that may stand once";
	case HTTP_E_HEADER_LONG: return "header line is longer than 4096 bytes";
	case HTTP_E_HEADERS_LONG: return "headers are longer than 8192 bytes";
	case HTTP_E_HEADERS_MANY: return "more than 32 headers";
	case HTTP_E_HOST: return "no Host, or none that is a host";
	case HTTP_E_LENGTH: return "Content-Length is not digits";
	case HTTP_E_LENGTH_LONG: return "Content-Length has more than 7 digits";
	case HTTP_E_CODING_BOTH: return "Transfer-Encoding beside Content-Length";
	case HTTP_E_CODING_OLD: return "Transfer-Encoding in HTTP/1.0";
	case HTTP_E_CODING_CHUNK: return "a body needs a Content-Length";
	case HTTP_E_CODING: return "Transfer-Encoding is not understood";
	case HTTP_E_BODY: return "a GET has no body";
	case HTTP_E_EXPECT: return "Expect is not 100-continue";
	}
	CHECK(false);
	return "";
}
