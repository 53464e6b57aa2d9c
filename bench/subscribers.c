/*
 * subscribers PORT N SLOW RATE SECONDS [ws]: N subscribers of a push server on 127.0.0.1, SLOW of
 * which stop to read once they are subscribed; and the market that they follow, on stdout: RATE
 * trades a second, and a book of 60 levels for every tenth.
 *
 * Half of them come by WebSocket and half by server-sent events; with ws all by WebSocket. A trade
 * has as ts when it was due, so that a program that lags is not spared, ours included: the delay is
 * from then to when a subscriber has read it. One line says what came of it. Status 1 when one who
 * reads has lost, doubled or missed a trade, or was closed.
 */
#include "span.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* More than the longest message: a book. */
#define ROOM 16384

/* Who has all has it by then. */
#define PATIENCE_US INT64_C(60000000)

struct subscriber {
	int fd;
	bool reads, ready, closed;
	uint64_t next; /* the trade that is to come */
	size_t len;
	char *bytes;
};

static struct subscriber *all;
static unsigned n, slow, ready;
static uint64_t rate, seconds, told, delivered, wrong;
static uint32_t *delays; /* us */
static int64_t begun;
static int poller;
static bool only_ws;

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
die(const char *what)
{
	fprintf(stderr, "subscribers: %s: %s\n", what, strerror(errno));
	exit(111);
}

static void
write_whole(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t w = write(fd, bytes, len);

		if (w <= 0)
			die("write");
		bytes += w;
		len -= (size_t)w;
	}
}

/* ---- the market ---- */

static void
tell(uint64_t i, int64_t due)
{
	char line[8192];
	int len = snprintf(line, sizeof line,
			   "{\"type\":\"trade\",\"tradeId\":\"%" PRIu64
			   "\",\"symbol\":\"BTC-USDC\",\"px\":\"65000.5\",\"sz\":\"0.125\","
			   "\"side\":\"buy\",\"ts\":%" PRId64 "}\n",
			   i, due);

	if (i % 10 == 0) {
		len += sprintf(line + len, "{\"type\":\"book\",\"symbol\":\"BTC-USDC\",\"bids\":[");
		for (int k = 0; k < 60; k++)
			len += sprintf(line + len, "%s[\"65%03d.5\",\"0.%03d\",3]",
				       k == 30 ? "],\"asks\":["
				       : k     ? ","
					       : "",
				       k, (int)(i + 7) % 1000);
		len += sprintf(line + len, "],\"ts\":%" PRId64 "}\n", due);
	}
	write_whole(1, line, (size_t)len);
}

static int64_t
due_us(uint64_t i)
{
	return begun + (int64_t)((i - 1) * 1000000 / rate);
}

/* ---- what subscribers read ---- */

/* A trade begins with its id and ends with its ts; false: not all of it is there. */
static bool
take_trade(struct subscriber *s, struct span *rest, int64_t now)
{
	const struct span id = SPAN_LIT("\"tradeId\":\""), ts = SPAN_LIT("\"ts\":"),
			  brace = SPAN_LIT("}");
	struct span left = *rest;
	size_t at = span_find(left, id), end;
	const char *begin;
	uint64_t number;

	if (at == left.len)
		return false;
	left.ptr += at + id.len;
	left.len -= at + id.len;
	begin = left.ptr;
	end = span_find(left, ts);
	if (end == left.len)
		return false;
	left.ptr += end + ts.len;
	left.len -= end + ts.len;
	if (span_find(left, brace) == left.len)
		return false;
	number = strtoull(begin, NULL, 10);
	wrong += number != s->next;
	s->next = number + 1;
	delays[delivered++] = (uint32_t)(now - strtoll(left.ptr, NULL, 10));
	*rest = left;
	return true;
}

static void
take(struct subscriber *s, int64_t now)
{
	struct span rest = {s->bytes, s->len};
	const struct span synced = SPAN_LIT("\"event\":\"synced\""), head = SPAN_LIT("\r\n\r\n");

	/* what comes before is a snapshot */
	if (!s->ready) {
		const struct span mark = only_ws ? head : synced;
		size_t at = span_find(rest, mark);

		if (at < rest.len) {
			rest.ptr += at + mark.len;
			rest.len -= at + mark.len;
			s->ready = true;
			ready++;
		}
	}
	if (s->ready && !s->reads)
		epoll_ctl(poller, EPOLL_CTL_DEL, s->fd, NULL);
	while (s->ready && take_trade(s, &rest, now))
		continue;
	/* a trade that has begun is kept, and of anything else the end */
	if (rest.len > ROOM / 2) {
		rest.ptr += rest.len - ROOM / 2;
		rest.len = ROOM / 2;
	}
	memmove(s->bytes, rest.ptr, rest.len);
	s->len = rest.len;
}

