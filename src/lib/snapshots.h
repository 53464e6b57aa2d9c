/*
 * snapshots: the snapshots in a state directory beside the log: their names, which two are kept,
 * and the checksum that ends each.
 *
 * A snapshot is named by the last line of the log (wal.h) that it holds,
 * snapshot-000000000001000000.ndjson. Its last line {"crc":"9f3c21aa"} has the CRC-32C of all
 * before it. It is there whole or not at all (durable.h).
 *
 * `kept` are two such numbers: [0] the newer, [1] the older, 0: none. The log is needed from the
 * older one on. What is in the directory is the caller's: its descriptor, and its lock (wal_open).
 */
#ifndef TP_SNAPSHOTS_H
#define TP_SNAPSHOTS_H

#include "buf.h"

#define SNAPSHOTS_KEPT 2
/* snapshot-000000000000000000.ndjson, and room for what no number has */
#define SNAPSHOTS_NAME_BYTES 40

void snapshots_name(uint64_t seq, char out[SNAPSHOTS_NAME_BYTES]);

/* The two newest; false with errno. */
bool snapshots_list(int directory, uint64_t kept[SNAPSHOTS_KEPT]);

/* kept[i] is of no use: forget it. The next snapshots_keep() removes it. */
void snapshots_forget(uint64_t kept[SNAPSHOTS_KEPT], int i);

/* Append the checksum of all from start on; and is it there, and right? Then it is taken off. */
void snapshots_seal(struct buf *b, size_t start);
bool snapshots_open_seal(struct span *text);

/*
 * Write a snapshot (of seq, sealed) and remove what is not needed any more. The older one kept is
 * at least `apart` lines before the newer: what comes sooner takes the newer one's place. But when
 * the older one has come to be twice as far back, the newer one becomes the older at any distance,
 * or the log would grow for ever where snapshots are always asked for sooner. False with errno: if
 * it was not written, all is as it was; else something could not be removed.
 */
bool snapshots_keep(int directory, uint64_t kept[SNAPSHOTS_KEPT], uint64_t seq, uint64_t apart,
		    struct span text);

#endif
