#include "mischief.h"

#include "json.h"
#include "okx_id.h"

#include <stdio.h>
#include <stdlib.h>

/* Names, and the members that a kind needs or (in brackets) takes. */
static const struct {
	const char *name;
	const char *members;
} kinds[MISCHIEF_KINDS] = {
    [MISCHIEF_CODE] = {"code", "code [status] [msg]"},
    [MISCHIEF_HTML] = {"html", "[status]"},
    [MISCHIEF_CUT] = {"cut", ""},
    [MISCHIEF_CUTJSON] = {"cutjson", ""},
    [MISCHIEF_SLOW] = {"slow", "delayMs [bytes]"},
    [MISCHIEF_DELAY] = {"delay", "delayMs"},
    [MISCHIEF_RESET] = {"reset", ""},
    [MISCHIEF_OVERSIZE] = {"oversize", "bytes"},
    [MISCHIEF_NOTUTF8] = {"notutf8", ""},
    [MISCHIEF_EMPTYDATA] = {"emptydata", ""},
    [MISCHIEF_DUPKEYS] = {"dupkeys", ""},
    [MISCHIEF_NUMBERS] = {"numbers", ""},
    [MISCHIEF_SPACE] = {"space", ""},
    [MISCHIEF_DROP_ROWS] = {"drop_rows", "rows"},
    [MISCHIEF_SKEW] = {"skew", "ms"},
};

const char *
mischief_name(enum mischief_kind kind)
{
	return kinds[kind].name;
}

/* ---- reading ---- */

static bool
read_number(struct span value, uint64_t max, uint64_t *out)
{
	*out = 0;
	return span_is(value, "0") || (okx_id_parse(value, out) && *out <= max);
}

static bool
read_signed(struct span value, int64_t *out)
{
	bool minus = span_starts(value, SPAN_LIT("-"));
	uint64_t size;

	if (minus)
		value = (struct span){value.ptr + 1, value.len - 1};
	if (!read_number(value, UINT64_C(10000000000000), &size))
		return false;
	*out = minus ? -(int64_t)size : (int64_t)size;
	return true;
}

static bool
read_string(struct span value, char *out, size_t size)
{
	if (!json_plain(value, &value) || value.len >= size || memchr(value.ptr, 0, value.len))
		return false;
	memcpy(out, value.ptr, value.len);
	out[value.len] = 0;
	return true;
}

static bool
read_kind(struct span value, enum mischief_kind *out)
{
	if (!json_plain(value, &value))
		return false;
	for (unsigned i = 0; i < MISCHIEF_KINDS; i++) {
		if (span_is(value, kinds[i].name)) {
			*out = (enum mischief_kind)i;
			return true;
		}
	}
	return false;
}

/* "" when it was understood, else what it must be; NULL when there is no such member. */
static const char *
read_member(struct fault *f, struct span name, struct span value)
{
	uint64_t n;

	if (span_is(name, "path"))
		return read_string(value, f->path, sizeof f->path) && f->path[0] != '/'
			   ? ""
			   : "an endpoint (account/bills) or \"*\"";
	if (span_is(name, "account"))
		return read_string(value, f->account, sizeof f->account) ? "" : "a short string";
	if (span_is(name, "query"))
		return read_string(value, f->query, sizeof f->query) ? "" : "a short string";
	if (span_is(name, "msg"))
		return read_string(value, f->msg, sizeof f->msg) ? "" : "a short string";
	if (span_is(name, "code"))
		return read_string(value, f->code, sizeof f->code) ? "" : "a code as string";
	if (span_is(name, "kind"))
		return read_kind(value, &f->kind) ? "" : "a kind of fault";
	if (span_is(name, "times"))
		return read_number(value, UINT32_MAX, &f->times) ? "" : "a number";
	if (span_is(name, "after"))
		return read_number(value, UINT32_MAX, &f->after) ? "" : "a number";
	if (span_is(name, "ms"))
		return read_signed(value, &f->skew_ms) ? "" : "a number of milliseconds";
	if (span_is(name, "status")) {
		bool ok = read_number(value, 599, &n) && n >= 200;

		f->status = (unsigned)n;
		return ok ? "" : "an HTTP status from 200 to 599";
	}
	if (span_is(name, "delayMs")) {
		bool ok = read_number(value, 3600000, &n);

		f->delay_ms = (unsigned)n;
		return ok ? "" : "milliseconds, at most an hour";
	}
	if (span_is(name, "bytes")) {
		bool ok = read_number(value, REPLY_BYTES_MAX / 2, &n) && n > 0;

		f->bytes = (size_t)n;
		return ok ? "" : "a number of bytes, at most 128 MiB";
	}
	if (span_is(name, "rows")) {
		bool ok = read_number(value, UINT32_MAX, &n);

		f->rows = (size_t)n;
		return ok ? "" : "a number";
	}
	return NULL;
}

