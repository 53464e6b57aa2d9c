/*
 * stop: SIGTERM, SIGINT and SIGHUP as a request that is looked at between records, never in the
 * middle of one.
 *
 * The handler only sets a flag, and system calls go on (SA_RESTART). A wait without end must not
 * miss a signal that comes between the look at the flag and the wait: stop_poll() blocks the
 * signals, looks, and lets them in only inside ppoll(2).
 */
#ifndef TP_STOP_H
#define TP_STOP_H

#include <poll.h>
#include <stdbool.h>

void stop_install(void);
bool stop_requested(void);

/* In a thread that never waits in stop_poll(): these signals are for another, or one that came here
 * would not wake who waits there. */
void stop_elsewhere(void);

/* poll(2) with a time-out in milliseconds (-1: none); -1 with EINTR when a stop is requested before
 * or while waiting. */
int stop_poll(struct pollfd fds[], nfds_t n, int timeout_ms);

#endif
