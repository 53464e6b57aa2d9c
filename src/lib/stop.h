/*
 * stop: SIGTERM, SIGINT and SIGHUP as a request that is looked at between records, never in the
 * middle of one.
 *
 * stop_install() blocks the three signals; they are let in only inside stop_poll(), so nothing is
 * lost between the look and the wait.
 */
#ifndef TP_STOP_H
#define TP_STOP_H

#include <poll.h>
#include <stdbool.h>

void stop_install(void);
bool stop_requested(void);

/* poll(2) with a time-out in milliseconds (-1: none), during which a stop signal may arrive: -1
 * with EINTR then. */
int stop_poll(struct pollfd fds[], nfds_t n, int timeout_ms);

#endif
