/* Catches a sandbox that lets through what it is there to stop, or kills a program for what it is
 * there to do. Each case runs in a child of its own. */
#include "sandbox.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum profile { FILTER, FILES, NETWORK, PROFILES };

enum { DONE = 0, REFUSED = 1, KILLED = 2, ODD = 3 };

static char inside[] = "/tmp/tradepipe-sandbox-XXXXXX";
static int inside_fd = -1;

static void
enter(enum profile profile)
{
	struct sandbox_path path = {inside_fd, 1};

	switch (profile) {
	case FILTER: sandbox_filter(); break;
	case FILES: sandbox_files(&path, 1); break;
	case NETWORK: sandbox_network(&path, 1); break;
	case PROFILES: break;
	}
}

/* What becomes of a child that does this within the profile. */
static int
fate(enum profile profile, bool (*deed)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		enter(profile);
		_exit(deed() ? DONE : REFUSED);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return ODD;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : ODD;
	return WEXITSTATUS(status) <= REFUSED ? WEXITSTATUS(status) : ODD;
}

/* ---- deeds ---- */

static bool
do_usual(void)
{
	struct pollfd nothing = {.fd = -1};
	struct timespec now;
	void *memory = malloc(3u << 20);
	bool ok = memory && poll(&nothing, 1, 0) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 &&
		  write(2, "", 0) == 0;

	free(memory);
	return ok;
}

static bool
open_outside(void)
{
	return open("/etc/hostname", O_RDONLY) >= 0 || open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
write_outside(void)
{
	return open("/tmp/tradepipe-sandbox-outside", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool
write_inside(void)
{
	int fd = openat(inside_fd, "file", O_RDWR | O_CREAT, 0600);

	return fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 &&
	       renameat(inside_fd, "file", inside_fd, "other") == 0;
}

static bool
open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
run_program(void)
{
	char name[] = "/bin/true", *const argv[] = {name, NULL};

	execv(name, argv);
	return false;
}

static bool
run_program_by_descriptor(void)
{
	char name[] = "/bin/true", *const argv[] = {name, NULL}, *const none[] = {NULL};

	syscall(SYS_execveat, -1, "/bin/true", argv, none, 0);
	return false;
}

static bool
make_process(void)
{
	return fork() >= 0;
}

static bool
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) != MAP_FAILED;
}

static bool
trace_others(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
kill_parent(void)
{
	return kill(getppid(), 0) == 0;
}

#if defined(__x86_64__)
/* getpid of the x32 table: another meaning of the same numbers */
static bool
call_other_table(void)
{
	return syscall(0x40000000 | 39) > 0;
}
#endif

/* ---- what is expected ---- */

static void
test_profiles(void)
{
	static const struct {
		bool (*deed)(void);
		int fate[PROFILES];
	} cases[] = {
		{do_usual, {DONE, DONE, DONE}},
		{open_outside, {KILLED, REFUSED, DONE}},
		{write_outside, {KILLED, REFUSED, REFUSED}},
		{write_inside, {KILLED, DONE, DONE}},
		{open_socket, {KILLED, KILLED, DONE}},
		{run_program, {KILLED, KILLED, KILLED}},
		{run_program_by_descriptor, {KILLED, KILLED, KILLED}},
		{make_process, {KILLED, KILLED, DONE}},
		{make_code, {KILLED, KILLED, DONE}},
		{trace_others, {KILLED, KILLED, KILLED}},
		{kill_parent, {KILLED, KILLED, DONE}},
#if defined(__x86_64__)
		{call_other_table, {KILLED, KILLED, KILLED}},
#endif
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (int p = 0; p < PROFILES; p++) {
			int met = fate((enum profile)p, cases[i].deed);

			/* what Landlock would refuse, where the kernel has none, is done */
			if (cases[i].fate[p] == REFUSED && met == DONE &&
			    syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u) < 0)
				continue;
			if (met != cases[i].fate[p])
				printf("deed %zu in profile %d: %d\n", i, p, met);
			EXPECT(met == cases[i].fate[p]);
		}
	}
}

int
main(void)
{
	EXPECT(mkdtemp(inside) != NULL);
	inside_fd = open(inside, O_RDONLY | O_DIRECTORY);
	EXPECT(inside_fd >= 0);
	if (!SANITIZED)
		RUN(test_profiles);
	unlinkat(inside_fd, "other", 0);
	rmdir(inside);
	return test_done();
}
