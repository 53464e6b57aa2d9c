#include "hot.h"

#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

extern const char klines_sql[];

#define VERSION 1
/* Rows between two checkpoints: the write-ahead file stays at a few megabytes. */
#define CHECKPOINT_ROWS 10000

#define COLUMNS                                                                                  \
	"symbol, interval, window_start, open, high, low, close, volume, turnover, trades, "     \
	"taker_buy_volume, taker_buy_turnover, first_trade_id, last_trade_id, version, closed, " \
	"partial"

/* ---- opening ---- */

static void
make_schema(struct hot *h)
{
	if (database_version(&h->db) == 0) {
		/* whoever meets a new file with us waits here, and finds it done */
		database_exec(&h->db, "BEGIN IMMEDIATE");
		if (database_version(&h->db) == 0)
			database_exec(&h->db, klines_sql);
		database_exec(&h->db, "COMMIT");
	}
}

static void
prepare(struct hot *h)
{
	h->put = database_prepare(
	    &h->db,
	    "INSERT INTO bars (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	    "?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT DO UPDATE SET open = excluded.open, high = "
	    "excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume, "
	    "turnover = excluded.turnover, trades = excluded.trades, taker_buy_volume = "
	    "excluded.taker_buy_volume, taker_buy_turnover = excluded.taker_buy_turnover, "
	    "first_trade_id = excluded.first_trade_id, last_trade_id = excluded.last_trade_id, "
	    "version = excluded.version, closed = excluded.closed, partial = excluded.partial "
	    "WHERE excluded.version > bars.version");
	h->find_gaps = database_prepare(&h->db, "SELECT min(first), max(last) FROM gaps WHERE "
						"symbol = ?1 AND first <= ?3 AND last >= ?2");
	h->drop_gaps = database_prepare(
	    &h->db, "DELETE FROM gaps WHERE symbol = ?1 AND first <= ?3 AND last >= ?2");
	h->add_gap =
	    database_prepare(&h->db, "INSERT INTO gaps (symbol, first, last) VALUES (?1, ?2, ?3)");
	h->add_late =
	    database_prepare(&h->db, "INSERT INTO late (symbol, interval, window_start, trade_id) "
				     "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
}

void
hot_open(struct hot *h, const char *directory, enum database_mode mode)
{
	static char path[4096];

	*h = (struct hot){0};
	if ((size_t)snprintf(path, sizeof path, "%s/kline.sqlite", directory) >= sizeof path)
		tool_die(EXIT_CONFIG, "database", directory, "path too long");
	if (mode == DATABASE_READ && access(path, F_OK) != 0)
		tool_die(EXIT_CONFIG, "database", path, strerror(errno));
	database_open(&h->db, path, mode);
	if (mode == DATABASE_WRITE)
		make_schema(h);
	if (database_version(&h->db) != VERSION)
		tool_die(EXIT_CONFIG, "database", path, "no K-lines of this version of tradepipe");
	if (mode == DATABASE_WRITE)
		prepare(h);
}

void
hot_close(struct hot *h)
{
	sqlite3_stmt *const all[] = {h->put, h->find_gaps, h->drop_gaps, h->add_gap, h->add_late};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		sqlite3_finalize(all[i]);
	database_close(&h->db);
}

/* ---- writing ---- */

bool
hot_fits(const struct bar *b)
{
	/* 10^38: what 38 digits hold */
	const decimal_int end = (decimal_int)HOT_PRICE_END * HOT_PRICE_END * 100;

	return b->high < HOT_PRICE_END && b->volume < end && b->turnover < end &&
	       b->buy_volume < end && b->buy_turnover < end && b->trades <= INT64_MAX;
}

static void
begin(struct hot *h)
{
	if (h->in_transaction)
		return;
	database_exec(&h->db, "BEGIN IMMEDIATE");
	h->in_transaction = true;
}

static void
bind_id(struct hot *h, int parameter, uint64_t id)
{
	if (id)
		database_bind_i64(&h->db, h->put, parameter, (int64_t)id);
	else
		database_bind(&h->db, h->put, parameter, (struct span){0});
}

void
hot_put(struct hot *h, struct span symbol, struct span interval, const struct bar *b)
{
	const struct {
		int parameter;
		unsigned scale;
		decimal_int value;
	} money[] = {{4, BAR_SCALE, b->open},	     {5, BAR_SCALE, b->high},
		     {6, BAR_SCALE, b->low},	     {7, BAR_SCALE, b->close},
		     {8, BAR_SCALE, b->volume},	     {9, BAR_TURNOVER_SCALE, b->turnover},
		     {11, BAR_SCALE, b->buy_volume}, {12, BAR_TURNOVER_SCALE, b->buy_turnover}};
	char text[8][FIXED_TEXT_MAX] = {{0}};

	begin(h);
	database_bind(&h->db, h->put, 1, symbol);
	database_bind(&h->db, h->put, 2, interval);
	database_bind_i64(&h->db, h->put, 3, b->start_us);
	for (size_t i = 0; i < 8; i++) {
		struct span value = {text[i], fixed_print(money[i].value, money[i].scale, text[i])};

		/* a window whose trades were all cancelled has no price */
		if (i < 4 && b->open == 0)
			value.ptr = NULL;
		database_bind(&h->db, h->put, money[i].parameter, value);
	}
	database_bind_i64(&h->db, h->put, 10, (int64_t)b->trades);
	bind_id(h, 13, b->open_id);
	bind_id(h, 14, b->close_id);
	database_bind_i64(&h->db, h->put, 15, b->version);
	database_bind_i64(&h->db, h->put, 16, b->closed);
	database_bind_i64(&h->db, h->put, 17, b->partial);
	database_run(&h->db, h->put);
	h->since_checkpoint++;
}

static void
run_on_ids(struct hot *h, sqlite3_stmt *s, struct span symbol, int64_t first, int64_t last)
{
	database_bind(&h->db, s, 1, symbol);
	database_bind_i64(&h->db, s, 2, first);
	database_bind_i64(&h->db, s, 3, last);
	if (s != h->find_gaps)
		database_run(&h->db, s);
}

/* What a stream tells twice (after a restart) comes out as if it had been told once. */
void
hot_gap(struct hot *h, struct span symbol, int64_t first, int64_t last, bool filled)
{
	int64_t low = first, high = last;

	begin(h);
	run_on_ids(h, h->find_gaps, symbol, first, last);
	if (database_step(&h->db, h->find_gaps) &&
	    sqlite3_column_type(h->find_gaps, 0) != SQLITE_NULL) {
		low = sqlite3_column_int64(h->find_gaps, 0);
		high = sqlite3_column_int64(h->find_gaps, 1);
	}
	sqlite3_reset(h->find_gaps);
	run_on_ids(h, h->drop_gaps, symbol, first, last);
	if (!filled) {
		run_on_ids(h, h->add_gap, symbol, low < first ? low : first,
			   high > last ? high : last);
		return;
	}
	if (low < first)
		run_on_ids(h, h->add_gap, symbol, low, first - 1);
	if (high > last)
		run_on_ids(h, h->add_gap, symbol, last + 1, high);
}

void
hot_late(struct hot *h, struct span symbol, struct span interval, int64_t start_us,
	 int64_t trade_id)
{
	begin(h);
	database_bind(&h->db, h->add_late, 1, symbol);
	database_bind(&h->db, h->add_late, 2, interval);
	database_bind_i64(&h->db, h->add_late, 3, start_us);
	database_bind_i64(&h->db, h->add_late, 4, trade_id);
	database_run(&h->db, h->add_late);
}

void
hot_commit(struct hot *h)
{
	if (!h->in_transaction)
		return;
	database_exec(&h->db, "COMMIT");
	h->in_transaction = false;
	if (h->since_checkpoint < CHECKPOINT_ROWS)
		return;
	h->since_checkpoint = 0;
	database_checkpoint_some(&h->db);
}

/* ---- reading ---- */

sqlite3_stmt *
hot_rows(struct hot *h, const char *symbol, const char *interval, int64_t from_us, int64_t to_us,
	 bool descending)
{
	static const char rising[] = "SELECT " COLUMNS " FROM bars WHERE symbol = ?1 AND interval "
				     "= ?2 AND window_start >= ?3 AND window_start < ?4 ORDER BY "
				     "window_start",
			  falling[] = "SELECT " COLUMNS " FROM bars WHERE symbol = ?1 AND interval "
				      "= ?2 AND window_start >= ?3 AND window_start < ?4 ORDER BY "
				      "window_start DESC";
	sqlite3_stmt *s = database_prepare(&h->db, descending ? falling : rising);

	database_bind(&h->db, s, 1, span_of(symbol));
	database_bind(&h->db, s, 2, span_of(interval));
	database_bind_i64(&h->db, s, 3, from_us);
	database_bind_i64(&h->db, s, 4, to_us);
	return s;
}

/* A number that we wrote: anything else is damage. */
static decimal_int
column(struct hot *h, sqlite3_stmt *s, int i, unsigned scale)
{
	struct span text = database_text(s, i);
	struct decimal d;

	if (!text.ptr)
		return 0;
	if (decimal_parse(text, &d) != DECIMAL_OK || d.coef < 0 || d.scale > scale)
		database_fail(&h->db, SQLITE_CORRUPT);
	for (; d.scale < scale; d.scale++)
		if (__builtin_mul_overflow(d.coef, 10, &d.coef))
			database_fail(&h->db, SQLITE_CORRUPT);
	return d.coef;
}

static int64_t
price(struct hot *h, sqlite3_stmt *s, int i)
{
	decimal_int v = column(h, s, i, BAR_SCALE);

	if (v >= HOT_PRICE_END)
		database_fail(&h->db, SQLITE_CORRUPT);
	return (int64_t)v;
}

void
hot_row(struct hot *h, sqlite3_stmt *s, struct bar *out)
{
	*out = (struct bar){
	    .start_us = sqlite3_column_int64(s, 2),
	    .open = price(h, s, 3),
	    .high = price(h, s, 4),
	    .low = price(h, s, 5),
	    .close = price(h, s, 6),
	    .volume = column(h, s, 7, BAR_SCALE),
	    .turnover = column(h, s, 8, BAR_TURNOVER_SCALE),
	    .trades = (uint64_t)sqlite3_column_int64(s, 9),
	    .buy_volume = column(h, s, 10, BAR_SCALE),
	    .buy_turnover = column(h, s, 11, BAR_TURNOVER_SCALE),
	    .open_id = (uint64_t)sqlite3_column_int64(s, 12),
	    .close_id = (uint64_t)sqlite3_column_int64(s, 13),
	    .version = (uint32_t)sqlite3_column_int64(s, 14),
	    .closed = sqlite3_column_int(s, 15) != 0,
	    .partial = sqlite3_column_int(s, 16) != 0,
	};
}
