/*
 * metrics: counters and gauges in a file that Prometheus' textfile collector reads.
 *
 * The file is replaced whole (written beside, then renamed), at most once a second while running
 * and once at the end. Without a file name everything here is a no-op. The directory is opened at
 * the start, so a sandboxed tool needs only that descriptor.
 *
 * Names follow Prometheus' conventions; labels is the text between the braces ("endpoint=\"time\"")
 * or NULL. Nothing is copied.
 */
#ifndef TP_METRICS_H
#define TP_METRICS_H

#include "span.h"

#include <stdint.h>

#define METRICS_MAX 200

struct metrics {
	const char *file;
	const char *base; /* name within the directory */
	int directory;
	int64_t written_us;
	size_t n;
	struct {
		const char *name, *type, *help, *labels;
		int64_t value;
		unsigned decimals; /* value counts 10^-decimals */
	} list[METRICS_MAX];
};

/* Opens the directory of file; dies with 102 when that fails. */
void metrics_init(struct metrics *m, const char *file);
size_t metrics_add(struct metrics *m, const char *name, const char *type, const char *help,
		   const char *labels);

/* The value is to be printed with a decimal point, that many digits before its end. */
void metrics_decimals(struct metrics *m, size_t index, unsigned decimals);

void metrics_count(struct metrics *m, size_t index, int64_t by);
void metrics_set(struct metrics *m, size_t index, int64_t value);

/* False with errno when the file could not be replaced. */
bool metrics_write(struct metrics *m);
void metrics_write_sometimes(struct metrics *m);

#endif
