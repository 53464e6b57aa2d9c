#include "checkpoint.h"

#include "crc32c.h"
#include "durable.h"
#include "json.h"
#include "limit.h"
#include "line.h"
#include "number.h"
#include "trade_line.h"

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
	struct span element, text;
	struct json_walk w;
	struct decimal d;
	size_t i = 0;

	if (!array.ptr || json_type(array) != JSON_ARRAY)
		return false;
	w = json_walk(array);
	for (; json_next_element(&w, &element); i++) {
		if (i == n || !json_plain(element, &text) ||
		    decimal_parse(text, &d) != DECIMAL_OK || d.scale != 0)
			return false;
		out[i] = d.coef;
	}
	return i == n;
}

/* Integers of 0 to max. */
static bool
are_up_to(const decimal_int v[], size_t n, decimal_int max)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] < 0 || v[i] > max)
			return false;
	return true;
}

static enum checkpoint_state
read_head(const struct agg *a, struct checkpoint *c, struct span line)
{
	static const char *const names[] = {"type",	 "format", "intervals",
					    "dayOffset", "in",	   "seq"};
	struct span in[6], text;
	int64_t offset_us;
	struct buf want;
	bool same;

	if (!json_pick(line, names, 6, in, NULL))
		return CHECKPOINT_E_DAMAGED;
	for (size_t i = 0; i < 6; i++)
		if (!in[i].ptr)
			return CHECKPOINT_E_DAMAGED;
	if (!json_plain(in[0], &text) || !span_is(text, "checkpoint") || !span_is(in[1], "1") ||
	    !json_plain(in[2], &text) || fixed_parse(in[3], 0, &offset_us) != FIXED_OK ||
	    !number_u64(in[4], &c->in) || !number_u64(in[5], &c->seq))
		return CHECKPOINT_E_DAMAGED;
	buf_init(&want, 1024);
	print_intervals(&a->options.intervals, &want);
	same = span_equal(text, buf_span(&want)) && offset_us == a->options.intervals.offset_us;
	buf_release(&want);
	return same ? CHECKPOINT_OK : CHECKPOINT_E_OTHER;
}

/* Rising, apart from each other, below the highest id. */
static bool
are_runs(const struct ids *ids)
{
	uint64_t before = 0;

	for (size_t i = 0; i < ids->n; i++) {
		const struct ids_run *r = &ids->runs[i];

		if (r->first <= before || r->last < r->first || r->last >= ids->last)
			return false;
		before = r->last + 1;
	}
	return ids->known_from <= ids->last && ids->given_up <= ids->last;
}

static bool
read_missing(struct span array, struct ids *ids)
{
	struct span element;
	struct json_walk w;
	decimal_int *v;
	size_t n = 0;
	bool ok;

	if (!array.ptr || json_type(array) != JSON_ARRAY)
		return false;
	for (w = json_walk(array); json_next_element(&w, &element); n++)
		;
	if (n % 2 || n / 2 > IDS_RUNS_MAX)
		return false;
	v = calloc(n + 1, sizeof *v);
	ids->runs = n ? calloc(n / 2, sizeof *ids->runs) : NULL;
	ok = v && (n == 0 || ids->runs) && read_values(array, v, n) && are_up_to(v, n, UINT64_MAX);
	for (size_t i = 0; ok && i < n; i += 2)
		ids->runs[i / 2] = (struct ids_run){(uint64_t)v[i], (uint64_t)v[i + 1]};
	free(v);
	if (ok)
		ids->cap = ids->n = n / 2;
	return ok && are_runs(ids);
}

static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == '"' || name.ptr[i] == '\\')
			return false;
	return name.len > 0 && name.len <= AGG_SYMBOL_MAX;
}

