#include "reply.h"

#include <stdio.h>

static void
start(struct reply *r, unsigned status, const char *code)
{
	buf_clear(&r->body);
	r->status = status;
	r->content_type = "application/json";
	snprintf(r->code, sizeof r->code, "%s", code);
}

/* Statuses and texts: OKX API guide v5, "Error code", and bodies seen on the wire (those without
 * "data"). */
static const struct known {
	const char *code;
	unsigned status;
	bool bare;
	const char *msg;
} known[] = {
    {"50001", 503, false, "Service temporarily unavailable. Please try again later."},
    {"50004", 400, false, "API endpoint request timeout."},
    {"50005", 410, false, "API endpoint is inactive or unavailable."},
    {"50011", 429, true, "Too Many Requests"},
    {"50013", 429, false, "Systems are busy. Please try again later."},
    {"50014", 400, false, "Parameter {} can not be empty."},
    {"50015", 400, false, "Either parameter {} is required"},
    {"50025", 200, false, "Parameter {} count exceeds the limit"},
    {"50026", 500, false, "System error. Try again later"},
    {"50030", 200, false, "You don't have permission to use this API endpoint"},
    {"50039", 200, false, "Parameter \"before\" isn't supported for timestamp pagination"},
    {"50100", 400, false, "API frozen, please contact customer service."},
    {"50101", 401, true, "APIKey does not match current environment."},
    {"50102", 401, true, "Timestamp request expired"},
    {"50103", 401, true, "Request header \"OK-ACCESS-KEY\" cannot be empty."},
    {"50104", 401, true, "Request header \"OK-ACCESS-PASSPHRASE\" cannot be empty."},
    {"50105", 401, true, "Request header \"OK-ACCESS-PASSPHRASE\" incorrect."},
    {"50106", 401, true, "Request header \"OK-ACCESS-SIGN\" cannot be empty."},
    {"50107", 401, true, "Request header \"OK-ACCESS-TIMESTAMP\" cannot be empty."},
    {"50110", 401, true, "Your IP {} is not included in your API key's IP whitelist."},
    {"50111", 401, true, "Invalid OK-ACCESS-KEY"},
    {"50112", 401, true, "Invalid OK-ACCESS-TIMESTAMP"},
    {"50113", 401, true, "Invalid signature."},
    {"50115", 405, true, "Invalid request method."},
    {"50119", 401, true, "API key doesn't exist"},
    {"50120", 200, false, "This API key doesn't have permission to use this function"},
    {"51000", 400, false, "Parameter {} error"},
    {"51001", 200, false, "Instrument ID, Instrument ID code, or Spread ID doesn't exist."},
    {"51603", 200, false, "Order does not exist."},
};

static struct known
find_known(const char *code)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].code, code) == 0)
			return known[i];
	return (struct known){code, 200, false, ""};
}

void
reply_code_as(struct reply *r, const char *code, struct span param, unsigned status,
	      const char *msg)
{
	struct known k = find_known(code);
	struct span text = span_of(msg ? msg : k.msg);
	size_t gap = span_find(text, SPAN_LIT("{}"));
	char full[256];

	if (gap < text.len)
		snprintf(full, sizeof full, "%.*s%.*s%s", (int)gap, text.ptr, (int)param.len,
			 param.ptr, text.ptr + gap + 2);
	else
		snprintf(full, sizeof full, "%s", text.ptr);
	start(r, status ? status : k.status, code);
	buf_byte(&r->body, '{');
	buf_json_member_string(&r->body, "code", span_of(code));
	if (!k.bare)
		buf_json_member_raw(&r->body, "data", SPAN_LIT("[]"));
	buf_json_member_string(&r->body, "msg", span_of(full));
	buf_byte(&r->body, '}');
}

void
reply_code(struct reply *r, const char *code, struct span param)
{
	reply_code_as(r, code, param, 0, NULL);
}

void
reply_open(struct reply *r)
{
	start(r, 200, "0");
	buf_str(&r->body, "{\"code\":\"0\",\"data\":[");
}

void
reply_row(struct reply *r, struct span json)
{
	if (r->body.len && r->body.ptr[r->body.len - 1] != '[')
		buf_byte(&r->body, ',');
	buf_add(&r->body, json);
}

void
reply_close(struct reply *r)
{
	buf_str(&r->body, "],\"msg\":\"\"}");
}
