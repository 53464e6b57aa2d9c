#include "secret.h"

#include "diag.h"
#include "tool.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

char *
secret_memory(size_t size)
{
	static bool warned;
	/* cppcheck-suppress invalidFunctionArg */
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tool_die(EXIT_TEMP, "memory", "secrets", strerror(errno));
	if (madvise(p, size, MADV_DONTDUMP) != 0)
		tool_die(EXIT_TEMP, "memory", "secrets", strerror(errno));
	if (mlock(p, size) != 0 && !warned) {
		warned = true;
		diag(DIAG_WARNING, "memory", diag_str("what", "secrets could be swapped out"),
		     diag_errno(errno));
	}
	return p;
}

void
secret_free(char *memory, size_t size)
{
	secret_wipe(memory, size);
	munmap(memory, size);
}

void
secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char different = 0;

	for (size_t i = 0; i < n; i++)
		different |= x[i] ^ y[i];
	return different == 0;
}

bool
secret_read_fd(int fd, char *memory, size_t size, struct span *out)
{
	size_t len = 0;

	for (;;) {
		ssize_t n;

		if (len == size) {
			errno = EMSGSIZE;
			break;
		}
		n = read(fd, memory + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		if (n == 0) {
			if (len && memory[len - 1] == '\n')
				len--;
			*out = (struct span){memory, len};
			return true;
		}
		len += (size_t)n;
	}
	secret_wipe(memory, size);
	return false;
}
