/* intruder: preloaded into a filter, does at its first write to stdout what a captured filter might
 * try: $INTRUDE says what. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t
write(int fd, const void *bytes, size_t n)
{
	const char *what = getenv("INTRUDE");

	if (fd == 1 && what) {
		char *const argv[] = {"true", NULL};

		if (strcmp(what, "open") == 0)
			syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
		else if (strcmp(what, "socket") == 0)
			syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
		else if (strcmp(what, "exec") == 0)
			syscall(SYS_execve, "/bin/true", argv, argv + 1);
		else if (strcmp(what, "ptrace") == 0)
			syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	}
	return syscall(SYS_write, fd, bytes, n);
}
