#include "push_answer.h"

#include "line.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
status_text(unsigned status)
{
	switch (status) {
	case 200: return "OK";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 426: return "Upgrade Required";
	case 429: return "Too Many Requests";
	case 503: return "Service Unavailable";
	default: return "Refused";
	}
}

void
push_put_head(struct buf *out, unsigned status, const char *type)
{
	buf_str(out, "HTTP/1.1 ");
	buf_u64(out, status);
	buf_byte(out, ' ');
	buf_str(out, status_text(status));
	buf_str(out, "\r\nContent-Type: ");
	buf_str(out, type);
	buf_str(out, "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
	if (status == 426)
		buf_str(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
	if (status == 405)
		buf_str(out, "Allow: GET\r\n");
}

static void
put_body(struct buf *out, struct span body)
{
	buf_str(out, "Connection: close\r\nContent-Length: ");
	buf_u64(out, body.len);
	buf_str(out, "\r\n\r\n");
	buf_add(out, body);
}

/* An answer as a whole, within the time for writing. */
static void
send_answer(struct push_session *s, const struct buf *out)
{
	struct span left = buf_span(out);
	int64_t end = utc_monotonic_us() + (int64_t)s->settings->write_s * PUSH_SECOND;

	while (left.len && buf_ok(out)) {
		ssize_t n = write(s->out, left.ptr, left.len);
		struct pollfd p = {.fd = s->out, .events = POLLOUT};

		if (n > 0) {
			left.ptr += n;
			left.len -= (size_t)n;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		} else if (utc_monotonic_us() >= end || stop_requested()) {
			return;
		} else {
			stop_poll(&p, 1, 1000);
		}
	}
}

void
push_refuse(struct push_session *s, unsigned status, const char *why)
{
	static struct buf out, body;

	buf_init(&out, 4096);
	buf_init(&body, 1024);
	buf_str(&body, "{\"error\":{\"code\":\"");
	buf_str(&body, status == 404   ? "NOT_FOUND"
		       : status == 408 ? "TIMEOUT"
		       : status >= 500 ? "UNAVAILABLE"
				       : "BAD_REQUEST");
	buf_byte(&body, '"');
	buf_json_member_string(&body, "msg", span_of(why));
	buf_json_member_string(&body, "hint", span_of("see ws-push(1)"));
	buf_str(&body, "}}\n");
	push_put_head(&out, status, "application/json");
	put_body(&out, buf_span(&body));
	send_answer(s, &out);
	s->end = why;
	buf_release(&out);
	buf_release(&body);
}

/* ---- the page ---- */

static const char *
type_of(struct span name)
{
	static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
					       {".css", "text/css"},
					       {".js", "text/javascript"},
					       {".svg", "image/svg+xml"},
					       {".txt", "text/plain; charset=utf-8"}};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		size_t n = strlen(types[i][0]);

		if (name.len > n && memcmp(name.ptr + name.len - n, types[i][0], n) == 0)
			return types[i][1];
	}
	return NULL;
}

static bool
read_page(struct push_session *s, struct buf *out)
{
	char name[80];
	size_t n = s->upgrade.file.len;
	int fd;
	char *room;
	ssize_t got = 0;

	memcpy(name, s->upgrade.file.ptr, n);
	name[n] = 0;
	fd = openat(s->settings->page, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	while ((room = buf_room(out, 16384)) && (got = read(fd, room, 16384)) > 0)
		buf_grown(out, (size_t)got);
	close(fd);
	return room && got == 0;
}

void
push_serve_page(struct push_session *s)
{
	const char *type = type_of(s->upgrade.file);
	struct buf body, out;

	buf_init(&body, PUSH_PAGE_BYTES + 16384);
	buf_init(&out, PUSH_PAGE_BYTES + 32768);
	if (s->settings->page < 0 || !type || !read_page(s, &body)) {
		push_refuse(s, 404, "nothing here");
	} else {
		push_put_head(&out, 200, type);
		buf_str(&out, "Content-Security-Policy: default-src 'none'; script-src 'self'; "
			      "style-src 'self'; connect-src 'self'; img-src 'self' data:; "
			      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
			      "Referrer-Policy: no-referrer\r\n");
		put_body(&out, buf_span(&body));
		send_answer(s, &out);
		s->end = "page";
	}
	buf_release(&body);
	buf_release(&out);
}

/* ---- topics ---- */

/* Which channels of which symbols the newest file has. */
void
push_serve_topics(struct push_session *s)
{
	static struct topics found;
	struct stream_line line;
	struct buf body, out;
	enum cursor_status c = cursor_newest(&s->feed.live);

	found.n = 0;
	buf_init(&body, 65536);
	buf_init(&out, 65536 + 1024);
	while (c == CURSOR_SNAPSHOT || c == CURSOR_UPDATE) {
		struct push_record r;
		struct topic t = {.kind = PUSH_OTHER};

		c = cursor_next(&s->feed.live, &line);
		if ((c != CURSOR_SNAPSHOT && c != CURSOR_UPDATE) ||
		    push_record_read(&s->feed.reader, line.record, &r) || r.kind == PUSH_OTHER)
			continue;
		t.kind = r.kind;
		memcpy(t.symbol, r.symbol.ptr, r.symbol.len);
		if (r.interval.len)
			memcpy(t.interval, r.interval.ptr, r.interval.len);
		topics_add(&found, &t);
	}
	buf_str(&body, "{\"topics\":[");
	for (size_t i = 0; i < found.n; i++) {
		struct push_record r = {.kind = found.list[i].kind,
					.symbol = span_of(found.list[i].symbol),
					.interval = span_of(found.list[i].interval)};

		buf_str(&body, i ? ",{\"channel\":\"" : "{\"channel\":\"");
		topic_channel(&r, &body);
		buf_byte(&body, '"');
		buf_json_member_string(&body, "instId", r.symbol);
		buf_byte(&body, '}');
	}
	buf_str(&body, "]}\n");
	push_put_head(&out, 200, "application/json");
	put_body(&out, buf_span(&body));
	send_answer(s, &out);
	s->end = "topics";
	buf_release(&body);
	buf_release(&out);
}

/* ---- nobody ---- */

void
push_turn_away(int fd, unsigned status)
{
	struct buf out;
	char unread[4096];

	buf_init(&out, 1024);
	push_put_head(&out, status, "application/json");
	put_body(&out, SPAN_LIT("{\"error\":{\"code\":\"RATE_LIMIT\",\"msg\":\"too many "
				"subscribers\",\"hint\":\"come back later\"}}\n"));
	/* what is left unread would take the answer with it */
	while (recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0)
		continue;
	if (send(fd, out.ptr, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		errno = 0;
	buf_release(&out);
}
