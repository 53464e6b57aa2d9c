#include "listen.h"

#include "check.h"
#include "diag.h"
#include "stop.h"
#include "utc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Connections that wait while all workers are busy: more than a thousand at once. */
#define BACKLOG 2048

#define CPU_SECONDS 5

/* The first process looks after its workers so often. */
#define TICK_MS 200

/* After SIGTERM a worker finishes its request; then it is ended. */
#define STOP_US INT64_C(75000000)

struct board {
	unsigned waiting; /* workers in accept(2) */
	struct place {
		char ip[PEER_TEXT]; /* whom it serves; empty: nobody */
	} places[LISTEN_WORKERS_MAX];
};

struct worker {
	struct service *service;
	const struct listen *listen;
	struct board *board;
	struct place *place;
};

/* ---- the socket ----------------------------------------------------------------------------- */

static void
print_address(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a = {.six = {0}};
	char host[PEER_TEXT] = "", text[PEER_TEXT + 10];
	socklen_t n = sizeof a;

	if (getsockname(fd, &a.any, &n) != 0)
		tool_die(EXIT_TEMP, "listen", NULL, strerror(errno));
	if (a.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a.four.sin_addr, host, sizeof host);
		snprintf(text, sizeof text, "%s:%u", host, ntohs(a.four.sin_port));
	} else {
		inet_ntop(AF_INET6, &a.six.sin6_addr, host, sizeof host);
		snprintf(text, sizeof text, "[%s]:%u", host, ntohs(a.six.sin6_port));
	}
	diag(DIAG_INFO, "listening", diag_str("at", text));
}

int
listen_open(const char *address)
{
	struct sockaddr_storage a;
	int on = 1, fd;
	unsigned len;

	if (!peer_parse_listen(address, &a, &len))
		tool_usage("ADDRESS:PORT is wanted, the address in digits", "--listen");
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		tool_die(EXIT_TEMP, "listen", address, strerror(errno));
	/* connections inherit TCP_NODELAY; the kernel hands out none that has sent nothing yet, for
	 * a second */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on) != 0)
		tool_die(EXIT_TEMP, "listen", address, strerror(errno));
	if (bind(fd, (struct sockaddr *)&a, len) != 0)
		tool_die(errno == EADDRNOTAVAIL || errno == EACCES ? EXIT_CONFIG : EXIT_TEMP,
			 "listen", address, strerror(errno));
	if (listen(fd, BACKLOG) != 0)
		tool_die(EXIT_TEMP, "listen", address, strerror(errno));
	print_address(fd);
	return fd;
}

/* ---- a worker ------------------------------------------------------------------------------- */

void
listen_keep_secrets(const struct service *s)
{
	if (s->secrets->keys.n == 0)
		return;
	/* where no more memory may be locked, secret_memory() has said so */
	if (mlock(s->secrets, sizeof *s->secrets) != 0)
		errno = 0;
	if (madvise(s->secrets, sizeof *s->secrets, MADV_DONTFORK) != 0)
		tool_die(EXIT_TEMP, "memory", "secrets", strerror(errno));
}

/* A connection that nobody uses just now holds a worker that others wait for. */
static bool
give_way(void *context)
{
	const struct worker *w = context;
	struct pollfd p = {.fd = w->listen->fd, .events = POLLIN};

	return __atomic_load_n(&w->board->waiting, __ATOMIC_RELAXED) == 0 && poll(&p, 1, 0) > 0;
}

/* Note whom we serve; false when too many workers do already. */
static bool
take_place(struct worker *w, int fd)
{
	unsigned others = 0;
	struct peer peer;

	peer_find(&peer, fd, false);
	memcpy(w->place->ip, peer.ip, sizeof peer.ip);
	if (w->listen->per_source == 0 || (peer.loopback && !w->listen->loopback_counts))
		return true;
	for (unsigned i = 0; i < w->listen->workers; i++)
		others += &w->board->places[i] != w->place &&
			  strncmp(w->board->places[i].ip, peer.ip, PEER_TEXT) == 0;
	return others < w->listen->per_source;
}

static void
turn_away(const struct worker *w, int fd)
{
	static const char text[] =
	    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
	    "Content-Length: 90\r\nConnection: close\r\n\r\n"
	    "{\"error\":{\"code\":\"RATE_LIMIT\",\"msg\":\"too many connections\","
	    "\"hint\":\"wait for the others\"}}\n";
	char unread[4096];

	_Static_assert(sizeof text - 1 < 4096, "fits into any socket's buffer");
	/* what is left unread would take the answer with it */
	while (recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0)
		continue;
	if (send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		errno = 0;
	counters_request(&w->service->counters, w->service->routes.n, 429, 0);
	diag(DIAG_WARNING, "refused", diag_str("code", "PER_SOURCE"), diag_str("ip", w->place->ip));
}

/* A loop of ours shall not burn for ever; a worker lives for many connections. */
static void
limit_cpu(void)
{
	struct timespec used;
	struct rlimit limit;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0 ||
	    getrlimit(RLIMIT_CPU, &limit) != 0)
		return;
	limit.rlim_cur = (rlim_t)used.tv_sec + CPU_SECONDS + 1;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_cur < limit.rlim_max)
		setrlimit(RLIMIT_CPU, &limit);
}

