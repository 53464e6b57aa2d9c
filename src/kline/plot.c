#include "plot.h"

#include "utc.h"

#include <stdio.h>

/* The right margin: a blank and the longest price that still leaves room for candles. */
#define AXIS 14
#define ROWS_MIN 8

struct frame {
	const struct plot_style *style;
	const struct bar *bars;
	size_t n;
	unsigned price_rows, volume_rows;
	int64_t low, high;
	int64_t grid; /* prices are multiples of this power of ten */
	decimal_int volume;
};

size_t
plot_bars_max(const struct plot_style *style)
{
	return style->columns > AXIS + 1 ? style->columns - AXIS : 1;
}

static bool
has_price(const struct bar *b)
{
	return b->high > 0;
}

static void
fit_grid(int64_t *grid, int64_t px)
{
	while (px % *grid)
		*grid /= 10;
}

static void
measure(struct frame *f)
{
	f->low = INT64_MAX;
	f->high = 0;
	f->grid = INT64_C(1000000000000000000);
	f->volume = 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct bar *b = &f->bars[i];

		if (!has_price(b))
			continue;
		f->low = b->low < f->low ? b->low : f->low;
		f->high = b->high > f->high ? b->high : f->high;
		fit_grid(&f->grid, b->low);
		fit_grid(&f->grid, b->high);
		f->volume = b->volume > f->volume ? b->volume : f->volume;
	}
}

/* The half row of a price, counted from the bottom. */
static unsigned
half_of(const struct frame *f, int64_t px)
{
	unsigned halves = f->price_rows * 2;

	if (f->high == f->low)
		return halves / 2;
	return (unsigned)((decimal_int)(px - f->low) * (halves - 1) / (f->high - f->low));
}

/* 0 nothing, 1 wick, 2 body. */
static unsigned
part_of(const struct frame *f, const struct bar *b, unsigned half)
{
	int64_t top = b->open > b->close ? b->open : b->close;
	int64_t bottom = b->open > b->close ? b->close : b->open;

	if (!has_price(b) || half < half_of(f, b->low) || half > half_of(f, b->high))
		return 0;
	return half >= half_of(f, bottom) && half <= half_of(f, top) ? 2 : 1;
}

static const char *
cell(unsigned upper, unsigned lower, bool ascii)
{
	static const char *const glyphs[3][3] = {{" ", "╷", "╻"}, {"╵", "│", "╽"}, {"╹", "╿", "┃"}};
	static const char plain[3][3][2] = {{" ", "'", "#"}, {"|", "|", "#"}, {"#", "#", "#"}};

	return ascii ? (upper + lower == 1 ? (upper ? "'" : ".") : plain[upper][lower])
		     : glyphs[upper][lower];
}

static const char *
colour_of(const struct bar *b)
{
	if (!b->closed)
		return b->close >= b->open ? "\033[2;32m" : "\033[2;31m";
	return b->close >= b->open ? "\033[32m" : "\033[31m";
}

/* One cell in its bar's colour; blanks need none. */
static void
put_cell(const struct frame *f, const struct bar *b, const char *text, struct buf *out)
{
	bool colour = f->style->colour && text[0] != ' ';

	if (colour)
		buf_str(out, colour_of(b));
	buf_str(out, text);
	if (colour)
		buf_str(out, "\033[0m");
}

/* The price that a row stands for, with as many digits as the margin holds. */
static void
put_price(const struct frame *f, unsigned row, struct buf *out)
{
	char text[FIXED_TEXT_MAX];
	unsigned halves = f->price_rows * 2;
	unsigned half = row + 1 == f->price_rows ? halves - 1 : row * 2;
	int64_t px = f->low;
	size_t n;

	if (halves > 1)
		px += (int64_t)((decimal_int)(f->high - f->low) * half / (halves - 1));
	n = fixed_print(px - px % f->grid, BAR_SCALE, text);
	buf_byte(out, ' ');
	buf_add(out, (struct span){text, n < AXIS - 2 ? n : AXIS - 2});
}

static void
put_price_rows(const struct frame *f, struct buf *out)
{
	for (unsigned row = f->price_rows; row-- > 0;) {
		for (size_t i = 0; i < f->n; i++)
			put_cell(f, &f->bars[i],
				 cell(part_of(f, &f->bars[i], row * 2 + 1),
				      part_of(f, &f->bars[i], row * 2), f->style->ascii),
				 out);
		if (row % 4 == 0 || row + 1 == f->price_rows)
			put_price(f, row, out);
		buf_byte(out, '\n');
	}
}

