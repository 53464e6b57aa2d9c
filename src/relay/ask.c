#include "ask.h"

#include "json.h"
#include "leak.h"

enum {
	EXCHANGE,
	INST_ID,
	ORD_ID,
	LIVE,
	FRESH,
	SIMULATED,
	CLIENT_META,
	API_KEY,
	SECRET_KEY,
	PASSPHRASE,
	ERROR,
	MEMBERS
};

static const char *const names[MEMBERS] = {"exchange",	"instId",     "ordId",	    "live",
					   "fresh",	"simulated",  "clientMeta", "apiKey",
					   "secretKey", "passphrase", "error"};

static const char *const chain_names[] = {"meta", "normalized", "raw", "perf", "evidence"};

static bool
fail(struct ask_fault *fault, const char *what, const char *why, size_t offset)
{
	*fault = (struct ask_fault){what, why, offset};
	return false;
}

static bool
read_secrets(const struct span member[MEMBERS], struct buf *secrets, struct ask *out)
{
	size_t start[4] = {0};

	for (int i = 0; i < 3; i++) {
		struct span value = member[API_KEY + i];

		if (value.ptr && json_type(value) == JSON_STRING)
			json_decode(value, secrets);
		start[i + 1] = secrets->len;
	}
	for (int i = 0; i < 3; i++)
		out->secrets[i] = (struct span){secrets->ptr ? secrets->ptr + start[i] : "",
						start[i + 1] - start[i]};
	return buf_ok(secrets);
}

static void
read_client_meta(struct span value, struct buf *meta, struct ask *out)
{
	if (!value.ptr || json_type(value) != JSON_OBJECT)
		return;
	leak_strip(value, meta);
	out->client_meta = buf_span(meta);
	if (!json_find(out->client_meta, "requestId", &out->request_id) ||
	    json_type(out->request_id) != JSON_STRING)
		out->request_id = (struct span){0};
}

/* As key-vault leaves it in a request whose alias it could not open. */
static bool
is_error(struct span value)
{
	static const char *const parts[] = {"code", "msg", "hint"};
	struct span part[3];

	if (json_type(value) != JSON_OBJECT || !json_pick(value, parts, 3, part, NULL))
		return false;
	for (int i = 0; i < 3; i++)
		if (!part[i].ptr || json_type(part[i]) != JSON_STRING)
			return false;
	return true;
}

bool
ask_read(struct span line, struct buf *secrets, struct buf *meta, struct ask *out,
	 struct ask_fault *fault)
{
	struct span member[MEMBERS], value;
	size_t offset, twice;
	enum json_error e = json_check(line, &offset);

	*out = (struct ask){0};
	buf_clear(secrets);
	buf_clear(meta);
	if (e != JSON_OK)
		return fail(fault, json_error_code(e), json_error_text(e), offset);
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return fail(fault, "request", "must be a JSON object", 0);
	for (size_t i = 0; i < sizeof chain_names / sizeof chain_names[0]; i++)
		if (json_find(line, chain_names[i], &value))
			return fail(fault, chain_names[i],
				    "a request must not bring what verifying adds", 0);
	if (!json_pick(line, names, MEMBERS, member, &twice))
		return fail(fault, names[twice], "stands twice", 0);
	if (member[ERROR].ptr && !is_error(member[ERROR]))
		return fail(fault, "error", "a request must not bring what verifying adds", 0);
	out->text = line;
	out->error = member[ERROR];
	out->exchange = member[EXCHANGE];
	out->inst_id = member[INST_ID];
	out->ord_id = member[ORD_ID];
	out->live = member[LIVE];
	out->fresh = member[FRESH];
	out->simulated = member[SIMULATED];
	if (!read_secrets(member, secrets, out))
		return fail(fault, "apiKey", "longer than keys may be", 0);
	read_client_meta(member[CLIENT_META], meta, out);
	return buf_ok(meta) || fail(fault, "clientMeta", "longer than it may be", 0);
}
