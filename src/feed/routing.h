/*
 * routing: which shard a line of a market goes to.
 *
 * By its symbol (rendezvous.h); one without a symbol to all, but a reject, which is to be told
 * once, to shard 0; and what is no record is refused. The same line goes the same way however it is
 * written. Pure; the caller owns the struct.
 */
#ifndef TP_ROUTING_H
#define TP_ROUTING_H

#include "buf.h"
#include "keymap.h"
#include "rendezvous.h"

/* Symbols whose shard is remembered, and how long they may be; others are worked out each time. */
#define ROUTING_REMEMBERED_MAX 65536
#define ROUTING_NAME_BYTES 64

enum route { ROUTE_ONE, ROUTE_ALL, ROUTE_REFUSED };

struct routing {
	unsigned n; /* shards */
	struct keymap known;
	struct buf name;
};

struct routed {
	enum route route;
	unsigned shard;	    /* one */
	const char *reason; /* refused: a fixed code */
	const char *why;    /* and a text for people */
};

void routing_init(struct routing *r, unsigned n, const uint64_t secret[2]);
void routing_release(struct routing *r);

struct routed routing_line(struct routing *r, struct span line);

#endif
