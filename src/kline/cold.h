/*
 * cold: old K-lines, one Parquet file a symbol, interval and day (DIR/archive), and old trades
 * beside them, whose directory is called as an interval would be.
 *
 * A file is whole or absent, and read back before cold_write() returns. Every failure ends the
 * process: 111 for what may pass, 100 for a file that is not ours or damaged.
 */
#ifndef TP_COLD_H
#define TP_COLD_H

#include "day.h"
#include "names.h"

#define COLD_TRADES "trades"

enum cold_use {
	COLD_READ,
	COLD_WRITE_BARS, /* make the directory when it is missing, and be the only one to write */
	COLD_WRITE_TRADES,
};

struct cold {
	int archive; /* the directory; -1: there is none */
	int lock;    /* of the trades; -1: none */
	struct buf file;
};

void cold_open(struct cold *c, int state, enum cold_use use);
void cold_close(struct cold *c);

/* The symbols that there are, in order. The caller frees *symbols. */
size_t cold_symbols(struct cold *c, char (**symbols)[NAMES_SYMBOL_MAX + 1]);

/* The days that there are, rising. The caller frees *days. */
size_t cold_days(struct cold *c, const char *symbol, const char *interval, int64_t **days);

/* False: there is no such file. */
bool cold_read(struct cold *c, const char *symbol, const char *interval, int64_t day,
	       struct day *out);

/* Make or replace the file; returns its length. */
size_t cold_write(struct cold *c, const char *symbol, const char *interval, int64_t day,
		  const struct day *bars);

/* Remove all files of bars, or of trades, of days before that one, and what a crash left half
 * written. */
void cold_sweep(struct cold *c, bool trades, int64_t before,
		void (*dropped)(void *context, const char *symbol, const char *interval,
				int64_t day),
		void *context);

#endif
