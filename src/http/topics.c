#include "topics.h"

#include "stream_file.h"

static bool
copy_symbol(struct span from, char out[PUSH_SYMBOL_MAX + 1])
{
	if (from.len == 0 || from.len > PUSH_SYMBOL_MAX)
		return false;
	for (size_t i = 0; i < from.len; i++) {
		char c = from.ptr[i];
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			     (c >= '0' && c <= '9') || c == '.' || c == '-' ||
			     (c == '*' && from.len == 1);

		if (c == '/' || c == '_')
			c = '-';
		else if (!plain)
			return false;
		out[i] = c;
	}
	out[from.len] = 0;
	return true;
}

static bool
is_unit(char c)
{
	return c == 's' || c == 'm' || c == 'h' || c == 'd';
}

/* A number and s, m, h, d: which ones there are is for the stream to say. */
static bool
copy_interval(struct span from, char out[PUSH_INTERVAL_MAX + 1])
{
	if (from.len < 2 || from.len > PUSH_INTERVAL_MAX || from.ptr[0] == '0' ||
	    !is_unit(from.ptr[from.len - 1]))
		return false;
	for (size_t i = 0; i + 1 < from.len; i++)
		if (from.ptr[i] < '0' || from.ptr[i] > '9')
			return false;
	memcpy(out, from.ptr, from.len);
	out[from.len] = 0;
	return true;
}

bool
topic_parse(struct span channel, struct span symbol, struct topic *out)
{
	struct span kline = SPAN_LIT("kline");

	memset(out, 0, sizeof *out);
	if (!copy_symbol(symbol, out->symbol))
		return false;
	out->kind = PUSH_OTHER;
	if (span_is(channel, "trades"))
		out->kind = PUSH_TRADE;
	else if (span_is(channel, "book"))
		out->kind = PUSH_BOOK;
	else if (span_starts(channel, kline))
		out->kind = PUSH_KLINE;
	else if (!span_is(channel, "events"))
		return false;
	return out->kind != PUSH_KLINE ||
	       copy_interval((struct span){channel.ptr + kline.len, channel.len - kline.len},
			     out->interval);
}

void
topic_channel(const struct push_record *r, struct buf *out)
{
	switch (r->kind) {
	case PUSH_KLINE:
		buf_str(out, "kline");
		buf_add(out, r->interval);
		break;
	case PUSH_TRADE: buf_str(out, "trades"); break;
	case PUSH_BOOK: buf_str(out, "book"); break;
	case PUSH_OTHER: buf_str(out, "events"); break;
	}
}

static size_t
find(const struct topics *t, const struct topic *wanted)
{
	size_t i = 0;

	while (i < t->n && memcmp(&t->list[i], wanted, sizeof *wanted) != 0)
		i++;
	return i;
}

bool
topics_add(struct topics *t, const struct topic *add)
{
	size_t at = find(t, add);

	if (at == TOPICS_MAX)
		return false;
	if (at == t->n)
		t->list[t->n++] = *add;
	return true;
}

void
topics_remove(struct topics *t, const struct topic *gone)
{
	size_t at = find(t, gone);

	if (at < t->n)
		t->list[at] = t->list[--t->n];
}

bool
topics_match(const struct topics *t, const struct push_record *r)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct topic *p = &t->list[i];

		if (p->kind != r->kind)
			continue;
		/* what names no symbol concerns all of them */
		if (r->symbol.len && p->symbol[0] != '*' && !span_is(r->symbol, p->symbol))
			continue;
		if (r->kind != PUSH_KLINE || span_is(r->interval, p->interval))
			return true;
	}
	return false;
}

/* ---- the query string ---- */

/* Up to the next mark, which is taken off too. */
static struct span
part(struct span *rest, char mark)
{
	const char *end = memchr(rest->ptr, mark, rest->len);
	struct span out = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
	size_t used = end ? out.len + 1 : out.len;

	rest->ptr += used;
	rest->len -= used;
	return out;
}

static bool
decode(struct span from, char *out, size_t max, struct span *decoded)
{
	size_t n = 0;

	for (size_t i = 0; i < from.len; i++) {
		char c = from.ptr[i];

		if (n == max)
			return false;
		if (c == '%') {
			/* the only characters of ours that browsers may write so */
			struct span code = {from.ptr + i, from.len - i < 3 ? from.len - i : 3};

			if (span_is(code, "%2C") || span_is(code, "%2c"))
				c = ',';
			else if (span_is(code, "%2F") || span_is(code, "%2f"))
				c = '/';
			else if (span_is(code, "%2A") || span_is(code, "%2a"))
				c = '*';
			else
				return false;
			i += 2;
		}
		out[n++] = c;
	}
	*decoded = (struct span){out, n};
	return n > 0;
}

struct query {
	struct span symbols, intervals, with, since;
	char bytes[4][512];
};

static const char *
read_query(struct span query, struct query *q)
{
	static const char *const names[] = {"symbol", "interval", "with", "since"};
	struct span *const values[] = {&q->symbols, &q->intervals, &q->with, &q->since};

	while (query.len) {
		struct span value = part(&query, '&'), name = part(&value, '=');
		size_t i = 0;

		while (i < 4 && !span_is(name, names[i]))
			i++;
		if (i == 4)
			return "symbol, interval, with and since are the parameters";
		if (values[i]->ptr)
			return "a parameter stands twice";
		if (!decode(value, q->bytes[i], sizeof q->bytes[i], values[i]))
			return "a parameter is empty, too long, or has what it must not";
	}
	return NULL;
}

static const char *
add_list(struct topics *t, struct span symbol, struct span list, const char *prefix)
{
	while (list.len) {
		struct span one = part(&list, ',');
		struct topic topic;
		struct buf channel;
		bool good;

		buf_init(&channel, 64);
		buf_str(&channel, prefix);
		buf_add(&channel, one);
		good = buf_ok(&channel) && topic_parse(buf_span(&channel), symbol, &topic);
		buf_release(&channel);
		if (!good)
			return *prefix ? "no symbol, or no interval"
				       : "trades, book or events is wanted";
		if (!topics_add(t, &topic))
			return "too many topics";
	}
	return NULL;
}

const char *
topics_query(struct span query, struct topics *t, bool *has_since, uint64_t *since)
{
	struct query q = {.symbols = {NULL, 0}};
	const char *why = read_query(query, &q);
	struct span symbols = q.symbols.ptr ? q.symbols : SPAN_LIT("*");

	t->n = 0;
	*has_since = q.since.ptr != NULL;
	if (why)
		return why;
	if (*has_since && !stream_number(q.since, since))
		return "since is a number";
	if (q.symbols.ptr && !q.intervals.ptr && !q.with.ptr)
		return "interval, or with, is wanted";
	while (symbols.len && !why) {
		struct span symbol = part(&symbols, ',');

		why = add_list(t, symbol, q.intervals, "kline");
		if (!why)
			why = add_list(t, symbol, q.with, "");
	}
	return why;
}
