/* The bundle's hash: of what a second look at the same ledgers would find again. */
#include "evidence.h"

#include "hex.h"
#include "json.h"

/* The object without the members named. */
static void
append_without(struct span object, const char *const names[], size_t n, struct buf *out)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	buf_byte(out, '{');
	while (json_next_member(&w, &key, &value)) {
		bool left_out = false;

		for (size_t i = 0; i < n; i++)
			left_out |= json_key_is(key, names[i]);
		if (left_out)
			continue;
		if (out->ptr[out->len - 1] != '{')
			buf_byte(out, ',');
		buf_add(out, (struct span){key.ptr - 1, key.len + 2});
		buf_byte(out, ':');
		buf_add(out, value);
	}
	buf_byte(out, '}');
}

static void
append_redacted(const struct evidence_leaf *leaf, struct buf *out)
{
	char text[67];

	hex_print_hash(leaf->hash.bytes, text);
	buf_str(out, "{\"$redacted\":\"");
	buf_str(out, text);
	buf_str(out, "\"}");
}

/* What two looks at the same ledgers need not share. */
static const char *const volatile_meta[] = {"verifiedAt", "requestId"};
static const char *const volatile_raw[] = {"fetchedAt", "bodySha256", "request"};

static bool
is_clock_reading(struct span path)
{
	struct span clock = SPAN_LIT("raw.public/time");

	return span_starts(path, clock) && (path.len == clock.len || path.ptr[clock.len] == '#');
}

/* Append one leaf's part of the stable object under its own name (the path behind its prefix). */
static void
append_stable_leaf(const struct evidence_leaf *leaf, size_t prefix, bool raw, struct buf *out)
{
	if (out->ptr && out->ptr[out->len - 1] != '{')
		buf_byte(out, ',');
	buf_json_string(out, (struct span){leaf->path.ptr + prefix, leaf->path.len - prefix});
	buf_byte(out, ':');
	if (leaf->salted || leaf->redacted)
		append_redacted(leaf, out);
	else if (raw && json_type(leaf->value) == JSON_OBJECT)
		append_without(leaf->value, volatile_raw, 3, out);
	else
		buf_add(out, leaf->value);
}

static void
append_stable_members(const struct evidence *ev, const char *name, struct span object, bool raw,
		      struct buf *out)
{
	size_t prefix = strlen(name) + 1;

	if (!object.ptr)
		return;
	buf_json_key(out, name);
	buf_byte(out, '{');
	for (size_t i = 0; i < ev->n; i++) {
		const struct evidence_leaf *leaf = &ev->leaves[i];

		if (leaf->path.len >= prefix && memcmp(leaf->path.ptr, name, prefix - 1) == 0 &&
		    leaf->path.ptr[prefix - 1] == '.' && !(raw && is_clock_reading(leaf->path)))
			append_stable_leaf(leaf, prefix, raw, out);
	}
	buf_byte(out, '}');
}

enum evidence_error
evidence_hash_bundle(struct evidence *ev, const struct chain_record *r)
{
	const struct evidence_leaf *error = evidence_find(ev, SPAN_LIT("error"));
	struct buf *out = &ev->stable;

	buf_clear(out);
	buf_byte(out, '{');
	if (error)
		append_stable_leaf(error, 0, false, out);
	else if (r->error.ptr)
		buf_json_member_raw(out, "error", SPAN_LIT("null"));
	buf_json_key(out, "meta");
	append_without(r->meta, volatile_meta, 2, out);
	append_stable_members(ev, "normalized", r->normalized, false, out);
	append_stable_members(ev, "raw", r->raw, true, out);
	buf_byte(out, '}');
	if (!buf_ok(out))
		return EVIDENCE_E_SPACE;
	return evidence_value_hash(ev, buf_span(out), &ev->bundle_hash);
}
