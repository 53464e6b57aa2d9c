#include "window.h"

#include "check.h"

/* FNV-1a, each part ended by a byte that no part holds. */
static uint64_t
hash(const struct span key[], size_t parts)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < parts; i++) {
		for (size_t k = 0; k < key[i].len; k++)
			h = (h ^ (unsigned char)key[i].ptr[k]) * UINT64_C(0x100000001b3);
		h = (h ^ 0xff) * UINT64_C(0x100000001b3);
	}
	return h;
}

static struct window_key *
find(struct window *w, uint64_t h)
{
	struct window_key *oldest = &w->keys[0];

	for (size_t i = 0; i < w->n; i++) {
		if (w->keys[i].hash == h)
			return &w->keys[i];
		if (w->keys[i].last_us < oldest->last_us)
			oldest = &w->keys[i];
	}
	if (w->n < WINDOW_KEYS)
		oldest = &w->keys[w->n++];
	oldest->hash = h;
	oldest->n = oldest->next = 0;
	return oldest;
}

bool
window_admit(struct window *w, const struct span key[], size_t parts, unsigned limit,
	     int64_t length_us, int64_t now_us)
{
	struct window_key *k = find(w, hash(key, parts));
	unsigned recent = 0;

	CHECK(limit > 0 && limit <= WINDOW_LIMIT_MAX);
	k->last_us = now_us;
	for (unsigned i = 0; i < k->n; i++)
		recent += k->at_us[i] > now_us - length_us;
	if (recent >= limit)
		return false;
	k->at_us[k->next] = now_us;
	k->next = (k->next + 1) % WINDOW_LIMIT_MAX;
	k->n += k->n < WINDOW_LIMIT_MAX;
	return true;
}
