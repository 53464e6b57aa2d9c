#include "roster.h"

#include "json.h"

#include <stdlib.h>

void
roster_init(struct roster *a, const uint64_t secret[2])
{
	*a = (struct roster){0};
	buf_init(&a->text, ACCOUNTS_FILE_BYTES);
	keymap_init(&a->by_name, ACCOUNTS_MAX, secret);
}

void
roster_release(struct roster *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->list[i].keys);
		free(a->list[i].limits);
	}
	free(a->list);
	buf_release(&a->text);
	keymap_release(&a->by_name);
}

/* ---- one line ---- */

static const char *
read_status(struct span value, struct account *out)
{
	struct span text;

	out->status = ACCOUNT_ACTIVE;
	if (!value.ptr)
		return "no status";
	if (json_plain(value, &text) && span_is(text, "active"))
		return NULL;
	out->status = ACCOUNT_FROZEN;
	if (json_plain(value, &text) && span_is(text, "frozen"))
		return NULL;
	out->status = ACCOUNT_CLOSED;
	if (json_plain(value, &text) && span_is(text, "closed"))
		return NULL;
	return "status is active, frozen or closed";
}

static const char *
read_roles(struct span value, struct account *out)
{
	struct span role, text;
	struct json_walk w;

	out->roles = ROLE_TRADE;
	if (!value.ptr)
		return NULL;
	if (json_type(value) != JSON_ARRAY)
		return "roles is an array";
	out->roles = 0;
	w = json_walk(value);
	while (json_next_element(&w, &role)) {
		if (!json_plain(role, &text))
			return "a role is a string";
		if (span_is(text, "trade"))
			out->roles |= ROLE_TRADE;
		else if (span_is(text, "maker"))
			out->roles |= ROLE_MAKER;
		else if (span_is(text, "operator"))
			out->roles |= ROLE_OPERATOR;
		else
			return "a role is trade, maker or operator";
	}
	return NULL;
}

static const char *
read_key(struct span value, struct account *out)
{
	static const char *const names[] = {"scheme", "pubkey"};
	enum signature_scheme scheme;
	struct span m[2], name, hex;

	if (out->key_n == ACCOUNT_KEYS_MAX)
		return "more than 16 keys";
	if (json_type(value) != JSON_OBJECT || !json_pick(value, names, 2, m, NULL) || !m[0].ptr ||
	    !m[1].ptr || !json_plain(m[0], &name) || !json_plain(m[1], &hex))
		return "a key has scheme and pubkey";
	if (!scheme_of(name, &scheme))
		return "a scheme is ed25519 or secp256k1";
	return public_key_parse(scheme, hex, &out->keys[out->key_n++]);
}

static const char *
read_keys(struct span value, struct account *out)
{
	struct json_walk w;
	struct span key;
	const char *why;

	if (!value.ptr)
		return NULL;
	if (json_type(value) != JSON_ARRAY)
		return "keys is an array";
	w = json_walk(value);
	out->keys = calloc(ACCOUNT_KEYS_MAX, sizeof out->keys[0]);
	if (!out->keys)
		return "no memory";
	while (json_next_element(&w, &key)) {
		why = read_key(key, out);
		if (why)
			return why;
	}
	/* most accounts have one: hold no more than there are */
	if (out->key_n) {
		struct public_key *fit = realloc(out->keys, out->key_n * sizeof out->keys[0]);

		out->keys = fit ? fit : out->keys;
	}
	return NULL;
}

static const char *
read_limits(struct span value, struct account *out)
{
	struct json_walk w;
	struct span key, amount, text;

	if (!value.ptr)
		return NULL;
	if (json_type(value) != JSON_OBJECT)
		return "limits is an object";
	out->limits = calloc(ACCOUNT_LIMITS_MAX, sizeof out->limits[0]);
	if (!out->limits)
		return "no memory";
	w = json_walk(value);
	while (json_next_member(&w, &key, &amount)) {
		struct asset_limit *l = &out->limits[out->limit_n];

		if (out->limit_n == ACCOUNT_LIMITS_MAX)
			return "more than 16 limits";
		for (size_t i = 0; i < out->limit_n; i++)
			if (span_equal(out->limits[i].asset, key))
				return "an asset is limited twice";
		l->asset = key;
		if (!json_plain(amount, &text) || decimal_parse(text, &l->amount) != DECIMAL_OK ||
		    decimal_sign(l->amount) < 0)
			return "a limit is a string of a decimal number";
		out->limit_n++;
	}
	return NULL;
}

