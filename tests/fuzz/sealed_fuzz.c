/*
 * Catches an evidence object that crashes its reader, or is taken although it is not of the
 * prescribed form.
 */
#include "evidence.h"
#include "fuzz.h"
#include "hex.h"
#include "json.h"
#include "sealed.h"

static bool
is_hash(struct span object, const char *name, const void *want)
{
	char text[67];
	struct span value;

	hex_print_hash(want, text);
	return json_find(object, name, &value) && json_plain(value, &value) && span_is(value, text);
}

static void
check_leaf(struct sealed *s, size_t i)
{
	const struct sealed_leaf *leaf = &s->leaves[i];
	struct span path, salt;
	struct buf text;

	FUZZ_CHECK(span_is(leaf->path, EVIDENCE_MANIFEST) == (i + 1 == s->n));
	FUZZ_CHECK(i == 0 || i + 1 == s->n || span_compare(s->leaves[i - 1].path, leaf->path) < 0);
	FUZZ_CHECK(sealed_find(s, leaf->path) == leaf);
	FUZZ_CHECK(is_hash(leaf->object, "hash", leaf->hash.bytes));
	FUZZ_CHECK(json_find(leaf->object, "salt", &salt) == leaf->salted);
	if (leaf->salted)
		FUZZ_CHECK(is_hash(leaf->object, "salt", leaf->salt));
	buf_init(&text, leaf->object.len);
	FUZZ_CHECK(json_find(leaf->object, "path", &path));
	json_decode(path, &text);
	FUZZ_CHECK(span_equal(buf_span(&text), leaf->path));
	buf_release(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	struct sealed s;

	if (json_check(text, NULL) != JSON_OK)
		return 0;
	sealed_init(&s);
	text = json_trim(text);
	if (sealed_read(&s, text)) {
		struct span parent;

		FUZZ_CHECK(s.fault == NULL && s.n >= 1);
		FUZZ_CHECK(is_hash(text, "root", s.root.bytes) &&
			   is_hash(text, "bundleHash", s.bundle_hash.bytes));
		FUZZ_CHECK(s.has_parent ==
			   (json_find(text, "parentRoot", &parent) && !json_is_null(parent)));
		for (size_t i = 0; i < s.n; i++)
			check_leaf(&s, i);
	} else {
		FUZZ_CHECK(s.fault != NULL);
	}
	/* used again, it has forgotten what it read */
	FUZZ_CHECK(!sealed_read(&s, SPAN_LIT("{}")) && s.fault != NULL);
	sealed_release(&s);
	return 0;
}
