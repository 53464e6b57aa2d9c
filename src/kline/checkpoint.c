#include "checkpoint.h"

#include "crc32c.h"
#include "durable.h"
#include "json.h"
#include "limit.h"
#include "line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The values of a bar's line, in order. */
#define BAR_VALUES 18

/* ---- writing ---- */

struct pen {
	struct line_writer out;
	struct buf line;
	uint32_t crc;
	uint64_t count;
};

static bool
put_line(struct pen *w)
{
	struct span line = buf_span(&w->line);
	bool ok = buf_ok(&w->line) && line_write(&w->out, line);

	w->crc = crc32c(w->crc, line);
	w->crc = crc32c(w->crc, SPAN_LIT("\n"));
	w->count++;
	buf_clear(&w->line);
	return ok;
}

static void
put_decimal(struct buf *b, decimal_int v)
{
	char text[FIXED_TEXT_MAX];

	if (b->ptr[b->len - 1] != '[')
		buf_byte(b, ',');
	buf_byte(b, '"');
	buf_add(b, (struct span){text, fixed_print(v, 0, text)});
	buf_byte(b, '"');
}

static void
print_intervals(const struct intervals *v, struct buf *out)
{
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_str(out, v->list[i].name);
	}
}

static bool
put_head(struct pen *w, const struct agg *a, const struct checkpoint *c)
{
	struct buf *b = &w->line;

	buf_str(b, "{\"type\":\"checkpoint\",\"format\":1,\"intervals\":\"");
	print_intervals(&a->options.intervals, b);
	buf_str(b, "\"");
	buf_json_member_i64(b, "dayOffset", a->options.intervals.offset_us);
	buf_json_member_u64(b, "in", c->in);
	buf_json_member_u64(b, "seq", c->seq);
	buf_byte(b, '}');
	return put_line(w);
}

static bool
put_bar(struct pen *w, const struct interval *interval, const struct bar *x)
{
	const decimal_int values[BAR_VALUES] = {
	    x->start_us, x->open_ts, x->close_ts, x->open,	 x->high,	  x->low,
	    x->close,	 x->version, x->partial,  x->changed,	 x->open_id,	  x->close_id,
	    x->trades,	 x->volume,  x->turnover, x->buy_volume, x->buy_turnover, x->closed};
	struct buf *b = &w->line;

	buf_str(b, "{\"type\":\"bar\"");
	buf_json_member_string(b, "interval", span_of(interval->name));
	buf_str(b, ",\"v\":[");
	for (size_t i = 0; i < BAR_VALUES; i++)
		put_decimal(b, values[i]);
	buf_str(b, "]}");
	return put_line(w);
}

static bool
put_symbol(struct pen *w, const struct agg *a, const struct agg_symbol *s)
{
	struct buf *b = &w->line;
	bool ok;

	buf_str(b, "{\"type\":\"symbol\"");
	buf_json_member_string(b, "symbol", (struct span){s->name, s->name_len});
	buf_str(b, ",\"v\":[");
	put_decimal(b, s->ids.last);
	put_decimal(b, s->ids.known_from);
	put_decimal(b, s->ids.given_up);
	put_decimal(b, s->clock_us);
	put_decimal(b, s->known_from_us);
	put_decimal(b, s->last_px);
	buf_str(b, "],\"missing\":[");
	for (size_t i = 0; i < s->ids.n; i++) {
		put_decimal(b, s->ids.runs[i].first);
		put_decimal(b, s->ids.runs[i].last);
	}
	buf_str(b, "]}");
	ok = put_line(w);
	for (size_t k = 0; ok && k < a->options.intervals.n; k++) {
		const struct interval *interval = &a->options.intervals.list[k];

		for (size_t i = s->done[k].first; ok && i < s->done[k].end; i++)
			ok = put_bar(w, interval, &s->done[k].bars[i]);
		if (ok && s->open[k].start_us >= 0)
			ok = put_bar(w, interval, &s->open[k]);
	}
	return ok;
}

static bool
put_end(struct pen *w)
{
	char text[80];
	int n = snprintf(text, sizeof text, "{\"type\":\"end\",\"count\":%llu,\"crc32c\":\"%08x\"}",
			 (unsigned long long)w->count, w->crc);

	return line_write(&w->out, (struct span){text, (size_t)n}) && line_flush(&w->out);
}

