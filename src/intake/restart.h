/*
 * restart: order-intake's state directory: the log, snapshots of what came of it (gate_snapshot.h),
 * and how a start brings both together.
 *
 * A start reads the newest snapshot that is whole and has what the options ask for, and replays the
 * log behind it; without one it replays the whole log. What is passed over is told, and no longer
 * counts as kept, so that the log is not cut behind it. Where neither leads to the state, the
 * program ends with 100, 102 or 111 and has changed nothing.
 */
#ifndef TP_RESTART_H
#define TP_RESTART_H

#include "gate.h"
#include "outlet.h"
#include "snapshots.h"

/* Lines of the log between snapshots. */
#define RESTART_SNAPSHOT_LINES 1000000

struct restart {
	/* the caller's */
	const char *directory; /* NULL: nothing is kept */
	uint64_t every;
	bool resume; /* print again what follows line resume_after */
	uint64_t resume_after;
	bool recount; /* forget exposure and events */
	struct gate *gate;
	struct outlet *outlet;

	uint64_t kept[SNAPSHOTS_KEPT];
	uint64_t newest; /* there is, kept or not: the log must reach it */
	uint64_t due;	 /* the next snapshot, at this line of the log */
	bool part_missing, part_later;
};

/* Make and open the directory, into the outlet; dies with 102. */
void restart_directory(struct restart *r);

/* Gate and outlet as they were, and the log open. */
void restart_open(struct restart *r);

/* How many of max lines may be decided until it is time for a snapshot: at least one. It has the
 * same lines however the input arrives. */
size_t restart_room(const struct restart *r, size_t max);

/* A snapshot if it is time, or wanted. What fails is told, and the program goes on, if the log
 * lives. */
void restart_snapshot_if_due(struct restart *r, bool wanted);

#endif
