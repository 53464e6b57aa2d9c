/*
 * complaint: what is wrong with a scenario or a command, and where in it.
 *
 * The path grows on the way down ("accounts[0]", ".orders[2]", ".cTime") and shrinks on the way
 * back; when something is wrong nobody shrinks it, so it names the place. Texts that do not fit are
 * cut.
 */
#ifndef TP_COMPLAINT_H
#define TP_COMPLAINT_H

#include "span.h"

struct complaint {
	char path[256];
	size_t len;
	char why[200];
};

void complaint_init(struct complaint *c);

/* One step down; the result is for complaint_leave(). */
size_t complaint_enter(struct complaint *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void complaint_leave(struct complaint *c, size_t mark);

/* Say it; returns false, for callers that return at once. */
bool complaint_say(struct complaint *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