static enum checkpoint_state
read_symbol(struct agg *a, struct span line, struct agg_symbol **out)
{
	static const char *const names[] = {"symbol", "v", "missing"};
	struct span in[3], name;
	size_t before = a->n;
	enum agg_verdict why;
	decimal_int v[6];

	if (!json_pick(line, names, 3, in, NULL) || !in[0].ptr || !json_plain(in[0], &name) ||
	    !is_name(name) || !read_values(in[1], v, 6) || !are_up_to(v, 3, UINT64_MAX - 1) ||
	    !are_up_to(v + 3, 2, TRADE_TS_MAX_US) || !are_up_to(v + 5, 1, INT64_MAX))
		return CHECKPOINT_E_DAMAGED;
	*out = agg_symbol(a, name, &why);
	if (!*out)
		return CHECKPOINT_E_FULL;
	(*out)->ids.last = (uint64_t)v[0];
	(*out)->ids.known_from = (uint64_t)v[1];
	(*out)->ids.given_up = (uint64_t)v[2];
	(*out)->clock_us = (int64_t)v[3];
	(*out)->known_from_us = (int64_t)v[4];
	(*out)->last_px = (int64_t)v[5];
	/* a symbol comes once */
	return a->n > before && read_missing(in[2], &(*out)->ids) ? CHECKPOINT_OK
								  : CHECKPOINT_E_DAMAGED;
}

static size_t
interval_of(const struct agg *a, struct span name)
{
	size_t k = 0;

	while (k < a->options.intervals.n && !span_is(name, a->options.intervals.list[k].name))
		k++;
	return k;
}

/* A bar of this symbol and interval, in its place: what agg relies on. */
static bool
is_possible(const struct agg *a, const struct agg_symbol *s, size_t k, const struct bar *b)
{
	const struct intervals *v = &a->options.intervals;
	int64_t width = v->list[k].width_us, clock = s->clock_us;

	if (interval_start(b->start_us, width, v->offset_us) != b->start_us ||
	    (b->closed ? b->start_us + width > clock || series_find(&s->done[k], b->start_us)
		       : s->open[k].start_us >= 0 ||
			     interval_start(clock, width, v->offset_us) != b->start_us))
		return false;
	if (b->low > b->open || b->low > b->close || b->open > b->high || b->close > b->high ||
	    b->buy_volume > b->volume || b->buy_turnover > b->turnover)
		return false;
	return b->trades == 0
		   ? b->volume == 0 && b->turnover == 0 && (b->low > 0) == (b->high > 0)
		   : b->low > 0 && b->open_id && b->close_id && b->open_ts >= b->start_us &&
			 b->open_ts <= b->close_ts && b->close_ts < b->start_us + width;
}

static bool
read_bar_values(struct span array, struct bar *b)
{
	decimal_int v[BAR_VALUES];

	if (!read_values(array, v, BAR_VALUES) || !are_up_to(v, 3, TRADE_TS_MAX_US) ||
	    !are_up_to(v + 3, 4, INT64_MAX) || !are_up_to(v + 7, 1, UINT32_MAX) ||
	    !are_up_to(v + 8, 2, 1) || !are_up_to(v + 10, 3, UINT64_MAX) || v[13] < 0 ||
	    v[14] < 0 || v[15] < 0 || v[16] < 0 || !are_up_to(v + 17, 1, 1))
		return false;
	*b = (struct bar){.start_us = (int64_t)v[0],
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
	return true;
}

static enum checkpoint_state
read_bar(const struct agg *a, struct agg_symbol *s, struct span line)
{
	static const char *const names[] = {"interval", "v"};
	struct span in[2], name;
	struct bar b;
	size_t k;

	if (!s || !json_pick(line, names, 2, in, NULL) || !in[0].ptr || !json_plain(in[0], &name) ||
	    !read_bar_values(in[1], &b))
		return CHECKPOINT_E_DAMAGED;
	k = interval_of(a, name);
	if (k == a->options.intervals.n || !is_possible(a, s, k, &b))
		return CHECKPOINT_E_DAMAGED;
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
checkpoint_parse(struct agg *a, struct checkpoint *c, struct span file)
{
	*c = (struct checkpoint){0};
	return is_whole(&file) ? read_lines(a, c, file) : CHECKPOINT_E_DAMAGED;
}

enum checkpoint_state
checkpoint_read(struct agg *a, struct checkpoint *c, int directory)
{
	enum checkpoint_state state;
	struct buf file;

	*c = (struct checkpoint){0};
	buf_init(&file, CHECKPOINT_BYTES_MAX);
	if (durable_read(directory, CHECKPOINT_FILE, &file))
		state = checkpoint_parse(a, c, buf_span(&file));
	else
		state = errno == ENOENT ? CHECKPOINT_NONE : CHECKPOINT_E_READ;
	buf_release(&file);
	return state;
}