/* The next word of a kind's list, without its brackets. */
static bool
next_word(struct span *list, struct span *word, bool *needed)
{
	size_t len = span_find(*list, SPAN_LIT(" "));

	if (list->len == 0)
		return false;
	*word = (struct span){list->ptr, len};
	*needed = word->ptr[0] != '[';
	if (!*needed)
		*word = (struct span){word->ptr + 1, len - 2};
	len += len < list->len;
	*list = (struct span){list->ptr + len, list->len - len};
	return true;
}

static bool
is_listed(struct span list, struct span name)
{
	struct span word;
	bool needed;

	while (next_word(&list, &word, &needed))
		if (span_equal(word, name))
			return true;
	return false;
}

/* The kind has all that it needs and nothing that it does not know. */
static bool
check_members(const struct fault *f, struct span object, struct complaint *c)
{
	static const char common[] = "cmd path kind times after account query";
	struct span own = span_of(kinds[f->kind].members), list = own, word, key, value;
	struct json_walk w = json_walk(object);
	bool needed;

	while (json_next_member(&w, &key, &value))
		if (!span_starts(key, SPAN_LIT("_")) && !is_listed(own, key) &&
		    !is_listed(span_of(common), key))
			return complaint_say(c, "the kind %s has no member %.*s",
					     kinds[f->kind].name,
					     (int)(key.len < 32 ? key.len : 32), key.ptr);
	while (next_word(&list, &word, &needed)) {
		char name[16];

		snprintf(name, sizeof name, "%.*s", (int)word.len, word.ptr);
		if (needed && !json_find(object, name, &value))
			return complaint_say(c, "the kind %s needs %s", kinds[f->kind].name, name);
	}
	return true;
}

/* Make room by forgetting the faults that have met all that they were to meet. */
static void
forget_spent(struct mischief *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct fault *f = &m->list[i];

		if (f->times == 0 || f->seen < f->after + f->times)
			m->list[kept++] = *f;
	}
	m->n = kept;
}

bool
mischief_add(struct mischief *m, struct span object, struct complaint *c)
{
	struct fault f = {.kind = MISCHIEF_KINDS, .times = 1};
	struct json_walk w;
	struct span key, value;

	if (json_type(object) != JSON_OBJECT)
		return complaint_say(c, "must be an object");
	w = json_walk(object);
	while (json_next_member(&w, &key, &value)) {
		const char *must = read_member(&f, key, value);

		if (must && *must)
			return complaint_say(c, "%.*s must be %s", (int)key.len, key.ptr, must);
	}
	if (f.kind == MISCHIEF_KINDS)
		return complaint_say(c, "a fault needs its kind");
	if (!f.path[0])
		return complaint_say(c, "a fault needs its path");
	if (!check_members(&f, object, c))
		return false;
	if (m->n == MISCHIEF_MAX)
		forget_spent(m);
	if (m->n == MISCHIEF_MAX)
		return complaint_say(c, "more than %d faults", MISCHIEF_MAX);
	m->list[m->n++] = f;
	return true;
}

void
mischief_clear(struct mischief *m)
{
	m->n = 0;
}

/* ---- meeting ---- */

static bool
matches(const struct fault *f, struct span path, struct span account, struct span query)
{
	if (strcmp(f->path, "*") != 0 && !span_is(path, f->path))
		return false;
	if (f->account[0] && !span_is(account, f->account))
		return false;
	return !f->query[0] || span_find(query, span_of(f->query)) < query.len;
}

void
mischief_meet(struct mischief *m, struct span path, struct span account, struct span query,
	      struct mischief_met *met)
{
	met->n = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct fault *f = &m->list[i];

		if (!matches(f, path, account, query))
			continue;
		f->seen++;
		if (f->seen > f->after && (f->times == 0 || f->seen <= f->after + f->times))
			met->list[met->n++] = f;
	}
}

size_t
mischief_dropped_rows(const struct mischief_met *met)
{
	size_t n = 0;

	for (size_t i = 0; i < met->n; i++)
		n += met->list[i]->kind == MISCHIEF_DROP_ROWS ? met->list[i]->rows : 0;
	return n;
}

int64_t
mischief_skew_ms(const struct mischief_met *met)
{
	int64_t ms = 0;

	for (size_t i = 0; i < met->n; i++)
		ms += met->list[i]->kind == MISCHIEF_SKEW ? met->list[i]->skew_ms : 0;
	return ms;
}

