/*
 * hot: the newest K-lines, in SQLite (DIR/kline.sqlite).
 *
 * Nothing that was put is kept before hot_commit() returns. Every failure ends the process
 * (database.h).
 */
#ifndef TP_HOT_H
#define TP_HOT_H

#include "bar.h"
#include "database.h"
#include "names.h"

/* Prices are DECIMAL(18,8) in the cold store, sums DECIMAL(38,8) and (38,16). */
#define HOT_PRICE_END INT64_C(1000000000000000000)

struct hot {
	struct database db;
	sqlite3_stmt *put, *find_gaps, *drop_gaps, *add_gap, *add_late;
	bool in_transaction;
	uint64_t since_checkpoint; /* rows put */
};

/* directory is named in messages only. With DATABASE_READ the file must be there. */
void hot_open(struct hot *h, const char *directory, enum database_mode mode);
void hot_close(struct hot *h);

/* Can both stores hold these numbers? */
bool hot_fits(const struct bar *b);

/* Keep the bar unless one of the same or a higher version is there. */
void hot_put(struct hot *h, struct span symbol, struct span interval, const struct bar *b);

/* The ids from first to last are missing, or have come. */
void hot_gap(struct hot *h, struct span symbol, int64_t first, int64_t last, bool filled);

void hot_late(struct hot *h, struct span symbol, struct span interval, int64_t start_us,
	      int64_t trade_id);

void hot_commit(struct hot *h);

/* Rows of one symbol and interval, in order of time: step with database_step(), read with
 * hot_row(). */
sqlite3_stmt *hot_rows(struct hot *h, const char *symbol, const char *interval, int64_t from_us,
		       int64_t to_us, bool descending);
void hot_row(struct hot *h, sqlite3_stmt *s, struct bar *out);

#endif
