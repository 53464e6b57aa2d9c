#include "push.h"

#include "diag.h"
#include "line.h"
#include "push_answer.h"
#include "push_follow.h"
#include "push_ws.h"
#include "sandbox.h"
#include "stop.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a stalled subscriber costs the kernel. */
#define SEND_BUFFER 131072

/* ---- a subscription ---- */

static void
begin_sse(struct push_session *s)
{
	push_put_head(&s->pending, 200, "text/event-stream");
	if (s->upgrade.foreign) {
		buf_str(&s->pending, "Access-Control-Allow-Origin: ");
		buf_add(&s->pending, s->upgrade.origin);
		buf_str(&s->pending, "\r\n");
	}
	buf_str(&s->pending, "X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: 2000\n\n");
}

static void
push_stream(struct push_session *s, const struct http_request *r)
{
	static struct topics topics;
	bool has_since = false;
	uint64_t since = 0;
	const char *why = topics_query(r->query, &topics, &has_since, &since);

	/* a browser that comes back says how far it had come */
	if (!why && s->upgrade.after.len) {
		has_since = true;
		if (!stream_number(s->upgrade.after, &since))
			why = "Last-Event-ID is a number";
	}
	if (!why && s->upgrade.kind == UPGRADE_SSE && topics.n == 0)
		why = "symbol and interval, or with, are wanted";
	if (why) {
		push_refuse(s, 400, why);
		return;
	}
	if (s->upgrade.kind == UPGRADE_WS)
		push_ws_begin(s);
	else
		begin_sse(s);
	if (topics.n)
		feed_subscribe(&s->feed, &topics, has_since, since);
	push_follow(s);
}

/* ---- a request ---- */

/* The head, within its time; false: none came. */
static bool
read_head(struct push_session *s, struct http_request *r)
{
	int64_t end = s->begun + (int64_t)s->settings->head_s * PUSH_SECOND;
	enum http_verdict v = HTTP_MORE;

	http_request_init(r);
	while (v == HTTP_MORE) {
		struct pollfd p = {.fd = s->in, .events = POLLIN};
		int64_t left = (end - utc_monotonic_us()) / 1000;
		ssize_t n;

		if (left <= 0 || stop_poll(&p, 1, (int)left) <= 0) {
			if (left > 0 && !stop_requested())
				continue;
			if (s->head_len)
				push_refuse(s, 408, "no whole request came in time");
			s->end = "no request";
			return false;
		}
		n = read(s->in, s->head + s->head_len, sizeof s->head - s->head_len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			s->end = "no request";
			return false;
		}
		s->head_len += (size_t)n;
		v = http_request_read(r, (struct span){s->head, s->head_len});
		if (v == HTTP_MORE && s->head_len == sizeof s->head)
			v = HTTP_E_HEADERS_LONG;
	}
	if (v == HTTP_COMPLETE)
		return true;
	push_refuse(s, http_verdict_status(v), http_verdict_reason(v));
	return false;
}

static void
serve_request(struct push_session *s, const struct http_request *r)
{
	struct upgrade *u = &s->upgrade;

	s->head_used = r->head_len;
	upgrade_read(r, (struct span){s->head, r->head_len}, s->settings->origins,
		     s->settings->origins_n, u);
	if (u->kind == UPGRADE_REFUSED) {
		push_refuse(s, u->status, u->why);
		return;
	}
	if (u->kind == UPGRADE_PAGE) {
		push_serve_page(s);
		return;
	}
	if (!feed_start(&s->feed, s->settings->directory))
		push_refuse(s, 503, s->feed.why);
	else if (u->kind == UPGRADE_TOPICS)
		push_serve_topics(s);
	else
		push_stream(s, r);
	feed_stop(&s->feed);
}

/* ---- a connection ---- */

static void
prepare(struct push_session *s)
{
	int one = SEND_BUFFER, fds[2] = {s->in, s->out};
	struct stat st;

	s->socket = fstat(s->in, &st) == 0 && S_ISSOCK(st.st_mode);
	if (s->socket && setsockopt(s->out, SOL_SOCKET, SO_SNDBUF, &one, sizeof one) != 0)
		errno = 0;
	for (int i = 0; i < 2; i++)
		if (fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK) != 0)
			tool_die(EXIT_TEMP, "connection", NULL, strerror(errno));
}

static void
close_sandbox(const struct push_settings *o)
{
	struct sandbox_path paths[2] = {{o->directory, 0}, {o->page, 0}};

	sandbox_files(paths, o->page >= 0 ? 2 : 1);
}

void
push_serve(const struct push_settings *o, int in, int out, int wake, const char *who)
{
	static struct push_session s;
	struct http_request request;

	s.settings = o;
	s.in = in;
	s.out = out;
	s.wake = wake;
	s.who = who;
	s.allowance = PUSH_MESSAGES;
	s.begun = s.now = utc_monotonic_us();
	buf_init(&s.pending, PUSH_OUT_BYTES);
	buf_init(&s.message, STREAM_LINE_BYTES + 1024);
	prepare(&s);
	close_sandbox(o);
	if (read_head(&s, &request))
		serve_request(&s, &request);
	diag(DIAG_INFO, "closed", diag_str("ip", who), diag_str("why", s.end ? s.end : "done"),
	     diag_u64("seconds", (utc_monotonic_us() - s.begun) / PUSH_SECOND));
	if (s.ws)
		wslay_event_context_free(s.ws);
	buf_release(&s.pending);
	buf_release(&s.message);
}
