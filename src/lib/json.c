#include "json.h"

#include "check.h"
#include "limit.h"
#include "swar.h"
#include "utf8.h"

const char *
json_error_code(enum json_error e)
{
	switch (e) {
	case JSON_OK: return "OK";
	case JSON_E_EMPTY: return "JSON_EMPTY";
	case JSON_E_TRUNCATED: return "JSON_TRUNCATED";
	case JSON_E_SYNTAX: return "JSON_SYNTAX";
	case JSON_E_NUMBER: return "JSON_NUMBER";
	case JSON_E_ESCAPE: return "JSON_ESCAPE";
	case JSON_E_SURROGATE: return "JSON_SURROGATE";
	case JSON_E_UTF8: return "JSON_UTF8";
	case JSON_E_CONTROL: return "JSON_CONTROL";
	case JSON_E_DEPTH: return "JSON_DEPTH";
	case JSON_E_TRAILING: return "JSON_TRAILING";
	}
	return "JSON_SYNTAX";
}

const char *
json_error_text(enum json_error e)
{
	switch (e) {
	case JSON_OK: return "well-formed";
	case JSON_E_EMPTY: return "no JSON value";
	case JSON_E_TRUNCATED: return "the text ends inside a value";
	case JSON_E_SYNTAX: return "unexpected byte";
	case JSON_E_NUMBER: return "malformed number";
	case JSON_E_ESCAPE: return "malformed escape";
	case JSON_E_SURROGATE: return "half a surrogate pair";
	case JSON_E_UTF8: return "not UTF-8";
	case JSON_E_CONTROL: return "control byte in a string";
	case JSON_E_DEPTH: return "nested too deep";
	case JSON_E_TRAILING: return "bytes after the value";
	}
	return "unexpected byte";
}

static bool
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* ---- checking ---- */

struct checker {
	const unsigned char *p;
	const unsigned char *end;
	unsigned depth;
	uint64_t objects; /* bit d: the container at depth d is an object */
	enum json_error error;
};

static bool
fail(struct checker *c, enum json_error e)
{
	c->error = c->p >= c->end && e != JSON_E_EMPTY ? JSON_E_TRUNCATED : e;
	return false;
}

static inline void
skip_space(struct checker *c)
{
	while (c->p < c->end && is_space(*c->p))
		c->p++;
}

static bool
check_digits(struct checker *c)
{
	if (c->p >= c->end || !is_digit(*c->p))
		return fail(c, JSON_E_NUMBER);
	while (c->p < c->end && is_digit(*c->p))
		c->p++;
	return true;
}

static bool
check_number(struct checker *c)
{
	if (*c->p == '-')
		c->p++;
	if (c->p < c->end && *c->p == '0') {
		c->p++;
		if (c->p < c->end && is_digit(*c->p))
			return fail(c, JSON_E_NUMBER);
	} else if (!check_digits(c)) {
		return false;
	}
	if (c->p < c->end && *c->p == '.') {
		c->p++;
		if (!check_digits(c))
			return false;
	}
	if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
		c->p++;
		if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
			c->p++;
		return check_digits(c);
	}
	return true;
}

