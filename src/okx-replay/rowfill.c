#include "rowfill.h"

#include "check.h"
#include "decimal.h"
#include "inst.h"
#include "json.h"
#include "okx_id.h"
#include "relative.h"
#include "utc.h"

#define TEXT_MAX (1u << 20)

void
rowfill_init(struct rowfill *f, int64_t now_ms, struct complaint *complaint)
{
	*f = (struct rowfill){.now_ms = now_ms, .complaint = complaint};
	buf_init(&f->text, TEXT_MAX);
	buf_init(&f->resolved, TEXT_MAX);
}

void
rowfill_release(struct rowfill *f)
{
	buf_release(&f->text);
	buf_release(&f->resolved);
}

/* ---- values of any shape ---- */

bool
rowfill_text(struct rowfill *f, struct span string, struct span *text)
{
	const char *why;

	*text = (struct span){0};
	if (json_type(string) != JSON_STRING)
		return complaint_say(f->complaint, "must be a string");
	buf_clear(&f->text);
	buf_clear(&f->resolved);
	json_decode(string, &f->text);
	*text = buf_span(&f->text);
	switch (relative_resolve(*text, f->now_ms, &f->resolved, &why)) {
	case RELATIVE_PLAIN: return true;
	case RELATIVE_DONE: *text = buf_span(&f->resolved); return true;
	case RELATIVE_BAD: break;
	}
	return complaint_say(f->complaint, "%s", why);
}

static bool
put_object(struct rowfill *f, struct span object, struct buf *out)
{
	struct json_walk w = json_walk(object);
	struct span key, value;
	bool first = true;

	buf_byte(out, '{');
	while (json_next_member(&w, &key, &value)) {
		if (!first)
			buf_byte(out, ',');
		first = false;
		buf_byte(out, '"');
		buf_add(out, key);
		buf_str(out, "\":");
		if (!rowfill_value(f, value, out))
			return false;
	}
	buf_byte(out, '}');
	return true;
}

static bool
put_array(struct rowfill *f, struct span array, struct buf *out)
{
	struct json_walk w = json_walk(array);
	struct span value;
	bool first = true;

	buf_byte(out, '[');
	while (json_next_element(&w, &value)) {
		if (!first)
			buf_byte(out, ',');
		first = false;
		if (!rowfill_value(f, value, out))
			return false;
	}
	buf_byte(out, ']');
	return true;
}

/* As deep as json_check() lets a value nest. */
bool
rowfill_value(struct rowfill *f, struct span value, struct buf *out)
{
	struct span text;

	switch (json_type(value)) {
	case JSON_OBJECT: return put_object(f, value, out);
	case JSON_ARRAY: return put_array(f, value, out);
	case JSON_STRING:
		if (!rowfill_text(f, value, &text))
			return false;
		buf_json_string(out, text);
		return true;
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_NUMBER: break;
	}
	buf_add(out, value);
	return true;
}

/* ---- one member ---- */

static bool
is_word(struct span text, const char *words)
{
	struct span list = span_of(words);

	if (text.len == 0)
		text = SPAN_LIT("-");
	while (list.len) {
		struct span word = {list.ptr, span_find(list, SPAN_LIT(" "))};
		size_t used = word.len < list.len ? word.len + 1 : word.len;

		if (span_equal(word, text))
			return true;
		list.ptr += used;
		list.len -= used;
	}
	return false;
}

static bool
is_integer(struct span text)
{
	uint64_t id;

	if (span_is(text, "0"))
		return true;
	if (span_starts(text, SPAN_LIT("-")))
		text = (struct span){text.ptr + 1, text.len - 1};
	return okx_id_parse(text, &id);
}

static bool
check_text(struct rowfill *f, const struct field *field, struct span text)
{
	struct decimal decimal;
	int64_t ms;
	uint64_t id;

	if (field->type == FIELD_WORD)
		return is_word(text, field->words) ||
		       complaint_say(f->complaint, "not one of: %s", field->words);
	if (text.len == 0)
		return true;
	if (field->type == FIELD_DECIMAL && decimal_parse(text, &decimal) != DECIMAL_OK)
		return complaint_say(f->complaint, "not a decimal number");
	if (field->type == FIELD_MS && !utc_parse_ms_digits(text, &ms))
		return complaint_say(f->complaint, "not milliseconds since 1970");
	if (field->type == FIELD_ID && !okx_id_parse(text, &id))
		return complaint_say(f->complaint, "not an id of up to 64 bits");
	if (field->type == FIELD_INTEGER && !is_integer(text))
		return complaint_say(f->complaint, "not an integer");
	return true;
}

/* The value is there: check its type and append it. */
static bool
put_given(struct rowfill *f, const struct field *field, struct span value, struct buf *out)
{
	static const struct {
		enum json_type type;
		const char *why;
	} shapes[] = {
	    [FIELD_BOOL] = {JSON_BOOL, "must be true or false"},
	    [FIELD_NUMBER] = {JSON_NUMBER, "must be a number"},
	    [FIELD_ARRAY] = {JSON_ARRAY, "must be an array"},
	    [FIELD_OBJECT] = {JSON_OBJECT, "must be an object"},
	};
	struct span text;

	if (field->type >= FIELD_BOOL) {
		if (json_type(value) != shapes[field->type].type)
			return complaint_say(f->complaint, "%s", shapes[field->type].why);
		return rowfill_value(f, value, out);
	}
	if (!rowfill_text(f, value, &text) || !check_text(f, field, text))
		return false;
	buf_json_string(out, text);
	return true;
}

