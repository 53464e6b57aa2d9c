/* kline-plot: K-lines as candles in a terminal. */
#include "diag.h"
#include "filter.h"
#include "interval.h"
#include "kline_line.h"
#include "limit.h"
#include "plot.h"
#include "sandbox.h"
#include "series.h"
#include "utc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAME_US 100000 /* ten pictures a second at most */

struct tool {
	/* options */
	const char *symbol, *interval; /* NULL: those of the first bar */
	unsigned width, height;	       /* 0: the window's */
	bool follow, ascii;
	enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } when;

	struct filter *filter;
	struct record_reader reader;
	char chosen_symbol[80], chosen_interval[INTERVAL_NAME_MAX];
	struct series bars;
	struct buf out;
	bool terminal; /* stdout is one */
	bool screen;   /* the alternate one is shown */
	bool stopped;  /* by a signal: a shell adds a line of its own below */
	bool changed;
	unsigned columns, rows; /* of the picture that is shown */
	int64_t drawn_at;
};

/* ---- drawing ---- */

static unsigned
setting(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	int64_t v;

	if (!text || fixed_parse(span_of(text), 0, &v) != FIXED_OK || v < 1 || v > 10000)
		return otherwise;
	return (unsigned)v;
}

/* Asked for each picture: the window may have been resized. */
static struct plot_style
style_of(const struct tool *t)
{
	struct plot_style s = {.ascii = t->ascii};
	struct winsize w = {0};

	if (!t->terminal || ioctl(1, TIOCGWINSZ, &w) != 0)
		w = (struct winsize){0};
	s.columns = t->width ? t->width : w.ws_col ? w.ws_col : setting("COLUMNS", 80);
	s.rows = t->height ? t->height : w.ws_row ? w.ws_row - 1u : setting("LINES", 24);
	if (t->stopped && !t->height && s.rows > 8)
		s.rows--;
	s.columns = s.columns > PLOT_COLUMNS_MAX ? PLOT_COLUMNS_MAX : s.columns;
	s.rows = s.rows > PLOT_ROWS_MAX ? PLOT_ROWS_MAX : s.rows;
	s.colour = t->when == COLOUR_ALWAYS || (t->when == COLOUR_AUTO && t->terminal);
	return s;
}

static int64_t
width_us(const struct tool *t)
{
	struct intervals v;

	return intervals_parse(span_of(t->chosen_interval), 0, &v) ? 0 : v.list[0].width_us;
}

static void
draw(struct tool *t)
{
	struct plot_style style = style_of(t);

	buf_clear(&t->out);
	if (t->screen)
		buf_str(&t->out, "\033[H\033[J");
	plot_print(t->bars.bars + t->bars.first, t->bars.end - t->bars.first,
		   span_of(t->chosen_symbol), span_of(t->chosen_interval), width_us(t), &style,
		   &t->out);
	if (t->filter->out.error == 0 && !write_all(1, buf_span(&t->out)))
		t->filter->out.error = errno;
	t->changed = false;
	t->columns = style.columns;
	t->rows = style.rows;
	t->drawn_at = utc_monotonic_us();
}

static bool
is_resized(const struct tool *t)
{
	struct plot_style s = style_of(t);

	return t->rows && (s.columns != t->columns || s.rows != t->rows);
}

static void
on_tick(void *context)
{
	struct tool *t = context;

	if (t->follow && utc_monotonic_us() - t->drawn_at >= FRAME_US &&
	    (t->changed || is_resized(t)))
		draw(t);
}

/* ---- lines ---- */

static bool
is_ours(struct tool *t, const struct kline_line *l)
{
	if (t->chosen_symbol[0] == 0 && (!t->symbol || span_is(l->symbol, t->symbol)) &&
	    (!t->interval || span_is(l->interval, t->interval)) &&
	    l->symbol.len < sizeof t->chosen_symbol &&
	    l->interval.len < sizeof t->chosen_interval) {
		memcpy(t->chosen_symbol, l->symbol.ptr, l->symbol.len);
		memcpy(t->chosen_interval, l->interval.ptr, l->interval.len);
	}
	return span_is(l->symbol, t->chosen_symbol) && span_is(l->interval, t->chosen_interval);
}

