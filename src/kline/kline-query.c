/* kline-query: K-lines out of the hot and the cold store (kline-query(1)). */
#include "cursor.h"
#include "diag.h"
#include "holes.h"
#include "line.h"
#include "sandbox.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* An answer fits into what http-wrap passes on. */
#define LIMIT_MAX 10000
#define ANSWER_MAX (8u << 20)

struct tool {
	const char *state, *symbol, *interval;
	uint64_t limit;
	int64_t from_us, to_us; /* -1: not given */
	bool okx, missing;

	char name[NAMES_SYMBOL_MAX + 1]; /* the symbol as it is kept */
	struct interval width;
	struct hot hot;
	struct cold cold;
	struct day bars;
	struct line_writer out;
	struct buf line;
};

static void
print_line(struct tool *t)
{
	if (!buf_ok(&t->line))
		tool_die(EXIT_USAGE, "answer", NULL, "longer than 8 MiB");
	line_write(&t->out, buf_span(&t->line));
	buf_clear(&t->line);
}

static void
print_id(struct buf *out, const char *name, uint64_t id)
{
	char text[FIXED_TEXT_MAX];

	if (id)
		buf_json_member_string(out, name,
				       (struct span){text, fixed_print((decimal_int)id, 0, text)});
	else
		buf_json_member_raw(out, name, SPAN_LIT("null"));
}

/* ---- finding ---- */

static void
open_cursor(struct tool *t, struct cursor *c, int64_t from_us, int64_t to_us, bool descending)
{
	cursor_open(c, &t->hot, &t->cold, t->name, t->width.name, from_us, to_us, descending);
}

static bool
one_bar(struct tool *t, int64_t from_us, int64_t to_us, bool descending, struct bar *out)
{
	struct cursor c;
	bool found;

	open_cursor(t, &c, from_us, to_us, descending);
	found = cursor_next(&c, out);
	cursor_close(&c);
	return found;
}

static int64_t
from_of(const struct tool *t)
{
	return t->from_us < 0 ? 0 : t->from_us;
}

static int64_t
to_of(const struct tool *t)
{
	return t->to_us < 0 ? INT64_MAX : t->to_us;
}

/* The symbol as it was written, if there are such bars, else as BASE-QUOTE. */
static bool
find_symbol(struct tool *t)
{
	struct span given = span_of(t->symbol);

	if (names_symbol(given)) {
		memcpy(t->name, given.ptr, given.len + 1);
		if (cursor_any(&t->hot, &t->cold, t->name, t->width.name))
			return true;
	}
	return names_edge_symbol(given, t->name) &&
	       cursor_any(&t->hot, &t->cold, t->name, t->width.name);
}

/* With a beginning the first bars from there, else the newest; rising in any case. */
static void
collect(struct tool *t)
{
	bool newest = t->from_us < 0;
	struct cursor c;
	struct bar b;

	open_cursor(t, &c, from_of(t), to_of(t), newest);
	while (t->bars.n < t->limit && cursor_next(&c, &b))
		if (!day_add(&t->bars, &b))
			tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	cursor_close(&c);
	for (size_t i = 0; newest && i < t->bars.n / 2; i++) {
		b = t->bars.bars[i];
		t->bars.bars[i] = t->bars.bars[t->bars.n - 1 - i];
		t->bars.bars[t->bars.n - 1 - i] = b;
	}
}

/* The hole before the bar, as far as it is asked for. */
static bool
hole_before(const struct tool *t, struct holes *h, const struct bar *b, struct hole *out)
{
	if (!holes_see(h, b, out))
		return false;
	if (out->from_us < from_of(t))
		out->from_us = from_of(t);
	if (out->to_us > to_of(t))
		out->to_us = to_of(t);
	return out->from_us < out->to_us;
}

/* Bars beyond the edges tell whether something is missing there. */
static bool
see_before(struct tool *t, struct holes *h)
{
	struct hole hole;
	struct bar b;

	*h = (struct holes){.width_us = t->width.width_us};
	if (t->from_us <= 0 || !one_bar(t, 0, t->from_us, true, &b))
		return false;
	holes_see(h, &b, &hole);
	return true;
}

