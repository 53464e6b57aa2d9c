/*
 * sol_plan: from what the chain says to the one message that pays, or to the reason why not.
 *
 * Pure. Who asks has read the accounts from a node; what is checked here is all that a transfer
 * needs: our account is ours, of the pinned mint, not frozen, and holds enough; the receiver is a
 * wallet whose associated account can be used or made, or a token account itself; the payer's
 * lamports cover fee and rent, and leave it what an account must hold.
 */
#ifndef TP_SOL_PLAN_H
#define TP_SOL_PLAN_H

#include "sol_answer.h"

/* Compute units. The programs that litesvm runs take 700 for a transfer with its memo and 14,000 to
 * 17,000 with the account's creation, 1,500 of them for each bump that is tried; the builds before
 * those took about 6,200 for TransferChecked, 25,000 for the creation, and some thousands for the
 * memo. What is not used costs only the price of a limit too high. */
#define SOL_UNITS_TRANSFER 25000
#define SOL_UNITS_CREATE 30000
#define SOL_UNITS_BUMP 3000

/* What an account without data must hold, in lamports: less, and it would be gone. */
#define SOL_LAMPORTS_MIN 890880

struct sol_wallet {
	struct sol_key authority, payer, mint, source;
	unsigned char decimals;
	bool version_0;
};

struct sol_order {
	struct sol_key to;
	uint64_t amount;
	struct span job;
	uint64_t fee_max; /* UINT64_MAX: none */
};

/* Accounts that are asked for, in this order. */
enum { SOL_AT_SOURCE, SOL_AT_PAYER, SOL_AT_TO, SOL_AT_ACCOUNT, SOL_ACCOUNTS };

struct sol_facts {
	struct sol_account at[SOL_ACCOUNTS];
	struct sol_key blockhash;
	uint64_t price; /* micro-lamports a unit */
	uint64_t rent;	/* of a token account */
};

/* The addresses to ask for; false when there is no account for the receiver. */
bool sol_plan_accounts(const struct sol_wallet *w, const struct sol_order *o,
		       struct sol_key at[SOL_ACCOUNTS], unsigned *bump);

/* The transfer and the most that it can cost. */
bool sol_plan(const struct sol_wallet *w, const struct sol_order *o, const struct sol_facts *f,
	      struct sol_transfer *out, uint64_t *fee, struct frame_error *e);

/* The memo of a job: what makes payments of one amount to one receiver different messages. It says
 * nothing about the job to those who do not know it. */
void sol_memo(struct span job, struct sol_transfer *out);

#endif
