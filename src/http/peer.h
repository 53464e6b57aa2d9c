/*
 * peer: who is at the other end, and which of our addresses he came to.
 *
 * A network socket is asked itself. Where standard input is none (a TLS front that runs us through
 * pipes, an operator's shell), the variables say so that super-servers set; without them the caller
 * is this machine.
 */
#ifndef TP_PEER_H
#define TP_PEER_H

#include "span.h"

#include <sys/socket.h>

#define PEER_TEXT 64

struct peer {
	char ip[PEER_TEXT]; /* "local" where there is none */
	bool loopback;	    /* he is this machine */
	bool at_loopback;   /* and reached an address of ours that only this machine can */
};

/* environment: look at the variables where fd is no network socket. */
void peer_find(struct peer *p, int fd, bool environment);

/* "ADDRESS:PORT" into a socket address; false when it is none. */
bool peer_parse_listen(const char *text, struct sockaddr_storage *out, unsigned *len);
bool peer_is_loopback(const struct sockaddr_storage *a);

/* Is the Host header's value (with or without a port) a loopback's, or one of the names? */
bool peer_host_is_local(struct span host, const char *const names[], size_t n);

/* xinetd makes standard error the connection too: nothing of ours may go there. Where it is
 * standard input, it becomes /dev/null. */
void peer_keep_off_stderr(void);

#endif