static bool
bar_after(struct tool *t, struct bar *out)
{
	return t->to_us >= 0 && (t->from_us < 0 || t->bars.n < t->limit) &&
	       one_bar(t, t->to_us, INT64_MAX, false, out);
}

/* ---- records ---- */

static void
print_hole(struct tool *t, const struct hole *hole)
{
	buf_byte(&t->line, '{');
	buf_json_member_string(&t->line, "type", SPAN_LIT("missing"));
	buf_json_member_string(&t->line, "symbol", span_of(t->name));
	buf_json_member_string(&t->line, "interval", span_of(t->width.name));
	buf_json_member_i64(&t->line, "from", hole->from_us);
	buf_json_member_i64(&t->line, "to", hole->to_us);
	print_id(&t->line, "firstMissing", hole->first);
	print_id(&t->line, "lastMissing", hole->last);
	buf_byte(&t->line, '}');
	print_line(t);
}

static void
print_records(struct tool *t)
{
	struct holes holes;
	struct hole hole;
	struct bar after;

	see_before(t, &holes);
	for (size_t i = 0; i < t->bars.n; i++) {
		if (hole_before(t, &holes, &t->bars.bars[i], &hole))
			print_hole(t, &hole);
		bar_print(&t->bars.bars[i], span_of(t->name), t->width.name, 0, 0, &t->line);
		print_line(t);
	}
	if (bar_after(t, &after) && hole_before(t, &holes, &after, &hole))
		print_hole(t, &hole);
}

/* ---- OKX's form ---- */

static void
add_item(struct buf *out, struct span text)
{
	if (out->ptr[out->len - 1] != '[')
		buf_byte(out, ',');
	buf_byte(out, '"');
	buf_add(out, text);
	buf_byte(out, '"');
}

static void
add_number(struct buf *out, decimal_int v, unsigned scale)
{
	char text[FIXED_TEXT_MAX];

	add_item(out, (struct span){text, fixed_print(v, scale, text)});
}

/* [ts,o,h,l,c,vol,volCcy,volCcyQuote,confirm]; of spot vol is the base currency's, volCcy the
 * quote's. */
static void
add_candle(struct buf *out, const struct bar *b)
{
	if (out->ptr[out->len - 1] != '[')
		buf_byte(out, ',');
	buf_byte(out, '[');
	add_number(out, b->start_us / 1000, 0);
	add_number(out, b->open, BAR_SCALE);
	add_number(out, b->high, BAR_SCALE);
	add_number(out, b->low, BAR_SCALE);
	add_number(out, b->close, BAR_SCALE);
	add_number(out, b->volume, BAR_SCALE);
	add_number(out, b->turnover, BAR_TURNOVER_SCALE);
	add_number(out, b->turnover, BAR_TURNOVER_SCALE);
	add_item(out, b->closed ? SPAN_LIT("1") : SPAN_LIT("0"));
	buf_byte(out, ']');
}

static void
add_hole(struct buf *out, const struct hole *hole)
{
	if (out->len)
		buf_byte(out, ',');
	buf_str(out, "[\"");
	buf_i64(out, hole->from_us / 1000);
	buf_str(out, "\",\"");
	buf_i64(out, hole->to_us / 1000);
	buf_str(out, "\"]");
}

/* A line as OKX answers, and a member that it does not have where windows are missing. */
static void
print_okx(struct tool *t)
{
	struct holes holes;
	struct hole hole;
	struct bar after;
	struct buf missing;

	buf_init(&missing, ANSWER_MAX);
	see_before(t, &holes);
	for (size_t i = 0; i < t->bars.n; i++)
		if (hole_before(t, &holes, &t->bars.bars[i], &hole))
			add_hole(&missing, &hole);
	if (bar_after(t, &after) && hole_before(t, &holes, &after, &hole))
		add_hole(&missing, &hole);
	buf_str(&t->line, "{\"code\":\"0\",\"msg\":\"\",\"data\":[");
	for (size_t i = t->bars.n; i-- > 0;)
		/* OKX has no candle without a price */
		if (t->bars.bars[i].open)
			add_candle(&t->line, &t->bars.bars[i]);
	buf_byte(&t->line, ']');
	if (missing.len) {
		buf_str(&t->line, ",\"missing\":[");
		buf_add(&t->line, buf_span(&missing));
		buf_byte(&t->line, ']');
	}
	buf_byte(&t->line, '}');
	buf_release(&missing);
	print_line(t);
}

