#include "names.h"

#include "utc.h"

#include <stdio.h>

static bool
is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
names_symbol(struct span s)
{
	if (s.len == 0 || s.len > NAMES_SYMBOL_MAX || !is_word(s.ptr[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_word(s.ptr[i]) && s.ptr[i] != '.' && s.ptr[i] != '_' && s.ptr[i] != '-')
			return false;
	return true;
}

bool
names_edge_symbol(struct span text, char out[NAMES_SYMBOL_MAX + 1])
{
	if (text.len == 0 || text.len > NAMES_SYMBOL_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		out[i] = text.ptr[i] == '/' || text.ptr[i] == '_' ? '-' : text.ptr[i];
	out[text.len] = 0;
	return names_symbol(span_of(out));
}

bool
names_interval(struct span text, struct interval *out)
{
	struct intervals v;

	if (intervals_parse(text, 0, &v) != NULL || v.n != 1)
		return false;
	*out = v.list[0];
	return true;
}

int64_t
names_day(int64_t ts_us)
{
	return interval_start(ts_us, INTERVAL_DAY_US, 0) / INTERVAL_DAY_US;
}

void
names_print_day(int64_t day, char out[NAMES_DAY_MAX])
{
	char text[UTC_TEXT_MAX];

	utc_print_ms(day * (INTERVAL_DAY_US / 1000), text);
	memcpy(out, text, NAMES_DAY_MAX - 1);
	out[NAMES_DAY_MAX - 1] = 0;
}

bool
names_parse_day(struct span text, int64_t *day)
{
	char full[32];
	int64_t us;

	if (text.len != NAMES_DAY_MAX - 1)
		return false;
	snprintf(full, sizeof full, "%.10sT00:00:00Z", text.ptr);
	if (!utc_parse_us(span_of(full), &us))
		return false;
	*day = us / INTERVAL_DAY_US;
	return true;
}

void
names_directory(const char *symbol, const char *interval, char out[NAMES_FILE_MAX])
{
	snprintf(out, NAMES_FILE_MAX, "%s/%s", symbol, interval);
}

void
names_file(const char *symbol, const char *interval, int64_t day, char out[NAMES_FILE_MAX])
{
	char text[NAMES_DAY_MAX];

	names_print_day(day, text);
	snprintf(out, NAMES_FILE_MAX, "%s/%s/%s.parquet", symbol, interval, text);
}
