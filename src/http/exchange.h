/*
 * exchange: one request on its way to its answer.
 *
 * serve.c reads its head and sends what came of it; exchange_admit.c decides whether it is let in,
 * and reads its body; exchange_act.c does what its route says. Each step that refuses has filled
 * reply, and says false.
 */
#ifndef TP_EXCHANGE_H
#define TP_EXCHANGE_H

#include "answer.h"
#include "conn.h"
#include "service.h"

#define EXCHANGE_SECOND INT64_C(1000000)

struct exchange {
	const struct service *service;
	struct service_room *room;
	struct conn *conn;
	const struct peer *peer;
	const unsigned char *seed;
	size_t number; /* of the request in its connection */
	struct http_request request;
	struct route_match match;
	size_t route; /* index, or routes.n */
	int64_t begun_us;
	char id[65];
	bool readable;	/* the head was */
	bool doubtful;	/* where the next request begins */
	bool is_signed; /* it carries a signature that looks like one */
	struct reply reply;
	const char *reason;
	const char *key;
	size_t body_read;
};

/* Seconds from now, on the monotonic clock in us. */
int64_t exchange_after(unsigned seconds);

/* The room's answer becomes the reply. */
void exchange_answer(struct exchange *x, unsigned status, struct span type);

/* An error becomes the reply; always false, which checks return that have refused. */
bool exchange_refuse_as(struct exchange *x, unsigned status, enum answer_code code, const char *msg,
			const char *hint);
bool exchange_refuse(struct exchange *x, unsigned status, const char *msg, const char *hint);
bool exchange_fail(struct exchange *x, enum answer_code code, const char *msg, const char *hint);

/* The route, the origin, the signature, the body: may it be answered? */
bool exchange_admit(struct exchange *x);

/* What the route says. */
void exchange_act(struct exchange *x);

#endif