/* ---- what a feeder must fetch again ---- */

struct ids {
	struct id_range {
		uint64_t first, last;
	} * list;
	size_t n, cap;
};

static void
ids_add(struct ids *ids, uint64_t first, uint64_t last)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? 2 * ids->cap : 64;
		struct id_range *grown = realloc(ids->list, cap * sizeof *grown);

		if (!grown)
			tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
		ids->list = grown;
		ids->cap = cap;
	}
	ids->list[ids->n++] = (struct id_range){first, last};
}

static int
by_first(const void *a, const void *b)
{
	const struct id_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void
ids_of_gaps(struct tool *t, struct ids *ids)
{
	sqlite3_stmt *s =
	    database_prepare(&t->hot.db, "SELECT first, last FROM gaps WHERE symbol = ?1");

	database_bind(&t->hot.db, s, 1, span_of(t->name));
	while (database_step(&t->hot.db, s))
		ids_add(ids, (uint64_t)sqlite3_column_int64(s, 0),
			(uint64_t)sqlite3_column_int64(s, 1));
	sqlite3_finalize(s);
}

static void
ids_of_holes(struct tool *t, struct ids *ids)
{
	struct holes holes;
	struct cursor c;
	struct hole hole;
	struct bar b;

	see_before(t, &holes);
	open_cursor(t, &c, from_of(t), to_of(t), false);
	while (cursor_next(&c, &b))
		if (hole_before(t, &holes, &b, &hole) && hole.first)
			ids_add(ids, hole.first, hole.last);
	cursor_close(&c);
	if (t->to_us >= 0 && one_bar(t, t->to_us, INT64_MAX, false, &b) &&
	    hole_before(t, &holes, &b, &hole) && hole.first)
		ids_add(ids, hole.first, hole.last);
}

static void
print_request(struct tool *t, const struct id_range *r)
{
	buf_byte(&t->line, '{');
	buf_json_member_string(&t->line, "type", SPAN_LIT("compensate"));
	buf_json_member_string(&t->line, "symbol", span_of(t->name));
	print_id(&t->line, "firstMissing", r->first);
	print_id(&t->line, "lastMissing", r->last);
	buf_byte(&t->line, '}');
	print_line(t);
}

/* True: nothing is missing. */
static bool
print_missing(struct tool *t)
{
	struct ids ids = {0};
	size_t n = 0;

	ids_of_gaps(t, &ids);
	ids_of_holes(t, &ids);
	if (ids.n)
		qsort(ids.list, ids.n, sizeof ids.list[0], by_first);
	for (size_t i = 0; i < ids.n; i++) {
		if (n && ids.list[i].first <= ids.list[n - 1].last + 1) {
			if (ids.list[i].last > ids.list[n - 1].last)
				ids.list[n - 1].last = ids.list[i].last;
		} else {
			ids.list[n++] = ids.list[i];
		}
	}
	for (size_t i = 0; i < n; i++)
		print_request(t, &ids.list[i]);
	free(ids.list);
	return n == 0;
}

/* ---- start ---- */

static int64_t
time_of(const char *option, const char *text)
{
	int64_t us;

	if (fixed_parse(span_of(text), 0, &us) == FIXED_OK && us >= 0)
		return us;
	if (!utc_parse_us(span_of(text), &us))
		tool_usage("microseconds since 1970 or YYYY-MM-DDThh:mm:ssZ are wanted", option);
	return us;
}

static void
parse_options(struct tool *t, int argc, char **argv)
{
	enum { STATE = 256, SYMBOL, INTERVAL, LIMIT, FROM, TO, FORM, MISSING };
	static const struct option options[] = {
	    {"state", required_argument, NULL, STATE},
	    {"symbol", required_argument, NULL, SYMBOL},
	    {"interval", required_argument, NULL, INTERVAL},
	    {"limit", required_argument, NULL, LIMIT},
	    {"from", required_argument, NULL, FROM},
	    {"to", required_argument, NULL, TO},
	    {"form", required_argument, NULL, FORM},
	    {"missing", no_argument, NULL, MISSING},
	    {0},
	};

	*t = (struct tool){.state = getenv("TRADEPIPE_KLINES"),
			   .limit = 1000,
			   .from_us = -1,
			   .to_us = -1,
			   .interval = "1m"};
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STATE: t->state = optarg; break;
		case SYMBOL: t->symbol = optarg; break;
		case INTERVAL: t->interval = optarg; break;
		case LIMIT: t->limit = tool_number("--limit", optarg, 1, LIMIT_MAX); break;
		case FROM: t->from_us = time_of("--from", optarg); break;
		case TO: t->to_us = time_of("--to", optarg); break;
		case FORM:
			t->okx = strcmp(optarg, "okx") == 0;
			if (!t->okx && strcmp(optarg, "record") != 0)
				tool_usage("record or okx is wanted", "--form");
			break;
		case MISSING: t->missing = true; break;
		}
	}
	tool_no_operands(argc, argv);
}

