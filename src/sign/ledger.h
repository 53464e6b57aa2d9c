/*
 * ledger: what has been signed: which versions of which jobs, and how much in the last day.
 *
 * ledger_judge() says whether a transaction may be signed besides all that was signed before;
 * ledger_enter() takes it in. sign-key writes each entry to its log before a signature goes out,
 * and enters them all again at its start, so that limits and jobs outlive it.
 *
 * A job is one payment, in one or more versions. The same payload again is no new version. Another
 * payload is one only if it pays the same to the same, and no two of them can both be mined: on
 * Bitcoin and EVM chains because all versions have a spend in common; on Solana and Tron, where
 * they have none, because the one before is too old (its expiration, or the chain's versionAfter,
 * has passed by our clock). Where versions exclude each other, a job counts once against the
 * limits, and its fees by their highest, except that a child's fee comes on top. Where they do not,
 * the one before may have been mined unseen: each counts in full.
 *
 * A day is the last 24 to 25 hours, in buckets of one hour: no midnight doubles a limit. Time never
 * goes back: what was entered last is the least that it is.
 *
 * An output to be spent is remembered with its amount; a second word about it is refused, for with
 * segwit v0 signatures of two lies could be put together into one transaction with a huge fee.
 *
 * Pure: no I/O, no clock; time comes in as milliseconds since 1970.
 */
#ifndef TP_LEDGER_H
#define TP_LEDGER_H

#include "keymap.h"
#include "policy.h"

#define LEDGER_JOBS_MAX (1u << 20)
#define LEDGER_COINS_MAX (1u << 21)
#define LEDGER_VERSIONS_MAX 64
/* Buckets of an hour that make a day, the one that has begun included. */
#define LEDGER_HOURS 25
/* A transaction of Tron may be in a block for a while after its expiration by our clock. */
#define LEDGER_EXPIRY_MARGIN_MS 120000

struct ledger_window {
	int64_t hours[LEDGER_HOURS];
	units_int sums[LEDGER_HOURS];
};

struct ledger_job {
	bool paid; /* payment is set: a version of kind pay was signed */
	unsigned char payment[32];
	units_int fee;	 /* the highest of its versions that exclude each other */
	int64_t dead_ms; /* when the newest version cannot get into a block any more; 0: never */
	unsigned char first[32]; /* SHA-256 of the first version's payload */
	unsigned char versions_n;
	unsigned char rivals_n;	    /* versions but children */
	unsigned char spends_n;	    /* common to all rivals */
	unsigned char (*later)[32]; /* the same of the others; there are seldom any */
	uint64_t *spends;
};

struct ledger {
	struct ledger_job *jobs;
	size_t jobs_n, jobs_cap;
	struct keymap by_name, coins;
	struct ledger_window fees[POLICY_CHAINS_MAX], assets[POLICY_ASSETS_MAX];
	int64_t now_ms;
};

/* One thing to be signed, as it stands in the log. Chain and asset are indices into the policy. */
struct ledger_entry {
	struct span job;
	struct span kind; /* pay, child, cancel */
	size_t chain,
	    asset; /* POLICY_ASSETS_MAX: pays nobody, or what the policy no longer knows */
	units_int amount, fee;
	unsigned char payment[32]; /* digest over chain, asset, receiver, payer and amount */
	unsigned char payload[32]; /* SHA-256 */
	const struct tx_spend *spends;
	size_t spends_n;
	bool outpoints; /* the spends hold amounts */
	int64_t at_ms, dead_ms;
};

enum ledger_result {
	LEDGER_NEW,   /* to be entered, written down, and signed */
	LEDGER_AGAIN, /* the same payload: signed before, the same signature again */
	LEDGER_REFUSED,
};

struct ledger_verdict {
	const char *code, *why;
	bool later; /* may be asked again */
};

void ledger_init(struct ledger *l, const uint64_t secret[2]);
void ledger_release(struct ledger *l);

enum ledger_result ledger_judge(struct ledger *l, const struct policy *p,
				const struct ledger_entry *e, struct ledger_verdict *out);

/* False when there is no memory, or no room. */
bool ledger_enter(struct ledger *l, const struct ledger_entry *e);

/* Would it hold this much more? */
bool ledger_within(const struct ledger_window *w, int64_t now_ms, units_int more, units_int limit);
void ledger_add(struct ledger_window *w, int64_t now_ms, units_int amount);

/* Spent of a window at a time. */
units_int ledger_day(const struct ledger_window *w, int64_t now_ms);

#endif
