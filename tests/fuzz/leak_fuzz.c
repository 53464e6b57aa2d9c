/*
 * Catches a secret that is left in after stripping, a member that is lost with it, and a secret
 * that stands in a text and is not found.
 */
#include "fuzz.h"
#include "json.h"
#include "leak.h"

#define SECRETS_MAX 64

/* Members at any depth, and those among them whose names hold secrets. */
static void
count(struct span value, size_t *members, size_t *secret)
{
	struct json_walk w;
	struct span key, item;

	if (json_type(value) == JSON_ARRAY)
		for (w = json_walk(value); json_next_element(&w, &item);)
			count(item, members, secret);
	if (json_type(value) != JSON_OBJECT)
		return;
	for (w = json_walk(value); json_next_member(&w, &key, &item);) {
		++*members;
		*secret += leak_is_secret_name(key);
		count(item, members, secret);
	}
}

static void
check_collected(struct span text, size_t secret)
{
	struct span values[SECRETS_MAX];
	struct buf store;
	size_t n;

	buf_init(&store, text.len);
	n = leak_collect(text, &store, values, SECRETS_MAX);
	FUZZ_CHECK(buf_ok(&store) && n <= secret);
	for (size_t i = 0; i < n; i++) {
		struct buf quoted;

		/* where it stands as a JSON string writes it, it is found */
		buf_init(&quoted, 6 * values[i].len + 10);
		buf_json_string(&quoted, values[i]);
		if (values[i].len && quoted.len < 2000)
			FUZZ_CHECK(leak_found(buf_span(&quoted), &values[i], 1));
		if (values[i].len >= 6)
			FUZZ_CHECK(leak_found(values[i], &values[i], 1));
		buf_release(&quoted);
	}
	FUZZ_CHECK(!leak_found(SPAN_LIT(""), values, n));
	buf_release(&store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	struct buf clean, compact;
	size_t members = 0, secret = 0, left = 0, left_secret = 0, dropped;

	if (json_check(text, NULL) != JSON_OK)
		return 0;
	count(json_trim(text), &members, &secret);
	buf_init(&clean, text.len);
	dropped = leak_strip(text, &clean);
	FUZZ_CHECK(buf_ok(&clean) && json_check(buf_span(&clean), NULL) == JSON_OK);
	count(buf_span(&clean), &left, &left_secret);
	FUZZ_CHECK(left_secret == 0 && dropped <= secret && (dropped > 0) == (secret > 0));
	FUZZ_CHECK(left + dropped <= members);
	if (secret == 0) {
		buf_init(&compact, text.len);
		json_compact(text, &compact);
		FUZZ_CHECK(span_equal(buf_span(&compact), buf_span(&clean)));
		buf_release(&compact);
	}
	check_collected(text, secret);
	buf_release(&clean);
	return 0;
}
