/*
 * listen: serve() behind sockets that we accept ourselves, in processes forked beforehand.
 *
 * Each worker blocks in accept(2) and serves one connection at a time; the kernel's queue holds the
 * others. What the workers must know of each other is a page of shared memory: how many wait for a
 * connection, and whom each serves. The first process only keeps them going.
 */
#ifndef TP_LISTEN_H
#define TP_LISTEN_H

#include "service.h"

#define LISTEN_WORKERS_MAX 256

/* Of one address, without --per-source. */
#define LISTEN_PER_SOURCE 8

struct listen {
	int fd;
	unsigned workers;
	unsigned per_source;  /* 0: without limit */
	bool loopback_counts; /* to per_source */
};

/* A socket that listens, or death: 102 where the address is not ours, 111 otherwise. Prints where.
 */
int listen_open(const char *address);

/* Runs until told to stop. */
enum exit_status listen_run(struct service *s, const struct listen *l);

/* Make the secrets this process's own: locked here, and not inherited by what it forks. */
void listen_keep_secrets(const struct service *s);

#endif
