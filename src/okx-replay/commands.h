/*
 * commands: what stdin tells the stand-in while it runs: faults, and ledgers that change.
 *
 *     {"cmd":"fault","path":"account/bills","kind":"code","code":"50026","times":2}
 *     {"cmd":"clear"}
 *     {"cmd":"set","account":"NAME","table":"orders","rows":[...]}
 *     {"cmd":"add","table":"trades","instId":"BTC-USDT","rows":[...]}
 *
 * A command is carried out whole or not at all.
 */
#ifndef TP_COMMANDS_H
#define TP_COMMANDS_H

#include "replay.h"
#include "rowfill.h"

/* Carry it out and append the record that says so; or append the one that says why not, and return
 * false: *reason is then a code for it. */
bool commands_apply(struct replay *r, struct rowfill *f, struct span line, uint64_t in,
		    struct buf *out, const char **reason);

/* The record for a line that is too long. */
void commands_too_long(struct span beginning, uint64_t in, struct buf *out);

#endif
