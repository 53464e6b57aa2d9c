#include "nonces.h"

#include "mac.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUCKETS 8192
#define PLACES 16
#define FILE_BYTES (BUCKETS * PLACES * sizeof(struct nonce_place))

struct nonce_place {
	unsigned char hash[16];
	int64_t until_s;
};

_Static_assert(sizeof(struct nonce_place) == 24, "the layout of the file");

bool
nonces_open(struct nonces *n, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return false;
	if (st.st_size != 0 && (size_t)st.st_size != FILE_BYTES) {
		errno = EINVAL;
		return false;
	}
	if (st.st_size == 0 && ftruncate(fd, FILE_BYTES) != 0)
		return false;
	p = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return false;
	*n = (struct nonces){fd, p};
	/* cppcheck-suppress memleak */
	return true;
}

static bool
lock(int fd, size_t bucket, short how)
{
	struct flock l = {.l_type = how,
			  .l_whence = SEEK_SET,
			  .l_start = (off_t)(bucket * PLACES * sizeof(struct nonce_place)),
			  .l_len = PLACES * sizeof(struct nonce_place)};

	while (fcntl(fd, F_SETLKW, &l) != 0)
		if (errno != EINTR)
			return false;
	return true;
}

static enum nonce_verdict
use_in(struct nonce_place *places, const unsigned char hash[16], int64_t now_s, int64_t until_s)
{
	struct nonce_place *room = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct nonce_place *p = &places[i];

		if (p->until_s < now_s)
			room = room ? room : p;
		else if (memcmp(p->hash, hash, sizeof p->hash) == 0)
			return NONCE_USED;
	}
	if (!room)
		return NONCE_FULL;
	memcpy(room->hash, hash, sizeof room->hash);
	room->until_s = until_s;
	return NONCE_NEW;
}

enum nonce_verdict
nonces_use(const struct nonces *n, struct span nonce, int64_t now_s, int64_t until_s)
{
	unsigned char hash[MAC_BYTES];
	enum nonce_verdict v;
	struct sha2 s;
	size_t bucket;

	sha2_begin(&s);
	sha2_add(&s, nonce);
	sha2_end(&s, hash);
	bucket = ((size_t)hash[30] << 8 | hash[31]) % BUCKETS;
	if (!lock(n->fd, bucket, F_WRLCK))
		return NONCE_FAILED;
	v = use_in(n->places + bucket * PLACES, hash, now_s, until_s);
	return lock(n->fd, bucket, F_UNLCK) ? v : NONCE_FAILED;
}
