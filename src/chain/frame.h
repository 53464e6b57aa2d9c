/*
 * frame: the loop of every program that settle talks to (adapter(5)): read a request, hand it to
 * the operation that it names, print the answer.
 *
 * A program gives a table of its operations and calls frame_main(). An operation gets the request
 * taken apart, appends its own members to `answer` (buf_json_member_*: the frame has opened the
 * object and printed op, id and "ok":true, and closes it), and returns true; or calls frame_fail()
 * and returns false, and what it had appended is dropped.
 *
 *     static bool
 *     height(void *context, const struct frame_request *q, struct buf *answer, struct frame_error
 * *e)
 *     {
 *             ...
 *             buf_json_member_u64(answer, "height", tip.height);
 *             return true;
 *     }
 *
 * Spans of a request point into its line and die with the answer. Answers are flushed whenever the
 * input would block.
 */
#ifndef TP_FRAME_H
#define TP_FRAME_H

#include "buf.h"
#include "json.h"
#include "span.h"

#include <stdint.h>

/* Longest msg of an error, and longest name of a job. */
#define FRAME_MSG_MAX 300
#define FRAME_CODE_MAX 40
#define FRAME_JOB_MAX 128
/* Digits of an amount: 38, as decimals have. */
#define FRAME_AMOUNT_MAX 38
/* Versions of one payment, and spends of one transaction: more are refused. */
#define FRAME_VERSIONS_MAX 64
#define FRAME_SPENDS_MAX 256

/* What the coordinator does about an error depends on this alone (adapter(5)). */
enum frame_class {
	FRAME_RETRY,
	FRAME_FUNDS,
	FRAME_UNDERPRICED,
	FRAME_CONFLICT,
	FRAME_EXPIRED,
	FRAME_REFUSED,
	FRAME_CONFIG,
	FRAME_REQUEST,
};

/* "retry" and so on; and back: false for a word that is none. */
const char *frame_class_name(enum frame_class c);
bool frame_class_of(struct span name, enum frame_class *out);

struct frame_error {
	enum frame_class class;
	char code[FRAME_CODE_MAX + 1];
	char msg[FRAME_MSG_MAX + 1];
};

/* Set the error, and return false. msg may hold anything: control bytes are replaced, it is cut to
 * its maximum. */
__attribute__((format(printf, 4, 5))) bool frame_fail(struct frame_error *e, enum frame_class class,
						      const char *code, const char *format, ...);

/* A request: the members that several operations have. A NULL span where one is absent or null.
 * Texts are without quotes, and need no escapes; amounts are checked to be amounts. */
struct frame_request {
	struct span line; /* the whole object, for json_find() of others */
	struct span op;
	struct span job, asset, from, to, payer, address, spender;
	struct span amount, fee_max;
	struct span busy;	/* array of strings */
	struct span versions;	/* array of objects */
	struct span unsigned_;	/* object */
	struct span signatures; /* array of objects */
	struct span raw, tx_id;
	struct span block; /* object */
	/* as they stand in the line, of any type */
	struct span chain, kind, fee;
};

struct frame_op {
	const char *name;
	bool (*run)(void *context, const struct frame_request *q, struct buf *answer,
		    struct frame_error *e);
};

/* The loop, until the end of the input. Call it after the sandbox has closed; it returns the
 * status for main to return. */
int frame_main(const struct frame_op ops[], size_t n, void *context);

/* The same for one line, without I/O: the answer without its newline. For tests and fuzzers. */
void frame_answer(const struct frame_op ops[], size_t n, void *context, struct span line,
		  struct buf *out);

/* A member that must be there, as text without escapes; class request otherwise. */
bool frame_text(const struct frame_request *q, const char *name, struct span *out,
		struct frame_error *e);

/* A member that must be an unsigned integer. */
bool frame_u64(const struct frame_request *q, const char *name, uint64_t *out,
	       struct frame_error *e);

/* "0" or digits without a leading zero, at most FRAME_AMOUNT_MAX of them. */
bool frame_is_amount(struct span text);

/* The payment of prepare, bump, cancel and poll: job, asset, to and amount are there. */
bool frame_payment(const struct frame_request *q, struct frame_error *e);

/* Is this text among the strings of the array (a NULL span: none)? */
bool frame_listed(struct span array, struct span text);

/* One version of a payment, out of q->versions. */
struct frame_version {
	struct span tx_id, kind, raw, fee, fee_rate;
	struct span spends; /* array of strings */
	struct span expiry; /* object, or a NULL span */
};

/* Walk q->versions: false at the end, or with e->code set where one is malformed. Begin with
 * json_walk(q->versions). */
bool frame_next_version(struct json_walk *w, struct frame_version *out, struct frame_error *e);

#endif
