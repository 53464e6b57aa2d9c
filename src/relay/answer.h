/*
 * answer: is what a target answered a verify record (record(5)), and one to this request? Pure.
 *
 * answer_check() is about the form and about whose answer it is; whether the evidence holds is
 * recomputed by merkle-verify. Nothing that a target says is believed for having been signed or
 * sent over TLS: a record is taken only when it is whole, names the order that was asked about, was
 * made now, and repeats none of the keys.
 *
 * answer_mark() copies the record byte for byte and adds to `perf`, which no leaf covers, who
 * answered.
 */
#ifndef TP_ANSWER_H
#define TP_ANSWER_H

#include "ask.h"
#include "buf.h"
#include "chain.h"

#include <stdint.h>

/* How far verifiedAt may be from our clock: OKX refuses signatures that are 30 s off, so a target's
 * clock is close; an answer older than this is an old one sent again. */
#define ANSWER_SKEW_US (INT64_C(300) * 1000000)

enum answer_fault {
	ANSWER_FINE,
	ANSWER_NOT_JSON,
	ANSWER_NO_RECORD,  /* no object, or a member with a meaning stands twice */
	ANSWER_NO_META,	   /* meta or one of its members is missing or of another type */
	ANSWER_NO_VERDICT, /* normalized lacks order or position, or raw is no object */
	ANSWER_NO_PERF,
	ANSWER_MARKED,	 /* perf has the members that we would add */
	ANSWER_NO_ERROR, /* error is neither null nor {code,msg,hint} with a code of ours */
	ANSWER_NO_EVIDENCE,
	ANSWER_OTHER_ORDER, /* exchange, instId or ordId is not the one asked about */
	ANSWER_OTHER_REQUEST,
	ANSWER_OTHER_MODE,   /* live, fresh or simulated is not as asked */
	ANSWER_OTHER_CALLER, /* clientMeta is not the request's */
	ANSWER_STALE,
	ANSWER_STATUS, /* the HTTP status says the opposite of `error` */
	ANSWER_LEAK,   /* a key stands in it */
	ANSWER_TOO_LONG,
};

const char *answer_fault_text(enum answer_fault f);

/*
 * status: of HTTP; 0 where there was none. now_us: when the answer was there. The record's spans
 * point into body. line breaks outside strings must have been taken out (answer_flatten()).
 */
enum answer_fault answer_check(const struct ask *ask, struct span body, unsigned status,
			       int64_t now_us, struct chain_record *out);

/* The body as one line: itself where it is one, else without the white space outside strings. */
enum answer_fault answer_flatten(struct span body, struct buf *room, struct span *line);

struct answer_mark {
	const char *target;	  /* "jp" or "local": who answered */
	const char *fallback_why; /* NULL: nobody else was asked before */
	int64_t relay_ms;
};

/* The record with the mark in perf, and with the request's clientMeta where the target left it out.
 */
void answer_mark(const struct ask *ask, const struct chain_record *r, const struct answer_mark *m,
		 struct buf *out);

/* {"target","fallback","fallbackReason","relayMs"} as members of the object that is open in out. */
void answer_print_mark(const struct answer_mark *m, struct buf *out);

#endif
