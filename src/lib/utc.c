#include "utc.h"

#include "check.h"

#include <stdio.h>
#include <time.h>

#define MS_PER_DAY INT64_C(86400000)
/* 9999-12-31T23:59:59.999Z */
#define MS_MAX INT64_C(253402300799999)

/*
 * Days since 1970-01-01 of a civil date and back, for the proleptic Gregorian calendar. Years are
 * counted from March, so that the leap day is the last of its year, in eras of 400 years = 146097
 * days.
 */
static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400, of_era = y % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t z = days + 719468, era = z / 146097, of_era = z % 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*day = of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = y + era * 400 + (*month <= 2);
}

static size_t
print(int64_t ms, bool fraction, char out[UTC_TEXT_MAX])
{
	int64_t year, month, day, of_day = ms % MS_PER_DAY;
	int n;

	CHECK(ms >= 0 && ms <= MS_MAX);
	civil_from_days(ms / MS_PER_DAY, &year, &month, &day);
	n = snprintf(out, UTC_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", (int)(year % 10000),
		     (int)(month % 100), (int)(day % 100), (int)(of_day / 3600000),
		     (int)(of_day / 60000 % 60), (int)(of_day / 1000 % 60));
	if (fraction)
		n += snprintf(out + n, UTC_TEXT_MAX - (size_t)n, ".%03d", (int)(of_day % 1000));
	out[n++] = 'Z';
	out[n] = 0;
	return (size_t)n;
}

size_t
utc_print_ms(int64_t ms, char out[UTC_TEXT_MAX])
{
	return print(ms, ms % 1000 != 0, out);
}

size_t
utc_print_ms_fixed(int64_t ms, char out[UTC_TEXT_MAX])
{
	return print(ms, true, out);
}

/* n digits at p as a number, or -1. */
static int64_t
number(const char *p, size_t n)
{
	int64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

bool
utc_parse_us(struct span t, int64_t *us)
{
	static const char shape[] = "....-..-..T..:..:..";
	int64_t year, month, day, hour, minute, second, fraction = 0, days, y, m, d;
	size_t digits;

	if (t.len < sizeof shape || t.ptr[t.len - 1] != 'Z')
		return false;
	for (size_t i = 0; i < sizeof shape - 1; i++)
		if (shape[i] != '.' && shape[i] != t.ptr[i])
			return false;
	year = number(t.ptr, 4);
	month = number(t.ptr + 5, 2);
	day = number(t.ptr + 8, 2);
	hour = number(t.ptr + 11, 2);
	minute = number(t.ptr + 14, 2);
	second = number(t.ptr + 17, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (t.len > sizeof shape) {
		digits = t.len - sizeof shape - 1;
		if (t.ptr[19] != '.' || digits < 1 || digits > 6)
			return false;
		fraction = number(t.ptr + 20, digits);
		if (fraction < 0)
			return false;
		for (; digits < 6; digits++)
			fraction *= 10;
	}
	days = days_from_civil(year, month, day);
	civil_from_days(days, &y, &m, &d);
	if (y != year || m != month || d != day)
		return false;
	*us = ((days * 24 + hour) * 60 + minute) * 60000000 + second * 1000000 + fraction;
	return true;
}

bool
utc_parse_ms_digits(struct span t, int64_t *ms)
{
	int64_t v = t.len >= 1 && t.len <= 15 ? number(t.ptr, t.len) : -1;

	if (v < 0 || v > MS_MAX)
		return false;
	*ms = v;
	return true;
}

static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	CHECK(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
utc_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
utc_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}
