/*
 * push_follow: the life of a subscription: what comes from the stream goes out as far as there is
 * room, what comes from the subscriber is taken in, and the clock says who is to be pinged or
 * dropped.
 */
#ifndef TP_PUSH_FOLLOW_H
#define TP_PUSH_FOLLOW_H

#include "push_session.h"

/* Until one side ends it; end says why. */
void push_follow(struct push_session *s);

#endif
