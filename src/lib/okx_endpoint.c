#include "okx_endpoint.h"

#include "check.h"

static const struct okx_endpoint_facts facts[OKX_ENDPOINTS] = {
    [OKX_TIME] = {"public/time", false, true, 10, 2000, 0, 0},
    [OKX_CONFIG] = {"account/config", true, false, 5, 2000, 0, 0},
    [OKX_ORDER] = {"trade/order", true, false, 60, 2000, 0, 0},
    [OKX_INSTRUMENTS] = {"public/instruments", false, true, 20, 2000, 0, 0},
    [OKX_POSITIONS] = {"account/positions", true, false, 10, 2000, 0, 0},
    [OKX_POSITIONS_HISTORY] = {"account/positions-history", true, false, 10, 2000, OKX_MONTHS_MS,
			       100},
    [OKX_ORDERS_HISTORY] = {"trade/orders-history", true, false, 40, 2000, 7 * OKX_DAY_MS, 100},
    [OKX_ORDERS_ARCHIVE] = {"trade/orders-history-archive", true, false, 20, 2000, OKX_MONTHS_MS,
			    100},
    [OKX_FILLS] = {"trade/fills", true, false, 60, 2000, 3 * OKX_DAY_MS, 100},
    [OKX_FILLS_HISTORY] = {"trade/fills-history", true, false, 10, 2000, OKX_MONTHS_MS, 100},
    [OKX_BILLS] = {"account/bills", true, false, 5, 1000, 7 * OKX_DAY_MS, 100},
    [OKX_BILLS_ARCHIVE] = {"account/bills-archive", true, false, 5, 2000, OKX_MONTHS_MS, 100},
    [OKX_TRADES] = {"market/trades", false, true, 100, 2000, 0, 500},
    [OKX_HISTORY_TRADES] = {"market/history-trades", false, true, 20, 2000, OKX_MONTHS_MS, 100},
};

const struct okx_endpoint_facts *
okx_endpoint_facts(enum okx_endpoint e)
{
	CHECK(e < OKX_ENDPOINTS);
	return &facts[e];
}

enum okx_endpoint
okx_endpoint_find(struct span name)
{
	const char *number = memchr(name.ptr, '#', name.len);
	enum okx_endpoint e = 0;

	if (number)
		name.len = (size_t)(number - name.ptr);
	while (e < OKX_ENDPOINTS && !span_is(name, facts[e].name))
		e++;
	return e;
}

static bool
is_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

/* SPOT A-B, SWAP A-B-SWAP, FUTURES A-B-YYMMDD, OPTION A-B-YYMMDD-STRIKE-C|P; a part may hold an
 * underscore (BTC-USD_UM-SWAP). */
const char *
okx_inst_type(struct span inst_id, bool *pair)
{
	struct span part[6];
	size_t n = 0, start = 0;

	*pair = false;
	for (size_t i = 0; i <= inst_id.len; i++) {
		if (i < inst_id.len && inst_id.ptr[i] != '-')
			continue;
		if (n == 6 || i == start)
			return NULL;
		part[n++] = (struct span){inst_id.ptr + start, i - start};
		start = i + 1;
	}
	if (n == 2) {
		*pair = true;
		return "SPOT";
	}
	if (n == 3 && span_is(part[2], "SWAP"))
		return "SWAP";
	if (n == 3 && part[2].len == 6 && is_digits(part[2]))
		return "FUTURES";
	if (n == 5 && part[2].len == 6 && is_digits(part[2]) &&
	    (span_is(part[4], "C") || span_is(part[4], "P")))
		return "OPTION";
	return NULL;
}

bool
okx_query_get(struct span query, const char *name, struct span *value)
{
	size_t len = strlen(name), at = 0;

	while (at < query.len) {
		const char *start = query.ptr + at;
		const char *end = memchr(start, '&', query.len - at);
		size_t n = end ? (size_t)(end - start) : query.len - at;

		if (n > len && memcmp(start, name, len) == 0 && start[len] == '=') {
			*value = (struct span){start + len + 1, n - len - 1};
			return true;
		}
		at += n + 1;
	}
	return false;
}
