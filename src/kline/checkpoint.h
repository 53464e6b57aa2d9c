/*
 * checkpoint: all that kline-agg knows, in one text file, so that a restart goes on as if nothing
 * had been.
 *
 * NDJSON: a head, then for each symbol a line and its bars, then an end with the CRC-32C of all
 * lines before it:
 *
 *     {"type":"checkpoint","format":1,"intervals":"1s,1m","dayOffset":0,"in":812,"seq":77}
 *     {"type":"symbol","symbol":"BTC-USDC","v":["LAST_ID","FIRST_ID",...],"missing":["3","3"]}
 *     {"type":"bar","interval":"1s","v":["START_US",...]}
 *     {"type":"end","count":3,"crc32c":"9f3c21aa"}
 *
 * Written whole beside the old one and renamed: it is the old one or the new one, never a half. The
 * trades kept for cancellations are not in it.
 */
#ifndef TP_CHECKPOINT_H
#define TP_CHECKPOINT_H

#include "agg.h"

#define CHECKPOINT_FILE "checkpoint.ndjson"
#define CHECKPOINT_BYTES_MAX (1u << 30)

struct checkpoint {
	uint64_t in, seq; /* lines read, records printed */
};

/* False with errno. */
bool checkpoint_write(const struct agg *a, const struct checkpoint *c, int directory);

enum checkpoint_state {
	CHECKPOINT_OK,
	CHECKPOINT_NONE,
	CHECKPOINT_E_READ, /* errno */
	CHECKPOINT_E_DAMAGED,
	CHECKPOINT_E_OTHER, /* made with other intervals */
	CHECKPOINT_E_FULL,  /* it does not fit this one's limits */
};

/* Into an agg that has seen nothing yet. What was taken in before damage was found stays in it. */
enum checkpoint_state checkpoint_parse(struct agg *a, struct checkpoint *c, struct span file);
enum checkpoint_state checkpoint_read(struct agg *a, struct checkpoint *c, int directory);

#endif
