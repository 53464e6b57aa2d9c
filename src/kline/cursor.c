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

/* The next bar of the file in hand. */
static void
next_cold(struct cursor *c)
{
	c->has_cold = false;
	while (!c->has_cold && c->taken < c->day.n) {
		size_t i = c->descending ? c->day.n - 1 - c->taken : c->taken;

		c->taken++;
		c->cold_bar = c->day.bars[i];
		c->has_cold = c->cold_bar.start_us >= c->from_us && c->cold_bar.start_us < c->to_us;
	}
}

/* Is there a file that must be read before the hot bar may be given out? Those of other days than
 * asked for are passed over. */
static bool
wants_file(struct cursor *c)
{
	while (c->low < c->high) {
		int64_t begin = c->days[c->descending ? c->high - 1 : c->low] * INTERVAL_DAY_US,
			end = begin + INTERVAL_DAY_US;

		if (end > c->from_us && begin < c->to_us)
			return !c->has_hot || (c->descending ? c->hot_bar.start_us < end
							     : c->hot_bar.start_us >= begin);
		if (c->descending)
			c->high--;
		else
			c->low++;
	}
	return false;
}

static void
read_file(struct cursor *c)
{
	int64_t day = c->days[c->descending ? --c->high : c->low++];

	c->day.n = c->taken = 0;
	/* it may have been dropped between the listing and here */
	if (cold_read(c->cold, c->symbol, c->interval, day, &c->day))
		next_cold(c);
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
}

bool
cursor_any(struct hot *hot, struct cold *cold, const char *symbol, const char *interval)
{
	sqlite3_stmt *s = hot_rows(hot, symbol, interval, 0, INT64_MAX, false);
	bool any = database_step(&hot->db, s);
	int64_t *days = NULL;

	sqlite3_finalize(s);
	if (!any)
		any = cold_days(cold, symbol, interval, &days) > 0;
	free(days);
	return any;
}

bool
cursor_next(struct cursor *c, struct bar *out)
{
	bool same, hot = c->has_hot;

	while (!c->has_cold && wants_file(c))
		read_file(c);
	if (!c->has_hot && !c->has_cold)
		return false;
	same = c->has_hot && c->has_cold && c->hot_bar.start_us == c->cold_bar.start_us;
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
