#include "request.h"

#include "json.h"
#include "okx_id.h"

#define SECRET_MAX 256

enum {
	EXCHANGE,
	INST_ID,
	ORD_ID,
	LIVE,
	FRESH,
	NO_CACHE,
	KEY_MODE,
	API_KEY,
	SECRET_KEY,
	PASSPHRASE,
	UID,
	CLIENT_META,
	SIMULATED,
	MEMBERS
};

static const char *const names[MEMBERS] = {
    "exchange", "instId",    "ordId",	   "live", "fresh",	 "noCache",  "keyMode",
    "apiKey",	"secretKey", "passphrase", "uid",  "clientMeta", "simulated"};

static const char *const chain_names[] = {"meta", "normalized", "raw", "perf", "error", "evidence"};

static bool
fail(struct request_fault *fault, const char *what, const char *why)
{
	*fault = (struct request_fault){what, why, 0};
	return false;
}

/* Letters, digits and the marks that instIds have: nothing that could end a query or start another
 * parameter. */
static bool
is_inst_id(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c && strchr("-_.", c))))
			return false;
	}
	return s.len >= 3 && s.len <= 64;
}

static bool
is_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

/* A flag that is absent or null has its default. */
static bool
read_flag(struct span value, bool otherwise, bool *out)
{
	*out = otherwise;
	if (!value.ptr || json_is_null(value))
		return true;
	*out = json_is_true(value);
	return json_type(value) == JSON_BOOL;
}

/* Decode into locked memory. It goes into an HTTP header: printable ASCII only, so that no line
 * break can add a header of its own. */
static bool
read_secret(struct span value, struct buf *secrets, struct span *out)
{
	size_t start = secrets->len;

	if (!value.ptr || json_type(value) != JSON_STRING)
		return false;
	json_decode(value, secrets);
	*out = (struct span){secrets->ptr + start, secrets->len - start};
	if (!buf_ok(secrets) || out->len == 0 || out->len > SECRET_MAX)
		return false;
	for (size_t i = 0; i < out->len; i++)
		if (out->ptr[i] < 0x20 || out->ptr[i] > 0x7e)
			return false;
	return true;
}

static bool
read_keys(const struct span member[MEMBERS], const struct credentials *standing,
	  struct buf *secrets, struct request *out, struct request_fault *fault)
{
	struct span mode;

	if (!member[KEY_MODE].ptr || !json_plain(member[KEY_MODE], &mode))
		return fail(fault, "keyMode", "must be \"inline\" or \"alias\"");
	if (span_is(mode, "alias"))
		return fail(fault, "keyMode",
			    "an alias is resolved by key-vault open, before okx-fetch");
	if (!span_is(mode, "inline"))
		return fail(fault, "keyMode", "must be \"inline\" or \"alias\"");
	if (!member[API_KEY].ptr && !member[SECRET_KEY].ptr && !member[PASSPHRASE].ptr &&
	    standing->api_key.len) {
		out->keys = *standing;
		return true;
	}
	if (!read_secret(member[API_KEY], secrets, &out->keys.api_key))
		return fail(fault, "apiKey", "1 to 256 printable characters are needed");
	if (!read_secret(member[SECRET_KEY], secrets, &out->keys.secret_key))
		return fail(fault, "secretKey", "1 to 256 printable characters are needed");
	if (!read_secret(member[PASSPHRASE], secrets, &out->keys.passphrase))
		return fail(fault, "passphrase", "1 to 256 printable characters are needed");
	return true;
}

static bool
read_order(const struct span member[MEMBERS], struct request *out, struct request_fault *fault)
{
	struct span exchange;
	uint64_t id;

	if (!member[EXCHANGE].ptr || !json_plain(member[EXCHANGE], &exchange) ||
	    !span_is(exchange, "okx"))
		return fail(fault, "exchange", "must be \"okx\"");
	if (!out->inst_id.len)
		return fail(fault, "instId", "an instrument such as \"BTC-USDT-SWAP\" is needed");
	if (!out->ord_id.len || !okx_id_parse(out->ord_id, &id) || id == UINT64_MAX)
		return fail(fault, "ordId", "OKX's order id, a string of digits, is needed");
	return true;
}

