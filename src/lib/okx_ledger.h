/*
 * okx_ledger: the rows of OKX's replies as structs, each row once, ready for questions.
 *
 * Replies are added in the order in which they were received; a row that is met again (a later
 * page, another tier, a second look) replaces the one known before when it is not older. Texts are
 * spans into the replies and live as long as they do. Unknown members are ignored; a row that lacks
 * what it must have, or has a number that cannot be read, is counted in `unreadable` and makes its
 * ledger incomplete.
 *
 * Every amount is an exact decimal in OKX's unit (contracts, or the base currency for MARGIN and
 * SPOT); times are milliseconds.
 */
#ifndef TP_OKX_LEDGER_H
#define TP_OKX_LEDGER_H

#include "decimal.h"
#include "okx_reply.h"

struct okx_order {
	struct span row;
	struct span ord_id, inst_id, inst_type, td_mode, pos_side, side, state, category, source,
	    ccy, algo_id, reduce_only;
	struct decimal acc_fill_sz, pnl;
	int64_t created_ms, updated_ms, last_fill_ms; /* last_fill_ms 0: none */
};

struct okx_fill {
	struct span bill_id, ord_id, trade_id, inst_id, pos_side, side;
	unsigned sub_type;
	struct decimal sz, pnl;
	int64_t fill_ms;
};

struct okx_position {
	struct span row;
	struct span pos_id, inst_id, mgn_mode, pos_side, ccy;
	struct decimal pos;
	int64_t created_ms, updated_ms;
};

/* A row of positions-history: one life of a position, known by (posId, cTime). */
struct okx_life {
	struct span row;
	struct span pos_id, inst_id, mgn_mode, pos_side, direction, ccy;
	unsigned type;
	struct decimal closed_sz, max_sz, liq_penalty;
	int64_t created_ms, updated_ms;
	bool identity_holds; /* realizedPnl = pnl + fee + fundingFee + liqPenalty + settledPnl, or
				some are not given */
};

struct okx_bill {
	struct span bill_id, inst_id, ord_id, mgn_mode, px;
	unsigned type, sub_type;
	struct decimal sz;
	int64_t fill_ms; /* fillTime, else ts */
};

/* One question with all its pages: the same endpoint and parameters but for `after`. */
struct okx_series {
	enum okx_endpoint endpoint;
	struct span query; /* of its first page */
	bool failed;	   /* some page was not answered */
	bool full;	   /* the last page was full: more may follow */
	size_t pages;
};

#define OKX_TABLE(type)        \
	struct {               \
		type *rows;    \
		size_t n, cap; \
	}

struct okx_ledger {
	OKX_TABLE(struct okx_order) orders;
	OKX_TABLE(struct okx_fill) fills;
	OKX_TABLE(struct okx_position) positions;
	OKX_TABLE(struct okx_life) lives;
	OKX_TABLE(struct okx_bill) bills;
	OKX_TABLE(struct okx_series) series;
	struct span config;	/* the row of account/config, or NULL */
	struct span instrument; /* the row of public/instruments that was asked for, or NULL */
	int64_t server_ms;	/* the last clock reading; 0: none */
	size_t unreadable[OKX_ENDPOINTS];
	bool overflow; /* out of memory, or more rows than a bundle can hold */
};

void okx_ledger_init(struct okx_ledger *l);
void okx_ledger_release(struct okx_ledger *l);
/* Forget all rows, keep the memory. */
void okx_ledger_clear(struct okx_ledger *l);

void okx_ledger_add(struct okx_ledger *l, const struct okx_reply *r);

const struct okx_order *okx_ledger_order(const struct okx_ledger *l, struct span ord_id);

/* A string member of a row, without quotes; an empty span when absent, not a string, or written
 * with escapes. */
struct span okx_row_text(struct span row, const char *name);

#endif
