/*
 * replay: all that the stand-in knows: accounts with their ledgers, instruments, public trades, the
 * faults in force, and who has asked how often.
 *
 * scenario.h fills it, commands.h changes it, answer.h reads it. The caller owns the struct (it is
 * large: make it static); replay_release() frees what it holds.
 */
#ifndef TP_REPLAY_H
#define TP_REPLAY_H

#include "mischief.h"
#include "table.h"
#include "window.h"

#define REPLAY_ACCOUNTS_MAX 256
#define REPLAY_TAPES_MAX 64
#define REPLAY_IPS_MAX 20

/* ROW_ORDER, ROW_FILL, ROW_BILL, ROW_POSITION, ROW_CLOSED */
#define ACCOUNT_TABLES 5

struct account {
	char *name, *api_key, *secret, *passphrase, *uid, *perm;
	char *config; /* the row of account/config */
	char *ips[REPLAY_IPS_MAX];
	size_t ips_n; /* 0: any address */
	bool simulated;
	struct table tables[ACCOUNT_TABLES];
};

/* The public trades of one instrument. */
struct tape {
	char *inst_id;
	struct table trades;
};

struct replay {
	/* where "now" is for tokens and for how long rows are kept */
	int64_t start_ms;
	bool no_limits;

	struct account accounts[REPLAY_ACCOUNTS_MAX];
	size_t accounts_n;
	struct table instruments;
	struct tape tapes[REPLAY_TAPES_MAX];
	size_t tapes_n;
	struct mischief mischief;
	struct window window;
};

void replay_init(struct replay *r, int64_t start_ms);
void replay_release(struct replay *r);

struct account *replay_account(struct replay *r, struct span name);
const struct account *replay_account_by_key(const struct replay *r, struct span api_key);
const struct tape *replay_tape(const struct replay *r, struct span inst_id);

/* First instrument of that id, of any type; NULL when there is none. */
const struct row *replay_instrument(const struct replay *r, struct span inst_id);

/* Traded now: not expired, and not merely announced. */
bool replay_is_live(const struct row *instrument, int64_t now_ms);

#endif
