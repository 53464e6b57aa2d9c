/*
 * said: what a program said to one request of ours, taken apart (adapter(5)).
 *
 * Pure. Spans point into the line: whoever keeps a member longer than that copies it. An answer
 * that is malformed, or to another request, is as good as none: said_nothing.
 */
#ifndef TP_SAID_H
#define TP_SAID_H

#include "frame.h"

struct said {
	bool ok;
	struct span line, code, msg;
	enum frame_class class;
	char code_text[FRAME_CODE_MAX + 1], msg_text[FRAME_MSG_MAX + 1];
};

/* The program ended, or took too long: class retry. */
extern const struct said said_nothing;

/* The answer to the request with this id and operation, and where it names a payment, this one
 * (job NULL: about none). False: it is no such answer. */
bool said_read(struct span line, uint64_t id, const char *op, const char *job, struct said *out);

/* A member that is a string, without its quotes; false, and a NULL span: none, or with escapes. */
bool said_text(const struct said *a, const char *name, struct span *out);
/* A member of that type, as JSON; absent or null: a NULL span, and false. */
bool said_json(const struct said *a, const char *name, enum json_type type, struct span *out);
/* Is the member this very text? */
bool said_agrees(const struct said *a, const char *name, const char *with);

/* As much of s as there is room for, with a NUL behind it. */
void said_keep(struct span s, char *out, size_t size);

#endif
