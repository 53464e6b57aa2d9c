/*
 * admit: may this request read that account? OKX's checks of a signed request, in its order.
 *
 * The headers are there (50103, 50106, 50107, 50104); the key is known (50111, or 50119 for one of
 * the right form); the timestamp is ISO 8601 with milliseconds (50112) and within 30 seconds of the
 * exchange's clock (50102); the signature is that of the bytes that came (50113); the passphrase is
 * the key's (50105); live keys come without x-simulated-trading and demo keys with it (50101); the
 * address is one of those that the key is bound to (50110); the key may read (50120). Where OKX
 * does not document the order, it is ours.
 */
#ifndef TP_ADMIT_H
#define TP_ADMIT_H

#include "replay.h"
#include "span.h"

struct request {
	struct span method;
	struct span target; /* as it came: path and query */
	struct span body;
	struct span peer; /* the address as text */
	/* headers; NULL where there is none */
	struct span key, sign, timestamp, passphrase, simulated;
	int64_t clock_ms;  /* the exchange's clock: for signatures and public/time */
	int64_t ledger_ms; /* "now" of the ledgers */
	int64_t monotonic_us;
};

/* The account, or NULL with OKX's code; *param goes into its message. */
const struct account *admit(const struct replay *r, const struct request *q, const char **code,
			    struct span *param);

#endif
