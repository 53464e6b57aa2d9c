#include "interval.h"

#include <stdlib.h>

int64_t
interval_start(int64_t ts_us, int64_t width_us, int64_t offset_us)
{
	int64_t t = ts_us - offset_us, rest = t % width_us;

	return ts_us - (rest < 0 ? rest + width_us : rest);
}

static int64_t
unit_us(char unit)
{
	switch (unit) {
	case 's': return 1000000;
	case 'm': return 60 * INT64_C(1000000);
	case 'h': return 3600 * INT64_C(1000000);
	case 'd': return INTERVAL_DAY_US;
	default: return 0;
	}
}

static bool
parse_one(struct span text, struct interval *out)
{
	int64_t n = 0, unit;

	if (text.len < 2 || text.len >= INTERVAL_NAME_MAX || text.ptr[0] == '0')
		return false;
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		n = n * 10 + (text.ptr[i] - '0');
	}
	unit = unit_us(text.ptr[text.len - 1]);
	if (unit == 0 || n * unit > 7 * INTERVAL_DAY_US)
		return false;
	*out = (struct interval){.width_us = n * unit, .source = -1};
	memcpy(out->name, text.ptr, text.len);
	return true;
}

static int
by_width(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return (x->width_us > y->width_us) - (x->width_us < y->width_us);
}

static void
find_sources(struct intervals *v)
{
	for (size_t i = 1; i < v->n; i++)
		for (size_t k = 0; k < i; k++)
			if (v->list[i].width_us % v->list[k].width_us == 0)
				v->list[i].source = (int)k;
}

const char *
intervals_parse(struct span text, int64_t offset_us, struct intervals *out)
{
	*out = (struct intervals){.offset_us = offset_us};
	while (text.len) {
		size_t n = span_find(text, SPAN_LIT(","));

		if (out->n == INTERVALS_MAX)
			return "at most 16 intervals";
		if (!parse_one((struct span){text.ptr, n}, &out->list[out->n++]))
			return "an interval is a number and s, m, h or d, up to 7d";
		text.ptr += n + (n < text.len);
		text.len -= n + (n < text.len);
	}
	if (out->n == 0)
		return "no interval";
	qsort(out->list, out->n, sizeof out->list[0], by_width);
	for (size_t i = 1; i < out->n; i++)
		if (out->list[i].width_us == out->list[i - 1].width_us)
			return "an interval stands twice";
	find_sources(out);
	return NULL;
}
