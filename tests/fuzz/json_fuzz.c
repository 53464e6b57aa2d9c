/*
 * Catches a JSON scanner that crashes, disagrees with the grammar of RFC 8259 as a slow recursive
 * reader of it does, or whose walk, decode and compact do not fit together.
 */
#include "fuzz.h"
#include "json.h"
#include "limit.h"
#include "utf8.h"

/* ---- the grammar, read naively: RFC 8259 section by section, each rule a function that steps over
 * what it matches ---- */

struct reader {
	const char *p, *end;
	unsigned depth;
};

static bool value_rule(struct reader *r);

static bool
eat(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return false;
	r->p += n;
	return true;
}

static void
ws_rule(struct reader *r)
{
	while (eat(r, " ") || eat(r, "\t") || eat(r, "\n") || eat(r, "\r"))
		;
}

static bool
range(struct reader *r, char low, char high)
{
	if (r->p >= r->end || *r->p < low || *r->p > high)
		return false;
	r->p++;
	return true;
}

static bool
digits_rule(struct reader *r)
{
	bool any = false;

	while (range(r, '0', '9'))
		any = true;
	return any;
}

static bool
number_rule(struct reader *r)
{
	eat(r, "-");
	if (!eat(r, "0") && !(range(r, '1', '9') && (digits_rule(r), true)))
		return false;
	if (eat(r, ".") && !digits_rule(r))
		return false;
	if (eat(r, "e") || eat(r, "E")) {
		if (!eat(r, "+"))
			eat(r, "-");
		return digits_rule(r);
	}
	return true;
}

static bool
unit_rule(struct reader *r, unsigned *unit)
{
	char text[5] = {0};

	if (!eat(r, "\\u"))
		return false;
	for (int i = 0; i < 4; i++) {
		const char *at = r->p;

		if (!range(r, '0', '9') && !range(r, 'a', 'f') && !range(r, 'A', 'F'))
			return false;
		text[i] = *at;
	}
	*unit = (unsigned)strtoul(text, NULL, 16);
	return true;
}

static bool
character_rule(struct reader *r)
{
	unsigned high, low;
	size_t width;

	if (r->p < r->end && *r->p == '\\') {
		const char *start = r->p;

		if (unit_rule(r, &high))
			return high < 0xd800 || high > 0xdfff ||
			       (high < 0xdc00 && unit_rule(r, &low) && low >= 0xdc00 &&
				low <= 0xdfff);
		r->p = start;
		return eat(r, "\\\"") || eat(r, "\\\\") || eat(r, "\\/") || eat(r, "\\b") ||
		       eat(r, "\\f") || eat(r, "\\n") || eat(r, "\\r") || eat(r, "\\t");
	}
	if (r->p >= r->end || (unsigned char)*r->p < 0x20)
		return false;
	width = utf8_width(r->p, (size_t)(r->end - r->p));
	r->p += width;
	return width > 0;
}

static bool
string_rule(struct reader *r)
{
	if (!eat(r, "\""))
		return false;
	while (!eat(r, "\""))
		if (!character_rule(r))
			return false;
	return true;
}

static bool
member_rule(struct reader *r)
{
	ws_rule(r);
	if (!string_rule(r))
		return false;
	ws_rule(r);
	return eat(r, ":") && value_rule(r);
}

static bool
container_rule(struct reader *r, const char *open, const char *close, bool (*item)(struct reader *))
{
	if (!eat(r, open) || ++r->depth > LIMIT_JSON_DEPTH)
		return false;
	ws_rule(r);
	if (!eat(r, close)) {
		do
			if (!item(r))
				return false;
		while (eat(r, ","));
		if (!eat(r, close))
			return false;
	}
	r->depth--;
	return true;
}

static bool
value_rule(struct reader *r)
{
	bool good;

	ws_rule(r);
	if (r->p >= r->end)
		return false;
	switch (*r->p) {
	case '{': good = container_rule(r, "{", "}", member_rule); break;
	case '[': good = container_rule(r, "[", "]", value_rule); break;
	case '"': good = string_rule(r); break;
	case 't': good = eat(r, "true"); break;
	case 'f': good = eat(r, "false"); break;
	case 'n': good = eat(r, "null"); break;
	default: good = number_rule(r); break;
	}
	ws_rule(r);
	return good;
}

static bool
text_rule(struct span text)
{
	struct reader r = {text.ptr, text.ptr + text.len, 0};

	return value_rule(&r) && r.p == r.end;
}

/* ---- what accepted text must do ---- */