static void
check_options(struct tool *t)
{
	char name[NAMES_SYMBOL_MAX + 1];

	if (!t->symbol)
		tool_usage("which symbol?", "--symbol");
	if (!names_edge_symbol(span_of(t->symbol), name))
		tool_usage("a symbol such as BTC-USDC is wanted", "--symbol");
	if (!names_interval(span_of(t->interval), &t->width))
		tool_usage("a number and s, m, h or d, up to 7d, is wanted", "--interval");
	if (t->missing && t->okx)
		tool_usage("one at a time", "--missing, --form");
	if (!t->state || !*t->state)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "which directory? give --state or TRADEPIPE_KLINES");
}

/* Found: the answer is yes. Missing windows that can be fetched again: no. */
static enum exit_status
answer(struct tool *t)
{
	if (!find_symbol(t)) {
		diag(DIAG_WARNING, "unknown", diag_str("symbol", t->symbol),
		     diag_str("interval", t->interval));
		if (t->okx) {
			buf_str(&t->line, "{\"code\":\"51001\",\"msg\":\"no candles of this "
					  "instrument and bar\",\"data\":[]}");
			print_line(t);
		}
		return EXIT_NO;
	}
	if (t->missing)
		return print_missing(t) ? EXIT_YES : EXIT_NO;
	collect(t);
	if (t->okx)
		print_okx(t);
	else
		print_records(t);
	return EXIT_YES;
}

int
main(int argc, char **argv)
{
	static struct tool tool;
	struct sandbox_path state;
	enum exit_status status;

	tool_start(TOOL_PLAIN);
	parse_options(&tool, argc, argv);
	check_options(&tool);
	state = (struct sandbox_path){open(tool.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 1};
	if (state.fd < 0)
		tool_die(EXIT_CONFIG, "state", tool.state, strerror(errno));
	if (!line_writer_init(&tool.out, 1))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	buf_init(&tool.line, ANSWER_MAX);
	hot_open(&tool.hot, tool.state, DATABASE_READ);
	/* the view of the rows is taken here, before any look at the files (cursor.h) */
	database_exec(&tool.hot.db, "BEGIN; SELECT 1 FROM bars LIMIT 1");
	cold_open(&tool.cold, state.fd, COLD_READ);
	sandbox_state(&state, 1);
	status = answer(&tool);
	hot_close(&tool.hot);
	cold_close(&tool.cold);
	day_release(&tool.bars);
	status = tool_flush(&tool.out, status);
	line_writer_release(&tool.out);
	buf_release(&tool.line);
	return (int)tool_finish(status);
}
