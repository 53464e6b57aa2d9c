/*
 * rpc: a chain's node, asked over HTTP: JSON-RPC calls, or plain POST and GET.
 *
 * One call at a time over one connection that is kept open. Every answer has a deadline and a
 * maximum size; redirects are not followed, certificates are always checked, and a node on another
 * machine is only asked by https:// (keys and money: nobody between may read or change an answer),
 * unless the operator says otherwise for it. What went wrong comes back as adapter(5)'s classes:
 *
 *     no connection, time-out, answer cut short, HTTP 408 429 5xx   retry
 *     HTTP 401 403                                                  config
 *     any other answer that is no JSON-RPC                          retry (a proxy's page)
 *     {"error":{...}}                                               RPC_ERROR below
 *
 * HTTP statuses do not matter where the body is a JSON-RPC answer (Bitcoin Core sends errors with
 * 500). The caller owns the struct. Passwords stay in secret memory and are wiped from what libcurl
 * is given.
 */
#ifndef TP_RPC_H
#define TP_RPC_H

#include "frame.h"

#include <curl/curl.h>

/* The largest answers are whole blocks (Bitcoin: 4 MB of hex for 2 MB, verbose more). */
#define RPC_ANSWER_MAX (32u << 20)
#define RPC_URL_MAX 512
#define RPC_PATH_MAX 256
#define RPC_SECRET_MAX 512

struct rpc {
	CURL *easy;
	char url[RPC_URL_MAX + 1];
	char *secret;	     /* in secret memory: "user:password", or a header line */
	bool has_user;	     /* secret is for Basic Auth */
	bool has_header;     /* secret is a header such as "TRON-PRO-API-KEY: ..." */
	bool loopback;	     /* no proxy sees it */
	unsigned timeout_ms; /* of a call; 10,000 unless set */
	uint64_t calls, errors;
	uint64_t next_id;
	struct buf request, answer;
	/* of the last call, where the node answered {"error":...} */
	int64_t error_code;
	struct span error_message; /* as JSON string, quotes and all; NULL where there is none */
	struct span error_data;	   /* JSON, or NULL */
	bool said_no;		   /* it did */
	bool answered;		   /* an HTTP answer came */
	unsigned status;	   /* its status */
};

/* The value of an environment variable as this node's URL, else `otherwise` (NULL: there must be
 * one). Dies with 102 naming the variable where it is none. Call before the sandbox closes. */
void rpc_init(struct rpc *r, const char *url_variable, const char *otherwise);
void rpc_release(struct rpc *r);

/* Basic Auth: user from an environment variable, password from descriptor or file or, as the seed
 * has it, a variable that is wiped from the environment at once. Absent: none. Dies with 102. */
void rpc_set_user(struct rpc *r, const char *user_variable, const char *password_variable);

/* A header such as an API key ("TRON-PRO-API-KEY", "TRON_API_KEY"). Absent: none. */
void rpc_set_header(struct rpc *r, const char *header, const char *variable);

/*
 * Call a method with params (a JSON array or object). True: *result is the result's JSON text, good
 * until the next call. False: e is set; where the node itself said no, e->code is "RPC_ERROR" and
 * r->error_code and r->error_message say what, for the caller to make a class of (e->class is
 * FRAME_RETRY until then).
 */
bool rpc_call(struct rpc *r, const char *method, struct span params, struct span *result,
	      struct frame_error *e);

/* Did the last call fail because the node said no? error_message is NULL where it gave no reason.
 */
bool rpc_said_no(const struct rpc *r);

/* Does its message hold these words, in any case? */
bool rpc_error_says(const struct rpc *r, const char *words);

/* POST a JSON body (GET where it is a NULL span) to path below the URL. True: a JSON answer with
 * status 2xx, whole. False: e, and r->status. */
bool rpc_post(struct rpc *r, const char *path, struct span body, struct span *result,
	      struct frame_error *e);

/* Take an answer's bytes apart, without I/O: what rpc_call() does with them. For tests and
 * fuzzers. */
bool rpc_read_answer(struct rpc *r, struct span body, uint64_t id, struct span *result,
		     struct frame_error *e);

#endif
