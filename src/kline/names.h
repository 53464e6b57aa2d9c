/*
 * names: symbols, days and the files of the cold store that are called by them.
 *
 * A stored symbol names a directory, so it is 1 to 64 of the characters A-Z a-z 0-9 . _ - and
 * begins with a letter or digit. Days are those of UTC, counted from 1970-01-01.
 */
#ifndef TP_NAMES_H
#define TP_NAMES_H

#include "interval.h"

#define NAMES_SYMBOL_MAX 64
#define NAMES_DAY_MAX 11
#define NAMES_FILE_MAX 128

bool names_symbol(struct span symbol);

/* A symbol as people write it, BASE/QUOTE or BASE_QUOTE, as BASE-QUOTE; false when it is none. */
bool names_edge_symbol(struct span text, char out[NAMES_SYMBOL_MAX + 1]);

/* One interval, such as "15m". */
bool names_interval(struct span text, struct interval *out);

int64_t names_day(int64_t ts_us);
/* "2024-08-08" */
void names_print_day(int64_t day, char out[NAMES_DAY_MAX]);
bool names_parse_day(struct span text, int64_t *day);

/* "SYMBOL/INTERVAL" and "SYMBOL/INTERVAL/DAY.parquet" below the archive. */
void names_directory(const char *symbol, const char *interval, char out[NAMES_FILE_MAX]);
void names_file(const char *symbol, const char *interval, int64_t day, char out[NAMES_FILE_MAX]);

#endif
