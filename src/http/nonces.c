#include "nonces.h"

#include "mac.h"
#include "shared_file.h"

#include <errno.h>
#include <fcntl.h>
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
nonces_open(struct nonces *n, int fd, bool *made)
{
	*n = (struct nonces){fd, shared_file_map(fd, FILE_BYTES, made)};
	return n->places != NULL;
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
	if (!lock(n->fd, bucket, F_UNLCK))
		return NONCE_FAILED;
	/* what is served now must still be known as served when the power has come back */
	return v != NONCE_NEW || fdatasync(n->fd) == 0 ? v : NONCE_FAILED;
}
