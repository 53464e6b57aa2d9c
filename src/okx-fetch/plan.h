/*
 * plan: which questions to ask OKX about an order, in which order (normalize(1), "The verdict",
 * says what they are for).
 *
 * A pure state machine. plan_next() gives a batch of requests that may go out side by side; each
 * answer is handed back with plan_reply(); when the batch is done, plan_next() again, until it
 * gives none. It knows OKX's retention tiers and paging rules, not how to reach OKX.
 */
#ifndef TP_PLAN_H
#define TP_PLAN_H

#include "limit.h"
#include "okx_ledger.h"
#include "okx_life.h"

#define PLAN_BATCH 32
#define PLAN_QUERY 320

struct plan_request {
	enum okx_endpoint endpoint;
	char query[PLAN_QUERY]; /* behind the "?"; may be empty */
};

enum plan_step {
	PLAN_FIRST,   /* clock, account, order, and what needs only the instId */
	PLAN_SEARCH,  /* the order in the history tiers */
	PLAN_ORDER,   /* the order's own fills; positions of a margin pair */
	PLAN_WINDOW,  /* fills, bills and orders in the life of the position */
	PLAN_UNKNOWN, /* orders of that life that are still unknown by mode and category */
	PLAN_AGAIN,   /* a second look where the first was too early */
	PLAN_LAST,    /* clock again */
	PLAN_DONE,
};

struct plan {
	struct span inst_id, ord_id;
	uint64_t id;
	const char *inst_type; /* NULL: not known yet */
	bool pair;
	enum plan_step step;
	bool taken; /* the step's questions have been given out */
	bool looked_again, asked_unknown_live, asked_unknown_history;
	size_t asked;
	bool cut; /* more pages than a bundle holds */
	struct okx_ledger ledger;
	struct okx_match match;
	/* next pages, asked before the next step */
	struct plan_request pages[PLAN_BATCH];
	size_t pages_n;
};

/* inst_id and ord_id must outlive the plan's run. */
void plan_init(struct plan *p);
void plan_release(struct plan *p);
void plan_start(struct plan *p, struct span inst_id, struct span ord_id);

/* now_ms: OKX's time as far as known. *wait_ms: how long to wait before asking (a second look),
 * usually 0. Returns 0 at the end. */
size_t plan_next(struct plan *p, int64_t now_ms, struct plan_request out[PLAN_BATCH],
		 unsigned *wait_ms);

/* The answer, good or bad; its text must live until plan_start() is called again. */
void plan_reply(struct plan *p, const struct plan_request *q, const struct okx_reply *r);

/* Ask nothing more (but the clock, if OKX can be reached at all): something fatal was answered. */
void plan_give_up(struct plan *p, bool reachable);

const struct okx_order *plan_order(const struct plan *p);

#endif
