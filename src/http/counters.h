/*
 * counters: what a service has done, in memory that all its processes share, and its text for
 * Prometheus.
 *
 * The memory is a file's (or a memory file's) whose zeros are the beginning; each count is one
 * atomic addition. Places are numbers of routes and keys, so the file is named by a sum over these:
 * counters_sum().
 */
#ifndef TP_COUNTERS_H
#define TP_COUNTERS_H

#include "answer.h"
#include "buf.h"
#include "routes.h"
#include "signature.h"

#include <stdint.h>

/* The text: 65 routes of 17 buckets and 22 codes of about 90 bytes. */
#define COUNTERS_TEXT_BYTES (1u << 20)

struct counters_memory;

struct counters {
	struct counters_memory *memory;
	const struct routes *routes;
	size_t keys;
	const char *key_ids[SIGNATURE_KEYS];
};

uint32_t counters_sum(const struct routes *routes, const char *const key_ids[], size_t keys);

/* fd: of an empty file or one of before; -1: memory of this process alone. May be closed
 * afterwards. False with errno. */
bool counters_open(struct counters *c, int fd);

/* route: its index, or routes->n for none. */
void counters_request(const struct counters *c, size_t route, unsigned status, int64_t us);
void counters_answer(const struct counters *c, enum answer_code code);
void counters_signed(const struct counters *c, size_t key);

void counters_print(const struct counters *c, struct buf *out);

#endif
