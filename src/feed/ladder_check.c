/* The part of ladder.h that compares a printed book with ours. */
#include "json.h"
#include "ladder.h"
#include "number.h"

/* ["px","sz",n] */
static bool
read_level(struct span value, struct ladder_level *out)
{
	struct json_walk w;
	struct span part[3], text, more;
	size_t n = 0;

	if (json_type(value) != JSON_ARRAY)
		return false;
	w = json_walk(value);
	while (n < 3 && json_next_element(&w, &part[n]))
		n++;
	return n == 3 && !json_next_element(&w, &more) && json_plain(part[0], &text) &&
	       decimal_parse(text, &out->px) == DECIMAL_OK && json_plain(part[1], &text) &&
	       decimal_parse(text, &out->sz) == DECIMAL_OK && number_u64(part[2], &out->n);
}

static bool
same_level(const struct ladder_level *a, const struct ladder_level *b)
{
	return a->n == b->n && decimal_compare(a->px, b->px) == 0 &&
	       decimal_compare(a->sz, b->sz) == 0;
}

static size_t
own_levels(const struct ladder_side *side, size_t depth)
{
	return side && depth && side->n > depth ? depth : side ? side->n : 0;
}

bool
ladder_differs(const struct ladder *b, struct span symbol, bool bids, struct span printed,
	       size_t depth, struct ladder_difference *out)
{
	uint64_t at;
	const struct ladder_side *side =
	    keymap_find(&b->by_name, symbol, &at) ? &b->symbols[at].sides[bids] : NULL;
	size_t n = own_levels(side, depth), i = 0;
	struct json_walk w;
	struct span value;

	*out = (struct ladder_difference){.unreadable = true};
	if (!printed.ptr || json_type(printed) != JSON_ARRAY)
		return true;
	w = json_walk(printed);
	for (; json_next_element(&w, &value); i++) {
		*out = (struct ladder_difference){.has_printed = true};
		out->unreadable = !read_level(value, &out->printed);
		if (out->unreadable)
			return true;
		out->has_own = i < n;
		if (i < n)
			out->own = side->levels[side->n - 1 - i];
		if (i >= n || !same_level(&out->own, &out->printed))
			return true;
	}
	*out = (struct ladder_difference){.has_own = i < n && depth};
	if (out->has_own)
		out->own = side->levels[side->n - 1 - i];
	return out->has_own;
}
