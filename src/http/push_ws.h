/*
 * push_ws: the WebSocket of a subscriber (RFC 6455); wslay frames, this decides.
 *
 * wslay reads and writes through the session: it gets what came behind the head before it gets the
 * socket, and what it sends goes into pending.
 */
#ifndef TP_PUSH_WS_H
#define TP_PUSH_WS_H

#include "push_session.h"

/* Put the answer to the handshake into pending; from now on ws is set. */
void push_ws_begin(struct push_session *s);

/* Take in what has come. */
void push_ws_read(struct push_session *s);

/* Begin to close; why is sent, and stands in the log. A second call does nothing. */
void push_ws_close(struct push_session *s, uint16_t code, const char *why);

#endif