static int
next_connection(const struct worker *w)
{
	int fd = -1;

	__atomic_fetch_add(&w->board->waiting, 1, __ATOMIC_RELAXED);
	while (!stop_requested() && fd < 0) {
		fd = accept4(w->listen->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			diag(DIAG_WARNING, "accept", diag_errno(errno));
			usleep(100000);
		}
	}
	__atomic_fetch_sub(&w->board->waiting, 1, __ATOMIC_RELAXED);
	return fd;
}

/* Signals end a blocking call here, so that a worker that waits for a connection hears of them. */
static void
let_signals_interrupt(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct sigaction action;

		if (sigaction(numbers[i], NULL, &action) != 0)
			continue;
		action.sa_flags &= ~SA_RESTART;
		sigaction(numbers[i], &action, NULL);
	}
}

static _Noreturn void
work(struct worker *w)
{
	static struct service_room room;

	listen_keep_secrets(w->service);
	let_signals_interrupt();
	service_room_init(&room);
	w->service->give_way = give_way;
	w->service->context = w;
	for (;;) {
		int fd = next_connection(w);

		if (fd < 0)
			break;
		limit_cpu();
		if (take_place(w, fd))
			serve(w->service, &room, fd, fd, false);
		else
			turn_away(w, fd);
		close(fd);
		w->place->ip[0] = 0;
	}
	exit(EXIT_YES);
}

/* ---- the first process ---------------------------------------------------------------------- */

struct crew {
	struct worker worker;
	pid_t pids[LISTEN_WORKERS_MAX];
	int64_t begun_us[LISTEN_WORKERS_MAX];
};

static void
hire(struct crew *c, unsigned i)
{
	pid_t pid = fork();

	c->begun_us[i] = utc_monotonic_us();
	c->pids[i] = pid;
	if (pid == 0) {
		c->worker.place = &c->worker.board->places[i];
		work(&c->worker);
	}
	if (pid < 0)
		diag(DIAG_WARNING, "fork", diag_errno(errno));
}

/* Take in who has ended. A worker that was killed in accept(2) leaves waiting too high: then idle
 * connections give way later, and nothing worse. */
static unsigned
look_after(struct crew *c, bool stopping)
{
	unsigned alive = 0;

	for (unsigned i = 0; i < c->worker.listen->workers; i++) {
		bool young = utc_monotonic_us() - c->begun_us[i] < 1000000;
		int how;

		if (c->pids[i] > 0 && waitpid(c->pids[i], &how, WNOHANG) == c->pids[i]) {
			c->worker.board->places[i].ip[0] = 0;
			c->pids[i] = -1;
			if (!stopping)
				diag(DIAG_WARNING, "worker",
				     diag_u64("signal", WIFSIGNALED(how) ? WTERMSIG(how) : 0),
				     diag_u64("status", WIFEXITED(how) ? WEXITSTATUS(how) : 0));
		}
		/* one that ends as soon as it begins is not started again at once */
		if (c->pids[i] < 0 && !stopping && !young)
			hire(c, i);
		alive += c->pids[i] > 0;
	}
	return alive;
}

static void
tell_all(const struct crew *c, int signal)
{
	for (unsigned i = 0; i < c->worker.listen->workers; i++)
		if (c->pids[i] > 0)
			kill(c->pids[i], signal);
}

enum exit_status
listen_run(struct service *s, const struct listen *l)
{
	static struct crew crew;
	int shared = MAP_SHARED | MAP_ANONYMOUS;
	void *board;
	int64_t end_us;

	/* cppcheck-suppress invalidFunctionArg */
	board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, shared, -1, 0);
	CHECK(l->workers >= 1 && l->workers <= LISTEN_WORKERS_MAX);
	if (board == MAP_FAILED)
		tool_die(EXIT_TEMP, "memory", NULL, strerror(errno));
	crew.worker = (struct worker){s, l, board, NULL};
	for (unsigned i = 0; i < l->workers; i++)
		hire(&crew, i);
	while (!stop_requested()) {
		stop_poll(NULL, 0, TICK_MS);
		look_after(&crew, false);
	}
	/* connections that wait may find another service here */
	close(l->fd);
	end_us = utc_monotonic_us() + STOP_US;
	for (;;) {
		struct timespec tick = {0, TICK_MS * 250000L};

		tell_all(&crew, utc_monotonic_us() < end_us ? SIGTERM : SIGKILL);
		nanosleep(&tick, NULL);
		if (look_after(&crew, true) == 0)
			break;
	}
	return EXIT_YES;
}
