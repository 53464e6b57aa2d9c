#include "okx_error.h"

#define CLASS_AUTH OKX_AUTH_ERROR
#define CLASS_NOT_FOUND OKX_NOT_FOUND
#define CLASS_RATE_LIMIT OKX_RATE_LIMIT
#define CLASS_REMOTE_4XX OKX_REMOTE_4XX
#define CLASS_REMOTE_5XX OKX_REMOTE_5XX
#define CLASS_TIMEOUT OKX_TIMEOUT
#define NO_RETRY OKX_RETRY_NO
#define RETRY OKX_RETRY_YES
#define RETRY_ONCE OKX_RETRY_ONCE

/* The codes that OKX documents for private reads (error code page, 2026-07-22), in ascending order.
 * Classes, retries and hints are ours. */
/* clang-format off */
static const struct okx_code table[] = {
    {50000, CLASS_REMOTE_4XX, NO_RETRY, "tool bug: POST body missing (a GET-only tool must never see this)"},
    {50001, CLASS_REMOTE_5XX, RETRY, "OKX is in maintenance; check /api/v5/system/status and retry in minutes"},
    {50002, CLASS_REMOTE_4XX, NO_RETRY, "tool bug: malformed JSON body"},
    {50004, CLASS_TIMEOUT, RETRY, "OKX gateway timed out internally; the read may be repeated"},
    {50005, CLASS_REMOTE_4XX, NO_RETRY, "endpoint switched off on this site (HTTP 410); use the archive endpoint or another region host"},
    {50006, CLASS_REMOTE_4XX, NO_RETRY, "send Content-Type: application/json"},
    {50007, CLASS_AUTH, NO_RETRY, "the account is blocked; contact OKX support"},
    {50008, CLASS_AUTH, NO_RETRY, "user does not exist for this key; wrong site or deleted sub-account"},
    {50009, CLASS_AUTH, NO_RETRY, "account frozen by a stop-out/liquidation in progress; retry later, and record it: it is itself liquidation evidence"},
    {50010, CLASS_REMOTE_4XX, NO_RETRY, "user id empty; tool bug"},
    {50011, CLASS_RATE_LIMIT, RETRY, "too many requests: the limit of this endpoint is N per 2 s per user (or IP); back off 2 s, 4 s, 8 s"},
    {50012, CLASS_AUTH, NO_RETRY, "account status invalid"},
    {50013, CLASS_REMOTE_5XX, RETRY, "OKX busy (HTTP 429 but NOT your rate limit); retry in 1-2 s"},
    {50014, CLASS_REMOTE_4XX, NO_RETRY, "a required parameter is empty: {param}"},
    {50015, CLASS_REMOTE_4XX, NO_RETRY, "one of two parameters is required (e.g. ordId or clOrdId; uly or instFamily)"},
    {50016, CLASS_REMOTE_4XX, NO_RETRY, "two parameters contradict (instType vs instId)"},
    {50017, CLASS_REMOTE_4XX, NO_RETRY, "position frozen by ADL in progress; keep the raw body as evidence"},
    {50018, CLASS_REMOTE_4XX, NO_RETRY, "currency frozen by ADL in progress; keep the raw body as evidence"},
    {50019, CLASS_REMOTE_4XX, NO_RETRY, "account frozen by ADL in progress; keep the raw body as evidence"},
    {50020, CLASS_REMOTE_4XX, NO_RETRY, "position frozen by forced liquidation in progress; keep the raw body as evidence"},
    {50021, CLASS_REMOTE_4XX, NO_RETRY, "currency frozen by liquidation in progress; keep the raw body as evidence"},
    {50022, CLASS_REMOTE_4XX, NO_RETRY, "account frozen by forced liquidation in progress; keep the raw body as evidence"},
    {50023, CLASS_REMOTE_4XX, NO_RETRY, "funding fee settlement in progress; keep the raw body as evidence"},
    {50024, CLASS_REMOTE_4XX, NO_RETRY, "two parameters exclude each other"},
    {50025, CLASS_REMOTE_4XX, NO_RETRY, "too many values in a list parameter"},
    {50026, CLASS_REMOTE_5XX, RETRY, "OKX system error; retry with back-off"},
    {50027, CLASS_AUTH, NO_RETRY, "account restricted from trading (reads normally still work)"},
    {50028, CLASS_REMOTE_4XX, NO_RETRY, "order cannot be placed (not for reads)"},
    {50029, CLASS_AUTH, NO_RETRY, "account under OKX risk control"},
    {50030, CLASS_AUTH, NO_RETRY, "this key/account has no permission for the endpoint"},
    {50033, CLASS_REMOTE_4XX, NO_RETRY, "instrument blocked for this account"},
    {50035, CLASS_AUTH, NO_RETRY, "endpoint needs an API key bound to an IP: bind the IP in the OKX key page"},
    {50038, CLASS_REMOTE_4XX, NO_RETRY, "not available in demo trading: drop x-simulated-trading or use a live key"},
    {50039, CLASS_REMOTE_4XX, NO_RETRY, "before is not supported for timestamp pagination here; page with after"},
    {50040, CLASS_RATE_LIMIT, RETRY, "operation too frequent; slow down"},
    {50041, CLASS_AUTH, NO_RETRY, "user id not allow-listed for this endpoint"},
    {50042, CLASS_REMOTE_4XX, NO_RETRY, "repeated request"},
    {50046, CLASS_REMOTE_5XX, NO_RETRY, "feature temporarily unavailable"},
    {50047, CLASS_NOT_FOUND, NO_RETRY, "instrument has settled; use the settled-instrument endpoint named in msg"},
    {50051, CLASS_AUTH, NO_RETRY, "feature blocked by country/region compliance"},
    {50052, CLASS_AUTH, NO_RETRY, "currency blocked by local law"},
    {50053, CLASS_REMOTE_4XX, NO_RETRY, "only in demo trading: send x-simulated-trading: 1 with a demo key"},
    {50059, CLASS_AUTH, NO_RETRY, "complete regulator-required steps in the OKX app"},
    {50060, CLASS_AUTH, NO_RETRY, "identity verification needed"},
    {50061, CLASS_RATE_LIMIT, RETRY, "order rate limit of the sub-account (writes); should not occur on reads"},
    {50062, CLASS_REMOTE_5XX, NO_RETRY, "feature currently unavailable"},
    {50067, CLASS_AUTH, NO_RETRY, "API key belongs to another OKX site (cross-site)"},
    {50076, CLASS_REMOTE_4XX, NO_RETRY, "begin..end window too long (days); split it"},
    {50077, CLASS_REMOTE_4XX, NO_RETRY, "begin..end window too long (months); split it"},
    {50100, CLASS_AUTH, NO_RETRY, "API key frozen; contact OKX"},
    {50101, CLASS_AUTH, NO_RETRY, "live key sent to demo or demo key sent to live: fix x-simulated-trading"},
    {50102, CLASS_AUTH, RETRY_ONCE, "clock skew >30 s: compare with /api/v5/public/time, fix NTP, use UTC"},
    {50103, CLASS_AUTH, NO_RETRY, "OK-ACCESS-KEY header missing"},
    {50104, CLASS_AUTH, NO_RETRY, "OK-ACCESS-PASSPHRASE header missing"},
    {50105, CLASS_AUTH, NO_RETRY, "wrong passphrase (set when the key was created, not the login password)"},
    {50106, CLASS_AUTH, NO_RETRY, "OK-ACCESS-SIGN header missing"},
    {50107, CLASS_AUTH, NO_RETRY, "OK-ACCESS-TIMESTAMP header missing"},
    {50108, CLASS_AUTH, NO_RETRY, "exchange id does not exist"},
    {50109, CLASS_AUTH, NO_RETRY, "exchange domain does not exist"},
    {50110, CLASS_AUTH, NO_RETRY, "your public IP (in msg) is not on the key's whitelist: add it, or run from the listed IP"},
    {50111, CLASS_AUTH, NO_RETRY, "unknown API key on this host: keys of eea.okx.com (EEA) and us.okx.com (US, AU) exist only there"},
    {50112, CLASS_AUTH, NO_RETRY, "timestamp not in ISO-8601 ms form, e.g. 2020-12-08T09:08:57.715Z"},
    {50113, CLASS_AUTH, NO_RETRY, "signature mismatch: sign exactly the bytes sent (ts+METHOD+path?query+body), check secret"},
    {50114, CLASS_AUTH, NO_RETRY, "invalid authorization"},
    {50115, CLASS_REMOTE_4XX, NO_RETRY, "wrong HTTP method"},
    {50116, CLASS_REMOTE_4XX, NO_RETRY, "fast API allows one key"},
    {50118, CLASS_AUTH, NO_RETRY, "broker must whitelist its IP to link this key"},
    {50119, CLASS_AUTH, NO_RETRY, "key does not exist HERE: EEA keys live on eea.okx.com, US/AU keys on us.okx.com, others on openapi/www.okx.com"},
    {50120, CLASS_AUTH, NO_RETRY, "key lacks the Read permission for this function"},
    {50121, CLASS_AUTH, NO_RETRY, "service refused from this IP/country"},
    {51000, CLASS_REMOTE_4XX, NO_RETRY, "bad parameter value: {param} (e.g. non-numeric ordId)"},
    {51001, CLASS_NOT_FOUND, NO_RETRY, "instId does not exist or is no longer live: use orders-history(-archive) with instType instead of trade/order"},
    {51002, CLASS_REMOTE_4XX, NO_RETRY, "instId does not match underlying"},
    {51010, CLASS_REMOTE_4XX, NO_RETRY, "not supported in this account mode"},
    {51014, CLASS_NOT_FOUND, NO_RETRY, "index does not exist"},
    {51015, CLASS_REMOTE_4XX, NO_RETRY, "instId does not match instType"},
    {51023, CLASS_NOT_FOUND, NO_RETRY, "position does not exist"},
    {51024, CLASS_AUTH, NO_RETRY, "trading account blocked (reason in msg)"},
    {51027, CLASS_NOT_FOUND, NO_RETRY, "contract expired"},
    {51043, CLASS_NOT_FOUND, NO_RETRY, "this isolated position does not exist"},
    {51063, CLASS_NOT_FOUND, NO_RETRY, "ordId does not exist"},
    {51603, CLASS_NOT_FOUND, NO_RETRY, "order does not exist FOR THIS ACCOUNT+instId, or a never-filled cancel older than 2 h"},
};
/* clang-format on */

#define CODES (sizeof table / sizeof table[0])

const struct okx_code *
okx_code_table(size_t *n)
{
	*n = CODES;
	return table;
}

const struct okx_code *
okx_code_find(struct span code)
{
	unsigned v = 0;

	if (code.len != 5)
		return NULL;
	for (size_t i = 0; i < 5; i++) {
		if (code.ptr[i] < '0' || code.ptr[i] > '9')
			return NULL;
		v = v * 10 + (unsigned)(code.ptr[i] - '0');
	}
	for (size_t i = 0; i < CODES; i++)
		if (table[i].code == v)
			return &table[i];
	return NULL;
}
