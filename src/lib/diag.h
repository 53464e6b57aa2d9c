/*
 * diag: the one voice on stderr.
 *
 *     TOOL: LEVEL: EVENT KEY=VALUE ...
 *
 * One line an event, one write(2) a line, control bytes replaced. A human reads the left, a machine
 * the right. Values that are not plain words are quoted, with \" \\ and \xNN inside. Repeats of one
 * event with one code are thinned: the first 10 are printed, then the 16th, 32nd, 64th ...;
 * diag_totals() prints the exact totals of those that were thinned.
 *
 * Nothing secret may be handed to it: callers pass names, numbers, codes and fixed reasons.
 */
#ifndef TP_DIAG_H
#define TP_DIAG_H

#include "span.h"

#include <stdint.h>

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_INFO };

struct diag_field {
	const char *key;
	enum { DIAG_NUMBER, DIAG_TEXT } kind;
	int64_t number;
	struct span text;
};

#define diag_u64(k, v) ((struct diag_field){(k), DIAG_NUMBER, (int64_t)(v), {0}})
#define diag_str(k, v) ((struct diag_field){(k), DIAG_TEXT, 0, span_of(v)})
#define diag_span(k, v) ((struct diag_field){(k), DIAG_TEXT, 0, (v)})
/* why="..." from errno as it was when the call failed */
#define diag_errno(e) ((struct diag_field){"why", DIAG_TEXT, 0, span_of(strerror(e))})

/* Who is speaking; until then "tradepipe". Not copied. --quiet leaves out DIAG_INFO. */
void diag_name(const char *tool);
void diag_quiet(bool quiet);

void diag_write(enum diag_level level, const char *event, const struct diag_field fields[],
		size_t n);

#define diag(level, event, ...)                                                \
	diag_write((level), (event), (const struct diag_field[]){__VA_ARGS__}, \
		   sizeof((const struct diag_field[]){__VA_ARGS__}) / sizeof(struct diag_field))

/* At the end of a run. */
void diag_totals(void);

#endif
