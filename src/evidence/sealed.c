#include "sealed.h"

#include "evidence.h"
#include "hex.h"
#include "json.h"
#include "limit.h"

#include <stdlib.h>

void
sealed_init(struct sealed *s)
{
	*s = (struct sealed){0};
	buf_init(&s->paths, LIMIT_BUNDLE_BYTES);
}

void
sealed_release(struct sealed *s)
{
	free(s->leaves);
	buf_release(&s->paths);
	*s = (struct sealed){0};
}

static bool
fail(struct sealed *s, const char *member)
{
	s->fault = member;
	return false;
}

static bool
read_hash(struct span value, unsigned char hash[32])
{
	struct span text;

	return value.ptr && json_plain(value, &text) && hex_parse_hash(text, hash);
}

static struct sealed_leaf *
next_leaf(struct sealed *s)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 32;
		struct sealed_leaf *leaves =
		    cap > LIMIT_LEAVES ? NULL : realloc(s->leaves, cap * sizeof *leaves);

		if (!leaves)
			return NULL;
		s->leaves = leaves;
		s->cap = cap;
	}
	return &s->leaves[s->n++];
}

static bool
read_leaf(struct sealed *s, struct span object)
{
	static const char *const names[] = {"path", "hash", "salt"};
	struct span member[3];
	struct sealed_leaf *leaf;

	if (json_type(object) != JSON_OBJECT || !json_pick(object, names, 3, member, NULL))
		return fail(s, "leaves");
	leaf = next_leaf(s);
	if (!leaf)
		return fail(s, "leaves: too many");
	*leaf = (struct sealed_leaf){.object = object, .salted = member[2].ptr != NULL};
	if (!member[0].ptr || json_type(member[0]) != JSON_STRING)
		return fail(s, "leaves: path");
	leaf->path.len = s->paths.len;
	json_decode(member[0], &s->paths);
	leaf->path.len = s->paths.len - leaf->path.len;
	if (!read_hash(member[1], leaf->hash.bytes))
		return fail(s, "leaves: hash");
	if (leaf->salted && !read_hash(member[2], leaf->salt))
		return fail(s, "leaves: salt");
	return true;
}

/* Paths moved while their buffer grew; now they stay. */
static void
place_paths(struct sealed *s)
{
	/* all paths may be empty, and no buffer be there */
	const char *at = s->paths.ptr ? s->paths.ptr : "";

	for (size_t i = 0; i < s->n; i++) {
		s->leaves[i].path.ptr = at;
		at += s->leaves[i].path.len;
	}
}

static bool
check_order(struct sealed *s)
{
	size_t data = s->n - 1;

	if (s->n == 0 || !span_is(s->leaves[data].path, EVIDENCE_MANIFEST))
		return fail(s, "leaves: #manifest is not the last");
	if (s->leaves[data].salted)
		return fail(s, "leaves: #manifest has a salt");
	for (size_t i = 0; i < data; i++)
		if (span_is(s->leaves[i].path, EVIDENCE_MANIFEST) ||
		    (i && span_compare(s->leaves[i - 1].path, s->leaves[i].path) >= 0))
			return fail(s, "leaves: not in ascending order of path");
	return true;
}

static bool
read_leaves(struct sealed *s, struct span array)
{
	struct json_walk w;
	struct span object;

	s->n = 0;
	buf_clear(&s->paths);
	if (!array.ptr || json_type(array) != JSON_ARRAY)
		return fail(s, "leaves");
	w = json_walk(array);
	while (json_next_element(&w, &object))
		if (!read_leaf(s, object))
			return false;
	if (!buf_ok(&s->paths))
		return fail(s, "leaves: too many");
	place_paths(s);
	return check_order(s);
}

bool
sealed_read(struct sealed *s, struct span evidence)
{
	static const char *const names[] = {"leaves",	  "root",	"rootAlgo",
					    "bundleHash", "evidenceId", "parentRoot"};
	struct span member[6], text;

	s->fault = NULL;
	if (!evidence.ptr || json_type(evidence) != JSON_OBJECT)
		return fail(s, "no evidence object");
	if (!json_pick(evidence, names, 6, member, NULL))
		return fail(s, "a member stands twice");
	if (!member[2].ptr || !json_plain(member[2], &text) || !span_is(text, EVIDENCE_ALGO))
		return fail(s, "rootAlgo");
	if (!read_hash(member[1], s->root.bytes))
		return fail(s, "root");
	if (!read_hash(member[3], s->bundle_hash.bytes))
		return fail(s, "bundleHash");
	if (!member[4].ptr || !json_plain(member[4], &s->id))
		return fail(s, "evidenceId");
	if (!member[5].ptr)
		return fail(s, "parentRoot");
	s->has_parent = !json_is_null(member[5]);
	if (s->has_parent && !read_hash(member[5], s->parent.bytes))
		return fail(s, "parentRoot");
	return read_leaves(s, member[0]);
}

static int
compare_paths(const void *a, const void *b)
{
	const struct sealed_leaf *x = a, *y = b;

	return span_compare(x->path, y->path);
}

struct sealed_leaf *
sealed_find(struct sealed *s, struct span path)
{
	struct sealed_leaf key = {.path = path};

	/* check_order(): the data leaves stand in order, the manifest behind them */
	if (s->n == 0)
		return NULL;
	if (span_is(path, EVIDENCE_MANIFEST))
		return &s->leaves[s->n - 1];
	return bsearch(&key, s->leaves, s->n - 1, sizeof key, compare_paths);
}
