/*
 * delay: how long things took, as counts of what took about as long; sixteen counts an octave, so
 * a quantile is at most 6 % too high.
 */
#ifndef TP_DELAY_H
#define TP_DELAY_H

#include <stdint.h>

/* From 1 us to 2^36 us, 19 hours; what is longer counts as that. */
#define DELAY_OCTAVES 36
#define DELAY_STEPS 16

struct delay {
	uint64_t counts[DELAY_OCTAVES * DELAY_STEPS];
	uint64_t n;
	int64_t sum_us, max_us;
};

void delay_add(struct delay *d, int64_t us);

/* What so many thousandths of all did not exceed; 0 when there are none. */
int64_t delay_quantile(const struct delay *d, unsigned permille);

#endif
