#include "series.h"

#include <stdlib.h>

void
series_release(struct series *s)
{
	free(s->bars);
	*s = (struct series){0};
}

size_t
series_at(const struct series *s, int64_t start_us)
{
	size_t low = s->first, high = s->end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->bars[middle].start_us < start_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct bar *
series_find(const struct series *s, int64_t start_us)
{
	size_t i = series_at(s, start_us);

	return i < s->end && s->bars[i].start_us == start_us ? &s->bars[i] : NULL;
}

/* Room for one more at the end: what was cut off at the beginning is used first. */
static bool
make_room(struct series *s)
{
	size_t n = s->end - s->first, cap = s->cap ? s->cap * 2 : 16;
	struct bar *grown;

	if (s->end < s->cap)
		return true;
	if (s->first > s->cap / 2) {
		memmove(s->bars, s->bars + s->first, n * sizeof *s->bars);
		s->first = 0;
		s->end = n;
		return true;
	}
	grown = realloc(s->bars, cap * sizeof *s->bars);
	if (!grown)
		return false;
	s->bars = grown;
	s->cap = cap;
	return true;
}

struct bar *
series_put(struct series *s, const struct bar *b)
{
	size_t at;

	if (!make_room(s))
		return NULL;
	at = s->end == s->first || s->bars[s->end - 1].start_us < b->start_us
		 ? s->end
		 : series_at(s, b->start_us);
	memmove(s->bars + at + 1, s->bars + at, (s->end - at) * sizeof *s->bars);
	s->end++;
	s->bars[at] = *b;
	return &s->bars[at];
}

void
series_cut(struct series *s, int64_t start_us)
{
	while (s->first < s->end && s->bars[s->first].start_us < start_us)
		s->first++;
}
