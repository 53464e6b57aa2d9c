/*
 * mischief: the ways in which an exchange, and what stands between, can go wrong, on command.
 *
 * A fault applies to the requests that match its path (an endpoint such as "account/bills", or
 * "*"), its account and a piece of the query, if those are given; it lets the first `after` of them
 * pass and then meets `times` of them (0: all). Several faults can meet one request; they act in
 * the order in which they were added.
 */
#ifndef TP_MISCHIEF_H
#define TP_MISCHIEF_H

#include "complaint.h"
#include "reply.h"
#include "span.h"

#include <stdint.h>

#define MISCHIEF_MAX 64

enum mischief_kind {
	MISCHIEF_CODE,	   /* an answer with OKX's error code and an HTTP status */
	MISCHIEF_HTML,	   /* a web page */
	MISCHIEF_CUT,	   /* half of the promised bytes, then the end of the connection */
	MISCHIEF_CUTJSON,  /* a whole reply with half of its JSON */
	MISCHIEF_SLOW,	   /* a few bytes at a time */
	MISCHIEF_DELAY,	   /* nothing for a while */
	MISCHIEF_RESET,	   /* the connection is reset */
	MISCHIEF_OVERSIZE, /* a body of that many bytes */
	MISCHIEF_NOTUTF8,  /* 0xff inside a string */
	MISCHIEF_EMPTYDATA,
	MISCHIEF_DUPKEYS,   /* "data" stands twice */
	MISCHIEF_NUMBERS,   /* a number that a double cannot hold */
	MISCHIEF_SPACE,	    /* the same with white space */
	MISCHIEF_DROP_ROWS, /* the newest rows are not there yet */
	MISCHIEF_SKEW,	    /* the exchange's clock is off */
	MISCHIEF_KINDS,
};

struct fault {
	enum mischief_kind kind;
	char path[64];
	char account[64]; /* "": any */
	char query[128];  /* "": any */
	uint64_t times, after;
	uint64_t seen;
	unsigned status;
	char code[16];
	char msg[160];
	unsigned delay_ms;
	size_t bytes;
	size_t rows;
	int64_t skew_ms;
};

struct mischief {
	struct fault list[MISCHIEF_MAX];
	size_t n;
};

/* What meets one request. */
struct mischief_met {
	const struct fault *list[MISCHIEF_MAX];
	size_t n;
};

const char *mischief_name(enum mischief_kind kind);

/* A fault as JSON object: "path", "kind" and what the kind needs; "cmd" is passed over. Checked
 * JSON. */
bool mischief_add(struct mischief *m, struct span object, struct complaint *c);
void mischief_clear(struct mischief *m);

/* The faults that this request meets; it is counted with each that it matches. path is without
 * "/api/v5/". */
void mischief_meet(struct mischief *m, struct span path, struct span account, struct span query,
		   struct mischief_met *met);

size_t mischief_dropped_rows(const struct mischief_met *met);
int64_t mischief_skew_ms(const struct mischief_met *met);

/* Spoil the answer. */
void mischief_spoil(const struct mischief_met *met, struct reply *r);

#endif
