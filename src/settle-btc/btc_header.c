#include "btc_header.h"

/* A tree of this depth has more leaves than a block can have transactions. */
#define DEPTH_MAX 24

void
btc_header_parse(struct span bytes, struct btc_header *out)
{
	struct cursor c = cursor_of(bytes);

	out->version = (uint32_t)wire_int(&c, 4);
	memcpy(out->previous, wire_bytes(&c, HASH_BYTES).ptr, HASH_BYTES);
	memcpy(out->root, wire_bytes(&c, HASH_BYTES).ptr, HASH_BYTES);
	out->time = (uint32_t)wire_int(&c, 4);
	out->bits = (uint32_t)wire_int(&c, 4);
	out->nonce = (uint32_t)wire_int(&c, 4);
	hash256(bytes, out->hash);
}

/* The target: bits hold its highest three bytes and how many bytes it has. False: negative, zero or
 * too large. Lowest byte first. */
static bool
target_of(uint32_t bits, unsigned char out[HASH_BYTES])
{
	unsigned size = bits >> 24;
	uint32_t top = bits & 0x7fffff;

	memset(out, 0, HASH_BYTES);
	if (bits & 0x800000 || top == 0)
		return false;
	for (unsigned i = 0; i < 3; i++, top >>= 8) {
		unsigned at = size + i;

		if ((top & 0xff) == 0)
			continue;
		if (at < 3)
			continue; /* shifted out */
		if (at - 3 >= HASH_BYTES)
			return false;
		out[at - 3] = (unsigned char)top;
	}
	return true;
}

static bool
not_above(const unsigned char a[HASH_BYTES], const unsigned char b[HASH_BYTES])
{
	for (unsigned i = HASH_BYTES; i-- > 0;)
		if (a[i] != b[i])
			return a[i] < b[i];
	return true;
}

static uint32_t
limit_of(enum btc_network network)
{
	switch (network) {
	case BTC_MAIN:
	case BTC_TEST: return 0x1d00ffff;
	case BTC_SIGNET: return 0x1e0377ae;
	case BTC_REGTEST: break;
	}
	return 0x207fffff;
}

bool
btc_header_has_work(const struct btc_header *h, enum btc_network network)
{
	unsigned char target[HASH_BYTES], limit[HASH_BYTES];

	return target_of(h->bits, target) && target_of(limit_of(network), limit) &&
	       not_above(target, limit) && not_above(h->hash, target);
}

/* a <= 4 b, with room for what is shifted out. */
static bool
within_four(const unsigned char a[HASH_BYTES], const unsigned char b[HASH_BYTES])
{
	unsigned char four[HASH_BYTES];
	unsigned carry = 0;

	for (unsigned i = 0; i < HASH_BYTES; i++) {
		carry += (unsigned)b[i] << 2;
		four[i] = (unsigned char)carry;
		carry >>= 8;
	}
	return carry || not_above(a, four);
}

bool
btc_header_follows(const struct btc_header *h, const struct btc_header *next, uint64_t next_height,
		   enum btc_network network)
{
	unsigned char before[HASH_BYTES], after[HASH_BYTES];

	if (memcmp(next->previous, h->hash, HASH_BYTES) != 0)
		return false;
	if (network != BTC_MAIN && network != BTC_SIGNET)
		return true;
	if (next_height % BTC_RETARGET != 0)
		return next->bits == h->bits;
	return target_of(h->bits, before) && target_of(next->bits, after) &&
	       within_four(after, before) && within_four(before, after);
}

/* The root grows with the leaves: at each level at most one node waits for its right half. */
struct root {
	unsigned char waiting[DEPTH_MAX][HASH_BYTES];
	uint64_t n;
};

static void
join(const unsigned char left[HASH_BYTES], const unsigned char right[HASH_BYTES],
     unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, (struct span){(const char *)left, HASH_BYTES});
	sha2_add(&s, (struct span){(const char *)right, HASH_BYTES});
	hash256_end(&s, out);
}

static void
add_leaf(struct root *r, const unsigned char leaf[HASH_BYTES])
{
	unsigned char node[HASH_BYTES];
	unsigned level = 0;

	memcpy(node, leaf, HASH_BYTES);
	for (; r->n >> level & 1; level++)
		join(r->waiting[level], node, node);
	memcpy(r->waiting[level], node, HASH_BYTES);
	r->n++;
}

/* A node without a right half is its own. */
static void
end_root(const struct root *r, unsigned char out[HASH_BYTES])
{
	unsigned level = 0;

	while (!(r->n >> level & 1))
		level++;
	memcpy(out, r->waiting[level], HASH_BYTES);
	for (uint64_t rest = r->n >> level; rest > 1; level++) {
		if (rest & 1)
			join(out, out, out);
		else
			join(r->waiting[level], out, out);
		rest = (rest + 1) >> 1;
	}
}

bool
btc_block_walk(struct span block, const unsigned char hash[HASH_BYTES],
	       void (*step)(void *context, const struct btc_view *tx, uint64_t at), void *context)
{
	struct cursor c = cursor_of(block);
	struct span head = wire_bytes(&c, BTC_HEADER_BYTES);
	uint64_t n = wire_compact(&c);
	unsigned char out[HASH_BYTES];
	struct btc_header h;
	struct root root = {.n = 0};

	if (c.bad || n == 0 || n >> (DEPTH_MAX - 1))
		return false;
	btc_header_parse(head, &h);
	if (memcmp(h.hash, hash, HASH_BYTES) != 0)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct btc_view tx;

		if (!btc_view_read(&c, true, &tx))
			return false;
		btc_view_txid(&tx, out);
		add_leaf(&root, out);
		step(context, &tx, i);
	}
	end_root(&root, out);
	return cursor_done(&c) && memcmp(out, h.root, HASH_BYTES) == 0;
}
