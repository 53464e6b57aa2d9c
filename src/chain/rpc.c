#include "rpc.h"

#include "number.h"
#include "secret.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define TIMEOUT_MS 10000
/* Longest request: a raw transaction of 400 kB in hex (Bitcoin's limit) and its frame. */
#define REQUEST_MAX (1u << 20)

/* ---- set up ---- */

static bool
is_loopback(const char *host)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(host, names[i], n) == 0 && strchr(":/", host[n]))
			return true;
	}
	return false;
}

static void
take_url(struct rpc *r, const char *variable, const char *url)
{
	bool plain = strncmp(url, "http://", 7) == 0;
	size_t n = strlen(url);

	if (n == 0)
		tool_die(EXIT_CONFIG, "settings", variable, "is wanted: the node's URL");
	if (!plain && strncmp(url, "https://", 8) != 0)
		tool_die(EXIT_CONFIG, "settings", variable, "must begin with https://");
	if (n > RPC_URL_MAX || strcspn(url, " \t\r\n\"\\") != n)
		tool_die(EXIT_CONFIG, "settings", variable, "is no URL");
	if (strchr(url, '@'))
		tool_die(EXIT_CONFIG, "settings", variable,
			 "holds a password: those have settings of their own");
	r->loopback = is_loopback(url + (plain ? 7 : 8));
	if (plain && !r->loopback && !getenv("TRADEPIPE_PLAIN_RPC"))
		tool_die(EXIT_CONFIG, "settings", variable,
			 "http:// to another machine: anybody between could change answers; "
			 "TRADEPIPE_PLAIN_RPC=1 allows it");
	memcpy(r->url, url, n + 1);
	while (n > 0 && r->url[n - 1] == '/')
		r->url[--n] = 0;
}

void
rpc_init(struct rpc *r, const char *url_variable, const char *otherwise)
{
	const char *url = getenv(url_variable);

	*r = (struct rpc){.timeout_ms = TIMEOUT_MS};
	if (!url || !*url)
		url = otherwise ? otherwise : "";
	take_url(r, url_variable, url);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(r->easy = curl_easy_init()))
		tool_die(EXIT_TEMP, "start", "libcurl", "out of memory");
	buf_init(&r->request, REQUEST_MAX);
	buf_init(&r->answer, RPC_ANSWER_MAX);
}

void
rpc_release(struct rpc *r)
{
	curl_easy_cleanup(r->easy);
	curl_global_cleanup();
	if (r->secret)
		secret_free(r->secret, RPC_SECRET_MAX);
	buf_release(&r->request);
	buf_release(&r->answer);
}

/* A secret out of the environment: wiped there, so that no child and no /proc/self/environ of a
 * later moment has it. */
static bool
take_secret(struct rpc *r, const char *before, const char *separator, const char *variable)
{
	char *value = getenv(variable);
	int n;

	if (!value || !*value)
		return false;
	r->secret = secret_memory(RPC_SECRET_MAX);
	n = snprintf(r->secret, RPC_SECRET_MAX, "%s%s%s", before, separator, value);
	if (n < 0 || n >= RPC_SECRET_MAX || strpbrk(r->secret, "\r\n"))
		tool_die(EXIT_CONFIG, "settings", variable, "is too long, or has a line break");
	secret_wipe(value, strlen(value));
	unsetenv(variable);
	return true;
}

void
rpc_set_user(struct rpc *r, const char *user_variable, const char *password_variable)
{
	const char *user = getenv(user_variable);

	if (!user || !*user)
		return;
	if (strchr(user, ':'))
		tool_die(EXIT_CONFIG, "settings", user_variable, "has a colon in it");
	r->has_user = take_secret(r, user, ":", password_variable);
	if (!r->has_user)
		tool_die(EXIT_CONFIG, "settings", password_variable, "is wanted with the user");
}

void
rpc_set_header(struct rpc *r, const char *header, const char *variable)
{
	r->has_header = take_secret(r, header, ": ", variable);
}

/* ---- one HTTP exchange ---- */

