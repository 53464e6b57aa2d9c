/*
 * Catches a token of a scenario that stands for two moments, or for one that no ledger can hold:
 * the same moves behind @t, @id and @ymd must lead to the same time.
 */
#include "fuzz.h"
#include "okx_id.h"
#include "relative.h"
#include "utc.h"

#include <inttypes.h>

/* 2026-09-01T12:34:56.789Z */
#define NOW_MS INT64_C(1788266096789)
/* ids of the present scheme begin on 2024-03-01 */
#define FIRST_ID_MS INT64_C(1709251200000)
#define LAST_MS INT64_C(253402300799999)

static enum relative_result
resolve(const char *name, struct span moves, struct buf *out)
{
	const char *why = NULL;
	struct buf token;
	enum relative_result result;

	buf_init(&token, 1 << 16);
	buf_str(&token, name);
	buf_add(&token, moves);
	buf_clear(out);
	result = relative_resolve(buf_span(&token), NOW_MS, out, &why);
	FUZZ_CHECK((result == RELATIVE_BAD) == (why != NULL));
	FUZZ_CHECK(buf_ok(out));
	buf_release(&token);
	return result;
}

static void
check_others(struct span moves, int64_t ms, struct buf *out)
{
	char text[UTC_TEXT_MAX], day[7];
	uint64_t id;

	utc_print_ms(ms, text);
	snprintf(day, sizeof day, "%.2s%.2s%.2s", text + 2, text + 5, text + 8);
	FUZZ_CHECK(resolve("@ymd", moves, out) == RELATIVE_DONE && span_is(buf_span(out), day));
	FUZZ_CHECK(resolve("BTC-USDT-@ymd", moves, out) == RELATIVE_DONE);
	FUZZ_CHECK(out->len == 15 && memcmp(out->ptr + 9, day, 6) == 0);
	if (resolve("@id", moves, out) != RELATIVE_DONE) {
		FUZZ_CHECK(ms < FIRST_ID_MS || ms > OKX_ID_LAST_MS);
		return;
	}
	FUZZ_CHECK(ms >= FIRST_ID_MS && okx_id_parse(buf_span(out), &id) && okx_id_ms(id) == ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	const char *why;
	struct buf out;
	int64_t ms;

	buf_init(&out, 1 << 16);
	if (relative_resolve(in, NOW_MS, &out, &why) == RELATIVE_PLAIN)
		FUZZ_CHECK(out.len == 0);
	if (resolve("@t", in, &out) == RELATIVE_DONE) {
		FUZZ_CHECK(utc_parse_ms_digits(buf_span(&out), &ms) && ms > 0 && ms <= LAST_MS);
		check_others(in, ms, &out);
	} else {
		FUZZ_CHECK(resolve("@ymd", in, &out) == RELATIVE_BAD);
	}
	buf_release(&out);
	return 0;
}
