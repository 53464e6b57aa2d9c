/*
 * plot: candles as text, for a terminal or a file; pure.
 *
 * A column a bar, newest at the right. A cell is two halves high: bodies are thick, wicks are thin.
 * Below stand the volumes, and the times; prices are at the right. All scaling is in integers.
 */
#ifndef TP_PLOT_H
#define TP_PLOT_H

#include "bar.h"

#define PLOT_COLUMNS_MAX 1000
#define PLOT_ROWS_MAX 300

struct plot_style {
	unsigned columns, rows; /* of the whole picture */
	bool colour;		/* green up, red down, dim while open */
	bool ascii;		/* no bytes above 0x7e */
};

/* How many bars fit. */
size_t plot_bars_max(const struct plot_style *style);

/* Append the picture: rows lines, each ended by a newline. bars: ascending, the last n that fit are
 * drawn. */
void plot_print(const struct bar bars[], size_t n, struct span symbol, struct span interval,
		int64_t width_us, const struct plot_style *style, struct buf *out);

#endif
