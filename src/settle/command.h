/*
 * command: an operator's word to a settle that is running, or to the next that starts.
 *
 * A command is a file of its own in DIR/commands, written durably; settle carries it out, logs it,
 * and then removes it. One that was carried out and not removed is carried out again, and changes
 * nothing.
 */
#ifndef TP_COMMAND_H
#define TP_COMMAND_H

#include "flow.h"

/* Leave a command: type is hold or retry; to: "LEG=ADDRESS" or NULL. */
void command_leave(int state, const char *type, const char *swap, const char *to);

/* Carry out what lies there. Returns what is to be removed after the commit by command_done(). */
void command_take(struct flow *f, int state);
void command_done(struct flow *f, int state);

#endif
