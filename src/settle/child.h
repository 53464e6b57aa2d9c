/*
 * child: a program that answers adapter(5)'s requests, over pipes.
 *
 * Requests are queued by child_ask() and go out with child_flush(), after the coordinator has
 * committed its log: nothing leaves before what it rests on is durable. Answers come in the order
 * of the requests. When the program ends, answers what was not asked, or takes too long, it is
 * killed, every request under way ends without an answer (the caller gets NULL for it), and it is
 * started again after a pause that doubles up to a minute. That is all there is to a failure, for
 * the program keeps nothing.
 */
#ifndef TP_CHILD_H
#define TP_CHILD_H

#include "buf.h"
#include "source.h"

#include <sys/types.h>

/* Requests under way at once: enough to keep a node busy, few enough for the pipe's 64 KiB in most
 * cases (a write that does not fit waits in `out`). */
#define CHILD_ASKED_MAX 32

struct child_request {
	uint64_t id;
	int op;	       /* the caller's */
	void *subject; /* the caller's */
	int64_t sent_us;
};

struct child {
	const char *name;
	char *const *command;
	int64_t timeout_us;

	pid_t pid; /* 0: not running */
	int to;	   /* its stdin, or -1 */
	struct source from;
	struct buf out;
	size_t out_done;
	struct child_request asked[CHILD_ASKED_MAX];
	size_t asked_first, asked_n;
	uint64_t next_id;
	int64_t start_us; /* not before */
	unsigned failures;
	uint64_t starts;

	/* an answer; NULL span: it will not come. False: that is no answer to this request (a last
	 * line that its death cut off, say), and the request ends as unanswered in there */
	bool (*answer)(void *context, const struct child_request *q, struct span line);
	void *context;
};

void child_init(struct child *c, const char *name, char *const command[], int64_t timeout_us);

/* Is it running, or may it be started, with room for another request? */
bool child_ready(struct child *c, int64_t now_us);

/* The id for the next request; write it into the line, then child_ask(). */
uint64_t child_id(const struct child *c);
void child_ask(struct child *c, int op, void *subject, struct span line, int64_t now_us);

/* Write as much as the pipe takes. */
void child_flush(struct child *c, int64_t now_us);

/* Read what is there and hand the answers out. */
void child_read(struct child *c, int64_t now_us);

/* Kill it if its oldest request is overdue. Returns when to look again, or INT64_MAX. */
int64_t child_watch(struct child *c, int64_t now_us);

/* End it: close its input, and after that kill it. */
void child_stop(struct child *c);

#endif
