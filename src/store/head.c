#include "head.h"

#include "crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOT 512

static int
print_slot(char out[SLOT + 1], int64_t seq, const char *root)
{
	char text[160];
	int n = snprintf(text, sizeof text, "{\"seq\":%" PRId64 ",\"root\":\"%.66s\"", seq, root);
	uint32_t crc = crc32c(0, (struct span){text, (size_t)n});

	return snprintf(out, SLOT + 1, "%s,\"crc\":\"%08x\"}\n", text, crc);
}

static bool
read_slot(int fd, int which, int64_t *seq, char root[67])
{
	char bytes[SLOT + 1] = "", again[SLOT + 1];
	int n;

	if (pread(fd, bytes, SLOT, (off_t)which * SLOT) <= 0)
		return false;
	if (sscanf(bytes, "{\"seq\":%20" SCNd64 ",\"root\":\"%66[0-9a-fx]\"", seq, root) != 2)
		return false;
	/* what prints to the very same bytes has the right checksum and nothing else in it */
	n = print_slot(again, *seq, root);
	return memcmp(bytes, again, (size_t)n) == 0;
}

bool
head_reload(struct head *h)
{
	int64_t seq;
	char root[67];
	bool any = false;

	for (int which = 0; which < 2; which++) {
		if (!read_slot(h->fd, which, &seq, root))
			continue;
		any = true;
		if (seq > h->seq) {
			h->seq = seq;
			memcpy(h->root, root, sizeof h->root);
		}
	}
	return any;
}

bool
head_open(struct head *h, int state, const char *name, bool writable)
{
	struct stat st;
	bool any;

	*h = (struct head){
	    .fd = openat(state, name, (writable ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0640)};
	if (h->fd < 0)
		return !writable && errno == ENOENT;
	any = head_reload(h);
	if (fstat(h->fd, &st) != 0)
		return false;
	/* one slot alone may be torn; a file of two that are both bad was damaged */
	if (!any && st.st_size > SLOT) {
		errno = EBADMSG;
		return false;
	}
	return true;
}

bool
head_write(struct head *h, int64_t seq, struct span root)
{
	char slot[SLOT + 1];
	int n;

	snprintf(h->root, sizeof h->root, "%.*s", (int)root.len, root.ptr);
	h->seq = seq;
	n = print_slot(slot, seq, h->root);
	memset(slot + n, ' ', (size_t)(SLOT - n));
	slot[SLOT - 1] = '\n';
	if (pwrite(h->fd, slot, SLOT, (off_t)(seq % 2) * SLOT) != SLOT) {
		errno = errno ? errno : EIO;
		return false;
	}
	return fdatasync(h->fd) == 0;
}