/* What can be said of the request even when it is refused. */
static void
read_labels(const struct span member[MEMBERS], struct request *out)
{
	struct span text;

	if (member[INST_ID].ptr && json_plain(member[INST_ID], &text) && is_inst_id(text))
		out->inst_id = text;
	if (member[ORD_ID].ptr && json_plain(member[ORD_ID], &text) && text.len <= 20 &&
	    is_digits(text))
		out->ord_id = text;
	if (member[CLIENT_META].ptr && json_type(member[CLIENT_META]) == JSON_OBJECT &&
	    (!json_find(member[CLIENT_META], "requestId", &out->request_id) ||
	     json_type(out->request_id) != JSON_STRING))
		out->request_id = (struct span){0};
}

static bool
read_flags(const struct span member[MEMBERS], struct request *out, struct request_fault *fault)
{
	bool simulated;

	if (!read_flag(member[LIVE], true, &out->live))
		return fail(fault, "live", "must be true or false");
	if (!read_flag(member[FRESH], false, &out->fresh))
		return fail(fault, "fresh", "must be true or false");
	if (!read_flag(member[NO_CACHE], false, &out->no_cache))
		return fail(fault, "noCache", "must be true or false");
	if (!read_flag(member[SIMULATED], out->simulated, &simulated))
		return fail(fault, "simulated", "must be true or false");
	out->simulated = simulated;
	return true;
}

/* {"code","msg","hint"} of key-vault and nothing more: a caller who forges it refuses himself. */
static bool
is_refusal(struct span error)
{
	static const char *const members[] = {"code", "msg", "hint"};
	struct json_walk w;
	struct span member[3], code, key, value;
	size_t n = 0;

	if (json_type(error) != JSON_OBJECT || !json_pick(error, members, 3, member, NULL))
		return false;
	for (w = json_walk(error); json_next_member(&w, &key, &value); n++)
		if (json_type(value) != JSON_STRING)
			return false;
	return n == 3 && member[0].ptr && member[1].ptr && member[2].ptr &&
	       json_plain(member[0], &code) &&
	       (span_is(code, "BAD_REQUEST") || span_is(code, "INTERNAL"));
}

static bool
read_uid(struct span value, struct request *out, struct request_fault *fault)
{
	out->uid = (struct span){"", 0};
	if (!value.ptr || json_is_null(value))
		return true;
	if (!json_plain(value, &out->uid) || out->uid.len > 24 || !is_digits(out->uid))
		return fail(fault, "uid", "must be a string of digits, or left out");
	return true;
}

bool
request_parse(struct span line, const struct credentials *standing, struct buf *secrets,
	      struct request *out, struct request_fault *fault)
{
	struct span member[MEMBERS], value;
	size_t offset, twice;
	enum json_error e = json_check(line, &offset);
	bool simulated = out->simulated;

	*out = (struct request){.simulated = simulated, .live = true};
	out->uid = (struct span){"", 0};
	buf_clear(secrets);
	if (e != JSON_OK) {
		*fault = (struct request_fault){json_error_code(e), json_error_text(e), offset};
		return false;
	}
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return fail(fault, "request", "must be a JSON object");
	out->text = line;
	for (size_t i = 0; i < sizeof chain_names / sizeof chain_names[0]; i++) {
		if (json_find(line, chain_names[i], &value)) {
			if (strcmp(chain_names[i], "error") == 0 && is_refusal(value)) {
				out->error = value;
				continue;
			}
			out->error = (struct span){0};
			out->forged = true;
			return fail(fault, chain_names[i],
				    "a request must not bring what verifying adds");
		}
	}
	if (!json_pick(line, names, MEMBERS, member, &twice))
		return fail(fault, names[twice], "stands twice");
	read_labels(member, out);
	if (out->error.ptr)
		return fail(fault, "error", "refused before it came here");
	return read_flags(member, out, fault) && read_order(member, out, fault) &&
	       read_uid(member[UID], out, fault) &&
	       read_keys(member, standing, secrets, out, fault);
}

bool
request_parse_keys(struct span json, struct buf *secrets, struct credentials *out, const char **why)
{
	static const char *const keys[] = {"apiKey", "secretKey", "passphrase"};
	struct span member[3];

	*why = "one JSON object with apiKey, secretKey and passphrase is needed";
	if (json_check(json, NULL) != JSON_OK)
		return false;
	json = json_trim(json);
	return json_type(json) == JSON_OBJECT && json_pick(json, keys, 3, member, NULL) &&
	       read_secret(member[0], secrets, &out->api_key) &&
	       read_secret(member[1], secrets, &out->secret_key) &&
	       read_secret(member[2], secrets, &out->passphrase);
}
