#include "delay.h"

#include <stddef.h>

/* The count of us: its octave, and the four bits behind the first. */
static size_t
index_of(uint64_t us)
{
	unsigned octave;
	size_t i;

	if (us < DELAY_STEPS)
		return (size_t)us;
	octave = 63 - (unsigned)__builtin_clzll(us);
	i = (octave - 3) * DELAY_STEPS + (us >> (octave - 4)) % DELAY_STEPS;
	return i < DELAY_OCTAVES * DELAY_STEPS ? i : DELAY_OCTAVES * DELAY_STEPS - 1;
}

/* The most that counts there. */
static int64_t
end_of(size_t i)
{
	unsigned octave = (unsigned)(i / DELAY_STEPS) + 3;

	if (i < DELAY_STEPS)
		return (int64_t)i;
	return (int64_t)((DELAY_STEPS + i % DELAY_STEPS + 1) << (octave - 4)) - 1;
}

void
delay_add(struct delay *d, int64_t us)
{
	if (us < 0)
		us = 0;
	d->counts[index_of((uint64_t)us)]++;
	d->n++;
	d->sum_us += us;
	if (us > d->max_us)
		d->max_us = us;
}

int64_t
delay_quantile(const struct delay *d, unsigned permille)
{
	uint64_t want = (d->n * permille + 999) / 1000, seen = 0;

	for (size_t i = 0; i < DELAY_OCTAVES * DELAY_STEPS; i++) {
		seen += d->counts[i];
		if (want && seen >= want)
			return end_of(i) < d->max_us ? end_of(i) : d->max_us;
	}
	return 0;
}
