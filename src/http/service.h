/*
 * service: what one service is, read once at the start and shared by everything that serves it.
 *
 * serve() answers the requests of one connection. It is called with standard input and output under
 * a super-server, and with each accepted connection behind --listen; it knows no difference.
 */
#ifndef TP_SERVICE_H
#define TP_SERVICE_H

#include "conn.h"
#include "counters.h"
#include "nonces.h"
#include "peer.h"
#include "routes.h"
#include "signature.h"
#include "tool.h"

#include <stdint.h>

/* Requests of one connection, before it is closed for others' sake. */
#define SERVICE_REQUESTS 100

#define SERVICE_HOSTS 8
#define SERVICE_ENVIRONMENT 64
#define SERVICE_FILE_BYTES (4u << 20)

/* What a request may take beyond all its deadlines before the kernel's alarm ends us. */
#define SERVICE_SLACK_S 10

struct service_secrets {
	struct signature_keys keys;
	char text[SIGNATURE_KEYS][1024]; /* LIMIT_SECRET_BYTES */
};

struct service {
	struct routes routes;
	struct service_secrets *secrets; /* in locked memory */
	struct counters counters;
	struct nonces nonces;
	bool has_nonces;
	int root; /* directory of files */
	int log_fd;
	const char *hosts[SERVICE_HOSTS];
	size_t hosts_n;
	/* seconds */
	unsigned first_timeout, header_timeout, body_timeout, idle_timeout, write_timeout;
	unsigned backstop; /* longer than any request may take: then the kernel ends us */
	char *environment[SERVICE_ENVIRONMENT]; /* for commands, without the request's */
	size_t environment_n;
	/* for conn's give_way */
	bool (*give_way)(void *context);
	void *context;
};

/* Is every file and command there? NULL, or what is not. */
const char *service_missing(const struct service *s);

/* Collect the variables that commands get. */
void service_collect_environment(struct service *s);

/* Buffers for serve(), made once in a process. */
struct service_room {
	char head[CONN_BYTES];
	struct buf body, printed, answer, reply, arguments, log;
};

void service_room_init(struct service_room *room);

/* The status is that of a program that served this connection alone. */
enum exit_status serve(const struct service *s, struct service_room *room, int in, int out,
		       bool environment);

#endif
