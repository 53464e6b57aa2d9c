/*
 * command: start a program with a body on its standard input, and collect what it prints.
 *
 * The program is started without a shell, in a process group of its own, with descriptors 0, 1 and
 * 2 alone. The group is ended as a whole: when the program ends, when its time is over (SIGTERM, a
 * second later SIGKILL), or when it prints more than out may hold.
 */
#ifndef TP_COMMAND_H
#define TP_COMMAND_H

#include "answer.h"
#include "buf.h"

#include <stdint.h>

struct command {
	char *const *argv;
	char *const *environment;
	struct span body;
	int64_t deadline_us; /* CLOCK_MONOTONIC */
};

/* Remember the limits that programs are to have, before our own are lowered. */
void command_save_limits(void);

/* *status: exit status, or number of the signal. False with errno when it could not be started. */
bool command_run(const struct command *c, struct buf *out, enum answer_end *end, int *status);

#endif
