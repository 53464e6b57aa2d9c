/*
 * push_listen: push_serve() behind a socket that we accept from ourselves: a process a subscriber.
 *
 * The first process watches the stream and wakes the others, as the kernel has only so many watches
 * for one user.
 */
#ifndef TP_PUSH_LISTEN_H
#define TP_PUSH_LISTEN_H

#include "push.h"
#include "tool.h"

#define PUSH_SUBSCRIBERS 1024
#define PUSH_SUBSCRIBERS_MAX 8192

struct push_listen {
	unsigned max;
	unsigned per_source; /* 0: without limit; loopback is never counted */
};

/* watch: an inotify descriptor, or -1. Runs until told to stop. */
enum exit_status push_listen(const struct push_settings *s, const struct push_listen *l,
			     const char *address, int watch);

#endif