/* A string's bytes are UTF-8, and printed anew they decode to themselves. */
static void
check_string(struct span value)
{
	struct buf bytes, printed, again;
	struct span plain;

	buf_init(&bytes, value.len);
	buf_init(&printed, 6 * value.len);
	buf_init(&again, value.len);
	json_decode(value, &bytes);
	FUZZ_CHECK(buf_ok(&bytes) && utf8_valid(buf_span(&bytes), NULL));
	buf_json_string(&printed, buf_span(&bytes));
	FUZZ_CHECK(json_check(buf_span(&printed), NULL) == JSON_OK);
	json_decode(buf_span(&printed), &again);
	FUZZ_CHECK(span_equal(buf_span(&bytes), buf_span(&again)));
	if (json_plain(value, &plain))
		FUZZ_CHECK(span_equal(plain, buf_span(&bytes)));
	buf_release(&bytes);
	buf_release(&printed);
	buf_release(&again);
}

static void
check_name(struct span object, struct span key, struct span value)
{
	struct span found;
	struct buf name;
	const char *text;
	bool has_nul;

	check_string((struct span){key.ptr - 1, key.len + 2});
	buf_init(&name, key.len + 1);
	json_decode((struct span){key.ptr - 1, key.len + 2}, &name);
	has_nul = name.len && memchr(name.ptr, 0, name.len);
	buf_byte(&name, 0);
	text = name.ptr;
	FUZZ_CHECK(buf_ok(&name) && json_key_is(key, text) == !has_nul);
	if (!has_nul) {
		FUZZ_CHECK(json_find(object, text, &found) && found.ptr <= value.ptr);
		if (json_pick(object, &text, 1, &found, NULL))
			FUZZ_CHECK(found.ptr == value.ptr);
	}
	buf_release(&name);
}

/* Print the value from what the walk hands out. */
static void
print_walked(struct span value, struct buf *out)
{
	struct json_walk w;
	struct span key, item;
	bool first = true;

	FUZZ_CHECK(value.len > 0 && json_trim(value).len == value.len);
	switch (json_type(value)) {
	case JSON_OBJECT:
		buf_byte(out, '{');
		for (w = json_walk(value); json_next_member(&w, &key, &item); first = false) {
			check_name(value, key, item);
			if (!first)
				buf_byte(out, ',');
			buf_add(out, (struct span){key.ptr - 1, key.len + 2});
			buf_byte(out, ':');
			print_walked(item, out);
		}
		buf_byte(out, '}');
		return;
	case JSON_ARRAY:
		buf_byte(out, '[');
		for (w = json_walk(value); json_next_element(&w, &item); first = false) {
			if (!first)
				buf_byte(out, ',');
			print_walked(item, out);
		}
		buf_byte(out, ']');
		return;
	case JSON_STRING: check_string(value); break;
	case JSON_NUMBER:
	case JSON_BOOL:
	case JSON_NULL: break;
	}
	FUZZ_CHECK(json_check(value, NULL) == JSON_OK);
	buf_add(out, value);
}

static void
check_accepted(struct span text)
{
	struct buf compact, walked, again;

	buf_init(&compact, text.len);
	buf_init(&walked, text.len);
	buf_init(&again, text.len);
	json_compact(text, &compact);
	FUZZ_CHECK(buf_ok(&compact) && json_check(buf_span(&compact), NULL) == JSON_OK);
	json_compact(buf_span(&compact), &again);
	FUZZ_CHECK(span_equal(buf_span(&compact), buf_span(&again)));
	print_walked(json_trim(text), &walked);
	FUZZ_CHECK(span_equal(buf_span(&walked), buf_span(&compact)));
	buf_release(&compact);
	buf_release(&walked);
	buf_release(&again);
}

/* Good text cut off is never called anything but unfinished (or good: 12 cut to 1). */
static void
check_prefix(struct span text)
{
	enum json_error e = json_check((struct span){text.ptr, text.len / 2}, NULL);

	FUZZ_CHECK(e == JSON_OK || e == JSON_E_EMPTY || e == JSON_E_TRUNCATED ||
		   e == JSON_E_UTF8 /* inside a character */ ||
		   e == JSON_E_SURROGATE /* inside a pair */);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	size_t offset = SIZE_MAX;
	enum json_error e = json_check(text, &offset);

	FUZZ_CHECK(offset <= size);
	FUZZ_CHECK((e == JSON_OK) == text_rule(text));
	if (e == JSON_OK) {
		FUZZ_CHECK(offset == size);
		check_accepted(text);
		check_prefix(text);
	} else {
		/* what stands before the fault is no fault: cut there, the text is at worst
		 * unfinished */
		enum json_error before = json_check((struct span){text.ptr, offset}, NULL);

		FUZZ_CHECK(before == JSON_OK || before == JSON_E_EMPTY ||
			   before == JSON_E_TRUNCATED || e == JSON_E_TRUNCATED);
	}
	return 0;
}