static int
hex_digit(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at p, which advances past them; -1 when they are not all there. */
static int
hex4(const unsigned char **p, const unsigned char *end)
{
	int v = 0;

	for (int i = 0; i < 4; i++, (*p)++) {
		int d = *p < end ? hex_digit(**p) : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* c->p stands behind a backslash. */
static bool
check_escape(struct checker *c)
{
	const unsigned char *start = c->p - 1;
	int unit;

	if (c->p >= c->end)
		return fail(c, JSON_E_ESCAPE);
	if (*c->p != 'u') {
		if (!strchr("\"\\/bfnrt", *c->p) || *c->p == 0)
			return fail(c, JSON_E_ESCAPE);
		c->p++;
		return true;
	}
	c->p++;
	unit = hex4(&c->p, c->end);
	if (unit < 0)
		return fail(c, JSON_E_ESCAPE);
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit <= 0xdbff && c->end - c->p >= 2 && c->p[0] == '\\' && c->p[1] == 'u') {
		c->p += 2;
		unit = hex4(&c->p, c->end);
		if (unit < 0)
			return fail(c, JSON_E_ESCAPE);
		if (unit >= 0xdc00 && unit <= 0xdfff)
			return true;
	}
	if (c->end - c->p < 2 && unit <= 0xdbff && c->p == c->end)
		return fail(c, JSON_E_TRUNCATED);
	c->p = start;
	return fail(c, JSON_E_SURROGATE);
}

static const unsigned char *
plain_end(const unsigned char *p, const unsigned char *end)
{
	return (const unsigned char *)swar_plain_end((const char *)p, (const char *)end);
}

/* c->p stands on the opening quote. */
static bool
check_string(struct checker *c)
{
	c->p++;
	while ((c->p = plain_end(c->p, c->end)) < c->end) {
		unsigned char b = *c->p;

		if (b == '"') {
			c->p++;
			return true;
		}
		if (b == '\\') {
			c->p++;
			if (!check_escape(c))
				return false;
		} else if (b < 0x20) {
			return fail(c, JSON_E_CONTROL);
		} else {
			size_t width = utf8_width((const char *)c->p, (size_t)(c->end - c->p));

			if (width == 0)
				return fail(c, JSON_E_UTF8);
			c->p += width;
		}
	}
	return fail(c, JSON_E_TRUNCATED);
}

static bool
check_literal(struct checker *c, const char *word)
{
	for (; *word; word++, c->p++)
		if (c->p >= c->end || *c->p != (unsigned char)*word)
			return fail(c, JSON_E_SYNTAX);
	return true;
}

static bool
check_scalar(struct checker *c)
{
	switch (*c->p) {
	case '"': return check_string(c);
	case 't': return check_literal(c, "true");
	case 'f': return check_literal(c, "false");
	case 'n': return check_literal(c, "null");
	default: break;
	}
	if (*c->p == '-' || is_digit(*c->p))
		return check_number(c);
	if (*c->p >= 0x80 && !utf8_width((const char *)c->p, (size_t)(c->end - c->p)))
		return fail(c, JSON_E_UTF8);
	return fail(c, JSON_E_SYNTAX);
}

static bool
in_object(const struct checker *c)
{
	return c->objects >> (c->depth - 1) & 1;
}

/* A name and its colon; c->p stands where the name must begin. */
static bool
check_name(struct checker *c)
{
	if (c->p >= c->end || *c->p != '"')
		return fail(c, JSON_E_SYNTAX);
	if (!check_string(c))
		return false;
	skip_space(c);
	if (c->p >= c->end || *c->p != ':')
		return fail(c, JSON_E_SYNTAX);
	c->p++;
	skip_space(c);
	return true;
}

/* Open the container at c->p. *closed: it was empty and is closed again. */
static bool
check_open(struct checker *c, bool *closed)
{
	bool object = *c->p == '{';

	if (c->depth == LIMIT_JSON_DEPTH)
		return fail(c, JSON_E_DEPTH);
	c->objects &= ~(UINT64_C(1) << c->depth);
	c->objects |= (uint64_t)object << c->depth;
	c->depth++;
	c->p++;
	skip_space(c);
	*closed = c->p < c->end && *c->p == (object ? '}' : ']');
	if (*closed) {
		c->p++;
		c->depth--;
		return true;
	}
	return !object || check_name(c);
}

/* After a value: close what closes here, and step over the comma to the next value. *done: no
 * container is open. */
static bool
check_after(struct checker *c, bool *done)
{
	for (;;) {
		skip_space(c);
		*done = c->depth == 0;
		if (*done)
			return true;
		if (c->p >= c->end)
			return fail(c, JSON_E_TRUNCATED);
		if (*c->p == ',') {
			c->p++;
			skip_space(c);
			return !in_object(c) || check_name(c);
		}
		if (*c->p != (in_object(c) ? '}' : ']'))
			return fail(c, JSON_E_SYNTAX);
		c->p++;
		c->depth--;
	}
}

static bool
check_text(struct checker *c)
{
	bool done = false, closed;

	skip_space(c);
	if (c->p >= c->end)
		return fail(c, JSON_E_EMPTY);
	while (!done) {
		if (c->p >= c->end)
			return fail(c, JSON_E_TRUNCATED);
		closed = true;
		if (*c->p == '{' || *c->p == '[') {
			if (!check_open(c, &closed))
				return false;
		} else if (!check_scalar(c)) {
			return false;
		}
		if (closed && !check_after(c, &done))
			return false;
	}
	return c->p == c->end || fail(c, JSON_E_TRAILING);
}

enum json_error
json_check(struct span text, size_t *offset)
{
	const unsigned char *base = (const unsigned char *)text.ptr;
	struct checker c = {.p = base, .end = base + text.len};

	_Static_assert(LIMIT_JSON_DEPTH <= 64, "the open containers are a 64-bit mask");
	if (text.len == 0) {
		if (offset)
			*offset = 0;
		return JSON_E_EMPTY;
	}
	check_text(&c);
	if (offset)
		*offset = (size_t)(c.p - base);
	return c.error;
}

/* ---- walking checked text
 * ------------------------------------------------------------------------------------------ */

static const char *
past_space(const char *p, const char *end)
{
	while (p < end && is_space((unsigned char)*p))
		p++;
	return p;
}

/* p on the opening quote; returns behind the closing one. */
static const char *
past_string(const char *p, const char *end)
{
	p = swar_plain_end(p + 1, end);
	while (p < end && *p != '"') {
		p += *p == '\\' ? 2 : 1;
		p = swar_plain_end(p, end);
	}
	CHECK(p < end);
	return p + 1;
}

static const char *
past_container(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		switch (*p) {
		case '"': p = past_string(p, end); continue;
		case '{':
		case '[': depth++; break;
		case '}':
		case ']': depth--; break;
		default: break;
		}
		p++;
		if (depth == 0)
			return p;
	}
	check_failed(__FILE__, __LINE__, "unclosed container in checked text");
}

static const char *
past_value(const char *p, const char *end)
{
	CHECK(p < end);
	if (*p == '"')
		return past_string(p, end);
	if (*p == '{' || *p == '[')
		return past_container(p, end);
	while (p < end && *p != ',' && *p != '}' && *p != ']' && !is_space((unsigned char)*p))
		p++;
	return p;
}

enum json_type
json_type(struct span value)
{
	CHECK(value.len > 0);
	switch (value.ptr[0]) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	default: return JSON_NUMBER;
	}
}

