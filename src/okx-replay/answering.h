/*
 * answering: one request on its way through an endpoint, and its parameters.
 *
 * The get_*() functions read a parameter; when it is not what it must be they write OKX's refusal
 * into the reply and return false, and the endpoint returns at once.
 */
#ifndef TP_ANSWERING_H
#define TP_ANSWERING_H

#include "admit.h"
#include "paging.h"
#include "query.h"
#include "replay.h"
#include "reply.h"

#define DAY_MS INT64_C(86400000)
#define THREE_MONTHS_MS (90 * DAY_MS)

#define INST_TYPES "SPOT MARGIN SWAP FUTURES OPTION EVENTS"

struct answering {
	struct replay *replay;
	const struct request *request;
	const struct account *account; /* NULL for public endpoints */
	struct query query;
	struct mischief_met met;
	struct reply *reply;
	const struct row **picked; /* room for as many rows as the largest table has */
};

/* Always false, for "return refuse(...)". */
bool refuse(struct answering *a, const char *code, const char *param);

/* Required: 50014 when it is missing. */
bool get_needed(struct answering *a, const char *param, struct span *value);

/* One of the words (separated by spaces), or nothing: 51000 else. */
bool get_word(struct answering *a, const char *param, const char *words, struct span *value);

/* An unsigned number, or nothing: 51000 else. */
bool get_number(struct answering *a, const char *param, bool *has, uint64_t *value);

/* "limit": 1 to max, usual when not given: 51000 else. */
bool get_limit(struct answering *a, size_t usual, size_t max, size_t *value);

/* after, before, begin, end and limit. */
bool get_paging(struct answering *a, size_t usual, size_t max, struct paging *p);

/* Is text one of the comma-separated list? */
bool in_list(struct span list, struct span text);
size_t list_length(struct span list);

/* Cut what was picked (n rows, newest first) to a page and serve it. */
void reply_page(struct answering *a, const struct paging *p, size_t n);

#endif
