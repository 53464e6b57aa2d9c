#include "bip32.h"

#include "base58.h"
#include "check.h"
#include "hashes.h"
#include "number.h"

#include <stdio.h>

#define BYTES 78
#define SEED_MIN 16
#define SEED_MAX 64
#define DEPTH_MAX 255

static const struct {
	unsigned char bytes[4];
	bool secret, test;
} versions[] = {
    {{0x04, 0x88, 0xb2, 0x1e}, false, false},
    {{0x04, 0x88, 0xad, 0xe4}, true, false},
    {{0x04, 0x35, 0x87, 0xcf}, false, true},
    {{0x04, 0x35, 0x83, 0x94}, true, true},
};

static struct span
bytes(const unsigned char *p, size_t n)
{
	return (struct span){(const char *)p, n};
}

static void
print_u32(uint32_t v, unsigned char out[4])
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (unsigned char)(v >> (24 - 8 * i));
}

bool
bip32_master(struct span seed, bool test, struct bip32_key *out)
{
	unsigned char hash[HMAC512_BYTES];

	if (seed.len < SEED_MIN || seed.len > SEED_MAX)
		return false;
	hmac_sha512(SPAN_LIT("Bitcoin seed"), seed, (struct span){0}, hash);
	*out = (struct bip32_key){.secret = true, .test = test};
	memcpy(out->key + 1, hash, SECP_KEY);
	memcpy(out->chain, hash + SECP_KEY, BIP32_CHAIN);
	explicit_bzero(hash, sizeof hash);
	return secp_key_ok(out->key + 1);
}

static bool
key_is_sound(const struct bip32_key *key)
{
	static const unsigned char none[4];

	if (key->depth == 0 && (key->index != 0 || memcmp(key->parent, none, 4) != 0))
		return false;
	return key->secret ? key->key[0] == 0 && secp_key_ok(key->key + 1)
			   : secp_public_ok(bytes(key->key, SECP_PUBLIC));
}

bool
bip32_parse(struct span text, struct bip32_key *out)
{
	unsigned char raw[BYTES];
	size_t n;
	bool good = false;

	if (!base58check_parse(text, raw, sizeof raw, &n) || n != BYTES)
		return false;
	*out = (struct bip32_key){.depth = raw[4]};
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		if (memcmp(raw, versions[i].bytes, 4) != 0)
			continue;
		out->secret = versions[i].secret;
		out->test = versions[i].test;
		good = true;
	}
	memcpy(out->parent, raw + 5, 4);
	for (unsigned i = 0; i < 4; i++)
		out->index = out->index << 8 | raw[9 + i];
	memcpy(out->chain, raw + 13, BIP32_CHAIN);
	memcpy(out->key, raw + 45, SECP_PUBLIC);
	explicit_bzero(raw, sizeof raw);
	return good && key_is_sound(out);
}

void
bip32_print(const struct bip32_key *key, char out[BIP32_TEXT_MAX])
{
	unsigned char raw[BYTES];
	char text[BASE58_TEXT_MAX];
	size_t n;

	memcpy(raw, versions[2 * key->test + key->secret].bytes, 4);
	raw[4] = (unsigned char)key->depth;
	memcpy(raw + 5, key->parent, 4);
	print_u32(key->index, raw + 9);
	memcpy(raw + 13, key->chain, BIP32_CHAIN);
	memcpy(raw + 45, key->key, SECP_PUBLIC);
	n = base58check_print(raw, sizeof raw, text);
	CHECK(n < BIP32_TEXT_MAX);
	memcpy(out, text, n + 1);
	explicit_bzero(raw, sizeof raw);
	explicit_bzero(text, sizeof text);
}

/* The compressed point of a key of either kind. */
static void
point_of(const struct bip32_key *key, unsigned char out[SECP_PUBLIC])
{
	if (key->secret)
		CHECK(secp_public_of(key->key + 1, out));
	else
		memcpy(out, key->key, SECP_PUBLIC);
}

void
bip32_fingerprint(const struct bip32_key *key, unsigned char out[4])
{
	unsigned char point[SECP_PUBLIC], hash[HASH160_BYTES];

	point_of(key, point);
	hash160(bytes(point, sizeof point), hash);
	memcpy(out, hash, 4);
}

