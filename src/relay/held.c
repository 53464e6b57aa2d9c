#include "held.h"

#include "check.h"
#include "limit.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- starting
 * ---------------------------------------------------------------------------------------------------------------
 */

static void
make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		tool_die(EXIT_TEMP, "start", "pipe", strerror(errno));
}

/* In the new process: wait for the word, become the command. End of file is no word. */
static _Noreturn void
become(char *const argv[], int go, int in, int out)
{
	char word;

	/* whoever holds us may be killed */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (read(go, &word, 1) != 1)
		_exit(EXIT_YES);
	prctl(PR_SET_PDEATHSIG, 0);
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
		execvp(argv[0], argv);
	_exit(EXIT_CONFIG);
}

void
held_start(struct held *h, char *const argv[], const struct held *const earlier[], size_t n)
{
	int go[2], in[2], out[2];

	make_pipe(go);
	make_pipe(in);
	make_pipe(out);
	*h = (struct held){.go = go[1], .in = in[1], .out = out[0]};
	/* take() asks for room before it knows how much comes */
	buf_init(&h->line, LIMIT_BUNDLE_BYTES + LIMIT_IO_BYTES);
	h->pid = fork();
	if (h->pid < 0)
		tool_die(EXIT_TEMP, "start", "fork", strerror(errno));
	if (h->pid == 0) {
		close(go[1]);
		close(in[1]);
		close(out[0]);
		for (size_t i = 0; i < n; i++) {
			close(earlier[i]->go);
			close(earlier[i]->in);
			close(earlier[i]->out);
		}
		become(argv, go[0], in[0], out[1]);
	}
	close(go[0]);
	close(in[0]);
	close(out[1]);
	/* a filter may answer before it has read all: neither side may wait in write alone */
	CHECK(fcntl(h->in, F_SETFL, O_NONBLOCK) == 0);
	CHECK(fcntl(h->out, F_SETFL, O_NONBLOCK) == 0);
}

/* ---- asking
 * -----------------------------------------------------------------------------------------------------------------
 */

static const char *
fail(struct held *h, const char *why)
{
	h->failed = true;
	kill(h->pid, SIGTERM);
	return why;
}

/* Write some of what is left; the newline follows the line. */
static bool
feed(struct held *h, struct span line, size_t *sent)
{
	struct span part =
	    *sent < line.len ? (struct span){line.ptr + *sent, line.len - *sent} : SPAN_LIT("\n");
	ssize_t n = write(h->in, part.ptr, part.len);

	if (n >= 0)
		*sent += (size_t)n;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

enum took { TOOK_SOME, TOOK_LINE, TOOK_END, TOOK_TOO_MUCH };

static enum took
take(struct held *h)
{
	char *room = buf_room(&h->line, LIMIT_IO_BYTES);
	char *newline;
	ssize_t n;

	if (!room)
		return TOOK_TOO_MUCH;
	n = read(h->out, room, LIMIT_IO_BYTES);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? TOOK_SOME : TOOK_END;
	if (n == 0)
		return TOOK_END;
	newline = memchr(room, '\n', (size_t)n);
	buf_grown(&h->line, (size_t)n);
	if (!newline)
		return TOOK_SOME;
	return newline == room + n - 1 ? TOOK_LINE : TOOK_TOO_MUCH;
}

static int
left_ms(int64_t deadline_us)
{
	int64_t ms = (deadline_us - utc_monotonic_us() + 999) / 1000;

	return ms < 0 ? 0 : ms > 1000 ? 1000 : (int)ms;
}

static const char *
ask(struct held *h, struct span line, int64_t deadline_us, struct span *answer)
{
	size_t sent = 0;

	if (h->failed)
		return "it has ended";
	if (!h->running && write(h->go, "g", 1) != 1)
		return fail(h, "it could not be started");
	h->running = true;
	buf_clear(&h->line);
	while (utc_monotonic_us() < deadline_us) {
		/* a negative descriptor is left out */
		struct pollfd fds[2] = {{h->out, POLLIN, 0},
					{sent <= line.len ? h->in : -1, POLLOUT, 0}};

		if (poll(fds, 2, left_ms(deadline_us)) < 0 && errno != EINTR)
			return fail(h, strerror(errno));
		if (fds[1].revents && !feed(h, line, &sent))
			return fail(h, "it has ended");
		if (!fds[0].revents)
			continue;
		switch (take(h)) {
		case TOOK_SOME: break;
		case TOOK_LINE:
			*answer = (struct span){h->line.ptr, h->line.len - 1};
			return sent > line.len ? NULL : fail(h, "it answered before it was asked");
		case TOOK_END: return fail(h, "it has ended");
		case TOOK_TOO_MUCH: return fail(h, "it printed more than a line");
		}
	}
	return fail(h, "it did not answer in time");
}

const char *
held_ask(struct held *h, struct span line, int64_t deadline_us, struct span *answer)
{
	/* that it has ended is its own affair, not the end of us */
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	const char *why = ask(h, line, deadline_us, answer);

	signal(SIGPIPE, before);
	return why;
}

void
held_end(struct held *h)
{
	close(h->go);
	close(h->in);
	close(h->out);
	buf_release(&h->line);
	/* one that was told to end may take its time; nobody waits for it */
	if (!h->failed)
		waitpid(h->pid, NULL, 0);
}
