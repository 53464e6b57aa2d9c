#include "accounts.h"

#include "check.h"
#include "json.h"
#include "scenario_rows.h"

#include <stdlib.h>

/* A string of 1 to max bytes, decoded, as malloc'ed text. */
static bool
read_text(struct rowfill *f, struct span value, size_t max, char **out)
{
	struct span text;

	if (!rowfill_text(f, value, &text))
		return false;
	if (text.len == 0 || text.len > max || memchr(text.ptr, 0, text.len))
		return complaint_say(f->complaint, "must have 1 to %zu bytes", max);
	if (*out)
		return complaint_say(f->complaint, "stands twice");
	*out = strndup(text.ptr, text.len);
	return *out || complaint_say(f->complaint, "out of memory");
}

static bool
read_addresses(struct account *a, struct rowfill *f, struct span array)
{
	struct json_walk w;
	struct span value;

	if (json_type(array) != JSON_ARRAY)
		return complaint_say(f->complaint, "must be an array of addresses");
	w = json_walk(array);
	while (json_next_element(&w, &value)) {
		if (a->ips_n == REPLAY_IPS_MAX)
			return complaint_say(f->complaint, "more than %d addresses",
					     REPLAY_IPS_MAX);
		if (!read_text(f, value, 64, &a->ips[a->ips_n]))
			return false;
		a->ips_n++;
	}
	return true;
}

/* The config row; what the account's "perm" says goes into it. */
static bool
read_config(struct account *a, struct rowfill *f, struct span object)
{
	struct buf row, with_perm;
	struct span perm, uid;
	bool ok;

	if (json_type(object) != JSON_OBJECT)
		return complaint_say(f->complaint, "must be an object");
	buf_init(&row, 1u << 20);
	buf_init(&with_perm, 1u << 20);
	buf_add(&with_perm, (struct span){object.ptr, object.len - 1});
	if (a->perm && !json_find(object, "perm", &perm)) {
		if (span_find(buf_span(&with_perm), SPAN_LIT("\"")) < with_perm.len)
			buf_byte(&with_perm, ',');
		buf_str(&with_perm, "\"perm\":");
		buf_json_string(&with_perm, span_of(a->perm));
	}
	buf_byte(&with_perm, '}');
	ok = rowfill_row(f, ROW_CONFIG, json_trim(buf_span(&with_perm)), &row);
	if (ok) {
		free(a->perm);
		a->config = strndup(row.ptr, row.len);
		CHECK(json_find(buf_span(&row), "perm", &perm) && json_plain(perm, &perm));
		CHECK(json_find(buf_span(&row), "uid", &uid) && json_plain(uid, &uid));
		a->perm = strndup(perm.ptr, perm.len);
		a->uid = strndup(uid.ptr, uid.len);
		ok = (a->config && a->perm && a->uid && a->uid[0]) ||
		     complaint_say(f->complaint, "uid must not be empty");
	}
	buf_release(&row);
	buf_release(&with_perm);
	return ok;
}

/* The member of the account that is text and so called; NULL when there is none. */
static char **
text_of(struct account *a, struct span name)
{
	if (span_is(name, "name"))
		return &a->name;
	if (span_is(name, "apiKey"))
		return &a->api_key;
	if (span_is(name, "secretKey"))
		return &a->secret;
	if (span_is(name, "passphrase"))
		return &a->passphrase;
	return span_is(name, "perm") ? &a->perm : NULL;
}

static bool
read_account_member(struct account *a, struct rowfill *f, struct span key, struct span value)
{
	char **text = text_of(a, key);
	enum row_kind kind;

	if (text)
		return read_text(f, value, 63, text);
	if (span_is(key, "simulated")) {
		a->simulated = json_is_true(value);
		return json_type(value) == JSON_BOOL ||
		       complaint_say(f->complaint, "must be true or false");
	}
	if (span_is(key, "ipWhitelist"))
		return read_addresses(a, f, value);
	if (scenario_table_kind(key, &kind)) {
		if (a->tables[kind].n)
			return complaint_say(f->complaint, "stands twice");
		return scenario_rows(f, value, &a->tables[kind]);
	}
	return span_is(key, "config") || span_starts(key, SPAN_LIT("_")) ||
	       complaint_say(f->complaint, "no such member of an account");
}

static bool
check_account(const struct replay *r, const struct account *a, struct complaint *c)
{
	if (!a->name || !a->api_key || !a->secret || !a->passphrase || !a->config)
		return complaint_say(c, "needs name, apiKey, secretKey, passphrase and config");
	for (const struct account *other = r->accounts; other != a; other++)
		if (strcmp(other->name, a->name) == 0 || strcmp(other->api_key, a->api_key) == 0)
			return complaint_say(c, "its name or apiKey belongs to another account");
	return true;
}

bool
accounts_read(struct replay *r, struct rowfill *f, struct span object)
{
	struct account *a = &r->accounts[r->accounts_n];
	struct json_walk w;
	struct span key, value;
	size_t mark;

	if (json_type(object) != JSON_OBJECT)
		return complaint_say(f->complaint, "must be an object");
	if (r->accounts_n == REPLAY_ACCOUNTS_MAX)
		return complaint_say(f->complaint, "more than %d accounts", REPLAY_ACCOUNTS_MAX);
	*a = (struct account){0};
	for (unsigned i = 0; i < ACCOUNT_TABLES; i++)
		table_init(&a->tables[i], (enum row_kind)i);
	r->accounts_n++;
	w = json_walk(object);
	while (json_next_member(&w, &key, &value)) {
		mark = complaint_enter(f->complaint, ".%.*s", (int)(key.len < 64 ? key.len : 64),
				       key.ptr);
		if (!read_account_member(a, f, key, value))
			return false;
		complaint_leave(f->complaint, mark);
	}
	if (json_find(object, "config", &value)) {
		mark = complaint_enter(f->complaint, ".config");
		if (!read_config(a, f, value))
			return false;
		complaint_leave(f->complaint, mark);
	}
	return check_account(r, a, f->complaint);
}
