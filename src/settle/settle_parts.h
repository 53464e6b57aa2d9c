/*
 * settle_parts: the program settle, which is in several files: options and main (settle.c), the
 * start, one line of the input, the rounds, and what is asked beside a settle that runs.
 */
#ifndef TP_SETTLE_PARTS_H
#define TP_SETTLE_PARTS_H

#include "book_state.h"
#include "by_hand.h"
#include "flow.h"

/* A round's lines and records: a thousand payments with their bytes. */
#define SETTLE_ROUND_MAX (256u << 20)

enum action { RUN, LIST, SHOW, RECEIPTS, RETRY, HOLD };

struct settle {
	enum action action;
	const char *config, *state_name, *metrics_file, *swap, *to;
	bool all, resume;
	struct book_state state;
	struct buf addresses; /* lines of the configuration */
	struct source in;
	uint64_t lines;
	int64_t commands_us, idle_us;
	struct flow flow;
	struct by_hand by_hand;
};

/* ---- settle_start.c ---- */

void settle_open_state(struct settle *t);
/* An empty one. */
void settle_init_book(struct settle *t);
/* All of it, those two as well: afterwards the rounds can begin. */
void settle_start(struct settle *t);

/* ---- settle_input.c ---- */

void settle_take_line(struct settle *t, struct span line, bool too_long);

/* ---- settle_loop.c ---- */

/* SIGUSR1 asks for a snapshot. */
void settle_snapshot_on_signal(void);
/* Until a signal, or the end of the input with nothing left to do. */
void settle_run(struct settle *t);
int settle_finish(struct settle *t);

/* ---- settle_look.c ---- */

/* --resume-after: the receipts after that one, into the flow's output. */
void settle_resume(struct settle *t);
/* --list, --show, --receipts. */
int settle_print_book(struct settle *t);
/* --retry, --hold. */
int settle_leave_command(struct settle *t);

#endif
