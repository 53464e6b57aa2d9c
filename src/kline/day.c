#include "day.h"

#include "names.h"

#include <stdlib.h>

enum {
	SYMBOL,
	INTERVAL,
	START,
	OPEN,
	HIGH,
	LOW,
	CLOSE,
	VOLUME,
	TURNOVER,
	TRADES,
	BUY_VOLUME,
	BUY_TURNOVER,
	FIRST_ID,
	LAST_ID,
	VERSION,
	CLOSED,
	PARTIAL,
	COLUMNS
};

static const struct parquet_column columns[COLUMNS] = {
    [SYMBOL] = {"symbol", PARQUET_TEXT, false},
    [INTERVAL] = {"interval", PARQUET_TEXT, false},
    [START] = {"windowStart", PARQUET_TIME, false},
    [OPEN] = {"open", PARQUET_PRICE, true},
    [HIGH] = {"high", PARQUET_PRICE, true},
    [LOW] = {"low", PARQUET_PRICE, true},
    [CLOSE] = {"close", PARQUET_PRICE, true},
    [VOLUME] = {"volume", PARQUET_VOLUME, false},
    [TURNOVER] = {"turnover", PARQUET_TURNOVER, false},
    [TRADES] = {"trades", PARQUET_INTEGER, false},
    [BUY_VOLUME] = {"takerBuyVolume", PARQUET_VOLUME, false},
    [BUY_TURNOVER] = {"takerBuyTurnover", PARQUET_TURNOVER, false},
    [FIRST_ID] = {"firstTradeId", PARQUET_INTEGER, true},
    [LAST_ID] = {"lastTradeId", PARQUET_INTEGER, true},
    [VERSION] = {"version", PARQUET_INTEGER, false},
    [CLOSED] = {"closed", PARQUET_BOOL, false},
    [PARTIAL] = {"partial", PARQUET_BOOL, false},
};

void
day_release(struct day *d)
{
	free(d->bars);
	*d = (struct day){0};
}

bool
day_add(struct day *d, const struct bar *b)
{
	struct bar *grown;

	if (d->n == DAY_BARS_MAX)
		return false;
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 64;

		grown = realloc(d->bars, cap * sizeof *grown);
		if (!grown)
			return false;
		d->bars = grown;
		d->cap = cap;
	}
	d->bars[d->n++] = *b;
	return true;
}

/* ---- writing ---- */

static void
put_or_null(struct parquet *p, size_t column, int64_t v)
{
	if (v)
		parquet_put_i64(p, column, v);
	else
		parquet_put_null(p, column);
}

static void
put_bar(struct parquet *p, const struct bar *b)
{
	parquet_put_i64(p, START, b->start_us);
	put_or_null(p, OPEN, b->open);
	put_or_null(p, HIGH, b->high);
	put_or_null(p, LOW, b->low);
	put_or_null(p, CLOSE, b->close);
	parquet_put_wide(p, VOLUME, b->volume);
	parquet_put_wide(p, TURNOVER, b->turnover);
	parquet_put_i64(p, TRADES, (int64_t)b->trades);
	parquet_put_wide(p, BUY_VOLUME, b->buy_volume);
	parquet_put_wide(p, BUY_TURNOVER, b->buy_turnover);
	put_or_null(p, FIRST_ID, (int64_t)b->open_id);
	put_or_null(p, LAST_ID, (int64_t)b->close_id);
	parquet_put_i64(p, VERSION, b->version);
	parquet_put_bool(p, CLOSED, b->closed);
	parquet_put_bool(p, PARTIAL, b->partial);
}

bool
day_encode(const struct day *d, struct span symbol, struct span interval, struct buf *out)
{
	struct parquet p;
	bool ok = parquet_init(&p, columns, COLUMNS);

	if (ok) {
		parquet_start(&p, out);
		for (size_t i = 0; i < d->n; i++) {
			parquet_put_text(&p, SYMBOL, symbol);
			parquet_put_text(&p, INTERVAL, interval);
			put_bar(&p, &d->bars[i]);
		}
		ok = parquet_finish(&p, out);
	}
	parquet_release(&p);
	return ok;
}

