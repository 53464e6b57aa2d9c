#include "child.h"

#include "check.h"
#include "diag.h"
#include "limit.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Unsent requests: as many as may be under way, of the usual size, and one of the longest. */
#define OUT_MAX (4u * LIMIT_LINE_BYTES)
#define PAUSE_US 100000
#define PAUSE_MAX_US 60000000

void
child_init(struct child *c, const char *name, char *const command[], int64_t timeout_us)
{
	*c = (struct child){.name = name, .command = command, .timeout_us = timeout_us, .to = -1};
	c->from.fd = -1;
	buf_init(&c->out, OUT_MAX);
}

/* ---- start and end ---- */

static bool
make_pipes(int in[2], int out[2])
{
	if (pipe2(in, O_CLOEXEC) != 0)
		return false;
	if (pipe2(out, O_CLOEXEC) == 0)
		return true;
	close(in[0]);
	close(in[1]);
	return false;
}

/* The child starts with default signals and nothing of ours but the two pipes and stderr. */
static int
spawn(struct child *c, int in, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int error;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	/* a process group of its own: Ctrl-C at a terminal stops us, and we stop the children */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						  POSIX_SPAWN_SETPGROUP);
	error = posix_spawnp(&c->pid, c->command[0], &files, &attributes, c->command, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static void
pause_before_restart(struct child *c, int64_t now_us)
{
	int64_t pause = PAUSE_US;

	for (unsigned i = 0; i < c->failures && pause < PAUSE_MAX_US; i++)
		pause *= 2;
	c->failures++;
	c->start_us = now_us + (pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US);
}

static bool
start(struct child *c, int64_t now_us)
{
	int in[2], out[2], error;

	if (!make_pipes(in, out))
		tool_die(EXIT_TEMP, "pipe", c->name, strerror(errno));
	error = spawn(c, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (error == 0 &&
	    (fcntl(in[1], F_SETFL, O_NONBLOCK) != 0 || fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 ||
	     !source_init(&c->from, out[0])))
		tool_die(EXIT_TEMP, "start", c->name, strerror(errno));
	if (error != 0) {
		close(in[1]);
		close(out[0]);
		c->pid = 0;
		diag(DIAG_ERROR, "start", diag_str("what", c->name),
		     diag_str("program", c->command[0]), diag_errno(error));
		pause_before_restart(c, now_us);
		return false;
	}
	c->to = in[1];
	c->starts++;
	return true;
}

static void
forget_requests(struct child *c)
{
	while (c->asked_n) {
		struct child_request q = c->asked[c->asked_first];

		c->asked_first = (c->asked_first + 1) % CHILD_ASKED_MAX;
		c->asked_n--;
		c->answer(c->context, &q, (struct span){0});
	}
}

static void
end(struct child *c, const char *why, int64_t now_us)
{
	int status = 0;

	if (c->pid == 0)
		return;
	close(c->to);
	close(c->from.fd);
	source_release(&c->from);
	c->from.fd = c->to = -1;
	kill(c->pid, SIGKILL);
	waitpid(c->pid, &status, 0);
	diag(DIAG_WARNING, "child", diag_str("what", c->name), diag_str("why", why),
	     diag_u64("status", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)),
	     diag_u64("asked", c->asked_n));
	c->pid = 0;
	buf_clear(&c->out);
	c->out_done = 0;
	pause_before_restart(c, now_us);
	forget_requests(c);
}

void
child_stop(struct child *c)
{
	if (c->pid == 0)
		return;
	close(c->to);
	close(c->from.fd);
	/* what it may still be doing is of no use to anybody, and it keeps nothing */
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

/* ---- requests ---- */

bool
child_ready(struct child *c, int64_t now_us)
{
	if (c->asked_n == CHILD_ASKED_MAX || c->out.len > OUT_MAX / 2)
		return false;
	return c->pid != 0 || (now_us >= c->start_us && start(c, now_us));
}

uint64_t
child_id(const struct child *c)
{
	return c->next_id + 1;
}

void
child_ask(struct child *c, int op, void *subject, struct span line, int64_t now_us)
{
	size_t slot = (c->asked_first + c->asked_n) % CHILD_ASKED_MAX;

	CHECK(c->pid != 0 && c->asked_n < CHILD_ASKED_MAX);
	c->next_id++;
	buf_add(&c->out, line);
	buf_byte(&c->out, '\n');
	CHECK(buf_ok(&c->out));
	c->asked[slot] = (struct child_request){c->next_id, op, subject, now_us};
	c->asked_n++;
}

void
child_flush(struct child *c, int64_t now_us)
{
	while (c->pid != 0 && c->out_done < c->out.len) {
		ssize_t n = write(c->to, c->out.ptr + c->out_done, c->out.len - c->out_done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			end(c, "takes no more requests", now_us);
			return;
		}
		c->out_done += (size_t)n;
	}
	buf_clear(&c->out);
	c->out_done = 0;
}

/* ---- answers ---- */

static bool
take_answer(struct child *c, struct span line)
{
	struct child_request q;

	if (c->asked_n == 0)
		return false;
	q = c->asked[c->asked_first];
	c->asked_first = (c->asked_first + 1) % CHILD_ASKED_MAX;
	c->asked_n--;
	if (!c->answer(c->context, &q, line))
		return false;
	c->failures = 0;
	return true;
}

void
child_read(struct child *c, int64_t now_us)
{
	struct span line;
	bool too_long;

	if (c->pid == 0)
		return;
	if (!source_fill(&c->from)) {
		if (errno != EAGAIN && errno != EINTR)
			end(c, "cannot be read", now_us);
		return;
	}
	while (c->pid != 0 && source_line(&c->from, &line, &too_long)) {
		if (too_long || !take_answer(c, line))
			end(c, too_long ? "answered too much" : "answered something else", now_us);
	}
	if (c->pid != 0 && c->from.at_end)
		end(c, "has ended", now_us);
}

int64_t
child_watch(struct child *c, int64_t now_us)
{
	int64_t due;

	if (c->pid == 0 || c->asked_n == 0)
		return INT64_MAX;
	due = c->asked[c->asked_first].sent_us + c->timeout_us;
	if (now_us < due)
		return due;
	end(c, "takes too long", now_us);
	return INT64_MAX;
}
