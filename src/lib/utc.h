/*
 * utc: points in time as integers, and their ISO 8601 text in UTC.
 *
 * Market records carry microseconds since 1970-01-01T00:00:00Z, OKX milliseconds; leap seconds are
 * not counted, as everywhere in the field. Years 1970 to 9999. No function here reads a clock
 * except utc_now_us().
 */
#ifndef TP_UTC_H
#define TP_UTC_H

#include "span.h"

#include <stdint.h>

#define UTC_TEXT_MAX 28

/* "2025-11-04T09:10:11Z", with ".123" before the Z when the milliseconds are not zero. Returns the
 * length. */
size_t utc_print_ms(int64_t ms, char out[UTC_TEXT_MAX]);

/* "2025-11-04T09:10:11.000Z": always three digits, as OKX's signature wants. */
size_t utc_print_ms_fixed(int64_t ms, char out[UTC_TEXT_MAX]);

/* YYYY-MM-DDThh:mm:ss[.f{1,6}]Z to microseconds; false for anything else (no offsets, no day 30 of
 * February). */
bool utc_parse_us(struct span text, int64_t *us);

/* Milliseconds as OKX writes them: 1 to 15 digits. */
bool utc_parse_ms_digits(struct span text, int64_t *ms);

int64_t utc_now_us(void);

/* CLOCK_MONOTONIC in microseconds, for deadlines and durations. */
int64_t utc_monotonic_us(void);

#endif
