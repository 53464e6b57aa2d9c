#include "jcs.h"

#include "check.h"
#include "es6num.h"
#include "json.h"
#include "limit.h"

#include <stdlib.h>

const char *
jcs_error_code(enum jcs_error e)
{
	switch (e) {
	case JCS_OK: return "OK";
	case JCS_E_LOSSY: return "E_LOSSY";
	case JCS_E_DUPLICATE: return "E_DUPLICATE";
	case JCS_E_SPACE: return "E_SPACE";
	}
	return "E_SPACE";
}

const char *
jcs_error_text(enum jcs_error e)
{
	switch (e) {
	case JCS_OK: return "canonical";
	case JCS_E_LOSSY: return "a number that binary64 cannot hold; send it as a string";
	case JCS_E_DUPLICATE: return "a name stands twice in one object";
	case JCS_E_SPACE: return "value too large";
	}
	return "value too large";
}

/* One member on its way into order: the decoded name lies in names at [name, name + name_len). */
struct member {
	size_t name;
	size_t name_len;
	struct span value;
};

/* Members and names of all objects that are open; an object takes from the ends and gives back. */
struct canon {
	const char *base;
	struct buf *out;
	struct buf names;
	struct buf members;
	size_t fault;
};

/*
 * Order by UTF-16 code units, read off UTF-8. The two orders differ in one case: code points above
 * U+FFFF (lead bytes F0 to F4) are written with surrogates (D800 to DFFF) in UTF-16 and so stand
 * before U+E000 to U+FFFF (lead bytes EE and EF). Bytes that differ first are lead bytes then, or
 * both continue the same character, where the plain order is right.
 */
static int
compare_utf16(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];

		if (x == y)
			continue;
		if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
			return x >= 0xf0 ? -1 : 1;
		return x < y ? -1 : 1;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Empty names need no buffer, and there may be none yet. */
static struct span
name_of(const char *names, const struct member *m)
{
	return m->name_len ? (struct span){names + m->name, m->name_len} : (struct span){"", 0};
}

static int
compare_members(const void *a, const void *b, void *names)
{
	return compare_utf16(name_of(names, a), name_of(names, b));
}

static enum jcs_error
fault(struct canon *c, const char *at, enum jcs_error e)
{
	c->fault = (size_t)(at - c->base);
	return e;
}

/* Strings keep their bytes except that each escape takes its one canonical spelling. */
static void
append_string(struct canon *c, struct span value)
{
	size_t start = c->names.len;
	struct span text;

	if (json_plain(value, &text)) {
		buf_add(c->out, value);
		return;
	}
	json_decode(value, &c->names);
	if (buf_ok(&c->names))
		buf_json_string(c->out, (struct span){c->names.ptr + start, c->names.len - start});
	c->names.len = start;
}

static enum jcs_error append_value(struct canon *c, struct span value);

static enum jcs_error
append_array(struct canon *c, struct span value)
{
	struct json_walk w = json_walk(value);
	struct span element;
	bool first = true;

	buf_byte(c->out, '[');
	while (json_next_element(&w, &element)) {
		enum jcs_error e;

		if (!first)
			buf_byte(c->out, ',');
		first = false;
		e = append_value(c, element);
		if (e != JCS_OK)
			return e;
	}
	buf_byte(c->out, ']');
	return JCS_OK;
}

/* Push the members of an object onto c->members; returns how many, or SIZE_MAX when there is no
 * room. */
static size_t
collect_members(struct canon *c, struct span object)
{
	struct json_walk w = json_walk(object);
	struct span key, value;
	size_t n = 0;

	while (json_next_member(&w, &key, &value)) {
		struct member m = {.name = c->names.len, .value = value};

		json_decode((struct span){key.ptr - 1, key.len + 2}, &c->names);
		m.name_len = c->names.len - m.name;
		buf_add(&c->members, (struct span){(const char *)&m, sizeof m});
		n++;
	}
	return buf_ok(&c->names) && buf_ok(&c->members) ? n : SIZE_MAX;
}

static struct member
member_at(const struct canon *c, size_t first, size_t i)
{
	struct member m;

	memcpy(&m, c->members.ptr + first + i * sizeof m, sizeof m);
	return m;
}

static enum jcs_error
append_object(struct canon *c, struct span object)
{
	size_t names = c->names.len, first = c->members.len;
	size_t n = collect_members(c, object);

	if (n == SIZE_MAX)
		return fault(c, object.ptr, JCS_E_SPACE);
	if (n > 1)
		qsort_r(c->members.ptr + first, n, sizeof(struct member), compare_members,
			c->names.ptr);
	buf_byte(c->out, '{');
	for (size_t i = 0; i < n; i++) {
		struct member m = member_at(c, first, i);
		enum jcs_error e;

		if (i) {
			struct member before = member_at(c, first, i - 1);

			if (compare_members(&before, &m, c->names.ptr) == 0)
				return fault(c, m.value.ptr, JCS_E_DUPLICATE);
			buf_byte(c->out, ',');
		}
		buf_json_string(c->out, name_of(c->names.ptr, &m));
		buf_byte(c->out, ':');
		e = append_value(c, m.value);
		if (e != JCS_OK)
			return e;
	}
	buf_byte(c->out, '}');
	c->names.len = names;
	c->members.len = first;
	return JCS_OK;
}

/* Recurses once a container, so at most LIMIT_JSON_DEPTH deep: json_check() saw to that. */
static enum jcs_error
append_value(struct canon *c, struct span value)
{
	char number[ES6NUM_MAX];
	size_t len;

	switch (json_type(value)) {
	case JSON_OBJECT: return append_object(c, value);
	case JSON_ARRAY: return append_array(c, value);
	case JSON_STRING: append_string(c, value); return JCS_OK;
	case JSON_NUMBER:
		if (es6num(value, number, &len) == ES6NUM_LOSSY)
			return fault(c, value.ptr, JCS_E_LOSSY);
		buf_add(c->out, (struct span){number, len});
		return JCS_OK;
	case JSON_NULL:
	case JSON_BOOL: buf_add(c->out, value); return JCS_OK;
	}
	return fault(c, value.ptr, JCS_E_SPACE);
}

enum jcs_error
jcs_append(struct span value, struct buf *out, size_t *offset)
{
	struct span text = json_trim(value);
	struct canon c = {.base = value.ptr, .out = out};
	enum jcs_error e;

	buf_init(&c.names, text.len + 64);
	buf_init(&c.members, LIMIT_JCS_MEMBERS * sizeof(struct member));
	e = append_value(&c, text);
	if (e == JCS_OK && (!buf_ok(out) || !buf_ok(&c.names)))
		e = fault(&c, text.ptr, JCS_E_SPACE);
	if (offset)
		*offset = c.fault;
	buf_release(&c.names);
	buf_release(&c.members);
	return e;
}
