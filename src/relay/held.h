/*
 * held: a filter that is started now and runs only when it is needed.
 *
 * held_start() forks a process that waits for a word before it becomes COMMAND. So the program can
 * give up starting programs (and read its secrets) first, and a command that is never needed costs
 * a fork alone. held_ask() then writes it a line and reads the line that it answers, within a
 * deadline. A filter that did not answer in time, ended, or wrote anything but one line is out of
 * step: it is ended, and asked no more.
 */
#ifndef TP_HELD_H
#define TP_HELD_H

#include "buf.h"

#include <stdint.h>
#include <sys/types.h>

struct held {
	pid_t pid;
	int go, in, out; /* our ends: -1 when closed */
	bool running;
	bool failed;
	struct buf line;
};

/* argv ends with NULL. earlier: those started before, whose ends the new process must not keep.
 * Dies with 111. */
void held_start(struct held *h, char *const argv[], const struct held *const earlier[], size_t n);

/* NULL, and *answer is the line without its newline (good until the next call); else why not. */
const char *held_ask(struct held *h, struct span line, int64_t deadline_us, struct span *answer);

/* End of input for it. Waits for one that is in step. */
void held_end(struct held *h);

#endif
