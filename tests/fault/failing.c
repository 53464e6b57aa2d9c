/*
 * failing: preloaded into a program, counts its calls that can fail, and makes the one you choose
 * fail, fall short, or be its last.
 *
 *     gcc -shared -fPIC -o failing.so tests/fault/failing.c
 *     FAIL_COUNT_FILE=n LD_PRELOAD=$PWD/failing.so tool ...       how many are there?
 *     FAIL_AT=17 FAIL_ERRNO=ENOSPC LD_PRELOAD=$PWD/failing.so tool ...
 *
 *     FAIL_AT=N          the Nth counted call, from 1; without it nothing fails
 *     FAIL_ERRNO=NAME    how it fails: EIO (unless said otherwise), ENOSPC, EINTR, or a number
 *     FAIL_STICKY=1      all counted calls from the Nth on
 *     FAIL_SHORT=1       instead, it reads or writes half of what was asked (where that is two
 *                        bytes or more; other calls are left alone)
 *     FAIL_KILL=1        instead, SIGKILL before it takes effect
 *     FAIL_KILL=after    instead, SIGKILL as soon as it has; with FAIL_SHORT=1 half of it
 *     FAIL_CALLS=A,B     count only these calls, of:
 *                        open openat read pread write writev pwrite fsync fdatasync ftruncate
 *                        lseek rename link unlink close mkdir mmap flock getrandom, and
 *                        malloc calloc realloc, which are never counted unless named here
 *                        (rename stands for renameat and renameat2 as well, and so on)
 *     FAIL_PATH=TEXT     count only calls on a path that has TEXT in it, on a descriptor that was
 *                        opened by such a path, or by any path relative to such a descriptor; the
 *                        descriptors 0, 1 and 2 have the paths stdin, stdout and stderr
 *     FAIL_COUNT_FILE=F  keep the number of counted calls in F, up to date even when killed
 *
 * One process at a time: what it starts counts for itself. What libc does within itself (stdio,
 * opendir) is not seen. A sandboxed program needs nothing more: the calls are made directly, and
 * the count is kept in shared memory. A build with -fsanitize=address wants
 * -DFAILING_WITHOUT_MEMORY here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* what fortified and large-file builds call; libc's headers do not declare all of them */
int __open_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
ssize_t __read_chk(int fd, void *p, size_t n, size_t size);
ssize_t __pread_chk(int fd, void *p, size_t n, off_t offset, size_t size);

/* On 64-bit systems the names for large files are second names of the others. */
#define SAME(name, other) extern __typeof(other) name __attribute__((alias(#other)))

enum fate { GO, FAIL, SHORT, KILL_AFTER, SHORT_KILL };

static struct {
	bool ready;
	unsigned long at;
	bool sticky;
	bool shorten;
	const char *kill;
	int error;
	const char *calls;
	const char *path;
	char *count_text;
	atomic_ulong count;
} plan;

#define DESCRIPTORS 4096
static bool on_path[DESCRIPTORS];

static int
error_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {{"EIO", EIO},	 {"ENOSPC", ENOSPC}, {"EINTR", EINTR},	 {"EDQUOT", EDQUOT},
		     {"ENOMEM", ENOMEM}, {"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"EACCES", EACCES},
		     {"EAGAIN", EAGAIN}, {"EROFS", EROFS},   {"EPERM", EPERM},	 {"ENOENT", ENOENT},
		     {"EPIPE", EPIPE},	 {"EINVAL", EINVAL}};

	for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].number;
	return name && atoi(name) > 0 ? atoi(name) : EIO;
}

/* 20 characters, right-aligned, and a newline. */
static void
show_count(unsigned long count)
{
	for (int i = 19; plan.count_text && i >= 0; i--, count /= 10)
		plan.count_text[i] = count || i == 19 ? (char)('0' + count % 10) : ' ';
}