struct span
json_trim(struct span text)
{
	while (text.len && is_space((unsigned char)text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len && is_space((unsigned char)text.ptr[text.len - 1]))
		text.len--;
	return text;
}

struct json_walk
json_walk(struct span container)
{
	struct span v = json_trim(container);

	CHECK(v.len >= 2 && (v.ptr[0] == '{' || v.ptr[0] == '['));
	return (struct json_walk){v.ptr + 1, v.ptr + v.len - 1};
}

static void
next_value(struct json_walk *w, struct span *value)
{
	const char *start = past_space(w->p, w->end);

	w->p = past_value(start, w->end);
	*value = (struct span){start, (size_t)(w->p - start)};
	w->p = past_space(w->p, w->end);
	if (w->p < w->end) {
		CHECK(*w->p == ',');
		w->p++;
	}
}

bool
json_next_element(struct json_walk *w, struct span *value)
{
	w->p = past_space(w->p, w->end);
	if (w->p >= w->end)
		return false;
	next_value(w, value);
	return true;
}

bool
json_next_member(struct json_walk *w, struct span *key, struct span *value)
{
	const char *start;

	w->p = past_space(w->p, w->end);
	if (w->p >= w->end)
		return false;
	start = w->p;
	CHECK(*start == '"');
	w->p = past_string(start, w->end);
	*key = (struct span){start + 1, (size_t)(w->p - start) - 2};
	w->p = past_space(w->p, w->end);
	CHECK(w->p < w->end && *w->p == ':');
	w->p++;
	next_value(w, value);
	return true;
}

/* Decode one escape; *p stands behind the backslash and advances. Returns the number of bytes put
 * into out. */
static size_t
decode_escape(const char **p, const char *end, char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const unsigned char *u = (const unsigned char *)*p;
	const unsigned char *stop = (const unsigned char *)end;
	uint32_t c;

	if (*u != 'u') {
		const char *at = strchr(from, *u);

		CHECK(at && *u);
		(*p)++;
		out[0] = to[at - from];
		return 1;
	}
	u++;
	c = (uint32_t)hex4(&u, stop);
	if (c >= 0xd800 && c <= 0xdbff) {
		u += 2;
		c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)hex4(&u, stop) - 0xdc00);
	}
	*p = (const char *)u;
	return utf8_encode(c, out);
}

