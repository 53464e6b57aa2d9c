/*
 * alias_request: a verify request that names an alias instead of bringing keys, and the same
 * request with the keys in it (record(5)).
 *
 * Pure. Every member but those that must change is copied as it stands. Lines that are no alias
 * request are nobody's business here: okx-fetch reads them.
 */
#ifndef TP_ALIAS_REQUEST_H
#define TP_ALIAS_REQUEST_H

#include "credentials.h"

struct alias_request {
	struct span text;     /* the record, trimmed */
	struct span key_mode; /* values; NULL where absent */
	struct span uid_value;
	struct span alias;   /* its text */
	struct span user_id; /* clientMeta.userId, else "local" */
	struct span uid;     /* empty: not stated */
};

enum alias_kind {
	ALIAS_NOT_ASKED, /* pass the line on as it is */
	ALIAS_ASKED,
	ALIAS_REFUSED, /* asked for, but not in a form that can be served: *what, *why */
};

/* line must be a JSON object (json_check). */
enum alias_kind alias_request_read(struct span line, struct alias_request *out, const char **what,
				   const char **why);

/* 1 to 64 of A-Z a-z 0-9 . _ - and not beginning with a dot or hyphen. */
bool alias_is_name(struct span s);

/* A user's id as store's rows have it: 1 to 128 bytes without spaces or control characters. */
bool alias_is_user(struct span s);

/* The request with keyMode "inline", the keys, and the alias' uid when the request states none. */
void alias_request_fill(const struct alias_request *r, const struct credentials *c,
			struct buf *out);

#endif
