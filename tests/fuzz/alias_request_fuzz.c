/*
 * Catches a request by alias that comes out as no JSON, with other members than it had, or without
 * the keys; and one that would be taken for a request by alias again.
 */
#include "alias_request.h"
#include "fuzz.h"
#include "json.h"

static const struct credentials keys = {{"K\"", 2}, {"S\\", 2}, {"P", 1}, {"77", 2}};

static void
expect_member(struct span out, const char *name, struct span text)
{
	struct span value;
	struct buf decoded;

	buf_init(&decoded, 1 << 16);
	FUZZ_CHECK(json_find(out, name, &value) && json_type(value) == JSON_STRING);
	json_decode(value, &decoded);
	FUZZ_CHECK(span_equal(buf_span(&decoded), text));
	buf_release(&decoded);
}

/* Every member that need not change stands where it stood, byte for byte. */
static void
expect_kept(const struct alias_request *r, struct span out)
{
	struct json_walk before = json_walk(r->text), after = json_walk(out);
	struct span key, value, key2, value2;

	while (json_next_member(&before, &key, &value)) {
		FUZZ_CHECK(json_next_member(&after, &key2, &value2) && span_equal(key, key2));
		if (value.ptr != r->key_mode.ptr && value.ptr != r->uid_value.ptr)
			FUZZ_CHECK(span_equal(value, value2));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = fuzz_span(data, size), uid;
	struct alias_request r, again;
	const char *what = NULL, *why = NULL;
	enum alias_kind kind;
	struct buf out;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT)
		return 0;
	kind = alias_request_read(line, &r, &what, &why);
	if (kind == ALIAS_REFUSED)
		FUZZ_CHECK(what && why);
	if (kind != ALIAS_ASKED)
		return 0;
	FUZZ_CHECK(alias_is_name(r.alias) && alias_is_user(r.user_id));
	buf_init(&out, size + 4096);
	alias_request_fill(&r, &keys, &out);
	FUZZ_CHECK(buf_ok(&out) && json_check(buf_span(&out), NULL) == JSON_OK);
	expect_member(buf_span(&out), "keyMode", SPAN_LIT("inline"));
	expect_member(buf_span(&out), "apiKey", keys.api_key);
	expect_member(buf_span(&out), "secretKey", keys.secret_key);
	expect_member(buf_span(&out), "passphrase", keys.passphrase);
	uid = r.uid.len ? r.uid : keys.uid;
	expect_member(buf_span(&out), "uid", uid);
	expect_kept(&r, buf_span(&out));
	FUZZ_CHECK(alias_request_read(buf_span(&out), &again, &what, &why) == ALIAS_NOT_ASKED);
	buf_release(&out);
	return 0;
}
