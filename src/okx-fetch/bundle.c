#include "bundle.h"

#include "base64.h"
#include "digest.h"
#include "hex.h"
#include "jcs.h"
#include "json.h"
#include "limit.h"
#include "utc.h"
#include "utf8.h"

/* A record and its raw object stand around an entry: that much of the nesting limit is theirs. */
#define OUTER_DEPTH 2

static unsigned
depth_of(struct span json)
{
	unsigned depth = 0, deepest = 0;
	bool string = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (string) {
			if (c == '\\')
				i++;
			else
				string = c != '"';
		} else if (c == '"') {
			string = true;
		} else if (c == '{' || c == '[') {
			depth++;
			deepest = depth > deepest ? depth : deepest;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return deepest;
}

static bool
has_our_names(struct span object)
{
	static const char *const names[] = {"httpStatus", "request", "bodySha256",
					    "fetchedAt",  "body",    "bodyEncoding"};
	struct json_walk w = json_walk(object);
	struct span key, value;

	while (json_next_member(&w, &key, &value))
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (json_key_is(key, names[i]))
				return true;
	return false;
}

/* Can the body's members stand in the record as they are? */
static bool
can_stand(struct span body, struct buf *scratch)
{
	if (json_check(body, NULL) != JSON_OK)
		return false;
	body = json_trim(body);
	if (json_type(body) != JSON_OBJECT || has_our_names(body) ||
	    depth_of(body) + OUTER_DEPTH > LIMIT_JSON_DEPTH)
		return false;
	buf_clear(scratch);
	return jcs_append(body, scratch, NULL) == JCS_OK;
}

/* The members between the braces, byte for byte unless a line break must go. */
static void
append_members(struct span body, struct buf *out, struct buf *scratch)
{
	body = json_trim(body);
	if (memchr(body.ptr, '\n', body.len) || memchr(body.ptr, '\r', body.len)) {
		buf_clear(scratch);
		json_compact(body, scratch);
		body = buf_span(scratch);
	}
	buf_add(out, (struct span){body.ptr, body.len - 1});
}

static void
append_kept(struct span body, struct buf *out, struct buf *scratch)
{
	bool text = utf8_valid(body, NULL);

	buf_byte(out, '{');
	if (text) {
		buf_json_member_string(out, "body", body.ptr ? body : SPAN_LIT(""));
	} else {
		buf_clear(scratch);
		base64_append(body, scratch);
		buf_json_member_string(out, "body", buf_span(scratch));
	}
	buf_json_member_string(out, "bodyEncoding", span_of(text ? "utf8" : "base64"));
}

void
bundle_append(const struct bundle_reply *r, struct buf *out, struct buf *scratch)
{
	unsigned char hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1], at[UTC_TEXT_MAX];

	sha256(r->body, hash);
	hex_print(hash, sizeof hash, hex);
	utc_print_ms(r->fetched_ms, at);
	buf_json_key(out, r->key);
	if (can_stand(r->body, scratch))
		append_members(r->body, out, scratch);
	else
		append_kept(r->body, out, scratch);
	buf_json_member_u64(out, "httpStatus", r->status);
	buf_json_member_string(out, "request", span_of(r->request));
	buf_json_member_string(out, "bodySha256", span_of(hex));
	buf_json_member_string(out, "fetchedAt", span_of(at));
	buf_byte(out, '}');
}
