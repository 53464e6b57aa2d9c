#include "buf.h"

#include "check.h"
#include "hex.h"
#include "swar.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_release(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){.max = b->max};
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
}

bool
buf_ok(const struct buf *b)
{
	return !b->overflow;
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){b->ptr, b->len};
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : b->max < 256 ? b->max : 256;
	char *grown;

	CHECK(b->len <= b->cap);
	if (n <= b->cap - b->len && b->ptr)
		return b->ptr + b->len;
	if (n > b->max - b->len) {
		b->overflow = true;
		return NULL;
	}
	while (cap - b->len < n)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	grown = realloc(b->ptr, cap);
	if (!grown) {
		b->overflow = true;
		return NULL;
	}
	b->ptr = grown;
	b->cap = cap;
	return b->ptr + b->len;
}

void
buf_grown(struct buf *b, size_t n)
{
	CHECK(n <= b->cap - b->len);
	b->len += n;
}

void
buf_add(struct buf *b, struct span s)
{
	char *at;

	if (s.len == 0)
		return;
	at = buf_room(b, s.len);
	if (at) {
		memcpy(at, s.ptr, s.len);
		b->len += s.len;
	}
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, span_of(s));
}

void
buf_byte(struct buf *b, char c)
{
	buf_add(b, (struct span){&c, 1});
}

void
buf_u64(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, (struct span){digits + at, sizeof digits - at});
}

void
buf_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_byte(b, '-');
	buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void
add_escaped(struct buf *b, unsigned char c)
{
	char escape[8];

	switch (c) {
	case '"': buf_str(b, "\\\""); return;
	case '\\': buf_str(b, "\\\\"); return;
	case '\b': buf_str(b, "\\b"); return;
	case '\f': buf_str(b, "\\f"); return;
	case '\n': buf_str(b, "\\n"); return;
	case '\r': buf_str(b, "\\r"); return;
	case '\t': buf_str(b, "\\t"); return;
	default: break;
	}
	snprintf(escape, sizeof escape, "\\u%04x", c);
	buf_str(b, escape);
}

/* Text that needs no escapes, between quotes. */
static void
add_quoted(struct buf *b, struct span s)
{
	char *at = buf_room(b, s.len + 2);

	if (!at)
		return;
	at[0] = '"';
	if (s.len)
		memcpy(at + 1, s.ptr, s.len);
	at[s.len + 1] = '"';
	b->len += s.len + 2;
}

/* i: where the first byte stands that is not plain. */
static void
add_escaped_string(struct buf *b, struct span s, size_t i)
{
	const char *end = s.ptr + s.len;
	size_t start = 0;

	buf_byte(b, '"');
	while (i < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];
		size_t width = c < 0x80 ? 1 : utf8_width(s.ptr + i, s.len - i);

		if (c >= 0x80 && width) {
			i += width;
		} else {
			buf_add(b, (struct span){s.ptr + start, i - start});
			if (width)
				add_escaped(b, c);
			else
				buf_str(b, "\xef\xbf\xbd");
			start = ++i;
		}
		i = (size_t)(swar_plain_end(s.ptr + i, end) - s.ptr);
	}
	buf_add(b, (struct span){s.ptr + start, s.len - start});
	buf_byte(b, '"');
}

void
buf_json_string(struct buf *b, struct span s)
{
	size_t plain = s.len ? (size_t)(swar_plain_end(s.ptr, s.ptr + s.len) - s.ptr) : 0;

	if (plain == s.len)
		add_quoted(b, s);
	else
		add_escaped_string(b, s, plain);
}

void
buf_json_key(struct buf *b, const char *name)
{
	char last = b->len ? b->ptr[b->len - 1] : '{';
	bool comma = last != '{' && last != '[';
	size_t n = strlen(name);
	char *at = buf_room(b, n + 3 + comma);

	if (!at)
		return;
	b->len += n + 3 + comma;
	if (comma)
		*at++ = ',';
	*at++ = '"';
	/* the NUL, too, which the last quote writes over */
	memcpy(at, name, n + 1);
	at[n] = '"';
	at[n + 1] = ':';
}

void
buf_json_member_string(struct buf *b, const char *name, struct span value)
{
	buf_json_key(b, name);
	if (value.ptr)
		buf_json_string(b, value);
	else
		buf_str(b, "null");
}

void
buf_json_member_u64(struct buf *b, const char *name, uint64_t value)
{
	buf_json_key(b, name);
	buf_u64(b, value);
}

void
buf_json_member_i64(struct buf *b, const char *name, int64_t value)
{
	buf_json_key(b, name);
	buf_i64(b, value);
}

void
buf_json_member_bool(struct buf *b, const char *name, bool value)
{
	buf_json_key(b, name);
	buf_str(b, value ? "true" : "false");
}

void
buf_json_member_raw(struct buf *b, const char *name, struct span json)
{
	buf_json_key(b, name);
	buf_add(b, json);
}

void
buf_json_hex(struct buf *b, const unsigned char *bytes, size_t n)
{
	/* room for the NUL where the last quote will be */
	char *at = buf_room(b, 2 * n + 2);

	if (!at)
		return;
	at[0] = '"';
	hex_print(bytes, n, at + 1);
	at[2 * n + 1] = '"';
	b->len += 2 * n + 2;
}

void
buf_json_member_hex(struct buf *b, const char *name, const unsigned char *bytes, size_t n)
{
	buf_json_key(b, name);
	buf_json_hex(b, bytes, n);
}
