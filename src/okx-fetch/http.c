#include "http.h"

#include "check.h"
#include "limit.h"
#include "tool.h"
#include "utc.h"

#include <stdio.h>

void
http_init(struct http *h, unsigned request_timeout_ms)
{
	*h = (struct http){.request_timeout_ms = request_timeout_ms};
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(h->multi = curl_multi_init()))
		tool_die(EXIT_TEMP, "start", "libcurl", "out of memory");
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
}

void
http_release(struct http *h)
{
	for (size_t i = 0; i < h->idle_n; i++)
		curl_easy_cleanup(h->idle[i]);
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
}

void
http_reset_clock(struct http *h)
{
	h->busy_us = h->waiting_us = 0;
}

static size_t
take_body(char *bytes, size_t size, size_t n, void *userdata)
{
	struct http_call *c = userdata;

	buf_add(&c->body, (struct span){bytes, size * n});
	if (!buf_ok(&c->body)) {
		c->transport = OKX_TOO_LARGE;
		return 0; /* ends the transfer */
	}
	return size * n;
}

static void
wipe_headers(struct http_call *c)
{
	for (struct curl_slist *s = c->list; s; s = s->next)
		explicit_bzero(s->data, strlen(s->data));
	curl_slist_free_all(c->list);
	c->list = NULL;
	explicit_bzero(c->headers, sizeof c->headers);
	c->headers_n = 0;
}

static void
set_options(const struct http *h, struct http_call *c, int64_t left_ms)
{
	char agent[64];
	CURL *e = c->easy;
	int64_t timeout =
	    left_ms < (int64_t)h->request_timeout_ms ? left_ms : (int64_t)h->request_timeout_ms;

	snprintf(agent, sizeof agent, "tradepipe/%s", tool_version);
	curl_easy_setopt(e, CURLOPT_URL, c->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, h->loopback ? "http,https" : "https");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, c->list);
	curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
			 (long)(h->loopback ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	/* side by side over one connection where the server can: wait for it rather than open
	 * twelve */
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, h->loopback ? 0L : 1L);
	if (h->loopback)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout < 4000 ? timeout : 4000));
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(e, CURLOPT_PRIVATE, c);
}

static void
end_call(struct http_call *c, enum okx_transport transport, const char *detail)
{
	c->transport = transport;
	c->detail = detail;
	c->status = 0;
	c->state = HTTP_OVER;
}

static void
start(struct http *h, struct http_call *c, int64_t deadline_us, void (*prepare)(struct http_call *))
{
	int64_t now = utc_monotonic_us();
	/* at least a millisecond: zero would mean no limit to libcurl */
	int64_t left_ms = deadline_us > now + 1000 ? (deadline_us - now) / 1000 : 1;

	prepare(c);
	buf_clear(&c->body);
	c->transport = OKX_ANSWERED;
	c->detail = NULL;
	c->list = NULL;
	for (size_t i = 0; i < c->headers_n; i++) {
		struct curl_slist *more = curl_slist_append(c->list, c->headers[i]);

		CHECK(more);
		c->list = more;
	}
	c->easy = h->idle_n ? h->idle[--h->idle_n] : curl_easy_init();
	CHECK(c->easy);
	curl_easy_reset(c->easy);
	set_options(h, c, left_ms);
	CHECK(curl_multi_add_handle(h->multi, c->easy) == CURLM_OK);
	c->state = HTTP_RUNNING;
	c->started_us = now;
	c->sent_ms = utc_now_us() / 1000;
}

static enum okx_transport
transport_of(CURLcode result, const struct http_call *c)
{
	if (c->transport == OKX_TOO_LARGE)
		return OKX_TOO_LARGE;
	switch ((int)result) {
	case CURLE_OK: return OKX_ANSWERED;
	case CURLE_OPERATION_TIMEDOUT: return OKX_TIMED_OUT;
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2_STREAM: return OKX_CUT_SHORT;
	/* broken off: with part of the reply in hand it was cut, without it there was no answer */
	case CURLE_RECV_ERROR: return c->body.len ? OKX_CUT_SHORT : OKX_NO_ANSWER;
	default: return OKX_NO_ANSWER;
	}
}

