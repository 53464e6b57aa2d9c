/*
 * cursor: the bars of one symbol and interval in order of time, out of hot and cold store alike.
 *
 * The hot store's read transaction must have begun before the first cursor is opened: a row that it
 * does not show any more is in a file by then (kline-archive(1)). Of a window in both the higher
 * version counts, and of equal ones the file's. A file is read only when its day's turn comes.
 */
#ifndef TP_CURSOR_H
#define TP_CURSOR_H

#include "cold.h"
#include "hot.h"

struct cursor {
	struct hot *hot;
	struct cold *cold;
	const char *symbol, *interval;
	int64_t from_us, to_us;
	bool descending;

	sqlite3_stmt *rows;
	struct bar hot_bar, cold_bar;
	bool has_hot, has_cold;
	int64_t *days; /* rising; those from low to high are still to come */
	size_t low, high;
	struct day day; /* the file in hand */
	size_t taken;
};

/* Bars that start in [from_us, to_us). */
void cursor_open(struct cursor *c, struct hot *hot, struct cold *cold, const char *symbol,
		 const char *interval, int64_t from_us, int64_t to_us, bool descending);
bool cursor_next(struct cursor *c, struct bar *out);
void cursor_close(struct cursor *c);

/* Was any such bar ever kept? */
bool cursor_any(struct hot *hot, struct cold *cold, const char *symbol, const char *interval);

#endif
