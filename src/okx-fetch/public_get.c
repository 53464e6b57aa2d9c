#include "public_get.h"

#include "check.h"
#include "limit.h"
#include "utc.h"

#include <stdio.h>

#define RETRIES_MAX 3

void
public_get_init(struct public_get *g, const char *base_url, int state)
{
	unsigned char digest[32] = {0};

	*g = (struct public_get){.base_url = base_url, .backoff_ms = 2000, .deadline_ms = 30000};
	http_init(&g->http, 6000);
	g->http.loopback = span_starts(span_of(base_url), SPAN_LIT("http://"));
	limiter_init(&g->limiter, state);
	limiter_use_key(&g->limiter, digest);
	buf_init(&g->call.body, LIMIT_OKX_BODY_BYTES);
	g->call.context = g;
}

void
public_get_release(struct public_get *g)
{
	http_release(&g->http);
	buf_release(&g->call.body);
}

static void
prepare(struct http_call *c)
{
	c->headers_n = 1;
	snprintf(c->headers[0], sizeof c->headers[0], "Accept: application/json");
}

static enum http_verdict
done(struct http_call *c)
{
	struct public_get *g = c->context;
	int64_t now = utc_now_us(), at = now + ((int64_t)g->backoff_ms * 1000 << g->retries);

	okx_reply_read_body(c->transport == OKX_ANSWERED ? buf_span(&c->body) : SPAN_LIT(""),
			    &g->reply);
	g->reply.http_status = c->status;
	g->reply.endpoint = g->endpoint;
	okx_judge(c->transport, c->detail, &g->reply, buf_span(&c->body), &g->judgement);
	if (g->judgement.retry != OKX_RETRY_YES || g->retries >= RETRIES_MAX)
		return HTTP_FINISHED;
	if (g->judgement.class == OKX_RATE_LIMIT)
		limiter_punish(&g->limiter, g->endpoint, at);
	if (utc_monotonic_us() + (at - now) >= g->deadline_us)
		return HTTP_FINISHED;
	g->retries++;
	c->send_at_us = limiter_take(&g->limiter, g->endpoint, at);
	return HTTP_AGAIN;
}

bool
public_get(struct public_get *g, enum okx_endpoint endpoint, const char *query)
{
	struct http_call *calls[] = {&g->call};
	int n = snprintf(g->call.url, sizeof g->call.url, "%s/api/v5/%s?%s", g->base_url,
			 okx_endpoint_facts(endpoint)->name, query);

	CHECK(n > 0 && (size_t)n < sizeof g->call.url);
	g->endpoint = endpoint;
	g->retries = 0;
	g->deadline_us = utc_monotonic_us() + (int64_t)g->deadline_ms * 1000;
	g->call.send_at_us = limiter_take(&g->limiter, endpoint, utc_now_us());
	http_run(&g->http, calls, 1, g->deadline_us, prepare, done);
	return g->judgement.class == OKX_FINE;
}
