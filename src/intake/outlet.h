/*
 * outlet: what order-intake prints, the log that holds it first, and match's events, which must be
 * read while it is printed.
 *
 * Lines and events are appended to the log in the order in which they were decided; nothing is
 * written to stdout before the log is synced up to it. Where there is no log (state -1), only
 * stdout is left. Failures end the program with 111.
 */
#ifndef TP_OUTLET_H
#define TP_OUTLET_H

#include "gate.h"
#include "source.h"
#include "tool.h"
#include "wal.h"

/* Output kept back at most before it is logged and written. */
#define OUTLET_BYTES (1u << 20)
#define OUTLET_MAX (8u << 20)

struct outlet {
	struct gate *gate; /* events change it */
	struct source events;
	struct wal wal;
	int state;	/* the log's directory, or -1 */
	uint64_t lines; /* printed, in all runs */
	struct buf out, log;
	bool unmarked; /* the log does not say yet up to where it is durable */
	enum exit_status status;
};

_Noreturn void outlet_fail(const char *event, int error);

/* A file, a named pipe, or a descriptor by its number; dies with 102. */
int outlet_open_events(const char *name);

/* A line to be printed. */
void outlet_line(struct outlet *o, struct span line);

/* A line that was printed before, and is in the log: print it again. False: commit now. */
bool outlet_again(struct outlet *o, struct span line);

/* Log and sync what was decided: the gate knows of nothing that is not in the log then. */
void outlet_log(struct outlet *o);

/* The same, and print. */
void outlet_commit(struct outlet *o);

/* Take in the events that are there now. */
void outlet_catch_events(struct outlet *o);

/* Take in all that still come, after stdout was closed. */
void outlet_drain(struct outlet *o);

#endif
