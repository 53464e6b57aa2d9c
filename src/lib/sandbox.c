#include "sandbox.h"

#include "check.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "sandbox.c knows the system calls of x86-64 and aarch64"
#endif

/* ---- seccomp ---- */

#define LIST_MAX 64

struct program {
	struct sock_filter code[2 * LIST_MAX + 16];
	unsigned short n;
};

static void
put(struct program *p, struct sock_filter instruction)
{
	p->code[p->n++] = instruction;
}

static void
load(struct program *p, size_t offset)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* If the loaded word equals k, return the action; else go on. */
static void
on_equal(struct program *p, uint32_t k, uint32_t action)
{
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* A call of another architecture's table (i386, x32) would mean something else by the same number.
 */
static void
begin(struct program *p)
{
	p->n = 0;
	load(p, offsetof(struct seccomp_data, arch));
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	load(p, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
#endif
}

static void
install(struct program *p, uint32_t otherwise)
{
	struct sock_fprog program = {.len = p->n + 1, .filter = p->code};

	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		tool_die(EXIT_TEMP, "sandbox", "seccomp", strerror(errno));
}

static void
allow_all(struct program *p, const int calls[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		on_equal(p, (uint32_t)calls[i], SECCOMP_RET_ALLOW);
}

/* mmap and mprotect without PROT_EXEC: no new code. The third argument's low half holds the
 * protection. */
static void
allow_without_exec(struct program *p, int call)
{
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4));
	load(p, offsetof(struct seccomp_data, args[2]));
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x4 /* PROT_EXEC */, 0, 1));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/* ioctl to ask how large the terminal is, and for nothing else: it could type into the terminal
 * too. */
static void
allow_window_size(struct program *p)
{
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4));
	load(p, offsetof(struct seccomp_data, args[1]));
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCGWINSZ, 1, 0));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

static const int filter_calls[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_rt_sigaction,
    SYS_restart_syscall,
    SYS_ppoll,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_clock_gettime,
    SYS_getrandom,
    SYS_sysinfo, /* qsort() asks for the size of memory */
    SYS_getpid,
    SYS_gettid,
    SYS_tgkill,
    SYS_fcntl,
#if defined(__x86_64__)
    SYS_poll,
#endif
};

static const int file_calls[] = {
    SYS_openat,	 SYS_renameat,	 SYS_renameat2, SYS_fsync,  SYS_fdatasync, SYS_ftruncate,
    SYS_pread64, SYS_pwrite64,	 SYS_unlinkat,	SYS_linkat, SYS_mkdirat,   SYS_newfstatat,
    SYS_statx,	 SYS_getdents64, SYS_flock,	SYS_dup,    SYS_faccessat,
#if defined(__x86_64__)
    SYS_open,	 SYS_stat,	 SYS_lstat,	SYS_unlink, SYS_access,	   SYS_rename,
    SYS_mkdir,
#endif
};

/* Doors that a program with network and files still never needs. */
static const int forbidden_calls[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_open_by_handle_at,
    SYS_setuid,
    SYS_setgid,
};

/* Doors to the network, old and new descriptors of which a program with state alone has no use. */
static const int network_calls[] = {
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind,	  SYS_listen,
    SYS_accept, SYS_accept4,	SYS_sendto,  SYS_sendmsg, SYS_recvmsg,
};

/* ---- Landlock ---- */

/* Every file system right that the running kernel's version knows (include/uapi/linux/landlock.h):
 * 1: 13, 2: refer, 3: truncate, 5: ioctl. */
static uint64_t
rights_of(long version)
{
	if (version >= 5)
		return (UINT64_C(1) << 16) - 1;
	if (version >= 3)
		return (UINT64_C(1) << 15) - 1;
	return version == 2 ? (UINT64_C(1) << 14) - 1 : (UINT64_C(1) << 13) - 1;
}

