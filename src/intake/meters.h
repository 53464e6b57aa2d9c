/*
 * meters: what order-intake counts.
 */
#ifndef TP_METERS_H
#define TP_METERS_H

#include "gate.h"
#include "metrics.h"

#define METERS_BUCKETS 8

struct meters {
	struct metrics metrics;
	size_t lines, rejects, invalid, risk_drops, open, missed;
	size_t verified[SCHEMES], reason[REFUSALS];
	size_t bucket[METERS_BUCKETS], latency_sum, latency_count;
};

/* Opens the directory of file (may be NULL). */
void meters_init(struct meters *m, const char *file);

void meters_line(struct meters *m, enum refusal r);
void meters_verified(struct meters *m, enum signature_scheme scheme);

/* n lines were read this many microseconds before they were out. */
void meters_latency(struct meters *m, size_t n, int64_t us);

void meters_gate(struct meters *m, const struct gate *g);

#endif
