#include "command.h"

#include "check.h"
#include "diag.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a program may tidy up that is told to end. */
#define GRACE_US 1000000

#define READ_BYTES (64u << 10)

static struct {
	int what;
	struct rlimit limit;
} saved[] = {{.what = RLIMIT_AS}, {.what = RLIMIT_CPU}, {.what = RLIMIT_NOFILE}};

#define SAVED (sizeof saved / sizeof saved[0])

/* glibc has it as an enum in C++ clothes */
#define LIMIT_OF(i) ((__rlimit_resource_t)saved[i].what)

void
command_save_limits(void)
{
	for (size_t i = 0; i < SAVED; i++)
		if (getrlimit(LIMIT_OF(i), &saved[i].limit) != 0)
			tool_die(EXIT_TEMP, "limits", NULL, strerror(errno));
}

/* ---- in the child --------------------------------------------------------------------------- */

static _Noreturn void
become(const struct command *c, int in, int out)
{
	static const int signals[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGXCPU};
	sigset_t none;

	setpgid(0, 0);
	alarm(0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < SAVED; i++)
		setrlimit(LIMIT_OF(i), &saved[i].limit);
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && syscall(SYS_close_range, 3, ~0U, 0) == 0)
		execvpe(c->argv[0], c->argv, c->environment);
	diag(DIAG_ERROR, "command", diag_str("name", c->argv[0]), diag_errno(errno));
	_exit(EXIT_CONFIG);
}

/* ---- in the parent -------------------------------------------------------------------------- */

struct running {
	pid_t pid;
	int process; /* pidfd */
	int in, out; /* our ends; -1: closed */
};

static void
close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool
start(const struct command *c, struct running *r)
{
	int to[2], from[2];

	*r = (struct running){-1, -1, -1, -1};
	if (pipe2(to, O_CLOEXEC) != 0)
		return false;
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return false;
	}
	r->pid = fork();
	if (r->pid == 0)
		become(c, to[0], from[1]);
	r->in = to[1];
	r->out = from[0];
	close(to[0]);
	close(from[1]);
	if (r->pid > 0) {
		/* here too, for whoever comes first */
		setpgid(r->pid, r->pid);
		r->process = (int)syscall(SYS_pidfd_open, r->pid, 0);
	}
	if (r->process >= 0 && fcntl(r->in, F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(r->out, F_SETFL, O_NONBLOCK) == 0)
		return true;
	close_end(&r->in);
	close_end(&r->out);
	return false;
}

static void
feed(struct running *r, struct span *body)
{
	ssize_t n = write(r->in, body->ptr, body->len);

	if (n > 0) {
		body->ptr += n;
		body->len -= (size_t)n;
	}
	/* a program need not read what it is given */
	if (body->len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&r->in);
}

/* False: more than out may hold. */
static bool
collect(struct running *r, struct buf *out)
{
	size_t room = out->max - out->len < READ_BYTES ? out->max - out->len : READ_BYTES;
	char one = 0, *to = room ? buf_room(out, room) : &one;
	ssize_t n;

	if (!to)
		return false;
	n = read(r->out, to, room ? room : 1);
	if (n > 0 && room == 0)
		return false;
	if (n > 0)
		buf_grown(out, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&r->out);
	return true;
}

/* Milliseconds up to the deadline, -1 when it has passed. */
static int
milliseconds_to(int64_t deadline_us)
{
	int64_t ms = (deadline_us - utc_monotonic_us() + 999) / 1000;

	return ms <= 0 ? -1 : (int)ms;
}

/* Up to the end of its output and of itself. */
static enum answer_end
attend(struct running *r, const struct command *c, struct buf *out)
{
	struct span body = c->body;

	if (body.len == 0)
		close_end(&r->in);
	for (;;) {
		struct pollfd fds[] = {{.fd = r->in, .events = POLLOUT},
				       {.fd = r->out, .events = POLLIN},
				       {.fd = r->out < 0 ? r->process : -1, .events = POLLIN}};
		int ms = milliseconds_to(c->deadline_us);

		if (ms < 0)
			return END_LATE;
		if (poll(fds, 3, ms) < 0 && errno != EINTR)
			return END_LATE;
		if (fds[0].revents)
			feed(r, &body);
		if (fds[1].revents && !collect(r, out))
			return END_FLOOD;
		if (fds[2].revents)
			return END_STATUS;
	}
}

static void
wait_process(const struct running *r, int64_t deadline_us)
{
	struct pollfd p = {.fd = r->process, .events = POLLIN};
	int ms;

	while ((ms = milliseconds_to(deadline_us)) >= 0 && poll(&p, 1, ms) < 0 && errno == EINTR)
		continue;
}

/* While the program is not waited for, its number cannot be another's. */
static void
end_group(const struct running *r, enum answer_end end)
{
	if (end != END_STATUS) {
		kill(-r->pid, SIGTERM);
		wait_process(r, utc_monotonic_us() + GRACE_US);
	}
	kill(-r->pid, SIGKILL);
}

bool
command_run(const struct command *c, struct buf *out, enum answer_end *end, int *status)
{
	struct running r;
	int how = 0, error;

	if (!start(c, &r)) {
		error = errno;
		if (r.pid > 0) {
			kill(-r.pid, SIGKILL);
			kill(r.pid, SIGKILL);
			waitpid(r.pid, &how, 0);
		}
		errno = error;
		return false;
	}
	*end = attend(&r, c, out);
	close_end(&r.in);
	close_end(&r.out);
	end_group(&r, *end);
	while (waitpid(r.pid, &how, 0) < 0 && errno == EINTR)
		continue;
	close(r.process);
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how);
	if (*end == END_STATUS && !WIFEXITED(how))
		*end = END_SIGNAL;
	return true;
}