static const struct field *
find_field(const struct field *fields, struct span name)
{
	for (; fields->name; fields++)
		if (span_is(name, fields->name))
			return fields;
	return NULL;
}

static bool
has_fill(struct span object)
{
	struct span size;
	struct decimal value;

	return json_find(object, "accFillSz", &size) && json_plain(size, &size) &&
	       decimal_parse(size, &value) == DECIMAL_OK && decimal_sign(value) != 0;
}

/* What the instId says, if it is of a form that says it: checked like what a scenario gives. */
static bool
put_inst_default(struct rowfill *f, const struct field *field, struct span object, struct buf *out)
{
	struct span id = {"", 0}, text;
	size_t start = out->len;
	struct inst inst;

	if (json_find(object, "instId", &id) && !rowfill_text(f, id, &id))
		return false;
	/* a part of it would be taken for a token when the row is told again */
	if (span_find(id, SPAN_LIT("@")) < id.len)
		return complaint_say(f->complaint, "the instId has an @, so this must be given");
	inst_read(id, &inst);
	inst_default(&inst, span_of(field->otherwise + 1), out);
	if (!buf_ok(out))
		return true;
	if (!json_plain((struct span){out->ptr + start, out->len - start}, &text))
		text = SPAN_LIT("?");
	return check_text(f, field, text);
}

static bool
put_member(struct rowfill *f, const struct field *fields, const struct field *field,
	   struct span object, struct buf *out)
{
	const char *otherwise = field->otherwise;
	struct span value;

	if (json_find(object, field->name, &value))
		return put_given(f, field, value, out);
	CHECK(otherwise);
	switch (otherwise[0]) {
	case '%': return put_inst_default(f, field, object, out);
	case '?':
		if (!has_fill(object)) {
			buf_str(out, "\"\"");
			return true;
		}
		break;
	case '$': buf_json_string(out, f->inst_id); return true;
	case '=': break;
	default: buf_str(out, otherwise); return true;
	}
	return put_member(f, fields, find_field(fields, span_of(otherwise + 1)), object, out);
}

/* ---- a row ---- */

/* What the scenario has beyond the documented members. */
static bool
put_others(struct rowfill *f, const struct field *fields, struct span object, struct buf *out)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	while (json_next_member(&w, &key, &value)) {
		size_t mark;

		if (find_field(fields, key) || (span_starts(key, SPAN_LIT("_")) && !f->keep_marks))
			continue;
		mark = complaint_enter(f->complaint, ".%.*s", (int)(key.len < 64 ? key.len : 64),
				       key.ptr);
		if (!span_starts(key, SPAN_LIT("_")) && !span_starts(key, SPAN_LIT("+")))
			return complaint_say(f->complaint,
					     "OKX has no such member (write +name to serve it)");
		if (!f->keep_marks) {
			key.ptr++;
			key.len--;
		}
		buf_str(out, ",\"");
		buf_add(out, key);
		buf_str(out, "\":");
		if (!rowfill_value(f, value, out))
			return false;
		complaint_leave(f->complaint, mark);
	}
	return true;
}

/* No name stands twice, and what must be given (all of it strings) is. */
static bool
check_names(struct rowfill *f, const struct field *fields, struct span object)
{
	struct json_walk w = json_walk(object);
	struct span key, value, first;

	for (; fields->name; fields++) {
		bool given = json_find(object, fields->name, &value);

		if (fields->otherwise || (given && json_type(value) == JSON_STRING))
			continue;
		complaint_enter(f->complaint, ".%s", fields->name);
		return complaint_say(f->complaint, given ? "must be a string" : "must be given");
	}
	while (json_next_member(&w, &key, &value)) {
		struct json_walk again = json_walk(object);

		while (json_next_member(&again, &first, &value) && first.ptr != key.ptr)
			if (span_equal(first, key))
				return complaint_say(f->complaint, "%.*s stands twice",
						     (int)(key.len < 64 ? key.len : 64), key.ptr);
	}
	return true;
}

bool
rowfill_row(struct rowfill *f, enum row_kind kind, struct span object, struct buf *out)
{
	const struct field *fields = fields_of(kind);

	if (json_type(object) != JSON_OBJECT)
		return complaint_say(f->complaint, "must be an object");
	if (!check_names(f, fields, object))
		return false;
	buf_byte(out, '{');
	for (const struct field *field = fields; field->name; field++) {
		size_t mark = complaint_enter(f->complaint, ".%s", field->name);

		buf_json_key(out, field->name);
		if (!put_member(f, fields, field, object, out))
			return false;
		complaint_leave(f->complaint, mark);
	}
	if (!put_others(f, fields, object, out))
		return false;
	buf_byte(out, '}');
	return buf_ok(out) || complaint_say(f->complaint, "too long");
}
