/*
 * push_answer: what ws-push answers as plain HTTP: refusals, files of the page, the topics that
 * there are. Each is sent as a whole within the time for writing, and says in end what it was.
 */
#ifndef TP_PUSH_ANSWER_H
#define TP_PUSH_ANSWER_H

#include "push_session.h"

/* The status line and the headers that all answers have; the empty line is not among them. */
void push_put_head(struct buf *out, unsigned status, const char *type);

/* why stands in the answer: it must hold nothing of the request. */
void push_refuse(struct push_session *s, unsigned status, const char *why);

/* The file that upgrade names, or 404. */
void push_serve_page(struct push_session *s);

/* Which channels of which symbols the newest file has; the feed must have been started. */
void push_serve_topics(struct push_session *s);

/* Answer with a status of 503 or 429 and close; never waits. */
void push_turn_away(int fd, unsigned status);

#endif