static void
put_volume_rows(const struct frame *f, struct buf *out)
{
	static const char *const blocks[9] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

	for (unsigned row = f->volume_rows; row-- > 0;) {
		for (size_t i = 0; i < f->n; i++) {
			decimal_int levels = f->volume_rows * 8, full;
			unsigned level;

			/* anything traded shows */
			full = f->volume ? (f->bars[i].volume * levels + f->volume - 1) / f->volume
					 : 0;
			level = full > (decimal_int)row * 8
				    ? (unsigned)(full - (decimal_int)row * 8)
				    : 0;
			level = level > 8 ? 8 : level;
			put_cell(f, &f->bars[i],
				 f->style->ascii ? (level > 3 ? "#"
						    : level   ? "_"
							      : " ")
						 : blocks[level],
				 out);
		}
		if (row + 1 == f->volume_rows) {
			char text[FIXED_TEXT_MAX];
			size_t n = fixed_print(f->volume, BAR_SCALE, text);

			buf_byte(out, ' ');
			buf_add(out, (struct span){text, n < AXIS - 2 ? n : AXIS - 2});
		}
		buf_byte(out, '\n');
	}
}

/* "13:05" under its bar, or the day where bars are days. */
static size_t
print_time(int64_t us, int64_t width_us, char out[UTC_TEXT_MAX])
{
	char text[UTC_TEXT_MAX];
	size_t begin = 11, n = 5;

	utc_print_ms(us / 1000, text);
	if (width_us >= INT64_C(86400000000))
		begin = 5;
	else if (width_us < INT64_C(60000000))
		n = 8;
	memcpy(out, text + begin, n);
	return n;
}

static void
put_times(const struct frame *f, int64_t width_us, struct buf *out)
{
	size_t at = 0, next = 0;

	for (size_t i = 0; i < f->n; i++) {
		char text[UTC_TEXT_MAX];
		size_t n;

		if (i < next)
			continue;
		n = print_time(f->bars[i].start_us, width_us, text);
		if (i + n > f->n)
			break;
		for (; at < i; at++)
			buf_byte(out, ' ');
		buf_add(out, (struct span){text, n});
		at += n;
		next = i + n + 7;
	}
	buf_byte(out, '\n');
}

static void
put_title(const struct frame *f, struct span symbol, struct span interval, struct buf *out)
{
	const struct bar *last = &f->bars[f->n - 1];
	char time[UTC_TEXT_MAX], text[FIXED_TEXT_MAX];
	const struct {
		const char *name;
		int64_t px;
	} values[] = {
	    {" O ", last->open}, {" H ", last->high}, {" L ", last->low}, {" C ", last->close}};
	size_t begin = out->len, n;

	buf_add(out, symbol);
	buf_byte(out, ' ');
	buf_add(out, interval);
	buf_byte(out, ' ');
	n = utc_print_ms(last->start_us / 1000, time);
	buf_add(out, (struct span){time, n});
	for (size_t i = 0; i < 4; i++) {
		buf_str(out, values[i].name);
		buf_add(out, (struct span){text, fixed_print(values[i].px, BAR_SCALE, text)});
	}
	buf_str(out, " V ");
	buf_add(out, (struct span){text, fixed_print(last->volume, BAR_SCALE, text)});
	if (!last->closed)
		buf_str(out, " open");
	/* what does not fit is cut, never wrapped */
	if (buf_ok(out) && out->len - begin > f->style->columns)
		out->len = begin + f->style->columns;
	buf_byte(out, '\n');
}

void
plot_print(const struct bar bars[], size_t n, struct span symbol, struct span interval,
	   int64_t width_us, const struct plot_style *style, struct buf *out)
{
	size_t fit = plot_bars_max(style);
	unsigned rows = style->rows < ROWS_MIN ? ROWS_MIN : style->rows;
	struct frame f = {.style = style};

	if (n == 0)
		return;
	f.n = n < fit ? n : fit;
	f.bars = bars + (n - f.n);
	f.volume_rows = rows / 5 ? rows / 5 : 1;
	f.price_rows = rows - f.volume_rows - 2;
	measure(&f);
	put_title(&f, symbol, interval, out);
	put_price_rows(&f, out);
	put_volume_rows(&f, out);
	put_times(&f, width_us, out);
}
