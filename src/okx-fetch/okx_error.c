#include "okx_error.h"

#include "json.h"

const char *
okx_class_name(enum okx_class c)
{
	switch (c) {
	case OKX_FINE: return "OK";
	case OKX_AUTH_ERROR: return "AUTH_ERROR";
	case OKX_NOT_FOUND: return "NOT_FOUND";
	case OKX_RATE_LIMIT: return "RATE_LIMIT";
	case OKX_REMOTE_4XX: return "REMOTE_4XX";
	case OKX_REMOTE_5XX: return "REMOTE_5XX";
	case OKX_TIMEOUT: return "TIMEOUT";
	case OKX_NETWORK: return "NETWORK";
	case OKX_BAD_REQUEST: return "BAD_REQUEST";
	case OKX_INTERNAL: return "INTERNAL";
	}
	return "INTERNAL";
}

static struct okx_judgement
verdict(enum okx_class class, enum okx_retry retry, const char *reason, const char *hint)
{
	return (struct okx_judgement){
	    .class = class, .retry = retry, .reason = reason, .hint = hint, .code = {"", 0}};
}

/* A body that is not OKX's envelope: a gateway, a firewall or a maintenance page spoke, or the
 * bytes were damaged. */
static struct okx_judgement
judge_foreign(unsigned status, struct span body)
{
	size_t offset = 0;
	bool truncated =
	    json_check(body, &offset) == JSON_E_TRUNCATED && offset == body.len && body.len;

	if (status == 401 || status == 403)
		return verdict(
		    OKX_AUTH_ERROR, OKX_RETRY_NO, "refused before OKX's API answered",
		    "blocked by a firewall or by country: try from a host that OKX serves");
	if (status == 404 || status == 410)
		return verdict(OKX_NOT_FOUND, OKX_RETRY_NO, "no such endpoint on this host",
			       "check OKX_BASE_URL");
	if (status == 429)
		return verdict(OKX_RATE_LIMIT, OKX_RETRY_YES, "too many requests",
			       "ask less often; other programs may share the address");
	if (status == 408 || status == 504)
		return verdict(OKX_TIMEOUT, OKX_RETRY_YES, "a gateway timed out", "retry later");
	if (status >= 400 && status < 500)
		return verdict(OKX_REMOTE_4XX, OKX_RETRY_NO,
			       "refused with a body that is not OKX's", "check OKX_BASE_URL");
	return verdict(OKX_REMOTE_5XX, OKX_RETRY_YES,
		       truncated ? "truncated JSON"
				 : "not OKX's JSON (a gateway or maintenance page?)",
		       "OKX or a gateway before it is not well: retry in minutes");
}

/* A code that the table does not know: the HTTP status decides. */
static struct okx_judgement
judge_unknown_code(const struct okx_reply *r)
{
	static const char hint[] =
	    "a code unknown to this version: look it up in OKX's error code page";

	switch (r->http_status) {
	case 401:
	case 403: return verdict(OKX_AUTH_ERROR, OKX_RETRY_NO, NULL, hint);
	case 404:
	case 410:
		return verdict(OKX_NOT_FOUND, OKX_RETRY_NO, NULL,
			       "no such endpoint on this site: check OKX_BASE_URL");
	case 408:
	case 504: return verdict(OKX_TIMEOUT, OKX_RETRY_YES, NULL, hint);
	case 429: return verdict(OKX_RATE_LIMIT, OKX_RETRY_YES, NULL, hint);
	default: break;
	}
	if (r->http_status >= 500)
		return verdict(OKX_REMOTE_5XX, OKX_RETRY_YES, NULL, hint);
	return verdict(OKX_REMOTE_4XX, OKX_RETRY_NO, NULL, hint);
}

static struct okx_judgement
judge_answer(const struct okx_reply *r, struct span body)
{
	struct okx_judgement j;
	const struct okx_code *known;

	if (!r->json)
		return judge_foreign(r->http_status, body);
	if (span_is(r->code, "0") && r->http_status == 200) {
		if (!r->data.ptr)
			return judge_foreign(502, body);
		if (r->endpoint == OKX_ORDER && r->rows == 0)
			return verdict(OKX_NOT_FOUND, OKX_RETRY_NO,
				       "no such order for this account",
				       "check ordId and instId; a canceled order that never filled "
				       "is kept for 2 hours only");
		return verdict(OKX_FINE, OKX_RETRY_NO, NULL, NULL);
	}
	known = okx_code_find(r->code);
	j = known ? verdict(known->class, known->retry, NULL, known->hint) : judge_unknown_code(r);
	j.code = r->code;
	return j;
}

void
okx_judge(enum okx_transport transport, const char *detail, const struct okx_reply *reply,
	  struct span body, struct okx_judgement *out)
{
	switch (transport) {
	case OKX_ANSWERED: *out = judge_answer(reply, body); return;
	case OKX_TIMED_OUT:
		*out = verdict(OKX_TIMEOUT, OKX_RETRY_YES, detail,
			       "OKX did not answer in time: retry, or allow more (--deadline)");
		return;
	case OKX_NO_ANSWER:
		*out =
		    verdict(OKX_NETWORK, OKX_RETRY_YES, detail,
			    "no answer from the host: check name, network, TLS and OKX_BASE_URL");
		return;
	case OKX_CUT_SHORT:
		*out = verdict(OKX_REMOTE_5XX, OKX_RETRY_YES, "truncated reply",
			       "the connection broke off within a reply: retry");
		return;
	case OKX_TOO_LARGE:
		*out = verdict(OKX_REMOTE_5XX, OKX_RETRY_NO, "reply larger than 1 MiB",
			       "not a reply of OKX's API: check OKX_BASE_URL");
		return;
	}
}
