/*
 * Catches JSON that we and libjq read differently. What we accept, libjq accepts with the same
 * value. What we refuse, libjq refuses, but for what it is known to let through: see excused().
 */
#include "fuzz.h"
#include "json.h"
#include "limit.h"

#include <jq.h>
#include <jv.h>
#include <math.h>

static bool
ends_token(char c)
{
	return strchr(" \t\r\n[]{},:\"", c) && c;
}

/* jq gives whatever stands between punctuation to its strtod(), which takes 01, +1, .5, 1., nan,
 * inf and white space of C. */
static bool
is_jq_number(struct span text, size_t offset)
{
	size_t start = offset, end = offset;
	char token[64], *rest;

	while (start > 0 && !ends_token(text.ptr[start - 1]))
		start--;
	while (end < text.len && !ends_token(text.ptr[end]))
		end++;
	if (end - start >= sizeof token)
		return true;
	memcpy(token, text.ptr + start, end - start);
	token[end - start] = 0;
	strtod(token, &rest);
	return end > start && *rest == 0 && !strpbrk(token, "xX");
}

/* Every difference that jq 1.6 and later are known to have, and that the place of our error shows.
 */
static bool
excused(struct span text, enum json_error e, size_t offset)
{
	/* a NUL ends a number there, and stands for one where no digit is; RS begins a text anew */
	if (memchr(text.ptr, 0, text.len) || memchr(text.ptr, 0x1e, text.len))
		return true;
	switch (e) {
	case JSON_E_UTF8:      /* becomes U+FFFD */
	case JSON_E_SURROGATE: /* likewise */
	case JSON_E_DEPTH:     /* 256 there, 64 here */
	case JSON_E_CONTROL: /* as they are, in 1.6 */ return true;
	case JSON_E_SYNTAX:
		if (offset == 0 && span_starts(text, SPAN_LIT("\xef\xbb\xbf")))
			return true; /* a byte order mark is skipped */
		return is_jq_number(text, offset);
	case JSON_E_NUMBER:
	case JSON_E_TRAILING:
	case JSON_E_TRUNCATED: return is_jq_number(text, offset);
	case JSON_OK:
	case JSON_E_EMPTY:
	case JSON_E_ESCAPE: return false;
	}
	return false;
}

static bool same_value(struct span value, jv theirs);

static bool
same_string(struct span value, jv theirs)
{
	struct buf text;
	bool same;

	buf_init(&text, value.len + 1);
	json_decode(value, &text);
	same = jv_get_kind(theirs) == JV_KIND_STRING &&
	       (size_t)jv_string_length_bytes(jv_copy(theirs)) == text.len &&
	       (text.len == 0 || memcmp(jv_string_value(theirs), text.ptr, text.len) == 0);
	jv_free(theirs);
	buf_release(&text);
	return same;
}

static bool
same_number(struct span value, jv theirs)
{
	char *text = strndup(value.ptr, value.len);
	double ours = strtod(text, NULL), other = jv_number_value(theirs);
	/* out of range there is DBL_MAX in some versions, infinity in others */
	bool same = jv_get_kind(theirs) == JV_KIND_NUMBER && (ours == other || !isfinite(ours));

	/* jq's own strtod is off by a last place now and then */
	if (!same && isfinite(other))
		same = nextafter(ours, other) == other;
	free(text);
	jv_free(theirs);
	return same;
}

static bool
same_array(struct span value, jv theirs)
{
	struct json_walk w = json_walk(value);
	struct span item;
	int n = 0;
	bool same = jv_get_kind(theirs) == JV_KIND_ARRAY;

	while (same && json_next_element(&w, &item))
		same = n < jv_array_length(jv_copy(theirs)) &&
		       same_value(item, jv_array_get(jv_copy(theirs), n++));
	same = same && n == jv_array_length(jv_copy(theirs));
	jv_free(theirs);
	return same;
}

/* The last of two members with one name wins there. */
static bool
same_object(struct span value, jv theirs)
{
	struct json_walk w = json_walk(value);
	struct span key, item;
	jv seen = jv_object();
	bool same = jv_get_kind(theirs) == JV_KIND_OBJECT;

	while (same && json_next_member(&w, &key, &item)) {
		struct buf name;
		struct json_walk rest = w;
		struct span later, skipped;
		bool last = true;
		jv k;

		buf_init(&name, key.len + 1);
		json_decode((struct span){key.ptr - 1, key.len + 2}, &name);
		k = jv_string_sized(name.len ? name.ptr : "", (int)name.len);
		while (last && json_next_member(&rest, &later, &skipped)) {
			struct buf other;

			buf_init(&other, later.len + 1);
			json_decode((struct span){later.ptr - 1, later.len + 2}, &other);
			last = !span_equal(buf_span(&name), buf_span(&other));
			buf_release(&other);
		}
		if (last)
			same = same_value(item, jv_object_get(jv_copy(theirs), jv_copy(k)));
		seen = jv_object_set(seen, k, jv_true());
		buf_release(&name);
	}
	same = same && jv_object_length(jv_copy(seen)) == jv_object_length(jv_copy(theirs));
	jv_free(seen);
	jv_free(theirs);
	return same;
}

static bool
same_value(struct span value, jv theirs)
{
	jv_kind kind = jv_get_kind(theirs);

	switch (json_type(value)) {
	case JSON_OBJECT: return same_object(value, theirs);
	case JSON_ARRAY: return same_array(value, theirs);
	case JSON_STRING: return same_string(value, theirs);
	case JSON_NUMBER: return same_number(value, theirs);
	case JSON_BOOL:
		jv_free(theirs);
		return kind == (json_is_true(value) ? JV_KIND_TRUE : JV_KIND_FALSE);
	case JSON_NULL: jv_free(theirs); return kind == JV_KIND_NULL;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	size_t offset;
	enum json_error e = json_check(text, &offset);
	jv theirs = jv_parse_sized(text.ptr, (int)text.len);

	if (e == JSON_OK) {
		FUZZ_CHECK(jv_is_valid(theirs));
		FUZZ_CHECK(same_value(json_trim(text), theirs));
		return 0;
	}
	FUZZ_CHECK(!jv_is_valid(theirs) || excused(text, e, offset));
	jv_free(theirs);
	return 0;
}
