/*
 * sandbox: what a program may still do once it has parsed its options and opened its files.
 *
 * sandbox_filter()  a pure filter: read, write, memory, time, exit. No new files, no network, no
 * new programs; the file system is closed by Landlock, everything else by seccomp. A system call
 * outside the list kills the process (SIGSYS). sandbox_files()   the same with files below the
 * given directories (read and write), for state and metrics. sandbox_network() okx-fetch and
 * friends: network and the given directories, but no new programs, no ptrace, no mounts, no kernel
 * doors.
 *
 * sandbox_state()   for programs with a database: the given directories only, no network, and what
 * sandbox_network() forbids; the calls of SQLite are too many to list.
 *
 * sandbox_socket()  like sandbox_files(), for a server: it may also take connections, from a socket
 * that it listens on already. sandbox_token()   like sandbox_state(), for a program that a PKCS#11
 * library runs in: that library's calls are too many to list, too. It may take connections and make
 * none.
 *
 * seccomp is required: without it the program ends with 111. Landlock is used as far as the kernel
 * has it, as more is better than nothing. Sanitizer builds skip both (they read /proc and map
 * memory as they please).
 */
#ifndef TP_SANDBOX_H
#define TP_SANDBOX_H

#include <stddef.h>

void sandbox_filter(void);

struct sandbox_path {
	int fd; /* an open directory or file */
	int writable;
};

void sandbox_files(const struct sandbox_path paths[], size_t n);
void sandbox_state(const struct sandbox_path paths[], size_t n);
void sandbox_socket(const struct sandbox_path paths[], size_t n, int accepting);
void sandbox_token(const struct sandbox_path paths[], size_t n, int accepting);
void sandbox_network(const struct sandbox_path paths[], size_t n);

/* For a program that starts others: it and they keep files, network and (if programs is set) new
 * programs, and lose ptrace, mounts, modules, keys, other users and the like. */
void sandbox_doors(int programs);

#endif