bool
checkpoint_write(const struct agg *a, const struct checkpoint *c, int directory)
{
	struct pen w = {.crc = 0};
	int fd = durable_begin(directory, CHECKPOINT_FILE, 0640);
	bool ok;

	if (fd < 0)
		return false;
	buf_init(&w.line, LIMIT_LINE_BYTES);
	ok = line_writer_init(&w.out, fd) && put_head(&w, a, c);
	for (size_t i = 0; ok && i < a->n; i++)
		ok = put_symbol(&w, a, a->symbols[i]);
	ok = ok && put_end(&w);
	if (w.out.error)
		errno = w.out.error;
	line_writer_release(&w.out);
	buf_release(&w.line);
	return ok ? durable_commit(directory, CHECKPOINT_FILE, fd)
		  : durable_cancel(directory, CHECKPOINT_FILE, fd);
}

/* ---- reading ---- */

static bool
read_values(struct span array, decimal_int out[], size_t n)
{
	struct json_walk w = json_walk(array);
	struct span element, text;
	struct decimal d;
	size_t i = 0;

	for (; json_next_element(&w, &element); i++) {
		if (i == n || !json_plain(element, &text) ||
		    decimal_parse(text, &d) != DECIMAL_OK || d.scale != 0)
			return false;
		out[i] = d.coef;
	}
	return i == n;
}

static enum checkpoint_state
read_head(const struct agg *a, struct checkpoint *c, struct span line)
{
	static const char *const names[] = {"type",	 "format", "intervals",
					    "dayOffset", "in",	   "seq"};
	struct span in[6], text;
	struct buf want;
	bool same;

	if (!json_pick(line, names, 6, in, NULL) || !in[5].ptr || !json_plain(in[0], &text) ||
	    !span_is(text, "checkpoint") || !span_is(in[1], "1"))
		return CHECKPOINT_E_DAMAGED;
	buf_init(&want, 1024);
	print_intervals(&a->options.intervals, &want);
	same = json_plain(in[2], &text) && span_equal(text, buf_span(&want)) &&
	       strtoll(in[3].ptr, NULL, 10) == a->options.intervals.offset_us;
	buf_release(&want);
	c->in = strtoull(in[4].ptr, NULL, 10);
	c->seq = strtoull(in[5].ptr, NULL, 10);
	return same ? CHECKPOINT_OK : CHECKPOINT_E_OTHER;
}

static bool
read_missing(struct span array, struct ids *ids)
{
	struct json_walk count = json_walk(array), w = count;
	struct span element, text;
	struct decimal d;
	size_t n = 0;

	while (json_next_element(&count, &element))
		n++;
	if (n % 2 || n / 2 > IDS_RUNS_MAX)
		return false;
	ids->runs = n ? calloc(n / 2, sizeof *ids->runs) : NULL;
	if (n && !ids->runs)
		return false;
	ids->cap = ids->n = n / 2;
	for (size_t i = 0; i < n && json_next_element(&w, &element); i++) {
		if (!json_plain(element, &text) || decimal_parse(text, &d) != DECIMAL_OK)
			return false;
		*(i % 2 ? &ids->runs[i / 2].last : &ids->runs[i / 2].first) = (uint64_t)d.coef;
	}
	return true;
}

static enum checkpoint_state
read_symbol(struct agg *a, struct span line, struct agg_symbol **out)
{
	static const char *const names[] = {"symbol", "v", "missing"};
	struct span in[3], name;
	enum agg_verdict why;
	decimal_int v[6];

	if (!json_pick(line, names, 3, in, NULL) || !in[0].ptr || !in[2].ptr ||
	    !json_plain(in[0], &name) || !read_values(in[1], v, 6) || name.len == 0 ||
	    name.len > AGG_SYMBOL_MAX)
		return CHECKPOINT_E_DAMAGED;
	*out = agg_symbol(a, name, &why);
	if (!*out)
		return CHECKPOINT_E_FULL;
	if (!read_missing(in[2], &(*out)->ids))
		return CHECKPOINT_E_DAMAGED;
	(*out)->ids.last = (uint64_t)v[0];
	(*out)->ids.known_from = (uint64_t)v[1];
	(*out)->ids.given_up = (uint64_t)v[2];
	(*out)->clock_us = (int64_t)v[3];
	(*out)->known_from_us = (int64_t)v[4];
	(*out)->last_px = (int64_t)v[5];
	return CHECKPOINT_OK;
}

