/*
 * gate_replay: a line of order-intake's log, and what the gate has to learn from it.
 *
 * The log has lines as they were printed (let in, or rejects) and match's events as they were read,
 * in the order in which they were decided. Pure.
 */
#ifndef TP_GATE_REPLAY_H
#define TP_GATE_REPLAY_H

#include "event.h"
#include "gate.h"

/* Is it a record of match's, that was read, and no line that was printed? */
bool gate_replay_is_event(struct span line, struct event *e);

/* *printed: it is a printed line. False when memory or a bound is at its end. */
bool gate_replay(struct gate *g, struct span line, bool *printed);

#endif
