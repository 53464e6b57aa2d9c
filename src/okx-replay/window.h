/*
 * window: how often somebody may ask: at most `limit` requests in any `length_us`, counted in a
 * sliding window for each key (an endpoint and who asks).
 *
 * What is refused is not counted. Keys are hashed and WINDOW_KEYS of them are remembered; the one
 * not seen for longest makes room. Pure: the time is a parameter.
 */
#ifndef TP_WINDOW_H
#define TP_WINDOW_H

#include "span.h"

#include <stdint.h>

#define WINDOW_KEYS 512
#define WINDOW_LIMIT_MAX 100

struct window {
	struct window_key {
		uint64_t hash;
		int64_t last_us;
		unsigned n, next; /* of at_us, a ring */
		int64_t at_us[WINDOW_LIMIT_MAX];
	} keys[WINDOW_KEYS];
	size_t n;
};

bool window_admit(struct window *w, const struct span key[], size_t parts, unsigned limit,
		  int64_t length_us, int64_t now_us);

#endif
