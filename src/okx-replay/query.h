/*
 * query: a request target split into its path and its parameters.
 *
 * Names and values are percent-decoded (+ is a space) into the struct's own storage. Parameters
 * without a value count as not given, as with OKX; of two with one name the first counts. The bytes
 * as they came stay in `target`: they are what was signed.
 */
#ifndef TP_QUERY_H
#define TP_QUERY_H

#include "span.h"

#include <stdint.h>

#define QUERY_PARAMS_MAX 32
#define QUERY_BYTES_MAX 4096

struct query {
	struct span target;
	struct span path;
	struct span text; /* behind the ?, as it came */
	struct {
		struct span name, value;
	} params[QUERY_PARAMS_MAX];
	size_t n;
	char storage[QUERY_BYTES_MAX];
};

/* False when it is too long, has too many parameters, or a % without two hexadecimal digits. */
bool query_parse(struct span target, struct query *q);

/* The value; a NULL span when it is not given. */
struct span query_get(const struct query *q, const char *name);

#endif
