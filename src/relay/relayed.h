/*
 * relayed: is what a target answered a verify record (record(5)), and one to this request? Pure.
 *
 * relayed_check() is about the form and about whose answer it is; whether the evidence holds is
 * recomputed by merkle-verify. Nothing that a target says is believed for having been signed or
 * sent over TLS: a record is taken only when it is whole, names the order that was asked about, was
 * made now, and repeats none of the keys.
 *
 * relayed_mark() copies the record byte for byte and adds to `perf`, which no leaf covers, who
 * answered.
 */
#ifndef TP_RELAYED_H
#define TP_RELAYED_H

#include "ask.h"
#include "buf.h"
#include "chain.h"

#include <stdint.h>

/* How far verifiedAt may be from our clock: OKX refuses signatures that are 30 s off, so a target's
 * clock is close; an answer older than this is an old one sent again. */
#define RELAYED_SKEW_US (INT64_C(300) * 1000000)

enum relayed_fault {
	RELAYED_FINE,
	RELAYED_NOT_JSON,
	RELAYED_NO_RECORD,  /* no object, or a member with a meaning stands twice */
	RELAYED_NO_META,    /* meta or one of its members is missing or of another type */
	RELAYED_NO_VERDICT, /* normalized lacks order or position, or raw is no object */
	RELAYED_NO_PERF,
	RELAYED_MARKED,	  /* perf has the members that we would add */
	RELAYED_NO_ERROR, /* error is neither null nor {code,msg,hint} with a code of ours */
	RELAYED_NO_EVIDENCE,
	RELAYED_OTHER_ORDER, /* exchange, instId or ordId is not the one asked about */
	RELAYED_OTHER_REQUEST,
	RELAYED_OTHER_MODE,   /* live, fresh or simulated is not as asked */
	RELAYED_OTHER_CALLER, /* clientMeta is not the request's */
	RELAYED_STALE,
	RELAYED_STATUS, /* the HTTP status says the opposite of `error` */
	RELAYED_LEAK,	/* a key stands in it */
	RELAYED_TOO_LONG,
};

const char *relayed_fault_text(enum relayed_fault f);

/*
 * status: of HTTP; 0 where there was none. now_us: when the answer was there. The record's spans
 * point into body. line breaks outside strings must have been taken out (relayed_flatten()).
 */
enum relayed_fault relayed_check(const struct ask *ask, struct span body, unsigned status,
				 int64_t now_us, struct chain_record *out);

/* The body as one line: itself where it is one, else without the white space outside strings. */
enum relayed_fault relayed_flatten(struct span body, struct buf *room, struct span *line);

struct relayed_mark {
	const char *target;	  /* "jp" or "local": who answered */
	const char *fallback_why; /* NULL: nobody else was asked before */
	int64_t relay_ms;
};

/* The record with the mark in perf, and with the request's clientMeta where the target left it out.
 */
void relayed_mark(const struct ask *ask, const struct chain_record *r, const struct relayed_mark *m,
		  struct buf *out);

/* {"target","fallback","fallbackReason","relayMs"} as members of the object that is open in out. */
void relayed_print_mark(const struct relayed_mark *m, struct buf *out);

#endif