static size_t
take_body(char *bytes, size_t size, size_t n, void *userdata)
{
	struct rpc *r = userdata;

	buf_add(&r->answer, (struct span){bytes, size * n});
	return buf_ok(&r->answer) ? size * n : 0;
}

static struct curl_slist *
headers_of(const struct rpc *r, bool post)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json"), *more;

	more = post && list ? curl_slist_append(list, "Content-Type: application/json") : list;
	list = more ? more : list;
	/* no Expect: 100-continue, which costs a second where the node does not answer it */
	more = list ? curl_slist_append(list, "Expect:") : list;
	list = more ? more : list;
	more = r->has_header && list ? curl_slist_append(list, r->secret) : list;
	return more ? more : list;
}

static void
drop_headers(struct curl_slist *list)
{
	for (struct curl_slist *s = list; s; s = s->next)
		explicit_bzero(s->data, strlen(s->data));
	curl_slist_free_all(list);
}

static void
set_options(struct rpc *r, const char *url, struct span body, struct curl_slist *headers)
{
	char agent[64];
	CURL *e = r->easy;

	curl_easy_reset(e);
	snprintf(agent, sizeof agent, "tradepipe/%s", tool_version);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (r->loopback)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	if (r->has_user) {
		curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(e, CURLOPT_USERPWD, r->secret);
	}
	if (body.ptr) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)body.len);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, body.ptr);
	}
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(r->timeout_ms < 4000 ? r->timeout_ms : 4000));
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
}

static bool
transport_failed(struct rpc *r, CURLcode result, struct frame_error *e)
{
	const char *code = result == CURLE_OPERATION_TIMEDOUT	      ? "TIMEOUT"
			   : !buf_ok(&r->answer)		      ? "TOO_LARGE"
			   : result == CURLE_PEER_FAILED_VERIFICATION ? "TLS"
								      : "NETWORK";

	return frame_fail(e, FRAME_RETRY, code, "%s", curl_easy_strerror(result));
}

/* Any answer at all: its bytes are in r->answer, its status in r->status. */
static bool
exchange(struct rpc *r, const char *url, struct span body, struct frame_error *e)
{
	struct curl_slist *headers = headers_of(r, body.ptr != NULL);
	long status = 0;
	CURLcode result;

	r->calls++;
	r->answered = false;
	r->error_message = r->error_data = (struct span){0};
	r->said_no = false;
	buf_clear(&r->answer);
	set_options(r, url, body, headers);
	result = curl_easy_perform(r->easy);
	drop_headers(headers);
	/* libcurl copies the password into the handle */
	curl_easy_setopt(r->easy, CURLOPT_USERPWD, NULL);
	if (result != CURLE_OK)
		return transport_failed(r, result, e);
	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	r->status = (unsigned)status;
	r->answered = true;
	return true;
}

/* The node, or what stands before it, gave no answer of the kind that was asked for. */
static bool
status_failed(const struct rpc *r, struct frame_error *e)
{
	char code[16];

	snprintf(code, sizeof code, "HTTP_%u", r->status);
	if (r->status == 401 || r->status == 403)
		return frame_fail(e, FRAME_CONFIG, code, "the node wants other credentials");
	return frame_fail(e, FRAME_RETRY, code, "HTTP status %u", r->status);
}

/* ---- JSON-RPC ---- */

static bool
node_said_no(struct rpc *r, struct span error, struct frame_error *e)
{
	enum { CODE, MESSAGE, DATA, N };
	static const char *const names[N] = {"code", "message", "data"};
	struct span m[N] = {{0}}, text, digits;
	bool minus;

	r->said_no = true;
	r->error_code = 0;
	r->error_message = error; /* some nodes say it with a string alone */
	if (json_type(error) == JSON_OBJECT) {
		uint64_t code = 0;

		if (!json_pick(error, names, N, m, NULL))
			return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "a member stands twice");
		digits = m[CODE];
		minus = digits.len > 0 && digits.ptr[0] == '-';
		if (minus)
			digits = (struct span){digits.ptr + 1, digits.len - 1};
		if (m[CODE].ptr && number_u64(digits, &code) && code <= INT32_MAX)
			r->error_code = minus ? -(int64_t)code : (int64_t)code;
		r->error_message = m[MESSAGE];
		r->error_data = m[DATA];
	}
	text = r->error_message;
	if (text.ptr && json_type(text) == JSON_STRING)
		text = (struct span){text.ptr + 1, text.len - 2};
	return frame_fail(e, FRAME_RETRY, "RPC_ERROR", "%lld: %.*s", (long long)r->error_code,
			  (int)(text.len < 240 ? text.len : 240), text.ptr ? text.ptr : "");
}

