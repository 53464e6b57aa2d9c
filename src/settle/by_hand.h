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

/* Taken at once; more wait for the next round. */
#define BY_HAND_MAX 256
#define BY_HAND_NAME_BYTES 64

struct by_hand {
	char names[BY_HAND_MAX][BY_HAND_NAME_BYTES]; /* taken, and not yet removed */
	size_t n;
};

/* Leave a command: type is hold or retry; to: "LEG=ADDRESS" or NULL. */
void by_hand_leave(int state, const char *type, const char *swap, const char *to);

/* Carry out what lies there, the oldest first; and after the commit, remove what was carried out.
 */
void by_hand_take(struct by_hand *h, struct flow *f, int state);
void by_hand_done(struct by_hand *h, int state);

#endif