/* A newer version takes the place of the old; of the bars only as many are kept as any window
 * shows. */
static void
take(struct tool *t, const struct bar *b)
{
	struct bar *old = series_find(&t->bars, b->start_us);

	if (old && old->version > b->version)
		return;
	if (old)
		*old = *b;
	else if (!series_put(&t->bars, b))
		tool_die(EXIT_TEMP, "memory", NULL, strerror(ENOMEM));
	if (t->bars.end - t->bars.first > PLOT_COLUMNS_MAX)
		t->bars.first++;
	t->changed = true;
}

static enum filter_verdict
plot_line(struct filter *f, const struct line *in, bool too_long)
{
	struct tool *t = f->context;
	struct kline_line l;
	const char *why =
	    too_long ? "longer than a record may be" : kline_line_read(&t->reader, in->text, &l);

	if (why) {
		diag(DIAG_WARNING, "rejected", diag_u64("line", in->number),
		     diag_str("code", "BAD_RECORD"), diag_str("why", why));
		return FILTER_NO;
	}
	if (l.is_bar && is_ours(t, &l))
		take(t, &l.bar);
	on_tick(t);
	return FILTER_YES;
}

static enum filter_verdict
plot_end(struct filter *f, bool at_end)
{
	struct tool *t = f->context;

	t->stopped = t->screen && !at_end;
	if (t->screen && !write_all(1, SPAN_LIT("\033[?25h\033[?1049l")))
		f->out.error = errno;
	/* the last picture stays, below the command */
	t->screen = false;
	draw(t);
	return FILTER_YES;
}

/* ---- start ---- */

static void
parse_options(struct tool *t, int argc, char **argv)
{
	enum { SYMBOL = 256, INTERVAL, WIDTH, HEIGHT, FOLLOW, ASCII, COLOUR };
	static const struct option options[] = {
	    {"symbol", required_argument, NULL, SYMBOL},
	    {"interval", required_argument, NULL, INTERVAL},
	    {"width", required_argument, NULL, WIDTH},
	    {"height", required_argument, NULL, HEIGHT},
	    {"follow", no_argument, NULL, FOLLOW},
	    {"ascii", no_argument, NULL, ASCII},
	    {"color", required_argument, NULL, COLOUR},
	    {0},
	};
	const char *no_color = getenv("NO_COLOR");

	t->when = no_color && *no_color ? COLOUR_NEVER : COLOUR_AUTO;
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case SYMBOL: t->symbol = optarg; break;
		case INTERVAL: t->interval = optarg; break;
		case WIDTH:
			t->width = (unsigned)tool_number("--width", optarg, 16, PLOT_COLUMNS_MAX);
			break;
		case HEIGHT:
			t->height = (unsigned)tool_number("--height", optarg, 8, PLOT_ROWS_MAX);
			break;
		case FOLLOW: t->follow = true; break;
		case ASCII: t->ascii = true; break;
		case COLOUR:
			if (strcmp(optarg, "always") == 0)
				t->when = COLOUR_ALWAYS;
			else if (strcmp(optarg, "never") == 0)
				t->when = COLOUR_NEVER;
			else if (strcmp(optarg, "auto") != 0)
				tool_usage("auto, always or never is wanted", "--color");
			break;
		}
	}
	tool_no_operands(argc, argv);
}

int
main(int argc, char **argv)
{
	static struct tool tool;
	static struct filter filter = {
	    .step = plot_line, .finish = plot_end, .context = &tool, .line_max = LIMIT_LINE_BYTES};

	tool_start(TOOL_PLAIN);
	parse_options(&tool, argc, argv);
	tool.filter = &filter;
	kline_line_init(&tool.reader);
	buf_init(&tool.out, LIMIT_BUNDLE_BYTES);
	filter_init(&filter, NULL);
	filter.in.tick = on_tick;
	filter.in.tick_context = &tool;
	filter.in.tick_ms = 50;
	tool.terminal = isatty(1);
	tool.screen = tool.follow && tool.terminal;
	if (tool.screen && !write_all(1, SPAN_LIT("\033[?1049h\033[?25l")))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	sandbox_files(NULL, 0);
	return filter_run(&filter);
}
