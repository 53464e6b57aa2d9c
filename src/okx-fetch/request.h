/*
 * request: a verify request (record(5)), read and checked.
 *
 * The three secrets are decoded into memory that the caller has locked; everything else is a span
 * of the line. A request names exactly one order of one account, by inline keys; an alias is the
 * business of key-vault, which stands before us in the pipe. What key-vault refuses comes with its
 * error, in the one form that it has, and is answered with that.
 */
#ifndef TP_REQUEST_H
#define TP_REQUEST_H

#include "buf.h"
#include "span.h"

struct credentials {
	struct span api_key, secret_key, passphrase;
};

struct request {
	struct span text; /* the whole record, trimmed; NULL when the line is no JSON object */
	struct span inst_id, ord_id;
	struct span uid;	/* empty: not stated */
	struct span request_id; /* clientMeta.requestId as a JSON value, or NULL */
	bool live, fresh, no_cache, simulated;
	bool forged;	   /* brings members that only the chain itself may add */
	struct span error; /* key-vault's refusal of the request, as it stands, or NULL */
	struct credentials keys;
};

struct request_fault {
	const char *what; /* the member, or a code of json.h */
	const char *why;
	size_t offset;
};

/*
 * False when the request cannot be served; out holds what could be read even then. secrets: a
 * buffer over locked memory, emptied here; keys found in the request go there, and `standing` (from
 * --key-fd; may be empty) serves requests that bring none.
 */
bool request_parse(struct span line, const struct credentials *standing, struct buf *secrets,
		   struct request *out, struct request_fault *fault);

/* {"apiKey","secretKey","passphrase"} as one JSON object, decoded into secrets. */
bool request_parse_keys(struct span json, struct buf *secrets, struct credentials *out,
			const char **why);

#endif
