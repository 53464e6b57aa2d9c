#include "credentials.h"

#include "json.h"

#define MEMBER_MAX 256
#define UID_MAX 24

static const char *const names[] = {"apiKey", "secretKey", "passphrase", "uid"};
#define NAMES (sizeof names / sizeof names[0])

static bool
read_text(struct span value, struct buf *room, struct span *out)
{
	size_t start = room->len;

	if (!value.ptr || json_type(value) != JSON_STRING)
		return false;
	json_decode(value, room);
	if (!buf_ok(room))
		return false;
	*out = (struct span){room->ptr + start, room->len - start};
	for (size_t i = 0; i < out->len; i++)
		if (out->ptr[i] < 0x20 || out->ptr[i] > 0x7e)
			return false;
	return out->len <= MEMBER_MAX;
}

static bool
read_uid(struct span value, struct buf *room, struct span *out)
{
	*out = SPAN_LIT("");
	if (!value.ptr || json_is_null(value))
		return true;
	if (!read_text(value, room, out))
		return false;
	for (size_t i = 0; i < out->len; i++)
		if (out->ptr[i] < '0' || out->ptr[i] > '9')
			return false;
	return out->len <= UID_MAX;
}

/* A fifth member may be a secret that somebody believes to be kept. */
static bool
has_only_ours(struct span object)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	while (json_next_member(&w, &key, &value)) {
		bool ours = false;

		for (size_t i = 0; i < NAMES; i++)
			ours |= json_key_is(key, names[i]);
		if (!ours)
			return false;
	}
	return true;
}

bool
credentials_parse(struct span json, struct buf *room, struct credentials *out, const char **why)
{
	struct span member[NAMES];

	*out = (struct credentials){0};
	*why = "one JSON object with apiKey, secretKey, passphrase and perhaps uid is needed";
	if (json_check(json, NULL) != JSON_OK)
		return false;
	json = json_trim(json);
	if (json_type(json) != JSON_OBJECT || !json_pick(json, names, NAMES, member, NULL) ||
	    !has_only_ours(json))
		return false;
	*why = "apiKey, secretKey and passphrase have 1 to 256 printable characters each";
	if (!read_text(member[0], room, &out->api_key) || !out->api_key.len ||
	    !read_text(member[1], room, &out->secret_key) || !out->secret_key.len ||
	    !read_text(member[2], room, &out->passphrase) || !out->passphrase.len)
		return false;
	*why = "uid has up to 24 digits";
	return read_uid(member[3], room, &out->uid);
}

void
credentials_print(const struct credentials *c, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, names[0], c->api_key);
	buf_json_member_string(out, names[1], c->secret_key);
	buf_json_member_string(out, names[2], c->passphrase);
	buf_json_member_string(out, names[3], c->uid);
	buf_byte(out, '}');
}