static void
close_file_system(const struct sandbox_path paths[], size_t n)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr;
	uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
	int ruleset;

	if (version < 1)
		return;
	attr = (struct landlock_ruleset_attr){.handled_access_fs = rights_of(version)};
	/* the first member alone: the size that every version takes */
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
	if (ruleset < 0)
		tool_die(EXIT_TEMP, "sandbox", "landlock", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		struct landlock_path_beneath_attr rule = {
		    .allowed_access = paths[i].writable ? rights_of(version) &
							      ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE
							: reading,
		    .parent_fd = paths[i].fd,
		};

		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ==
		    0)
			continue;
		/* a single file takes fewer rights than a directory */
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) !=
		    0)
			tool_die(EXIT_TEMP, "sandbox", "landlock", strerror(errno));
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		tool_die(EXIT_TEMP, "sandbox", "landlock", strerror(errno));
	close(ruleset);
}

/* ---- the three classes ---- */

void
sandbox_filter(void)
{
	sandbox_files(NULL, 0);
}

void
sandbox_files(const struct sandbox_path paths[], size_t n)
{
	sandbox_socket(paths, n, 0);
}

static void
forbid_all(struct program *p, const int calls[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		on_equal(p, (uint32_t)calls[i], SECCOMP_RET_KILL_PROCESS);
}

void
sandbox_state(const struct sandbox_path paths[], size_t n)
{
	sandbox_token(paths, n, 0);
}

void
sandbox_socket(const struct sandbox_path paths[], size_t n, int accepting)
{
	struct program p;

	if (SANITIZED)
		return;
	close_file_system(paths, n);
	begin(&p);
	allow_all(&p, filter_calls, sizeof filter_calls / sizeof filter_calls[0]);
	if (n)
		allow_all(&p, file_calls, sizeof file_calls / sizeof file_calls[0]);
	if (accepting)
		on_equal(&p, SYS_accept4, SECCOMP_RET_ALLOW);
	allow_window_size(&p);
	allow_without_exec(&p, SYS_mmap);
	allow_without_exec(&p, SYS_mprotect);
	install(&p, SECCOMP_RET_KILL_PROCESS);
}

void
sandbox_token(const struct sandbox_path paths[], size_t n, int accepting)
{
	struct program p;

	if (SANITIZED)
		return;
	close_file_system(paths, n);
	begin(&p);
	if (accepting)
		on_equal(&p, SYS_accept4, SECCOMP_RET_ALLOW);
	forbid_all(&p, forbidden_calls, sizeof forbidden_calls / sizeof forbidden_calls[0]);
	forbid_all(&p, network_calls, sizeof network_calls / sizeof network_calls[0]);
	install(&p, SECCOMP_RET_ALLOW);
}

/* What resolving names and checking certificates read. */
static size_t
add_network_paths(struct sandbox_path paths[], size_t n)
{
	static const char *const readable[] = {"/etc", "/usr",	"/lib", "/lib64",
					       "/run", "/proc", "/dev", "/var/lib"};

	for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
		int fd = open(readable[i], O_PATH | O_CLOEXEC);

		if (fd >= 0)
			paths[n++] = (struct sandbox_path){fd, 0};
	}
	return n;
}

void
sandbox_network(const struct sandbox_path paths[], size_t n)
{
	struct sandbox_path all[24];
	struct program p;
	size_t total;

	if (SANITIZED)
		return;
	CHECK(n <= 16);
	if (n)
		memcpy(all, paths, n * sizeof all[0]);
	total = add_network_paths(all, n);
	close_file_system(all, total);
	while (total > n)
		close(all[--total].fd);
	begin(&p);
	forbid_all(&p, forbidden_calls, sizeof forbidden_calls / sizeof forbidden_calls[0]);
	install(&p, SECCOMP_RET_ALLOW);
}

void
sandbox_doors(int programs)
{
	struct program p;

	if (SANITIZED)
		return;
	begin(&p);
	for (size_t i = 0; i < sizeof forbidden_calls / sizeof forbidden_calls[0]; i++) {
		bool starts =
		    forbidden_calls[i] == SYS_execve || forbidden_calls[i] == SYS_execveat;

		if (!starts || !programs)
			on_equal(&p, (uint32_t)forbidden_calls[i], SECCOMP_RET_KILL_PROCESS);
	}
	install(&p, SECCOMP_RET_ALLOW);
}