/* Without escapes. */
static inline bool
is_name(struct span key, const char *name)
{
	size_t i = 0;

	while (i < key.len && name[i] && name[i] == key.ptr[i])
		i++;
	return i == key.len && name[i] == 0;
}

static bool
has_escapes(struct span key)
{
	return memchr(key.ptr, '\\', key.len) != NULL;
}

bool
json_key_is(struct span key, const char *name)
{
	const char *p = key.ptr, *end = key.ptr + key.len;
	char part[4];

	if (!has_escapes(key))
		return is_name(key, name);
	while (p < end) {
		size_t n = 1;

		if (*p == '\\') {
			p++;
			n = decode_escape(&p, end, part);
		} else {
			part[0] = *p++;
		}
		if (strncmp(name, part, n) != 0 || memchr(part, 0, n))
			return false;
		name += n;
	}
	return *name == 0;
}

bool
json_find(struct span object, const char *name, struct span *value)
{
	struct json_walk w;
	struct span key, found;

	if (object.len == 0 || json_type(object) != JSON_OBJECT)
		return false;
	w = json_walk(object);
	while (json_next_member(&w, &key, &found)) {
		if (json_key_is(key, name)) {
			*value = found;
			return true;
		}
	}
	return false;
}

/* Which of the names this is; n: none of them. */
static size_t
index_of(struct span key, const char *const names[], size_t n)
{
	char first = key.len ? key.ptr[0] : 0;
	size_t i = 0;

	while (i < n && (names[i][0] != first || !is_name(key, names[i])))
		i++;
	if (i < n || !has_escapes(key))
		return i;
	for (i = 0; i < n && !json_key_is(key, names[i]);)
		i++;
	return i;
}

bool
json_pick(struct span object, const char *const names[], size_t n, struct span out[], size_t *twice)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	memset(out, 0, n * sizeof out[0]);
	while (json_next_member(&w, &key, &value)) {
		size_t i = index_of(key, names, n);

		if (i == n)
			continue;
		if (out[i].ptr) {
			if (twice)
				*twice = i;
			return false;
		}
		out[i] = value;
	}
	return true;
}

bool
json_plain(struct span value, struct span *text)
{
	if (value.len < 2 || value.ptr[0] != '"' || memchr(value.ptr, '\\', value.len))
		return false;
	*text = (struct span){value.ptr + 1, value.len - 2};
	return true;
}

void
json_decode(struct span value, struct buf *out)
{
	const char *p = value.ptr + 1, *end = value.ptr + value.len - 1, *plain = p;
	char part[4];

	CHECK(value.len >= 2 && value.ptr[0] == '"');
	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		size_t n;

		buf_add(out, (struct span){plain, (size_t)(p - plain)});
		p++;
		n = decode_escape(&p, end, part);
		buf_add(out, (struct span){part, n});
		plain = p;
	}
	buf_add(out, (struct span){plain, (size_t)(end - plain)});
}

void
json_compact(struct span json, struct buf *out)
{
	const char *p = json.ptr, *end = json.ptr + json.len;

	while (p < end) {
		const char *start;

		p = past_space(p, end);
		start = p;
		while (p < end && !is_space((unsigned char)*p))
			p = *p == '"' ? past_string(p, end) : p + 1;
		buf_add(out, (struct span){start, (size_t)(p - start)});
	}
}

bool
json_is_true(struct span value)
{
	return span_is(value, "true");
}

bool
json_is_null(struct span value)
{
	return span_is(value, "null");
}
