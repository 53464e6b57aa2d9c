#include "push_listen.h"

#include "diag.h"
#include "listen.h"
#include "peer.h"
#include "push_answer.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 200

/* Waking a subscriber costs about 20 us: not more than half of a core goes into it, and none waits
 * longer than a fifth of a second at the largest number. */
#define WAKE_US 25

/* After SIGTERM subscribers say goodbye; then they are ended. */
#define STOP_US INT64_C(5000000)

struct subscriber {
	pid_t pid; /* 0: a free place */
	int wake;
	char ip[PEER_TEXT];
	bool loopback;
};

struct house {
	const struct push_settings *settings;
	const struct push_listen *listen;
	int fd, watch;
	unsigned n, top; /* subscribers; places in use or free below */
	struct subscriber list[PUSH_SUBSCRIBERS_MAX];
	bool changed;
	int64_t woken_at;
};

static void
wake_all(struct house *h)
{
	static const uint64_t one = 1;

	for (unsigned i = 0; i < h->top; i++)
		/* one that has not yet looked is awake anyway */
		if (h->list[i].pid > 0 && write(h->list[i].wake, &one, sizeof one) < 0)
			errno = 0;
	h->changed = false;
	h->woken_at = utc_monotonic_us();
}

static void
drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof events) > 0)
		continue;
}

static void
reap(struct house *h)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
		for (unsigned i = 0; i < h->top; i++) {
			if (h->list[i].pid != pid)
				continue;
			close(h->list[i].wake);
			h->list[i].pid = 0;
			h->n--;
		}
		if (WIFSIGNALED(how) || (WIFEXITED(how) && WEXITSTATUS(how) != 0))
			diag(DIAG_WARNING, "subscriber",
			     diag_u64("signal", WIFSIGNALED(how) ? WTERMSIG(how) : 0),
			     diag_u64("status", WIFEXITED(how) ? WEXITSTATUS(how) : 0));
	}
	while (h->top && h->list[h->top - 1].pid == 0)
		h->top--;
}

static unsigned
of_source(const struct house *h, const struct peer *peer)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->top; i++)
		n += h->list[i].pid > 0 && strcmp(h->list[i].ip, peer->ip) == 0;
	return n;
}

static _Noreturn void
be_subscriber(struct house *h, int fd, int wake, const char *ip)
{
	close(h->fd);
	if (h->watch >= 0)
		close(h->watch);
	for (unsigned i = 0; i < h->top; i++)
		if (h->list[i].pid > 0)
			close(h->list[i].wake);
	push_serve(h->settings, fd, fd, h->watch >= 0 ? wake : -1, ip);
	exit(EXIT_YES);
}

static void
take_in(struct house *h, int fd)
{
	unsigned at = 0;
	struct peer peer;
	pid_t pid;
	int wake;

	peer_find(&peer, fd, false);
	if (h->n >= h->listen->max) {
		push_turn_away(fd, 503);
		return;
	}
	if (h->listen->per_source && !peer.loopback &&
	    of_source(h, &peer) >= h->listen->per_source) {
		push_turn_away(fd, 429);
		return;
	}
	while (at < h->top && h->list[at].pid > 0)
		at++;
	wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pid = wake < 0 ? -1 : fork();
	if (pid == 0)
		be_subscriber(h, fd, wake, peer.ip);
	if (pid < 0) {
		diag(DIAG_WARNING, "fork", diag_errno(errno));
		push_turn_away(fd, 503);
		if (wake >= 0)
			close(wake);
		return;
	}
	h->list[at].pid = pid;
	h->list[at].wake = wake;
	memcpy(h->list[at].ip, peer.ip, sizeof peer.ip);
	h->n++;
	h->top = at == h->top ? at + 1 : h->top;
}

static void
accept_some(struct house *h)
{
	for (int i = 0; i < 64; i++) {
		int fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
				diag(DIAG_WARNING, "accept", diag_errno(errno));
				usleep(100000);
			}
			return;
		}
		take_in(h, fd);
		close(fd);
	}
}

/* Milliseconds until subscribers may be woken again; 0: now. */
static int
rest_ms(const struct house *h)
{
	int64_t left = h->woken_at + (int64_t)h->n * WAKE_US * 2 - utc_monotonic_us();

	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static void
watch_over(struct house *h)
{
	struct pollfd p[2] = {{.fd = h->fd, .events = POLLIN},
			      {.fd = h->changed ? -1 : h->watch, .events = POLLIN}};
	int wait = h->changed ? rest_ms(h) : TICK_MS;

	if (stop_poll(p, 2, wait < TICK_MS ? wait : TICK_MS) > 0) {
		if (p[0].revents)
			accept_some(h);
		h->changed = h->changed || p[1].revents;
	}
	if (h->changed && rest_ms(h) == 0) {
		drain(h->watch);
		wake_all(h);
	}
	reap(h);
}

static void
say_goodbye(struct house *h)
{
	int64_t end = utc_monotonic_us() + STOP_US;

	while (h->n) {
		struct timespec tick = {0, TICK_MS * 100000L};

		for (unsigned i = 0; i < h->top; i++)
			if (h->list[i].pid > 0)
				kill(h->list[i].pid, utc_monotonic_us() < end ? SIGTERM : SIGKILL);
		nanosleep(&tick, NULL);
		reap(h);
	}
}

static void
raise_files(unsigned wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

enum exit_status
push_listen(const struct push_settings *s, const struct push_listen *l, const char *address,
	    int watch)
{
	static struct house house;

	raise_files(l->max + 32);
	house.settings = s;
	house.listen = l;
	house.watch = watch;
	house.fd = listen_open(address);
	if (fcntl(house.fd, F_SETFL, fcntl(house.fd, F_GETFL) | O_NONBLOCK) != 0)
		tool_die(EXIT_TEMP, "listen", address, strerror(errno));
	while (!stop_requested())
		watch_over(&house);
	close(house.fd);
	say_goodbye(&house);
	return EXIT_YES;
}
