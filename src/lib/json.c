/* json: walking text that json_check() has accepted. */
#include "json.h"

#include "check.h"
#include "json_parts.h"
#include "swar.h"
#include "utf8.h"

static const char *
past_space(const char *p, const char *end)
{
	while (p < end && json_is_space((unsigned char)*p))
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
	while (p < end && *p != ',' && *p != '}' && *p != ']' && !json_is_space((unsigned char)*p))
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
	while (text.len && json_is_space((unsigned char)text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len && json_is_space((unsigned char)text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/* ---- members and elements ---- */

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
	c = (uint32_t)json_hex4(&u, stop);
	if (c >= 0xd800 && c <= 0xdbff) {
		u += 2;
		c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)json_hex4(&u, stop) - 0xdc00);
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

/* ---- values ---- */

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
		while (p < end && !json_is_space((unsigned char)*p))
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