static size_t
interval_of(const struct agg *a, struct span name)
{
	size_t k = 0;

	while (k < a->options.intervals.n && !span_is(name, a->options.intervals.list[k].name))
		k++;
	return k;
}

static enum checkpoint_state
read_bar(const struct agg *a, struct agg_symbol *s, struct span line)
{
	static const char *const names[] = {"interval", "v"};
	struct span in[2], name;
	decimal_int v[BAR_VALUES];
	struct bar b;
	size_t k;

	if (!s || !json_pick(line, names, 2, in, NULL) || !in[0].ptr || !in[1].ptr ||
	    !json_plain(in[0], &name) || !read_values(in[1], v, BAR_VALUES))
		return CHECKPOINT_E_DAMAGED;
	k = interval_of(a, name);
	if (k == a->options.intervals.n)
		return CHECKPOINT_E_DAMAGED;
	b = (struct bar){.start_us = (int64_t)v[0],
			 .open_ts = (int64_t)v[1],
			 .close_ts = (int64_t)v[2],
			 .open = (int64_t)v[3],
			 .high = (int64_t)v[4],
			 .low = (int64_t)v[5],
			 .close = (int64_t)v[6],
			 .version = (uint32_t)v[7],
			 .partial = v[8] != 0,
			 .changed = v[9] != 0,
			 .open_id = (uint64_t)v[10],
			 .close_id = (uint64_t)v[11],
			 .trades = (uint64_t)v[12],
			 .volume = v[13],
			 .turnover = v[14],
			 .buy_volume = v[15],
			 .buy_turnover = v[16],
			 .closed = v[17] != 0};
	if (!b.closed) {
		s->open[k] = b;
		return CHECKPOINT_OK;
	}
	return series_put(&s->done[k], &b) ? CHECKPOINT_OK : CHECKPOINT_E_FULL;
}

/* Is the last line the end that all before it add up to? It is taken off. */
static bool
is_whole(struct span *text)
{
	char want[80];
	size_t begin = text->len, lines = 0;
	int n;

	if (begin == 0 || text->ptr[begin - 1] != '\n')
		return false;
	for (begin--; begin && text->ptr[begin - 1] != '\n'; begin--)
		;
	for (size_t i = 0; i < begin; i++)
		lines += text->ptr[i] == '\n';
	n = snprintf(want, sizeof want, "{\"type\":\"end\",\"count\":%zu,\"crc32c\":\"%08x\"}\n",
		     lines, crc32c(0, (struct span){text->ptr, begin}));
	if ((size_t)n != text->len - begin || memcmp(text->ptr + begin, want, (size_t)n) != 0)
		return false;
	text->len = begin;
	return true;
}

static enum checkpoint_state
read_lines(struct agg *a, struct checkpoint *c, struct span text)
{
	enum checkpoint_state state = CHECKPOINT_OK;
	struct agg_symbol *s = NULL;
	bool first = true;

	while (text.len && state == CHECKPOINT_OK) {
		size_t n = span_find(text, SPAN_LIT("\n")), offset;
		struct span line = {text.ptr, n}, type;

		if (json_check(line, &offset) != JSON_OK || json_type(line) != JSON_OBJECT ||
		    !json_find(line, "type", &type))
			return CHECKPOINT_E_DAMAGED;
		if (first)
			state = read_head(a, c, line);
		else if (span_is(type, "\"symbol\""))
			state = read_symbol(a, line, &s);
		else
			state = read_bar(a, s, line);
		first = false;
		text.ptr += n + 1;
		text.len -= n + 1;
	}
	return first ? CHECKPOINT_E_DAMAGED : state;
}

enum checkpoint_state
checkpoint_read(struct agg *a, struct checkpoint *c, int directory)
{
	enum checkpoint_state state = CHECKPOINT_E_DAMAGED;
	struct span text;
	struct buf file;

	*c = (struct checkpoint){0};
	buf_init(&file, CHECKPOINT_BYTES_MAX);
	if (!durable_read(directory, CHECKPOINT_FILE, &file)) {
		state = errno == ENOENT ? CHECKPOINT_NONE : CHECKPOINT_E_READ;
	} else {
		text = buf_span(&file);
		if (is_whole(&text))
			state = read_lines(a, c, text);
	}
	buf_release(&file);
	return state;
}