bool
bip32_child(const struct bip32_key *parent, uint32_t index, struct bip32_key *out)
{
	unsigned char point[SECP_PUBLIC], hash[HMAC512_BYTES], number[4], print[HASH160_BYTES];
	struct bip32_key child = {.index = index,
				  .depth = parent->depth + 1,
				  .secret = parent->secret,
				  .test = parent->test};
	bool hardened = index & BIP32_HARDENED, good;

	if (parent->depth == DEPTH_MAX || (hardened && !parent->secret))
		return false;
	point_of(parent, point);
	hash160(bytes(point, sizeof point), print);
	memcpy(child.parent, print, 4);
	print_u32(index, number);
	hmac_sha512(bytes(parent->chain, BIP32_CHAIN),
		    bytes(hardened ? parent->key : point, SECP_PUBLIC), bytes(number, 4), hash);
	memcpy(child.chain, hash + SECP_KEY, BIP32_CHAIN);
	if (parent->secret) {
		memcpy(child.key, parent->key, SECP_PUBLIC);
		good = secp_key_add(child.key + 1, hash);
	} else {
		good = secp_public_add(point, hash, child.key);
	}
	explicit_bzero(hash, sizeof hash);
	*out = child;
	explicit_bzero(&child, sizeof child);
	return good;
}

bool
bip32_sum(const struct bip32_key *parent, uint32_t index, unsigned char sum[SECP_KEY])
{
	unsigned char hash[HMAC512_BYTES], number[4];

	if (parent->secret || index & BIP32_HARDENED)
		return false;
	print_u32(index, number);
	hmac_sha512(bytes(parent->chain, BIP32_CHAIN), bytes(parent->key, SECP_PUBLIC),
		    bytes(number, 4), hash);
	memcpy(sum, hash, SECP_KEY);
	return true;
}

bool
bip32_derive(const struct bip32_key *key, const struct bip32_path *path, struct bip32_key *out)
{
	*out = *key;
	for (size_t i = 0; i < path->n; i++)
		if (!bip32_child(out, path->steps[i], out))
			return false;
	return true;
}

void
bip32_public(const struct bip32_key *key, struct bip32_key *out)
{
	unsigned char point[SECP_PUBLIC];

	point_of(key, point);
	*out = *key;
	memcpy(out->key, point, SECP_PUBLIC);
	out->secret = false;
}

static bool
parse_step(struct span text, uint32_t *out)
{
	char last = text.len ? text.ptr[text.len - 1] : 0;
	bool hardened = last == 'h' || last == 'H' || last == '\'';
	uint64_t number;

	text.len -= hardened;
	if (!number_u64(text, &number) || number >= BIP32_HARDENED)
		return false;
	*out = (uint32_t)number | (hardened ? BIP32_HARDENED : 0);
	return true;
}

bool
bip32_path_parse(struct span text, struct bip32_path *out)
{
	out->n = 0;
	if (text.len && text.ptr[0] == 'm') {
		if (text.len == 1)
			return true;
		if (text.ptr[1] != '/')
			return false;
		text = (struct span){text.ptr + 2, text.len - 2};
	}
	for (;;) {
		size_t at = span_find(text, SPAN_LIT("/"));

		if (out->n == BIP32_STEPS_MAX ||
		    !parse_step((struct span){text.ptr, at}, &out->steps[out->n++]))
			return false;
		if (at == text.len)
			return true;
		text = (struct span){text.ptr + at + 1, text.len - at - 1};
	}
}

bool
bip32_path_equal(const struct bip32_path *a, const struct bip32_path *b)
{
	return a->n == b->n && memcmp(a->steps, b->steps, a->n * sizeof a->steps[0]) == 0;
}

size_t
bip32_path_print(const struct bip32_path *path, char out[BIP32_PATH_TEXT_MAX])
{
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; i < path->n; i++)
		at += (size_t)snprintf(out + at, BIP32_PATH_TEXT_MAX - at, "%s%u%s", i ? "/" : "",
				       (unsigned)(path->steps[i] & ~BIP32_HARDENED),
				       path->steps[i] & BIP32_HARDENED ? "h" : "");
	return at;
}
