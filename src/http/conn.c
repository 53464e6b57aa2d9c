#include "conn.h"

#include "check.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* How often a wait looks whether the connection shall be given up. */
#define TICK_MS 100

/* A pipe that is ready takes so much without blocking. */
#define PIPE_BYTES 4096

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void
conn_init(struct conn *c, int in, int out, char *buffer)
{
	int on = 1;

	*c = (struct conn){.in = in, .out = out, .buffer = buffer};
	c->in_socket = is_socket(in);
	c->out_socket = in == out ? c->in_socket : is_socket(out);
	/* a socket of another family does not know it, and does not need it */
	if (c->out_socket && setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
		errno = 0;
}

static int
milliseconds_to(int64_t deadline_us)
{
	int64_t ms = (deadline_us - utc_monotonic_us() + 999) / 1000;

	return ms <= 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

static enum conn_status
wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int ms = milliseconds_to(deadline_us), ready = poll(&p, 1, ms);

		if (ready > 0)
			return CONN_OK;
		if (ready == 0 && milliseconds_to(deadline_us) == 0)
			return CONN_LATE;
		if (ready < 0 && errno != EINTR)
			return CONN_FAILED;
	}
}

/* The same where nothing is in hand: a signal ends the wait, and so may the need of others. */
static enum conn_status
wait_idle(struct conn *c, int64_t deadline_us)
{
	struct pollfd p = {.fd = c->in, .events = POLLIN};
	int64_t begun_us = utc_monotonic_us();

	for (;;) {
		int ms = milliseconds_to(deadline_us), ready;

		if (c->give_way && ms > TICK_MS)
			ms = TICK_MS;
		if (stop_requested())
			return CONN_STOPPED;
		/* a signal just before this is heard with the next one, or at the deadline; not to
		 * lose it would take two system calls more for each request */
		ready = poll(&p, 1, ms);
		if (ready > 0)
			return CONN_OK;
		if (ready < 0 && errno != EINTR)
			return CONN_FAILED;
		if (milliseconds_to(deadline_us) == 0)
			return CONN_LATE;
		if (c->give_way && utc_monotonic_us() - begun_us >= c->patience_us &&
		    c->give_way(c->context))
			return CONN_STOPPED;
	}
}

/* One read of what is there. A socket is asked first and waited for only if it has nothing, but
 * behind an answer, where a caller's next request is yet to come. */
static enum conn_status
read_some(struct conn *c, char *to, size_t room, int64_t deadline_us, bool idle, size_t *got)
{
	bool waited = false;

	for (;;) {
		ssize_t n = -1;

		errno = EAGAIN;
		if (c->in_socket && (waited || !c->answered))
			n = recv(c->in, to, room, MSG_DONTWAIT);
		else if (!c->in_socket && waited)
			n = read(c->in, to, room);
		if (n > 0) {
			*got = (size_t)n;
			return CONN_OK;
		}
		if (n == 0)
			return CONN_END;
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			enum conn_status s =
			    idle ? wait_idle(c, deadline_us) : wait_for(c->in, POLLIN, deadline_us);

			if (s != CONN_OK)
				return s;
			waited = true;
			c->answered = false;
		} else if (errno != EINTR) {
			return CONN_FAILED;
		}
	}
}

enum conn_status
conn_read(struct conn *c, int64_t deadline_us, bool idle)
{
	enum conn_status s;
	size_t got;

	CHECK(c->len < CONN_BYTES);
	s = read_some(c, c->buffer + c->len, CONN_BYTES - c->len, deadline_us, idle, &got);
	if (s == CONN_OK)
		c->len += got;
	return s;
}

void
conn_take(struct conn *c, size_t n)
{
	CHECK(n <= c->len);
	memmove(c->buffer, c->buffer + n, c->len - n);
	c->len -= n;
}

enum conn_status
conn_read_body(struct conn *c, size_t offset, size_t n, int64_t deadline_us, struct buf *body)
{
	size_t here = c->len - offset < n ? c->len - offset : n;
	char *to = buf_room(body, n ? n : 1);

	if (!to)
		return CONN_FAILED;
	buf_add(body, (struct span){c->buffer + offset, here});
	/* it stays in the buffer until the request is done, for the head's spans' sake */
	while (body->len < n) {
		size_t got;
		enum conn_status s =
		    read_some(c, body->ptr + body->len, n - body->len, deadline_us, false, &got);

		if (s != CONN_OK)
			return s;
		buf_grown(body, got);
	}
	return CONN_OK;
}

static ssize_t
write_some(const struct conn *c, struct span head, struct span body)
{
	struct iovec parts[2];
	struct msghdr message = {.msg_iov = parts};
	size_t n = 0;

	/* iovec has no const */
	memcpy(&parts[n].iov_base, &head.ptr, sizeof head.ptr);
	parts[n].iov_len = head.len;
	n += head.len > 0;
	memcpy(&parts[n].iov_base, &body.ptr, sizeof body.ptr);
	parts[n].iov_len = body.len;
	n += body.len > 0;
	if (c->out_socket) {
		message.msg_iovlen = n;
		return sendmsg(c->out, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (parts[0].iov_len >= PIPE_BYTES) {
		parts[0].iov_len = PIPE_BYTES;
		n = 1;
	} else if (n == 2 && parts[1].iov_len > PIPE_BYTES - parts[0].iov_len) {
		parts[1].iov_len = PIPE_BYTES - parts[0].iov_len;
	}
	return writev(c->out, parts, (int)n);
}

static void
advance(struct span *s, size_t *n)
{
	size_t here = *n < s->len ? *n : s->len;

	s->ptr += here;
	s->len -= here;
	*n -= here;
}

enum conn_status
conn_write(struct conn *c, struct span head, struct span body, int64_t deadline_us)
{
	c->answered = true;
	while (head.len || body.len) {
		enum conn_status s = CONN_OK;
		size_t done;
		ssize_t n;

		if (!c->out_socket)
			s = wait_for(c->out, POLLOUT, deadline_us);
		if (s != CONN_OK)
			return s;
		n = write_some(c, head, body);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			s = wait_for(c->out, POLLOUT, deadline_us);
			if (s != CONN_OK)
				return s;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return CONN_FAILED;
		done = (size_t)n;
		advance(&head, &done);
		advance(&body, &done);
	}
	return CONN_OK;
}

void
conn_drain(struct conn *c)
{
	int64_t deadline_us = utc_monotonic_us() + CONN_DRAIN_US;
	size_t left = CONN_DRAIN_BYTES, got;

	if (!c->out_socket)
		return;
	if (shutdown(c->out, SHUT_WR) != 0)
		return;
	while (left && read_some(c, c->buffer, CONN_BYTES, deadline_us, false, &got) == CONN_OK)
		left -= got < left ? got : left;
}