static void
open_count_file(const char *name)
{
	static const char zero[] = "                   0\n";
	int fd =
	    (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	long at;

	if (fd < 0 || syscall(SYS_write, fd, zero, sizeof zero - 1) < 0)
		abort();
	at = syscall(SYS_mmap, NULL, (size_t)4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
	if (at == -1)
		abort();
	plan.count_text = (char *)at;
	syscall(SYS_close, fd);
}

__attribute__((constructor)) static void
read_plan(void)
{
	static const char *const standard[] = {"stdin", "stdout", "stderr"};
	const char *at, *file;

	/* a sanitizer's runtime makes calls before there is an environment */
	if (plan.ready || !environ)
		return;
	plan.ready = true;
	at = getenv("FAIL_AT");
	plan.at = at ? strtoul(at, NULL, 10) : 0;
	plan.sticky = getenv("FAIL_STICKY") != NULL;
	plan.shorten = getenv("FAIL_SHORT") != NULL;
	plan.kill = getenv("FAIL_KILL");
	plan.error = error_number(getenv("FAIL_ERRNO"));
	plan.calls = getenv("FAIL_CALLS");
	plan.path = getenv("FAIL_PATH");
	file = getenv("FAIL_COUNT_FILE");
	if (file)
		open_count_file(file);
	for (int fd = 0; plan.path && fd < 3; fd++)
		on_path[fd] = strstr(standard[fd], plan.path) != NULL;
}

static void
die(void)
{
	syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGKILL);
}

static bool
is_listed(const char *call)
{
	size_t n = strlen(call);

	for (const char *p = plan.calls; p && *p; p++) {
		if (strncmp(p, call, n) == 0 && (p[n] == 0 || p[n] == ','))
			return true;
		p = strchr(p, ',');
		if (!p)
			break;
	}
	return false;
}

static enum fate
count_call(const char *call, bool by_default, bool path_fits)
{
	unsigned long n;

	read_plan();
	if (!plan.ready)
		return GO;
	if (plan.calls ? !is_listed(call) : !by_default)
		return GO;
	if (plan.path && !path_fits)
		return GO;
	n = atomic_fetch_add(&plan.count, 1) + 1;
	show_count(n);
	if (plan.at == 0 || (plan.sticky ? n < plan.at : n != plan.at))
		return GO;
	if (plan.kill && strcmp(plan.kill, "after") != 0)
		die();
	if (plan.kill)
		return plan.shorten ? SHORT_KILL : KILL_AFTER;
	if (plan.shorten)
		return SHORT;
	errno = plan.error;
	return FAIL;
}

static bool
fd_fits(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && on_path[fd];
}

static bool
path_fits(int directory, const char *path)
{
	read_plan();
	return !plan.path || strstr(path, plan.path) || (*path != '/' && fd_fits(directory));
}

/* The result of a call, or death. */
static long
done(enum fate fate, long result)
{
	if (fate == KILL_AFTER || fate == SHORT_KILL)
		die();
	return result;
}

static size_t
length(enum fate fate, size_t n)
{
	return (fate == SHORT || fate == SHORT_KILL) && n > 1 ? n / 2 : n;
}

/* ---- descriptors ---- */

static int
opened(int directory, const char *path, int flags, mode_t mode, const char *call)
{
	bool fits = path_fits(directory, path);
	enum fate fate = count_call(call, true, fits);
	int fd;

	if (fate == FAIL)
		return -1;
	fd = (int)done(fate, syscall(SYS_openat, directory, path, flags, mode));
	if (fd >= 0 && fd < DESCRIPTORS)
		on_path[fd] = plan.path && fits;
	return fd;
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = mode_of(flags, rest);
	va_end(rest);
	return opened(AT_FDCWD, path, flags, mode, "open");
}
SAME(open64, open);

int
openat(int directory, const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = mode_of(flags, rest);
	va_end(rest);
	return opened(directory, path, flags, mode, "openat");
}
SAME(openat64, openat);

int
__open_2(const char *path, int flags)
{
	return opened(AT_FDCWD, path, flags, 0, "open");
}

int
__openat_2(int directory, const char *path, int flags)
{
	return opened(directory, path, flags, 0, "openat");
}

int
close(int fd)
{
	enum fate fate = count_call("close", true, fd_fits(fd));
	int saved = errno;
	long result = done(fate, syscall(SYS_close, fd));

	if (fd >= 0 && fd < DESCRIPTORS)
		on_path[fd] = false;
	/* as in Linux, the descriptor is gone even so */
	if (fate != FAIL)
		return (int)result;
	errno = saved;
	return -1;
}

/* ---- bytes ---- */

static ssize_t
transfer(const char *call, long number, int fd, void *p, size_t n, off_t offset)
{
	enum fate fate = count_call(call, true, fd_fits(fd));

	return fate == FAIL ? -1 : done(fate, syscall(number, fd, p, length(fate, n), offset));
}

ssize_t
read(int fd, void *p, size_t n)
{
	return transfer("read", SYS_read, fd, p, n, 0);
}

ssize_t
__read_chk(int fd, void *p, size_t n, size_t size)
{
	return n > size ? -1 : transfer("read", SYS_read, fd, p, n, 0);
}

ssize_t
pread(int fd, void *p, size_t n, off_t offset)
{
	return transfer("pread", SYS_pread64, fd, p, n, offset);
}
SAME(pread64, pread);

ssize_t
__pread_chk(int fd, void *p, size_t n, off_t offset, size_t size)
{
	return n > size ? -1 : transfer("pread", SYS_pread64, fd, p, n, offset);
}
SAME(__pread64_chk, __pread_chk);

ssize_t
write(int fd, const void *p, size_t n)
{
	return transfer("write", SYS_write, fd, (void *)(uintptr_t)p, n, 0);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t offset)
{
	return transfer("pwrite", SYS_pwrite64, fd, (void *)(uintptr_t)p, n, offset);
}
SAME(pwrite64, pwrite);

ssize_t
writev(int fd, const struct iovec *parts, int n)
{
	enum fate fate = count_call("writev", true, fd_fits(fd));
	struct iovec some[64];
	size_t total = 0, left;

	if (fate == FAIL)
		return -1;
	if (fate == GO || n < 1 || n > 64)
		return done(fate, syscall(SYS_writev, fd, parts, n));
	memcpy(some, parts, (size_t)n * sizeof parts[0]);
	for (int i = 0; i < n; i++)
		total += parts[i].iov_len;
	left = length(fate, total);
	for (int i = 0; i < n; i++) {
		if (some[i].iov_len > left)
			some[i].iov_len = left;
		left -= some[i].iov_len;
	}
	return done(fate, syscall(SYS_writev, fd, some, n));
}

/* ---- files ---- */

static int
on_fd(const char *call, long number, int fd, long argument, long another)
{
	enum fate fate = count_call(call, true, fd_fits(fd));

	return fate == FAIL ? -1 : (int)done(fate, syscall(number, fd, argument, another));
}

int
fsync(int fd)
{
	return on_fd("fsync", SYS_fsync, fd, 0, 0);
}

int
fdatasync(int fd)
{
	return on_fd("fdatasync", SYS_fdatasync, fd, 0, 0);
}

int
ftruncate(int fd, off_t size)
{
	return on_fd("ftruncate", SYS_ftruncate, fd, size, 0);
}
SAME(ftruncate64, ftruncate);

int
flock(int fd, int operation)
{
	return on_fd("flock", SYS_flock, fd, operation, 0);
}

off_t
lseek(int fd, off_t offset, int whence)
{
	enum fate fate = count_call("lseek", true, fd_fits(fd));

	return fate == FAIL ? -1 : done(fate, syscall(SYS_lseek, fd, offset, whence));
}
SAME(lseek64, lseek);

static int
renamed(int from, const char *old, int to, const char *new, unsigned flags)
{
	enum fate fate = count_call("rename", true, path_fits(from, old) || path_fits(to, new));

	return fate == FAIL ? -1
			    : (int)done(fate, syscall(SYS_renameat2, from, old, to, new, flags));
}

int
rename(const char *old, const char *new)
{
	return renamed(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return renamed(from, old, to, new, 0);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return renamed(from, old, to, new, flags);
}

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	enum fate fate = count_call("link", true, path_fits(from, old) || path_fits(to, new));

	return fate == FAIL ? -1 : (int)done(fate, syscall(SYS_linkat, from, old, to, new, flags));
}

int
link(const char *old, const char *new)
{
	return linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int
unlinkat(int directory, const char *path, int flags)
{
	enum fate fate = count_call("unlink", true, path_fits(directory, path));

	return fate == FAIL ? -1 : (int)done(fate, syscall(SYS_unlinkat, directory, path, flags));
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
mkdirat(int directory, const char *path, mode_t mode)
{
	enum fate fate = count_call("mkdir", true, path_fits(directory, path));

	return fate == FAIL ? -1 : (int)done(fate, syscall(SYS_mkdirat, directory, path, mode));
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	enum fate fate = count_call("getrandom", true, false);

	return fate == FAIL ? -1 : done(fate, syscall(SYS_getrandom, p, length(fate, n), flags));
}

/* ---- memory ---- */

void *
mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	enum fate fate = count_call("mmap", true, fd_fits(fd));

	return fate == FAIL
		   ? MAP_FAILED
		   : (void *)done(fate, syscall(SYS_mmap, at, n, protection, flags, fd, offset));
}
SAME(mmap64, mmap);

#ifndef FAILING_WITHOUT_MEMORY
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool
out_of_memory(const char *call)
{
	enum fate fate = count_call(call, false, true);

	if (fate == FAIL)
		errno = ENOMEM;
	return fate == FAIL;
}

void *
malloc(size_t n)
{
	return out_of_memory("malloc") ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return out_of_memory("calloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return out_of_memory("realloc") ? NULL : __libc_realloc(p, n);
}
#endif