bool
rpc_read_answer(struct rpc *r, struct span body, uint64_t id, struct span *result,
		struct frame_error *e)
{
	enum { ID, RESULT, ERROR, N };
	static const char *const names[N] = {"id", "result", "error"};
	struct span m[N];
	uint64_t got;

	r->error_message = r->error_data = (struct span){0};
	r->said_no = false;
	if (json_check(body, NULL) != JSON_OK)
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "no JSON, or cut short");
	body = json_trim(body);
	if (json_type(body) != JSON_OBJECT || !json_pick(body, names, N, m, NULL))
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "no JSON-RPC answer");
	if (m[ERROR].ptr && !json_is_null(m[ERROR]))
		return node_said_no(r, m[ERROR], e);
	if (!m[ID].ptr || !number_u64(m[ID], &got) || got != id)
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "an answer to another request");
	if (!m[RESULT].ptr)
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "neither result nor error");
	*result = m[RESULT];
	return true;
}

static bool
is_rpc_answer(struct span body)
{
	struct span value;

	if (json_check(body, NULL) != JSON_OK)
		return false;
	body = json_trim(body);
	return json_type(body) == JSON_OBJECT &&
	       (json_find(body, "result", &value) || json_find(body, "error", &value));
}

bool
rpc_call(struct rpc *r, const char *method, struct span params, struct span *result,
	 struct frame_error *e)
{
	uint64_t id = ++r->next_id;
	bool ok;

	buf_clear(&r->request);
	buf_str(&r->request, "{\"jsonrpc\":\"2.0\"");
	buf_json_member_u64(&r->request, "id", id);
	buf_json_member_string(&r->request, "method", span_of(method));
	buf_json_member_raw(&r->request, "params", params.ptr ? params : SPAN_LIT("[]"));
	buf_byte(&r->request, '}');
	if (!buf_ok(&r->request))
		return frame_fail(e, FRAME_REFUSED, "TOO_LONG", "a request over 1 MiB");
	ok = exchange(r, r->url, buf_span(&r->request), e);
	if (ok && r->status / 100 != 2 && !is_rpc_answer(buf_span(&r->answer)))
		ok = status_failed(r, e);
	else if (ok)
		ok = rpc_read_answer(r, buf_span(&r->answer), id, result, e);
	r->errors += !ok && !rpc_said_no(r);
	return ok;
}

bool
rpc_said_no(const struct rpc *r)
{
	return r->said_no;
}

bool
rpc_error_says(const struct rpc *r, const char *words)
{
	size_t n = strlen(words);

	if (!r->error_message.ptr)
		return false;
	for (size_t i = 0; i + n <= r->error_message.len; i++)
		if (strncasecmp(r->error_message.ptr + i, words, n) == 0)
			return true;
	return false;
}

bool
rpc_post(struct rpc *r, const char *path, struct span body, struct span *result,
	 struct frame_error *e)
{
	char url[RPC_URL_MAX + RPC_PATH_MAX + 1];
	int n = snprintf(url, sizeof url, "%s%s", r->url, path);
	bool ok;

	if (n < 0 || (size_t)n >= sizeof url)
		return frame_fail(e, FRAME_REQUEST, "TOO_LONG", "a path over %d bytes",
				  RPC_PATH_MAX);
	ok = exchange(r, url, body, e);
	if (ok && r->status / 100 != 2)
		ok = status_failed(r, e);
	if (ok && json_check(buf_span(&r->answer), NULL) != JSON_OK)
		ok = frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "no JSON, or cut short");
	if (ok)
		*result = json_trim(buf_span(&r->answer));
	r->errors += !ok;
	return ok;
}
