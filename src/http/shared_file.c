#include "shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The size is set when the place is there: whoever comes after a failure finds an empty file. */
static bool
make(int fd, size_t size)
{
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) != 0 && errno != EOPNOTSUPP)
		return false;
	return ftruncate(fd, (off_t)size) == 0 && fsync(fd) == 0;
}

void *
shared_file_map(int fd, size_t size, bool *made)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return NULL;
	*made = st.st_size == 0;
	if (*made ? !make(fd, size) : (size_t)st.st_size != size) {
		if (!*made)
			errno = EINVAL;
		return NULL;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	/* cppcheck-suppress memleak */
	return p == MAP_FAILED ? NULL : p;
}
