#include "cursor.h"

#include <stdlib.h>

static void
next_hot(struct cursor *c)
{
	c->has_hot = c->rows && database_step(&c->hot->db, c->rows);
	if (c->has_hot) {
		hot_row(c->hot, c->rows, &c->hot_bar);
		return;
	}
	sqlite3_finalize(c->rows);
	c->rows = NULL;
}

/* Days that begin after the end or end before the beginning are not opened. */
static bool
next_day(struct cursor *c)
{
	while (c->low < c->high) {
		int64_t day = c->descending ? c->days[--c->high] : c->days[c->low++];

		if (day < names_day(c->from_us) || day * INTERVAL_DAY_US >= c->to_us)
			continue;
		c->day.n = c->taken = 0;
		/* a file may be dropped between the listing and here */
		if (cold_read(c->cold, c->symbol, c->interval, day, &c->day))
			return true;
	}
	return false;
}

static void
next_cold(struct cursor *c)
{
	do {
		while (c->taken < c->day.n) {
			size_t i = c->descending ? c->day.n - 1 - c->taken : c->taken;

			c->taken++;
			c->cold_bar = c->day.bars[i];
			c->has_cold =
			    c->cold_bar.start_us >= c->from_us && c->cold_bar.start_us < c->to_us;
			if (c->has_cold)
				return;
		}
	} while (next_day(c));
	c->has_cold = false;
}

void
cursor_open(struct cursor *c, struct hot *hot, struct cold *cold, const char *symbol,
	    const char *interval, int64_t from_us, int64_t to_us, bool descending)
{
	*c = (struct cursor){.hot = hot,
			     .cold = cold,
			     .symbol = symbol,
			     .interval = interval,
			     .from_us = from_us,
			     .to_us = to_us,
			     .descending = descending};
	c->rows = hot_rows(hot, symbol, interval, from_us, to_us, descending);
	c->high = cold_days(cold, symbol, interval, &c->days);
	next_hot(c);
	next_cold(c);
}

bool
cursor_next(struct cursor *c, struct bar *out)
{
	bool same = c->has_hot && c->has_cold && c->hot_bar.start_us == c->cold_bar.start_us;
	bool hot = c->has_hot;

	if (!c->has_hot && !c->has_cold)
		return false;
	if (same)
		hot = c->hot_bar.version > c->cold_bar.version;
	else if (c->has_hot && c->has_cold)
		hot = (c->hot_bar.start_us < c->cold_bar.start_us) != c->descending;
	*out = hot ? c->hot_bar : c->cold_bar;
	if (hot || same)
		next_hot(c);
	if (!hot || same)
		next_cold(c);
	return true;
}

void
cursor_close(struct cursor *c)
{
	sqlite3_finalize(c->rows);
	free(c->days);
	day_release(&c->day);
	*c = (struct cursor){0};
}
