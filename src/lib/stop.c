#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t requested;
static sigset_t stops;

static void
on_signal(int number)
{
	(void)number;
	requested = 1;
}

void
stop_install(void)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigemptyset(&stops);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct sigaction old;

		/* started with nohup, or in the background of a plain sh: leave ignored what was
		 * ignored */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(numbers[i], &action, NULL);
		sigaddset(&stops, numbers[i]);
	}
}

bool
stop_requested(void)
{
	return requested != 0;
}

void
stop_elsewhere(void)
{
	pthread_sigmask(SIG_BLOCK, &stops, NULL);
}

int
stop_poll(struct pollfd fds[], nfds_t n, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	sigset_t before;
	int ready, saved;

	sigprocmask(SIG_BLOCK, &stops, &before);
	if (requested) {
		ready = -1;
		errno = EINTR;
	} else {
		ready = ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, &before);
	}
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return ready;
}
