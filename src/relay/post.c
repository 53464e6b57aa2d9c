#include "post.h"

#include "check.h"
#include "limit.h"
#include "tool.h"

#include <stdio.h>

void
post_init(struct post *p, const struct post_settings *settings)
{
	*p = (struct post){.settings = *settings};
	buf_init(&p->body, LIMIT_BUNDLE_BYTES);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(p->easy = curl_easy_init()))
		tool_die(EXIT_TEMP, "start", "libcurl", "out of memory");
}

void
post_release(struct post *p)
{
	curl_easy_cleanup(p->easy);
	curl_global_cleanup();
	buf_release(&p->body);
}

static size_t
take_body(char *bytes, size_t size, size_t n, void *userdata)
{
	struct post *p = userdata;

	buf_add(&p->body, (struct span){bytes, size * n});
	p->too_long |= !buf_ok(&p->body);
	return p->too_long ? 0 : size * n;
}

static struct curl_slist *
make_headers(const struct sign_headers *headers)
{
	/* no Expect: the body is small, and a round trip more buys nothing */
	static const char *const always[] = {"Content-Type: application/json",
					     "Accept: application/json", "Expect:"};
	struct curl_slist *list = NULL, *more;

	for (size_t i = 0; i < sizeof always / sizeof always[0] + headers->n; i++) {
		more = curl_slist_append(list, i < 3 ? always[i] : headers->line[i - 3]);
		CHECK(more);
		list = more;
	}
	return list;
}

static void
set_trust(const struct post *p)
{
	struct curl_blob authority = {
	    /* cppcheck-suppress cert-EXP05-C */
	    .data = (void *)(uintptr_t)p->settings.authority.ptr,
	    .len = p->settings.authority.len,
	    .flags = CURL_BLOB_NOCOPY,
	};

	curl_easy_setopt(p->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(p->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(p->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!p->settings.authority.ptr)
		return;
	/* those alone: the system's many authorities have no say about our own service */
	curl_easy_setopt(p->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(p->easy, CURLOPT_CAINFO, NULL);
	CHECK(curl_easy_setopt(p->easy, CURLOPT_CAINFO_BLOB, &authority) == CURLE_OK);
}

static void
set_options(struct post *p, struct span body, struct curl_slist *headers, unsigned timeout_ms)
{
	unsigned connect_ms = p->settings.connect_timeout_ms;
	char agent[64];
	CURL *e = p->easy;

	snprintf(agent, sizeof agent, "tradepipe/%s", tool_version);
	curl_easy_reset(e);
	curl_easy_setopt(e, CURLOPT_URL, p->settings.url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, p->settings.plain ? "http" : "https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.ptr);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(connect_ms < timeout_ms ? connect_ms : timeout_ms));
	/* http-wrap closes what has been idle for 15 s */
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, 14L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	if (p->settings.plain)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	else
		set_trust(p);
}

struct post_answer
post_send(struct post *p, struct span body, const struct sign_headers *headers, unsigned timeout_ms)
{
	struct curl_slist *list = make_headers(headers);
	struct post_answer a = {.result = POST_ANSWERED};
	CURLcode result;
	long status = 0;

	CHECK(timeout_ms > 0);
	buf_clear(&p->body);
	p->too_long = false;
	set_options(p, body, list, timeout_ms);
	result = curl_easy_perform(p->easy);
	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(list);
	a.detail = curl_easy_strerror(result);
	a.status = (unsigned)status;
	a.body = buf_span(&p->body);
	if (p->too_long)
		a.result = POST_TOO_LONG;
	else if (result == CURLE_OPERATION_TIMEDOUT)
		a.result = POST_TIMED_OUT;
	else if (result != CURLE_OK)
		a.result = POST_FAILED;
	return a;
}
