/*
 * gate_snapshot: all that the gate remembers, as lines of JSON, and back.
 *
 *     {"intake":1,"log":812,"lines":600,"events":211,"ts":1700000000000000,"exposure":"open"}
 *     {"account":"alice","nonce":7,"cooldown":null,"cancels":[]}
 *     {"asset":"BTC","net":"0","coming":"1.5","going":"0","broken":0}     of that account
 *     {"order":"1","symbol":"BTC-USDC","account":0,"buy":1,"px":"65000","left":"1.5",
 *      "base":"1.5","quote":"97500","unanswered":0}                       (one line)
 *     {"crc":"9f3c21aa"}
 *
 * A gate that was read goes on exactly as the one that was written: nothing that it decides from
 * then on differs. The reader is byte exact, as the writer is the only one.
 *
 * Exposure is there as the options asked for it: "none"; "held", sums from which nothing was ever
 * released; "open", open orders and fills. A gate whose options ask for none reads all of them and
 * leaves that part out.
 *
 * Pure: the caller keeps the bytes.
 */
#ifndef TP_GATE_SNAPSHOT_H
#define TP_GATE_SNAPSHOT_H

#include "gate.h"

/* About 100 bytes an account and 250 an open order: GATE_ORDERS_MAX of them. */
#define GATE_SNAPSHOT_BYTES_MAX (UINT64_C(3) << 30)

enum gate_part { GATE_PART_NONE, GATE_PART_HELD, GATE_PART_OPEN };

/* What the options ask for. */
enum gate_part gate_part(const struct gate_options *o);

/* As it stands in a snapshot. */
const char *gate_part_name(enum gate_part part);

struct gate_at {
	uint64_t log;	/* lines of the log up to here are in it */
	uint64_t lines; /* that were printed, in all runs */
};

/* Append the snapshot; buf_ok(out) says whether it fitted (and there was memory). */
void gate_snapshot_write(const struct gate *g, const struct gate_at *at, struct buf *out);

enum gate_snapshot_error {
	GATE_SNAPSHOT_OK,
	GATE_SNAPSHOT_E_DAMAGED,
	GATE_SNAPSHOT_E_PART, /* the options ask for what it does not have; *part says what it has
			       */
	GATE_SNAPSHOT_E_MEMORY,
};

/* Into a gate that was just made. After an error the gate is of no use. */
enum gate_snapshot_error gate_snapshot_read(struct gate *g, struct gate_at *at,
					    enum gate_part *part, struct span text);

#endif
