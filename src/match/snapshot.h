/*
 * snapshot: all that the market holds, as lines of JSON, and back.
 *
 * A market that was read from a snapshot goes on exactly as the one that was written: every number
 * that can ever show in an event is in it, queues in their order. The last line has the CRC-32C of
 * the lines before it. The reader is byte exact, as the writer is the only one; a snapshot that is
 * not whole is refused, and the market then must not be used.
 *
 * Pure: the caller keeps the bytes.
 */
#ifndef TP_SNAPSHOT_H
#define TP_SNAPSHOT_H

#include "buf.h"
#include "market.h"

/* About 300 bytes an order: ten million live orders. */
#define SNAPSHOT_BYTES_MAX (UINT64_C(3) << 30)

/* Append the snapshot; buf_ok(out) says whether it fitted. */
void snapshot_write(const struct market *m, struct buf *out);

enum snapshot_error { SNAPSHOT_OK, SNAPSHOT_E_DAMAGED, SNAPSHOT_E_MEMORY };

/* Into a market that was just made. */
enum snapshot_error snapshot_read(struct market *m, struct span text);

#endif
