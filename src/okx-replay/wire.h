/*
 * wire: HTTP by libmicrohttpd, driven from the caller's own poll(2): no threads.
 *
 * Each request is handed to serve() once it is complete, with the target's bytes as they came; the
 * reply is then sent as it says: at once, late, in drops, cut short, or as a reset connection.
 *
 * The caller polls wire.fd for input no longer than wire_timeout_ms() and calls wire_run() then.
 */
#ifndef TP_WIRE_H
#define TP_WIRE_H

#include "admit.h"
#include "reply.h"

struct MHD_Daemon;
struct visit;

struct wire {
	struct MHD_Daemon *daemon; /* NULL: not listening */
	int fd;
	char url[96];
	void (*serve)(void *context, struct request *q, struct reply *reply);
	void *context;
	struct visit *waiting; /* suspended until their time has come */
};

/* Listen on HOST:PORT ([HOST]:PORT for IPv6; port 0: the kernel chooses). Dies with 102 when the
 * address is none, with 111 when it cannot be had. */
void wire_start(struct wire *w, const char *address);

int wire_timeout_ms(const struct wire *w);
void wire_run(struct wire *w);
void wire_stop(struct wire *w);

#endif
