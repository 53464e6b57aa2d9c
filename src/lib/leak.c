#include "leak.h"

#include "json.h"

#define SHORT_SECRET 6

/* Lower-case letters and digits only. */
static const char *const names[] = {
    "apikey",	     "apisecret",	   "secret",
    "secretkey",     "apisecretkey",	   "passphrase",
    "apipassphrase", "password",	   "passwd",
    "privatekey",    "mnemonic",	   "okaccesskey",
    "okaccesssign",  "okaccesspassphrase", "okaccesstimestamp",
    "xsignature",    "authorization",	   "encpayload",
};

bool
leak_is_secret_name(struct span key)
{
	char raw[128] = "", plain[64];
	struct buf decoded = {.ptr = raw, .cap = sizeof raw, .max = sizeof raw};
	size_t n = 0;

	/* names longer than any of ours, however they are spelled, cannot be one of them */
	if (key.len > 120)
		return false;
	json_decode((struct span){key.ptr - 1, key.len + 2}, &decoded);
	for (size_t i = 0; i < decoded.len && n < sizeof plain - 1; i++) {
		char c = raw[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			plain[n++] = c;
	}
	plain[n] = 0;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(plain, names[i]) == 0)
			return true;
	return false;
}

static bool
has(struct span text, struct span needle)
{
	return needle.len && span_find(text, needle) < text.len;
}

bool
leak_found(struct span text, const struct span secrets[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char room[2048];
		struct buf quoted = {.ptr = room, .cap = sizeof room, .max = sizeof room};
		struct span written;

		if (secrets[i].len == 0)
			continue;
		if (secrets[i].len >= SHORT_SECRET && has(text, secrets[i]))
			return true;
		buf_json_string(&quoted, secrets[i]);
		written = buf_span(&quoted);
		if (secrets[i].len >= SHORT_SECRET)
			written = (struct span){room + 1, quoted.len - 2};
		if (buf_ok(&quoted) && has(text, written)) {
			explicit_bzero(room, sizeof room);
			return true;
		}
		explicit_bzero(room, sizeof room);
	}
	return false;
}

static size_t strip_value(struct span value, struct buf *out);

static bool
is_kept(struct span value, const struct span kept[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kept[i].ptr == value.ptr)
			return true;
	return false;
}

size_t
leak_strip_around(struct span object, const struct span kept[], size_t n, struct buf *out)
{
	struct json_walk w = json_walk(object);
	struct span key, value;
	size_t dropped = 0;

	buf_byte(out, '{');
	while (json_next_member(&w, &key, &value)) {
		if (leak_is_secret_name(key)) {
			dropped++;
			continue;
		}
		if (out->len && out->ptr[out->len - 1] != '{')
			buf_byte(out, ',');
		buf_add(out, (struct span){key.ptr - 1, key.len + 2});
		buf_byte(out, ':');
		if (is_kept(value, kept, n))
			buf_add(out, value);
		else
			dropped += strip_value(value, out);
	}
	buf_byte(out, '}');
	return dropped;
}

static size_t
strip_array(struct span array, struct buf *out)
{
	struct json_walk w = json_walk(array);
	struct span element;
	size_t dropped = 0;
	bool first = true;

	buf_byte(out, '[');
	while (json_next_element(&w, &element)) {
		if (!first)
			buf_byte(out, ',');
		first = false;
		dropped += strip_value(element, out);
	}
	buf_byte(out, ']');
	return dropped;
}

/* As deep as json_check() lets containers nest. */
static size_t
strip_value(struct span value, struct buf *out)
{
	if (json_type(value) == JSON_OBJECT)
		return leak_strip_around(value, NULL, 0, out);
	if (json_type(value) == JSON_ARRAY)
		return strip_array(value, out);
	buf_add(out, value);
	return 0;
}

size_t
leak_strip(struct span json, struct buf *out)
{
	return strip_value(json_trim(json), out);
}

/* Collected spans are offsets until the end, for the store may move; see leak_collect(). */
static size_t
collect(struct span json, struct buf *store, struct span out[], size_t n, size_t max)
{
	struct json_walk w;
	struct span key = {0}, value;
	bool object = json_type(json) == JSON_OBJECT;

	if (!object && json_type(json) != JSON_ARRAY)
		return n;
	w = json_walk(json);
	while (n < max &&
	       (object ? json_next_member(&w, &key, &value) : json_next_element(&w, &value))) {
		if (object && json_type(value) == JSON_STRING && leak_is_secret_name(key)) {
			size_t start = store->len;

			json_decode(value, store);
			out[n++] = (struct span){NULL, store->len - start};
		} else {
			n = collect(value, store, out, n, max);
		}
	}
	return n;
}

size_t
leak_collect(struct span json, struct buf *store, struct span out[], size_t max)
{
	size_t start = store->len, n = collect(json_trim(json), store, out, 0, max);

	for (size_t i = 0; i < n; i++) {
		out[i].ptr = store->ptr ? store->ptr + start : "";
		start += out[i].len;
	}
	return n;
}
