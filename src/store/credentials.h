/*
 * credentials: what an alias stands for, the four members of one JSON object.
 *
 * Pure. All text lies in memory that the caller has locked: buffers are given full and never grow.
 */
#ifndef TP_CREDENTIALS_H
#define TP_CREDENTIALS_H

#include "buf.h"
#include "span.h"

struct credentials {
	struct span api_key, secret_key, passphrase;
	struct span uid; /* digits; empty: not stated */
};

/* Room for the decoded members, and for the object as credentials_print() writes it. */
#define CREDENTIALS_MAX 2048

/*
 * Exactly {"apiKey","secretKey","passphrase","uid"}, uid optional: 1 to 256 printable ASCII
 * characters each, for they go into HTTP headers. The decoded text is appended to room. False with
 * *why, which never holds any of it.
 */
bool credentials_parse(struct span json, struct buf *room, struct credentials *out,
		       const char **why);

/* The object in its one form, as it is encrypted. */
void credentials_print(const struct credentials *c, struct buf *out);

#endif