static const char *
read_account(struct span line, struct account *out)
{
	static const char *const names[] = {"account", "status", "roles", "keys", "limits"};
	struct span m[5];
	enum json_error e = json_check(line, NULL);
	const char *why;

	*out = (struct account){0};
	if (e != JSON_OK)
		return json_error_text(e);
	line = json_trim(line);
	if (json_type(line) != JSON_OBJECT)
		return "no JSON object";
	if (!json_pick(line, names, 5, m, NULL))
		return "a member stands twice";
	if (!m[0].ptr || !json_plain(m[0], &out->name) || out->name.len == 0 ||
	    out->name.len > INCOMING_NAME_BYTES)
		return "account is a string of 1 to 64 bytes, without escapes";
	why = read_status(m[1], out);
	if (!why)
		why = read_roles(m[2], out);
	if (!why)
		why = read_keys(m[3], out);
	return why ? why : read_limits(m[4], out);
}

/* ---- the file ---- */

static const char *
add_account(struct roster *a, struct span line)
{
	uint64_t other;
	const char *why;

	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 64;
		struct account *grown = realloc(a->list, cap * sizeof a->list[0]);

		if (!grown)
			return "no memory";
		a->list = grown;
		a->cap = cap;
	}
	/* counted even with a fault: what it has allocated is released with the rest */
	why = read_account(line, &a->list[a->n++]);
	if (why)
		return why;
	if (keymap_find(&a->by_name, a->list[a->n - 1].name, &other))
		return "the account stands twice";
	return keymap_put(&a->by_name, a->list[a->n - 1].name, a->n - 1) ? NULL
									 : "too many accounts";
}

static struct span
next_line(struct span *text)
{
	const char *end = memchr(text->ptr, '\n', text->len);
	struct span line = {text->ptr, end ? (size_t)(end - text->ptr) : text->len};

	text->ptr += line.len + (end != NULL);
	text->len -= line.len + (end != NULL);
	return line;
}

bool
roster_read(struct roster *a)
{
	struct span text = buf_span(&a->text);

	for (a->fault_line = 1; text.len; a->fault_line++) {
		struct span line = next_line(&text);

		a->fault = json_trim(line).len ? add_account(a, line) : NULL;
		if (a->fault)
			return false;
	}
	return true;
}

const struct account *
roster_find(const struct roster *a, struct span name)
{
	uint64_t i;

	return keymap_find(&a->by_name, name, &i) ? &a->list[i] : NULL;
}

const struct public_key *
account_key(const struct account *a, struct span hex)
{
	for (size_t i = 0; i < a->key_n; i++)
		if (public_key_is(&a->keys[i], hex))
			return &a->keys[i];
	return NULL;
}

static unsigned
role_for(const struct incoming *m)
{
	if (m->kind != INCOMING_OTHER || span_is(m->type, "rfq") || span_is(m->type, "rfq_accept"))
		return ROLE_TRADE;
	if (span_is(m->type, "quote") || span_is(m->type, "rfq_quote") ||
	    span_is(m->type, "liquidity"))
		return ROLE_MAKER;
	return ROLE_OPERATOR;
}

enum refusal
account_allows(const struct account *a, const struct incoming *m, const char **why)
{
	switch (a->status) {
	case ACCOUNT_ACTIVE: break;
	case ACCOUNT_FROZEN:
		if (m->kind == INCOMING_CANCEL)
			break;
		*why = "the account is frozen: it may cancel, nothing else";
		return REFUSAL_FROZEN;
	case ACCOUNT_CLOSED: *why = "the account is closed"; return REFUSAL_CLOSED;
	}
	if (a->roles & role_for(m))
		return REFUSAL_NONE;
	*why = "the account has no role that may send this type";
	return REFUSAL_ROLE;
}

bool
blacklist_read(struct keymap *names, struct span text, uint64_t *line)
{
	for (*line = 1; text.len; ++*line) {
		struct span entry = next_line(&text);
		const char *remark = memchr(entry.ptr, '#', entry.len);

		if (remark)
			entry.len = (size_t)(remark - entry.ptr);
		entry = json_trim(entry);
		if (entry.len == 0)
			continue;
		if (entry.len > INCOMING_NAME_BYTES || !keymap_put(names, entry, 1))
			return false;
	}
	return true;
}
