/* json_check: is this one JSON text, to the letter of RFC 8259? One pass, no recursion. */
#include "json.h"

#include "json_parts.h"
#include "limit.h"
#include "swar.h"
#include "utf8.h"

/* ---- what is wrong ---- */

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

/* ---- numbers, strings, words ---- */

static inline void
skip_space(struct checker *c)
{
	while (c->p < c->end && json_is_space(*c->p))
		c->p++;
}

static bool
check_digits(struct checker *c)
{
	if (c->p >= c->end || !json_is_digit(*c->p))
		return fail(c, JSON_E_NUMBER);
	while (c->p < c->end && json_is_digit(*c->p))
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
		if (c->p < c->end && json_is_digit(*c->p))
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
	if (json_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
json_hex4(const unsigned char **p, const unsigned char *end)
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
	unit = json_hex4(&c->p, c->end);
	if (unit < 0)
		return fail(c, JSON_E_ESCAPE);
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit <= 0xdbff && c->end - c->p >= 2 && c->p[0] == '\\' && c->p[1] == 'u') {
		c->p += 2;
		unit = json_hex4(&c->p, c->end);
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
	if (*c->p == '-' || json_is_digit(*c->p))
		return check_number(c);
	if (*c->p >= 0x80 && !utf8_width((const char *)c->p, (size_t)(c->end - c->p)))
		return fail(c, JSON_E_UTF8);
	return fail(c, JSON_E_SYNTAX);
}

/* ---- containers ---- */

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

/* ---- the text ---- */

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
	struct checker c = {.p = base};

	_Static_assert(LIMIT_JSON_DEPTH <= 64, "the open containers are a 64-bit mask");
	if (text.len == 0) { /* and perhaps no address */
		if (offset)
			*offset = 0;
		return JSON_E_EMPTY;
	}
	c.end = base + text.len;
	check_text(&c);
	if (offset)
		*offset = (size_t)(c.p - base);
	return c.error;
}