/* ---- spoiling ---- */

static void
put_page(const struct fault *f, struct reply *r)
{
	unsigned status = f->status ? f->status : 502;

	buf_clear(&r->body);
	r->status = status;
	r->content_type = "text/html";
	snprintf(r->code, sizeof r->code, "%u", status);
	buf_str(&r->body, "<!DOCTYPE html>\n<html><head><title>");
	buf_u64(&r->body, status);
	buf_str(&r->body, "</title></head><body><center><h1>");
	buf_u64(&r->body, status);
	buf_str(&r->body, "</h1></center><hr><center>cloudflare</center></body></html>\n");
}

/* Add a member behind the last one of the body. */
static void
add_member(struct reply *r, const char *member)
{
	if (r->body.len == 0 || r->body.ptr[r->body.len - 1] != '}')
		return;
	r->body.len--;
	buf_byte(&r->body, ',');
	buf_str(&r->body, member);
	buf_byte(&r->body, '}');
}

static void
put_oversize(const struct fault *f, struct reply *r)
{
	static const char head[] = "{\"code\":\"0\",\"msg\":\"\",\"data\":[\"", tail[] = "\"]}";
	size_t around = sizeof head + sizeof tail - 2;
	char *room;

	reply_open(r);
	buf_clear(&r->body);
	buf_str(&r->body, head);
	if (f->bytes > around) {
		room = buf_room(&r->body, f->bytes - around);
		if (room) {
			memset(room, 'x', f->bytes - around);
			buf_grown(&r->body, f->bytes - around);
		}
	}
	buf_str(&r->body, tail);
}

static void
indent(struct buf *out, int depth)
{
	buf_byte(out, '\n');
	for (int i = 0; i < depth; i++)
		buf_str(out, "  ");
}

/* The same value with as much white space as JSON allows people to like. */
static void
put_spaced(struct span json, struct buf *out)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (quoted && c == '\\') {
			buf_add(out, (struct span){json.ptr + i++, 2});
			continue;
		}
		quoted ^= c == '"';
		if (!quoted && (c == '}' || c == ']'))
			indent(out, --depth);
		buf_byte(out, c);
		if (quoted || c == '"')
			continue;
		if (c == '{' || c == '[')
			indent(out, ++depth);
		else if (c == ',')
			indent(out, depth);
		else if (c == ':')
			buf_byte(out, ' ');
	}
	buf_byte(out, '\n');
}

static void
space_out(struct reply *r)
{
	struct buf out;
	size_t offset;

	if (json_check(buf_span(&r->body), &offset) != JSON_OK)
		return;
	buf_init(&out, REPLY_BYTES_MAX);
	put_spaced(buf_span(&r->body), &out);
	buf_release(&r->body);
	r->body = out;
}

static void
spoil(const struct fault *f, struct reply *r)
{
	switch (f->kind) {
	case MISCHIEF_CODE:
		reply_code_as(r, f->code, SPAN_LIT(""), f->status, f->msg[0] ? f->msg : NULL);
		break;
	case MISCHIEF_HTML: put_page(f, r); break;
	case MISCHIEF_CUT: r->cut = r->body.len - r->body.len / 2; break;
	case MISCHIEF_CUTJSON: r->body.len /= 2; break;
	case MISCHIEF_SLOW:
		r->chunk = f->bytes ? f->bytes : 64;
		r->delay_ms = f->delay_ms;
		break;
	case MISCHIEF_DELAY: r->delay_ms = f->delay_ms; break;
	case MISCHIEF_RESET: r->reset = true; break;
	case MISCHIEF_OVERSIZE: put_oversize(f, r); break;
	case MISCHIEF_NOTUTF8: add_member(r, "\"detailMsg\":\"\xff\""); break;
	case MISCHIEF_EMPTYDATA:
		reply_open(r);
		buf_clear(&r->body);
		buf_str(&r->body, "{\"code\":\"0\",\"msg\":\"\",\"data\":[]}");
		break;
	case MISCHIEF_DUPKEYS: add_member(r, "\"data\":[]"); break;
	case MISCHIEF_NUMBERS: add_member(r, "\"inTime\":12345678901234567891"); break;
	case MISCHIEF_SPACE: space_out(r); break;
	case MISCHIEF_DROP_ROWS:
	case MISCHIEF_SKEW:
	case MISCHIEF_KINDS: break;
	}
	r->fault = kinds[f->kind].name;
}

void
mischief_spoil(const struct mischief_met *met, struct reply *r)
{
	for (size_t i = 0; i < met->n; i++)
		spoil(met->list[i], r);
}
