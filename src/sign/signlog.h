/*
 * signlog: sign-key's log, line by line (sign-key(1), LOG).
 *
 *     {"type":"signed","at","job","kind","chain","asset","contract","to","amount","fee","payment",
 *      "payload","outpoints","dead","spends":[["hex","amount"]...]}
 *     {"type":"signature","payload","signatures":[...]}     of a token, whose signatures differ
 *
 * Pure.
 */
#ifndef TP_SIGNLOG_H
#define TP_SIGNLOG_H

#include "buf.h"
#include "ledger.h"

/* Appends a line with its newline. to: as the request wrote it. */
void signlog_print(const struct ledger_entry *e, const struct policy *p, struct span to,
		   struct buf *out);

/* Chains and assets that the policy no longer knows get POLICY_CHAINS_MAX and POLICY_ASSETS_MAX.
 * spends: TX_SIGNATURES_MAX of them. False: malformed. */
bool signlog_read(struct span line, const struct policy *p, struct tx_spend *spends,
		  struct ledger_entry *out);

#endif
