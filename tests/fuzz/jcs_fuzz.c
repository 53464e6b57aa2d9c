/*
 * Catches a canonical form that is not canonical: not JSON, not its own canonical form, or
 * dependent on white space and on the order of members.
 */
#include "fuzz.h"
#include "jcs.h"
#include "json.h"

struct outcome {
	enum jcs_error error;
	struct buf text;
};

static struct outcome
canonical(struct span value)
{
	struct outcome o;
	size_t offset = 0;

	buf_init(&o.text, 64 + 24 * value.len);
	o.error = jcs_append(value, &o.text, &offset);
	FUZZ_CHECK(offset <= value.len);
	FUZZ_CHECK(o.error != JCS_E_SPACE);
	return o;
}

static void
expect_same(struct span value, const struct outcome *want)
{
	struct outcome o = canonical(value);

	FUZZ_CHECK(o.error == want->error);
	if (o.error == JCS_OK)
		FUZZ_CHECK(span_equal(buf_span(&o.text), buf_span(&want->text)));
	buf_release(&o.text);
}

/* The value with the members of every object in the opposite order, and white space where it may
 * stand. */
static void
turn(struct span value, struct buf *out)
{
	struct json_walk w;
	struct span key, item;
	struct buf rest, member;
	bool object;

	switch (json_type(value)) {
	case JSON_STRING:
	case JSON_NUMBER:
	case JSON_BOOL:
	case JSON_NULL: buf_add(out, value); return;
	case JSON_ARRAY:
	case JSON_OBJECT: break;
	}
	object = json_type(value) == JSON_OBJECT;
	w = json_walk(value);
	buf_init(&rest, 16 * value.len + 64);
	buf_init(&member, 16 * value.len + 64);
	while (object ? json_next_member(&w, &key, &item) : json_next_element(&w, &item)) {
		buf_clear(&member);
		if (object) {
			buf_add(&member, (struct span){key.ptr - 1, key.len + 2});
			buf_str(&member, " :\t");
		}
		turn(item, &member);
		if (object) {
			/* before those that came earlier */
			if (rest.len)
				buf_str(&member, "\n,");
			buf_add(&member, buf_span(&rest));
			buf_clear(&rest);
		} else if (rest.len) {
			buf_str(&rest, " , ");
		}
		buf_add(&rest, buf_span(&member));
	}
	FUZZ_CHECK(buf_ok(&rest) && buf_ok(&member));
	buf_str(out, object ? "{ " : "[\r");
	buf_add(out, buf_span(&rest));
	buf_str(out, object ? " }" : " ]");
	buf_release(&rest);
	buf_release(&member);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	struct buf other;
	struct outcome o;

	if (json_check(text, NULL) != JSON_OK)
		return 0;
	o = canonical(text);
	if (o.error == JCS_OK) {
		struct buf compact;

		FUZZ_CHECK(json_check(buf_span(&o.text), NULL) == JSON_OK);
		expect_same(buf_span(&o.text), &o);
		buf_init(&compact, o.text.len);
		json_compact(buf_span(&o.text), &compact);
		FUZZ_CHECK(span_equal(buf_span(&compact), buf_span(&o.text)));
		buf_release(&compact);
	}
	buf_init(&other, text.len);
	json_compact(text, &other);
	expect_same(buf_span(&other), &o);
	buf_release(&other);
	/* which of two faults is met first depends on the order: only good values are turned */
	if (o.error == JCS_OK) {
		buf_init(&other, 64 + 16 * text.len);
		turn(json_trim(text), &other);
		FUZZ_CHECK(buf_ok(&other) && json_check(buf_span(&other), NULL) == JSON_OK);
		expect_same(buf_span(&other), &o);
		buf_release(&other);
	}
	buf_release(&o.text);
	return 0;
}
