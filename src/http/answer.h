/*
 * answer: what is sent back, and with which status; no I/O.
 *
 * Codes are those of error.code (routes(5) fixes the status of each). answer_take() turns what a
 * command has printed into a body; answer_of_end() speaks for one that left none; reply_print()
 * writes the head of an answer.
 */
#ifndef TP_ANSWER_H
#define TP_ANSWER_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

/* An answer holds at most a bundle, or a list of a thousand rows of 500 bytes. */
#define ANSWER_BYTES (8u << 20)

/* The head of an answer: at most 8 lines of under 200 bytes, but for a policy. */
#define REPLY_HEAD_BYTES 4096

enum answer_code {
	ANSWER_FINE, /* no error */
	ANSWER_BAD_REQUEST,
	ANSWER_AUTH_ERROR,
	ANSWER_NOT_FOUND,
	ANSWER_CONFLICT,
	ANSWER_RATE_LIMIT,
	ANSWER_INTERNAL,
	ANSWER_REMOTE_4XX,
	ANSWER_REMOTE_5XX,
	ANSWER_NETWORK,
	ANSWER_UNAVAILABLE,
	ANSWER_TIMEOUT,
	ANSWER_OTHER, /* a code that we do not know */
	ANSWER_CODES
};

const char *answer_code_name(enum answer_code code);
unsigned answer_code_status(enum answer_code code);

/* error.code of a JSON text that json_check() has accepted. */
enum answer_code answer_code_of(struct span json);

/* Lines that a command has printed as one JSON body, appended to out: one line, or all as
 * {"items":[...]}. False when they are not what they must be. */
bool answer_take(struct span printed, bool array, struct buf *out);

/* How a command ended that has left no answer, or none that counts. */
enum answer_end { END_STATUS, END_SIGNAL, END_LATE, END_FLOOD };

enum answer_code answer_of_end(enum answer_end end, int status);

/* {"error":{"code","msg","hint"}} and a line feed. */
void answer_error(enum answer_code code, const char *msg, const char *hint, struct buf *out);

struct reply {
	unsigned status;
	struct span type;
	struct span body;
	struct span csp;   /* NULL: none */
	const char *allow; /* for 405; NULL: none */
	bool challenge;	   /* for 401 */
	bool close;
	struct span request_id;
	int64_t now_s; /* since 1970 */
};

const char *reply_phrase(unsigned status);
void reply_print_head(const struct reply *r, struct buf *out);

#endif