static void
take_back(struct http *h, struct http_call *c)
{
	curl_multi_remove_handle(h->multi, c->easy);
	if (h->idle_n < sizeof h->idle / sizeof h->idle[0])
		h->idle[h->idle_n++] = c->easy;
	else
		curl_easy_cleanup(c->easy);
	c->easy = NULL;
	wipe_headers(c);
}

static void
finish(struct http *h, struct http_call *c, CURLcode result)
{
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	c->received_ms = utc_now_us() / 1000;
	c->took_us = utc_monotonic_us() - c->started_us;
	take_back(h, c);
	c->transport = transport_of(result, c);
	c->detail = curl_easy_strerror(result);
	c->status = c->transport == OKX_ANSWERED ? (unsigned)status : 0;
	c->state = HTTP_OVER;
}

/* Hand finished transfers to their callers; those who want another go wait again. */
static void
collect(struct http *h, enum http_verdict (*done)(struct http_call *))
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct http_call *c = NULL;
		CURLcode result = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		CHECK(c);
		finish(h, c, result);
		if (done(c) == HTTP_AGAIN)
			c->state = HTTP_WAITING;
	}
}

/* Nothing may go on past the deadline. */
static void
expire(struct http *h, struct http_call *const calls[], size_t n,
       enum http_verdict (*done)(struct http_call *))
{
	for (size_t i = 0; i < n; i++) {
		struct http_call *c = calls[i];

		if (c->state == HTTP_OVER)
			continue;
		if (c->state == HTTP_RUNNING) {
			c->took_us = utc_monotonic_us() - c->started_us;
			take_back(h, c);
		}
		c->received_ms = utc_now_us() / 1000;
		buf_clear(&c->body);
		end_call(c, OKX_TIMED_OUT, "the time allowed for the whole request is used up");
		done(c);
		c->state = HTTP_OVER;
	}
}

static size_t
count_state(struct http_call *const calls[], size_t n, int state)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += (int)calls[i]->state == state;
	return found;
}

/* Milliseconds until the next waiting call is due, or the deadline, at most a second. */
static int
next_wait_ms(struct http_call *const calls[], size_t n, int64_t deadline_us)
{
	int64_t best = (deadline_us - utc_monotonic_us()) / 1000, now = utc_now_us();

	for (size_t i = 0; i < n; i++) {
		int64_t wait = (calls[i]->send_at_us - now + 999) / 1000;

		if (calls[i]->state == HTTP_WAITING && wait < best)
			best = wait;
	}
	return best < 0 ? 0 : best > 1000 ? 1000 : (int)best;
}

void
http_run(struct http *h, struct http_call *const calls[], size_t n, int64_t deadline_us,
	 void (*prepare)(struct http_call *), enum http_verdict (*done)(struct http_call *))
{
	for (size_t i = 0; i < n; i++)
		calls[i]->state = HTTP_WAITING;
	while (count_state(calls, n, HTTP_OVER) < n) {
		int64_t now = utc_now_us(), before = utc_monotonic_us();
		int running;
		bool busy;

		if (before >= deadline_us) {
			expire(h, calls, n, done);
			return;
		}
		for (size_t i = 0; i < n; i++)
			if (calls[i]->state == HTTP_WAITING && calls[i]->send_at_us <= now)
				start(h, calls[i], deadline_us, prepare);
		curl_multi_perform(h->multi, &running);
		collect(h, done);
		busy = count_state(calls, n, HTTP_RUNNING) > 0;
		if (count_state(calls, n, HTTP_RUNNING) == (size_t)running &&
		    count_state(calls, n, HTTP_OVER) < n)
			curl_multi_poll(h->multi, NULL, 0, next_wait_ms(calls, n, deadline_us),
					NULL);
		*(busy ? &h->busy_us : &h->waiting_us) += utc_monotonic_us() - before;
	}
}
