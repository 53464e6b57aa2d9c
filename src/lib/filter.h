/*
 * filter: the loop of every tool that reads records and writes records.
 *
 * The library owns the loop over the input; the tool owns what happens to one line. A step gets the
 * line (too_long: it was over the limit and text holds its beginning), writes any number of
 * records, and says how it went. FILTER_NO is remembered and makes the exit status 1; the loop goes
 * on. FILTER_ABANDON ends the loop with `status`, and what has not been written out yet is dropped:
 * a durable tool that could not keep a record acknowledges nothing more.
 *
 * filter_run() flushes before it waits, reports read and write errors, writes the metrics file,
 * closes stdout and returns the exit status.
 */
#ifndef TP_FILTER_H
#define TP_FILTER_H

#include "line_ahead.h"
#include "metrics.h"
#include "tool.h"

enum filter_verdict { FILTER_YES, FILTER_NO, FILTER_ABANDON };

struct filter {
	/* set by the tool */
	enum filter_verdict (*step)(struct filter *f, const struct line *in, bool too_long);
	/* called once, at the end of the input or at a stop signal, before the last flush; NULL:
	 * none */
	enum filter_verdict (*finish)(struct filter *f, bool at_end);
	void *context;
	size_t line_max;
	/* for a tool with much to do a line, and memory for it: a second thread reads ahead, and
	 * notes what it makes of each line (line_ahead.h). note NULL: none */
	struct line_ahead ahead;
	const void *noted;	  /* of the line that step has; NULL: nothing was */
	enum exit_status status;  /* for FILTER_ABANDON */
	const char *metrics_file; /* NULL: none */

	/* the loop's own */
	struct line_reader in;
	struct line_writer out;
	struct metrics metrics;
	size_t lines_total; /* metric indices */
	size_t rejects_total;
};

/* Set up the buffers; call before the sandbox closes. secret_memory (of line_max + 1 bytes) may be
 * NULL. */
void filter_init(struct filter *f, char *secret_memory);

/* Close the sandbox: a pure filter, plus the metrics file's directory when there is one. */
void filter_sandbox(const struct filter *f);

/* The same with the network, and a state directory (or -1) to write in. */
void filter_sandbox_network(const struct filter *f, int state);

/* Write one record; when stdout fails, the loop ends with 111 after this step. */
void filter_emit(struct filter *f, struct span record);

/* Returns the status for main to return. */
int filter_run(struct filter *f);

#endif
