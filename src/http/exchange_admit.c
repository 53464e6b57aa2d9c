/* exchange_admit: what is found out about a request before it is answered. */
#include "exchange.h"
#include "json.h"
#include "utc.h"

#include <stdio.h>

/* ---- what can be said before the body ------------------------------------------------------- */

/* One body for every reason; which one it was is for the log. */
static bool
refuse_unsigned(struct exchange *x, const char *why)
{
	x->reason = why;
	x->reply.challenge = true;
	return exchange_refuse_as(x, 401, ANSWER_AUTH_ERROR,
				  "the request is not signed as it must be",
				  "check the shared secret, the clock, and what is signed");
}

static bool
find_route(struct exchange *x)
{
	enum route_found found =
	    routes_match(&x->service->routes, x->request.method, x->request.path, &x->match);

	switch (found) {
	case ROUTE_FOUND: x->route = x->match.index; return true;
	case ROUTE_NO_PATH:
		return exchange_fail(x, ANSWER_NOT_FOUND, "nothing is here", "look at the path");
	case ROUTE_NO_METHOD: break;
	}
	x->reply.allow = !x->match.get ? "POST" : !x->match.post ? "GET, HEAD" : "GET, HEAD, POST";
	return exchange_refuse(x, 405, "the path does not take this method", "see Allow");
}

/* A page of somebody else's that makes a browser send this? */
static bool
check_origin(struct exchange *x)
{
	struct span origin = x->request.fields[HTTP_ORIGIN], host = x->request.fields[HTTP_HOST];
	size_t scheme = span_find(origin, SPAN_LIT("://"));

	if (x->request.method != HTTP_POST || !origin.ptr)
		return true;
	if (scheme < origin.len) {
		origin.ptr += scheme + 3;
		origin.len -= scheme + 3;
	}
	if (span_equal(origin, host))
		return true;
	return exchange_refuse(x, 403, "the request comes from another site's page",
			       "open the page of this service itself");
}

static bool
check_length(struct exchange *x)
{
	const struct route *r = x->match.route;

	if (x->request.length > r->body_max)
		return exchange_refuse(x, 413, "the body is longer than it may be here",
				       "send less");
	/* it may have sent one all the same, which would be read as the next request */
	x->doubtful = r->body_max && !x->request.fields[HTTP_CONTENT_LENGTH].ptr;
	if (x->doubtful)
		return exchange_refuse(x, 411, "the request needs a body",
				       "send Content-Length and a body");
	return true;
}

static bool
check_type(struct exchange *x)
{
	struct span type = x->request.fields[HTTP_CONTENT_TYPE];

	if (!x->match.route->json)
		return true;
	type.len = span_find(type, SPAN_LIT(";"));
	while (type.len && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
		type.len--;
	if (http_text_is(type, "application/json"))
		return true;
	return exchange_refuse(x, 415, "the body must be JSON",
			       "send Content-Type: application/json");
}

/* Somebody on this machine who asks for a name of this machine's: not a browser that a foreign name
 * was led here. */
static bool
admit_local(struct exchange *x)
{
	if (!x->peer->loopback)
		return refuse_unsigned(x, "not signed, and not of this machine");
	if (peer_host_is_local(x->request.fields[HTTP_HOST], x->service->hosts,
			       x->service->hosts_n))
		return true;
	return exchange_refuse(x, 421, "the service is not known by this name",
			       "use localhost, or let the operator give --host");
}

static bool
admit(struct exchange *x)
{
	enum route_access access = x->match.route->access;
	enum signature_verdict v;

	if (access == ROUTE_OPEN)
		return true;
	if (x->service->secrets->keys.n == 0)
		return admit_local(x);
	v = signature_shape(&x->request, access == ROUTE_SIGN_2);
	if (v == SIGNATURE_ABSENT && access == ROUTE_LOCAL)
		return admit_local(x);
	if (v != SIGNATURE_GOOD)
		return refuse_unsigned(x, signature_reason(v));
	x->is_signed = true;
	return true;
}

/* ---- the body ------------------------------------------------------------------------------- */

static bool
send_continue(struct exchange *x)
{
	struct span text = SPAN_LIT("HTTP/1.1 100 Continue\r\n\r\n");

	if (!x->request.expects_continue || x->conn->len > x->request.head_len)
		return true;
	return conn_write(x->conn, text, (struct span){0},
			  exchange_after(x->service->write_timeout)) == CONN_OK;
}

static bool
read_body(struct exchange *x)
{
	unsigned seconds = x->service->body_timeout + (x->request.length >> 16);
	enum conn_status s = CONN_OK;

	buf_clear(&x->room->body);
	if (x->request.length == 0)
		return true;
	if (send_continue(x))
		s = conn_read_body(x->conn, x->request.head_len, x->request.length,
				   exchange_after(seconds), &x->room->body);
	x->body_read = x->room->body.len;
	if (s == CONN_OK && x->body_read == x->request.length)
		return true;
	if (s == CONN_LATE)
		return exchange_refuse_as(x, 408, ANSWER_TIMEOUT, "the body did not come in time",
					  "send it faster");
	return exchange_refuse(x, 400, "the body ended early", "send what Content-Length says");
}

static bool
check_nonce(struct exchange *x, int64_t now_s)
{
	if (!x->request.fields[HTTP_X_SIGNATURE_V2].ptr)
		return true;
	switch (nonces_use(&x->service->nonces, x->request.fields[HTTP_X_NONCE], now_s,
			   now_s + SIGNATURE_NONCE_S)) {
	case NONCE_NEW: return true;
	case NONCE_USED:
		return exchange_fail(x, ANSWER_CONFLICT, "the nonce was used before",
				     "sign each request with a new one");
	case NONCE_FULL:
	case NONCE_FAILED: break;
	}
	return exchange_fail(x, ANSWER_UNAVAILABLE, "nonces cannot be kept", "try again later");
}

static bool
check_signature(struct exchange *x)
{
	const struct service *s = x->service;
	int64_t now_s = utc_now_us() / EXCHANGE_SECOND;
	enum signature_verdict v;
	size_t key = 0;

	if (!x->is_signed)
		return true;
	v = signature_check(&s->secrets->keys, &x->request, buf_span(&x->room->body), now_s, &key);
	if (v != SIGNATURE_GOOD)
		return refuse_unsigned(x, signature_reason(v));
	x->key = s->counters.key_ids[key];
	counters_signed(&s->counters, key);
	return check_nonce(x, now_s);
}

/* Valid JSON has line feeds only between tokens: as blanks it is one line. */
static bool
take_json(struct exchange *x)
{
	struct buf *body = &x->room->body;
	size_t offset = 0;
	enum json_error e;
	char msg[160];

	if (!x->match.route->json)
		return true;
	e = json_check(buf_span(body), &offset);
	if (e != JSON_OK) {
		snprintf(msg, sizeof msg, "the body is not JSON: %s, at byte %zu",
			 json_error_text(e), offset);
		x->reason = "the body is not JSON";
		return exchange_refuse(x, 400, msg, "send one JSON value in UTF-8");
	}
	for (size_t i = 0; i < body->len; i++)
		if (body->ptr[i] == '\n' || body->ptr[i] == '\r')
			body->ptr[i] = ' ';
	buf_byte(body, '\n');
	return true;
}

bool
exchange_admit(struct exchange *x)
{
	return find_route(x) && check_origin(x) && check_length(x) && check_type(x) && admit(x) &&
	       read_body(x) && check_signature(x) && take_json(x);
}
