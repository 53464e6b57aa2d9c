/*
 * flow: from the book to its next step: ask a program, take its answer, log what changed.
 *
 * One rule carries everything: nothing leaves this process, no request, no receipt, before the log
 * lines that were written in the same round are synced. A round of the main loop is: take in what
 * has come (trades, answers), flow_drive() for every leg that is due, flow_commit() (append, sync),
 * and only then are pipes and stdout written to. So whatever a program was asked, a restart knows
 * why.
 */
#ifndef TP_FLOW_H
#define TP_FLOW_H

#include "child.h"
#include "config.h"
#include "frame.h"
#include "gauges.h"
#include "swap_book.h"
#include "wal.h"

enum flow_op {
	OP_INFO,
	OP_SCREEN,
	OP_PREPARE,
	OP_SIGN,
	OP_ASSEMBLE,
	OP_SUBMIT,
	OP_POLL,
	OP_BUMP,
	OP_CANCEL,
	OP_BALANCE,
	OP_HEIGHT,
	OPS
};

struct flow_chain {
	struct config_chain *config;
	struct child child, signer;
	struct flow *flow;
	uint64_t informed; /* the start of the child that gave its info; 0: none */
	bool replaces;	   /* what is stuck */
	bool ordered;	   /* a spend that is given up holds up those after it */
	bool asked_info, asked_height, asked_balance;
	bool low; /* the balance was below its minimum when it was last looked at */
	char wallet[128], network[64];
	struct leg *making; /* one at a time: the next must know what this one spends */
	int64_t info_us, height_us, balance_us;
	int64_t lag_us;
	uint64_t height;
	decimal_int open; /* of legs from prepared on */
};

struct flow {
	struct config config;
	struct swap_book book;
	struct flow_chain chains[CONFIG_CHAINS_MAX];
	size_t chains_n;
	struct child signer, screener;
	struct leg **open; /* legs that are not over, or still watched */
	size_t open_n, open_cap;
	struct swap **pending; /* swaps that are not over */
	size_t pending_n, pending_cap;

	struct wal wal;
	struct buf log;	 /* lines of this round */
	bool appended;	 /* of this round, not yet synced */
	struct buf out;	 /* records for stdout, after the commit */
	struct buf line; /* one line in the making */
	struct buf request;
	bool unmarked;
	bool troubled; /* something failed or is held: status 1 */
	uint64_t resume_after;
	uint64_t random;
	int64_t now_us, clock_us; /* monotonic; real, for ts */
	struct gauges gauges;
};

/* ---- flow_chain.c ---- */

const char *flow_op_name(enum flow_op op);

/* NULL: it is not in the configuration any more. */
struct flow_chain *flow_chain_of(struct flow *f, const struct leg *l);

/* Do both pay from the same wallet? Then what one spends is not the other's. */
bool flow_same_wallet(const struct flow_chain *a, const struct flow_chain *b);

/* ---- flow_log.c ---- */

/* Append and sync what was logged; dies with 111 where that fails. */
void flow_commit(struct flow *f);

/* Append without sync. */
void flow_append(struct flow *f);

/* ---- flow.c ---- */

/* After the configuration and the book are there. */
void flow_start(struct flow *f);

/* The programs that run, from 0 on; NULL: no more. */
struct child *flow_child(struct flow *f, size_t i);

/* A swap that has just come into the book. */
void flow_add_swap(struct flow *f, struct swap *s);

/* Legs and swaps that nothing is to be done for any more leave the lists. */
void flow_forget_finished(struct flow *f);

/* Is a swap over, and has it been looked at for as long as anybody may want to? */
bool flow_done_with_swap(const struct flow *f, const struct swap *s);

/* Nothing is left to do but for an operator. */
bool flow_idle(struct flow *f);

/* Status 1: something was rejected, has failed, or is held. */
bool flow_needs_somebody(const struct flow *f);

/* Try again later: the pause doubles, with jitter. */
void flow_later(struct flow *f, struct leg *l);
/* The pause begins anew with the next failure. */
void flow_went_well(struct leg *l);
void flow_hold(struct flow *f, struct swap *s, const char *code);

/* ---- drive.c ---- */

/* Do what is due. Returns when something will be, at the latest. */
int64_t flow_drive(struct flow *f);

/* ---- journal.c ---- */

struct change {
	enum leg_status status;
	const char *kind;
	struct span tx_id, fee, block; /* block: JSON */
	struct span spends, expiry, fee_rate, unsigned_, raw;
	uint64_t confirmations;
	const char *code, *msg;
	bool cancel;
};

/* Log that a leg changes, apply it, and put its receipt out. */
void journal_leg(struct flow *f, struct leg *l, const struct change *c);

/* Log, apply and print hold and retry; to: new addresses ({"LEG":"address"} members) or NULL. */
void journal_hold(struct flow *f, struct swap *s, const char *code);
void journal_retry(struct flow *f, struct swap *s, struct span to);

/* What is logged until the end stands in the log together or not at all. */
void journal_begin_together(struct flow *f);
void journal_end_together(struct flow *f);

/* Any other line of the log (swap, legs, address), applied, not printed. */
void journal_line(struct flow *f, struct span line);

/* What a log line looks like to the outside; false: it is not for the outside. */
bool journal_receipt(struct span line, uint64_t seq, struct buf *out);

/* ---- ask.c ---- */

/* Ask; false: that program is not ready. */
bool ask_leg(struct flow *f, struct leg *l, enum flow_op op);
bool ask_assemble(struct flow *f, struct leg *l, struct span signatures, struct span payload);
void ask_chain(struct flow *f, struct flow_chain *c, enum flow_op op);

/* ---- take_answer.c ---- */

/* A child's `answer`, with the flow as context. */
bool flow_take_answer(void *context, const struct child_request *q, struct span line);

#endif
