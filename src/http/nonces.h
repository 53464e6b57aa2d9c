/*
 * nonces: which nonces were used, in a file that all processes of a service map.
 *
 * A table of fixed size: 8192 buckets of 16 places, a place 16 bytes of SHA-256(nonce) and when it
 * may be forgotten. A nonce goes into the bucket that its hash says, into a place that is free or
 * out of date; none that is still needed is ever pushed out, so a full bucket is a refusal. A
 * bucket is locked (fcntl, by process) while it is looked at. A nonce is on the disk before it
 * counts as new, so that neither a crash nor a loss of power lets a request in twice.
 */
#ifndef TP_NONCES_H
#define TP_NONCES_H

#include "span.h"

#include <stdint.h>

enum nonce_verdict { NONCE_NEW, NONCE_USED, NONCE_FULL, NONCE_FAILED };

struct nonces {
	int fd;
	struct nonce_place *places;
};

/* fd: of a file (empty: it is made) or memory file; stays open. False with errno. */
bool nonces_open(struct nonces *n, int fd, bool *made);

/* Note the nonce as used until then, unless it is. */
enum nonce_verdict nonces_use(const struct nonces *n, struct span nonce, int64_t now_s,
			      int64_t until_s);

#endif