/* ---- reading ---- */

static void
take_bar(struct parquet *p, struct bar *b)
{
	int64_t trades, first, last, version;

	*b = (struct bar){0};
	parquet_take_i64(p, START, &b->start_us);
	parquet_take_i64(p, OPEN, &b->open);
	parquet_take_i64(p, HIGH, &b->high);
	parquet_take_i64(p, LOW, &b->low);
	parquet_take_i64(p, CLOSE, &b->close);
	parquet_take_wide(p, VOLUME, &b->volume);
	parquet_take_wide(p, TURNOVER, &b->turnover);
	parquet_take_i64(p, TRADES, &trades);
	parquet_take_wide(p, BUY_VOLUME, &b->buy_volume);
	parquet_take_wide(p, BUY_TURNOVER, &b->buy_turnover);
	parquet_take_i64(p, FIRST_ID, &first);
	parquet_take_i64(p, LAST_ID, &last);
	parquet_take_i64(p, VERSION, &version);
	parquet_take_bool(p, CLOSED, &b->closed);
	parquet_take_bool(p, PARTIAL, &b->partial);
	b->trades = (uint64_t)trades;
	b->open_id = (uint64_t)first;
	b->close_id = (uint64_t)last;
	b->version = version >= 0 && version <= UINT32_MAX ? (uint32_t)version : UINT32_MAX;
}

/* What a bar of ours cannot be, whatever wrote the file. */
static bool
is_possible(const struct bar *b)
{
	return b->start_us >= 0 && b->volume >= 0 && b->turnover >= 0 && b->buy_volume >= 0 &&
	       b->buy_turnover >= 0 && b->trades <= INT64_MAX && b->open_id <= INT64_MAX &&
	       b->close_id <= INT64_MAX && b->low >= 0 && b->low <= b->open && b->low <= b->close &&
	       b->open <= b->high && b->close <= b->high && (b->open == 0) == (b->high == 0) &&
	       (b->open == 0) == (b->low == 0);
}

static const char *
take_rows(struct parquet *p, struct span symbol, struct span interval, int64_t day, struct day *out)
{
	for (size_t rows = parquet_rows(p); rows; rows--) {
		struct span s, i;
		struct bar b;

		parquet_take_text(p, SYMBOL, &s);
		parquet_take_text(p, INTERVAL, &i);
		if (!span_equal(s, symbol) || !span_equal(i, interval))
			return "a bar of another symbol or interval";
		take_bar(p, &b);
		if (!is_possible(&b))
			return "no possible candle";
		if (names_day(b.start_us) != day)
			return "a bar of another day";
		if (out->n && out->bars[out->n - 1].start_us >= b.start_us)
			return "bars are not in order";
		if (!day_add(out, &b))
			return "more bars than a day has, or no memory";
	}
	return NULL;
}

const char *
day_decode(struct span file, struct span symbol, struct span interval, int64_t day, struct day *out)
{
	const char *why = "no memory";
	struct parquet p;

	if (parquet_init(&p, columns, COLUMNS)) {
		why = parquet_open(&p, file);
		for (uint64_t i = 0; !why && i < p.groups_n; i++) {
			why = parquet_load(&p, file, i);
			if (!why)
				why = take_rows(&p, symbol, interval, day, out);
		}
	}
	parquet_release(&p);
	return why;
}

bool
day_merge(const struct day *a, const struct day *b, struct day *out)
{
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		/* negative: a's comes first; 0: both have this window */
		int order = k == b->n	? -1
			    : i == a->n ? 1
					: (a->bars[i].start_us > b->bars[k].start_us) -
					      (a->bars[i].start_us < b->bars[k].start_us);
		bool from_b = order > 0 || (order == 0 && b->bars[k].version > a->bars[i].version);

		if (!day_add(out, from_b ? &b->bars[k] : &a->bars[i]))
			return false;
		i += order <= 0;
		k += order >= 0;
	}
	return true;
}
