#include "okx_reply.h"

#include "base64.h"
#include "json.h"

bool
okx_reply_ok(const struct okx_reply *r)
{
	return r->json && r->http_status == 200 && span_is(r->code, "0") && r->data.ptr;
}

/* okx_codes.c has these as NOT_FOUND */
bool
okx_reply_none(const struct okx_reply *r)
{
	static const char *const codes[] = {"51603", "51001", "51063", "51014",
					    "51023", "51027", "51043", "50047"};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (r->json && span_is(r->code, codes[i]))
			return true;
	return false;
}

static void
read_members(struct span object, struct okx_reply *out)
{
	static const char *const names[] = {"code", "msg", "data"};
	struct span member[3], element;
	struct json_walk w;

	if (!json_pick(object, names, 3, member, NULL) || !member[0].ptr)
		return;
	if (!json_plain(member[0], &out->code)) {
		if (json_type(member[0]) != JSON_NUMBER)
			return;
		out->code = member[0];
	}
	out->json = true;
	if (member[1].ptr && json_type(member[1]) == JSON_STRING)
		out->msg = member[1];
	if (!member[2].ptr || json_type(member[2]) != JSON_ARRAY)
		return;
	out->data = member[2];
	w = json_walk(member[2]);
	while (json_next_element(&w, &element))
		out->rows++;
}

void
okx_reply_read_body(struct span body, struct okx_reply *out)
{
	out->json = false;
	out->code = out->msg = out->data = (struct span){0};
	out->rows = 0;
	if (json_check(body, NULL) != JSON_OK)
		return;
	body = json_trim(body);
	if (json_type(body) == JSON_OBJECT)
		read_members(body, out);
}

/* "GET /api/v5/trade/order?instId=..": what stands behind the question mark */
static struct span
query_of(struct span request)
{
	const char *mark = memchr(request.ptr, '?', request.len);

	if (!mark)
		return (struct span){request.ptr + request.len, 0};
	return (struct span){mark + 1, request.len - (size_t)(mark + 1 - request.ptr)};
}

static unsigned
small_number(struct span text)
{
	unsigned v = 0;

	for (size_t i = 0; i < text.len && i < 4; i++)
		v = v * 10 + (unsigned)(text.ptr[i] - '0');
	return v;
}

static void
read_kept_body(struct span body, struct span encoding, struct buf *scratch, struct okx_reply *out)
{
	struct span how;
	size_t start = scratch->len;

	if (!encoding.ptr || !json_plain(encoding, &how) || json_type(body) != JSON_STRING ||
	    !span_is(how, "utf8"))
		return; /* base64 is kept for bytes that are not text: nothing to read there */
	json_decode(body, scratch);
	if (buf_ok(scratch))
		okx_reply_read_body((struct span){scratch->ptr + start, scratch->len - start}, out);
}

bool
okx_reply_read_entry(struct span key, struct span entry, struct buf *scratch, struct okx_reply *out)
{
	static const char *const names[] = {"httpStatus", "request", "body", "bodyEncoding"};
	struct span member[4], request = {"", 0};
	enum okx_endpoint endpoint = okx_endpoint_find(key);

	if (endpoint == OKX_ENDPOINTS || json_type(entry) != JSON_OBJECT ||
	    !json_pick(entry, names, 4, member, NULL))
		return false;
	*out = (struct okx_reply){.endpoint = endpoint};
	if (member[0].ptr && json_type(member[0]) == JSON_NUMBER)
		out->http_status = small_number(member[0]);
	if (member[1].ptr)
		json_plain(member[1], &request);
	out->query = query_of(request);
	if (member[2].ptr)
		read_kept_body(member[2], member[3], scratch, out);
	else
		read_members(entry, out);
	return true;
}
