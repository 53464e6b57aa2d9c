/*
 * Catches a time that is read otherwise than the C library's calendar reads it, or does not come
 * back as it was printed.
 */
#include "fuzz.h"
#include "utc.h"

#include <time.h>

/* By position and with timegm(). */
static bool
naive_parse(struct span t, int64_t *us)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	char text[32] = {0};
	struct tm tm = {0}, same;
	int64_t fraction = 0;
	size_t i;

	if (t.len < 20 || t.len > 27 || t.len == 21 || t.ptr[t.len - 1] != 'Z')
		return false;
	for (i = 0; i < 19; i++)
		if (shape[i] == 'd' ? t.ptr[i] < '0' || t.ptr[i] > '9' : t.ptr[i] != shape[i])
			return false;
	memcpy(text, t.ptr, 19);
	sscanf(text, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
	       &tm.tm_min, &tm.tm_sec);
	if (t.len > 20 && t.ptr[19] != '.')
		return false;
	for (i = 0; i < 6; i++) {
		char c = 20 + i < t.len - 1 && t.len > 20 ? t.ptr[20 + i] : '0';

		if (c < '0' || c > '9')
			return false;
		fraction = fraction * 10 + (c - '0');
	}
	if (tm.tm_year < 1970)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	same = tm;
	*us = (int64_t)timegm(&same) * 1000000 + fraction;
	/* timegm() moves the 30th of February into March: then it was none */
	return same.tm_year == tm.tm_year && same.tm_mon == tm.tm_mon &&
	       same.tm_mday == tm.tm_mday && same.tm_hour == tm.tm_hour &&
	       same.tm_min == tm.tm_min && same.tm_sec == tm.tm_sec;
}

static void
check_print(int64_t ms)
{
	char text[UTC_TEXT_MAX], fixed[UTC_TEXT_MAX];
	size_t n = utc_print_ms(ms, text), m = utc_print_ms_fixed(ms, fixed);
	int64_t us;

	FUZZ_CHECK(n < UTC_TEXT_MAX && text[n] == 0 && m == 24 && fixed[m] == 0);
	FUZZ_CHECK(utc_parse_us((struct span){text, n}, &us) && us == ms * 1000);
	FUZZ_CHECK(utc_parse_us((struct span){fixed, m}, &us) && us == ms * 1000);
}

/* Digits: 1 to 15 of them, up to the last millisecond of 9999. */
static void
check_digits(struct span t)
{
	int64_t ms, want = 0;
	bool good = t.len >= 1 && t.len <= 15;

	for (size_t i = 0; good && i < t.len; i++) {
		good = t.ptr[i] >= '0' && t.ptr[i] <= '9';
		want = want * 10 + (t.ptr[i] - '0');
	}
	good = good && want <= INT64_C(253402300799999);
	FUZZ_CHECK(utc_parse_ms_digits(t, &ms) == good);
	if (good) {
		FUZZ_CHECK(ms == want);
		check_print(ms);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	int64_t us, want;
	bool good = utc_parse_us(text, &us);

	FUZZ_CHECK(good == naive_parse(text, &want));
	if (good) {
		FUZZ_CHECK(us == want);
		check_print(us / 1000);
	}
	check_digits(text);
	return 0;
}