static void
hear(struct subscriber *s)
{
	ssize_t got;

	while ((got = read(s->fd, s->bytes + s->len, ROOM - s->len)) > 0) {
		s->len += (size_t)got;
		take(s, now_us());
		if (!s->reads && s->ready)
			return;
	}
	if (got == 0 || errno != EAGAIN) {
		s->closed = true;
		close(s->fd);
	}
}

/* Until then, or nobody has anything more to say at all. */
static void
hear_all(int64_t until)
{
	struct epoll_event events[256];
	int64_t left = until - now_us();
	struct timespec t = {left > 0 ? left / 1000000 : 0, left > 0 ? left % 1000000 * 1000 : 0};
	int got = epoll_pwait2(poller, events, 256, &t, NULL);

	for (int i = 0; i < got; i++)
		hear(events[i].data.ptr);
}

/* ---- the run ---- */

static void
subscribe(unsigned i, uint16_t port)
{
	static const char ws[] = "GET /ws?symbol=BTC-USDC&with=trades,book HTTP/1.1\r\nHost: x\r\n"
				 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
				 "Sec-WebSocket-Version: 13\r\n"
				 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	static const char sse[] =
	    "GET /stream?symbol=BTC-USDC&with=trades,book HTTP/1.1\r\nHost: x\r\n\r\n";
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct subscriber *s = &all[i];
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
	int small = 4096;

	s->reads = i >= slow;
	s->next = 1;
	s->bytes = malloc(ROOM);
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* what a slow one's own kernel would take for him only puts off the end */
	if (!s->bytes || s->fd < 0 ||
	    (!s->reads && setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) != 0) ||
	    connect(s->fd, (struct sockaddr *)&a, sizeof a) != 0)
		die("connect");
	if (only_ws || i % 2)
		write_whole(s->fd, ws, sizeof ws - 1);
	else
		write_whole(s->fd, sse, sizeof sse - 1);
	if (fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0 ||
	    epoll_ctl(poller, EPOLL_CTL_ADD, s->fd, &e) != 0)
		die("epoll");
}

static bool
all_have(uint64_t last)
{
	for (unsigned i = slow; i < n; i++)
		if (!all[i].closed && all[i].next <= last)
			return false;
	return true;
}

static void
run(void)
{
	uint64_t total = rate * seconds;
	int64_t end;

	begun = now_us() + 200000;
	while (told < total) {
		while (told < total && due_us(told + 1) <= now_us()) {
			told++;
			tell(told, due_us(told));
		}
		hear_all(due_us(told + 1));
	}
	end = now_us() + PATIENCE_US;
	while (!all_have(total) && now_us() < end)
		hear_all(now_us() + 100000);
}

static int
by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* In ms, of so many thousandths of all. */
static double
quantile(uint64_t thousandths)
{
	return delivered ? delays[(delivered - 1) * thousandths / 1000] / 1000.0 : 0;
}

static int
print(int64_t connect_us)
{
	unsigned closed = 0, behind = 0;

	for (unsigned i = slow; i < n; i++) {
		closed += all[i].closed;
		behind += all[i].next != told + 1;
	}
	qsort(delays, delivered, sizeof delays[0], by_size);
	fprintf(stderr,
		"%u who read, %u who do not, subscribed in %.1f s; %" PRIu64
		" trades to each, %" PRIu64 " in all: out of order %" PRIu64
		", behind %u, closed %u; delay p50 %.1f ms, p99 %.1f ms, highest %.1f ms\n",
		n - slow, slow, (double)connect_us / 1e6, told, delivered, wrong, behind, closed,
		quantile(500), quantile(990), quantile(1000));
	return closed || behind || wrong ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	int64_t start, late;

	if (argc < 6)
		return 100;
	n = (unsigned)strtoul(argv[2], NULL, 10);
	slow = (unsigned)strtoul(argv[3], NULL, 10);
	rate = strtoull(argv[4], NULL, 10);
	seconds = strtoull(argv[5], NULL, 10);
	only_ws = argc > 6;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	all = calloc(n, sizeof *all);
	delays = malloc((n * rate * seconds + 1) * sizeof delays[0]);
	poller = epoll_create1(0);
	if (!all || !delays || poller < 0 || rate == 0 || slow > n)
		return 100;
	start = now_us();
	for (unsigned i = 0; i < n; i++) {
		subscribe(i, (uint16_t)strtoul(argv[1], NULL, 10));
		hear_all(0);
	}
	for (late = start + PATIENCE_US; ready < n && now_us() < late;)
		hear_all(now_us() + 100000);
	if (ready < n) {
		fprintf(stderr, "subscribers: %u of %u were subscribed\n", ready, n);
		return 111;
	}
	late = now_us() - start;
	run();
	return print(late);
}
