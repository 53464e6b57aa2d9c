/*
 * halves: a long loop done by two threads at once, its first half here and its second half beside.
 *
 * halves_start() makes the one helper thread, where there is a second processor; call it before the
 * sandbox closes, which allows no new threads. Without it halves_run() does everything here. The
 * parts must not touch each other's results; halves_run() returns when both are done. One caller at
 * a time.
 */
#ifndef TP_HALVES_H
#define TP_HALVES_H

#include <stddef.h>

void halves_start(void);

/* part(context, from, to) for [0, n), in one or two calls: in two when there are at least `worth`.
 */
void halves_run(size_t n, size_t worth, void (*part)(void *context, size_t from, size_t to),
		void *context);

#endif
