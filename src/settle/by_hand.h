/*
 * by_hand: an operator's word to a settle that is running, or to the next that starts.
 *
 * A command is a file of its own in DIR/commands, written durably; settle carries it out, logs it,
 * and then removes it. One that was carried out and not removed is carried out again, and changes
 * nothing.
 */
#ifndef TP_BY_HAND_H
#define TP_BY_HAND_H

#include "flow.h"

/* Leave a command: type is hold or retry; to: "LEG=ADDRESS" or NULL. */
void by_hand_leave(int state, const char *type, const char *swap, const char *to);

/* Carry out what lies there. Returns what is to be removed after the commit by by_hand_done(). */
void by_hand_take(struct flow *f, int state);
void by_hand_done(struct flow *f, int state);

#endif
