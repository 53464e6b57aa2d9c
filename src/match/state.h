/*
 * state: a market's directory: the log of its input, and snapshots of what came of it.
 *
 *     0000000001.wal ...                      wal(5)
 *     snapshot-000000000001000000.ndjson      the market after that many lines
 *
 * Two snapshots are kept (snapshots.h), and the log from the older one on. A start reads a snapshot
 * and replays the log behind it; a damaged one is told of and passed over for the one before.
 */
#ifndef TP_STATE_H
#define TP_STATE_H

#include "market.h"
#include "snapshots.h"
#include "tool.h"
#include "wal.h"

/* Lines between snapshots: a million orders are replayed in about a second. */
#define STATE_SNAPSHOT_LINES 1000000

struct state {
	int directory;
	struct wal wal;
	uint64_t snapshots[SNAPSHOTS_KEPT];
};

/* Make and open the directory; dies with 102. */
int state_directory(const char *path);

/*
 * Open the log and bring the market to where it ends, giving emit() the events of the replayed
 * lines. The snapshot is one whose seq is not above resume_after. EXIT_YES, or the status to end
 * with, having said why. torn: a write that was cut short was mended.
 */
enum exit_status state_open(struct state *s, struct market *m, uint64_t resume_after);

/* Write a snapshot; all its lines must be durable. Forgets what is not needed any more; apart: as
 * of snapshots_keep(). False with errno. */
bool state_snapshot(struct state *s, const struct market *m, uint64_t apart);

#endif
