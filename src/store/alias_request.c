#include "alias_request.h"

#include "json.h"

#define ALIAS_MAX 64
#define USER_MAX 128

enum { KEY_MODE, KEY_ALIAS, API_KEY, SECRET_KEY, PASSPHRASE, UID, CLIENT_META, MEMBERS };

static const char *const names[MEMBERS] = {"keyMode",	 "keyAlias", "apiKey",	  "secretKey",
					   "passphrase", "uid",	     "clientMeta"};

bool
alias_is_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      c == '_' || (i && (c == '.' || c == '-'))))
			return false;
	}
	return s.len >= 1 && s.len <= ALIAS_MAX;
}

bool
alias_is_user(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x21 || s.ptr[i] == 0x7f)
			return false;
	return s.len >= 1 && s.len <= USER_MAX;
}

static bool
asks(struct span value)
{
	struct span mode;

	return value.ptr && json_plain(value, &mode) && span_is(mode, "alias");
}

/* Whose alias is meant. A strange or missing id does not fall back to one that owns something. */
static bool
read_user(struct span meta, struct span *out)
{
	struct span value;

	*out = SPAN_LIT("local");
	if (!meta.ptr || json_is_null(meta))
		return true;
	if (json_type(meta) != JSON_OBJECT)
		return false;
	if (!json_find(meta, "userId", &value) || json_is_null(value))
		return true;
	return json_plain(value, out) && alias_is_user(*out);
}

static bool
read_uid(struct span value, struct span *out)
{
	*out = SPAN_LIT("");
	return !value.ptr || json_is_null(value) || json_plain(value, out);
}

enum alias_kind
alias_request_read(struct span line, struct alias_request *out, const char **what, const char **why)
{
	struct span member[MEMBERS];

	*out = (struct alias_request){.text = json_trim(line)};
	if (!json_pick(out->text, names, MEMBERS, member, NULL) || !asks(member[KEY_MODE]))
		return ALIAS_NOT_ASKED;
	out->key_mode = member[KEY_MODE];
	out->uid_value = member[UID];
	*what = "keyAlias";
	*why = "the name of an alias is needed";
	if (!member[KEY_ALIAS].ptr || !json_plain(member[KEY_ALIAS], &out->alias) ||
	    !alias_is_name(out->alias))
		return ALIAS_REFUSED;
	*what = "keyMode";
	*why = "with an alias, apiKey, secretKey and passphrase are not sent";
	if (member[API_KEY].ptr || member[SECRET_KEY].ptr || member[PASSPHRASE].ptr)
		return ALIAS_REFUSED;
	*what = "clientMeta";
	*why = "userId must be a name without spaces, or left out";
	if (!read_user(member[CLIENT_META], &out->user_id))
		return ALIAS_REFUSED;
	*what = "uid";
	*why = "must be a string of digits, or left out";
	return read_uid(member[UID], &out->uid) ? ALIAS_ASKED : ALIAS_REFUSED;
}

/* Copy from *at up to the value, put text in its place, and go behind it. */
static void
replace(const char **at, struct span value, struct span text, struct buf *out)
{
	buf_add(out, (struct span){*at, (size_t)(value.ptr - *at)});
	buf_json_string(out, text);
	*at = value.ptr + value.len;
}

void
alias_request_fill(const struct alias_request *r, const struct credentials *c, struct buf *out)
{
	bool add_uid = r->uid.len == 0 && c->uid.len > 0;
	bool in_place = add_uid && r->uid_value.ptr;
	bool uid_first = in_place && r->uid_value.ptr < r->key_mode.ptr;
	const char *at = r->text.ptr;
	struct span rest;

	if (uid_first)
		replace(&at, r->uid_value, c->uid, out);
	replace(&at, r->key_mode, SPAN_LIT("inline"), out);
	if (in_place && !uid_first)
		replace(&at, r->uid_value, c->uid, out);
	/* up to the closing brace */
	rest = (struct span){at, (size_t)(r->text.ptr + r->text.len - 1 - at)};
	buf_add(out, rest);
	buf_json_member_string(out, "apiKey", c->api_key);
	buf_json_member_string(out, "secretKey", c->secret_key);
	buf_json_member_string(out, "passphrase", c->passphrase);
	if (add_uid && !in_place)
		buf_json_member_string(out, "uid", c->uid);
	buf_byte(out, '}');
}
