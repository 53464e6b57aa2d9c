#include "keymap.h"

#include "swar.h"

#include <stdlib.h>

/* ---- SipHash-2-4 ---- */

static uint64_t
rotate(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/* Fewer than eight bytes, the first the lowest. */
static uint64_t
little_endian(const char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return word;
}

uint64_t
siphash24(const uint64_t secret[2], struct span message)
{
	uint64_t v[4] = {
	    secret[0] ^ UINT64_C(0x736f6d6570736575), secret[1] ^ UINT64_C(0x646f72616e646f6d),
	    secret[0] ^ UINT64_C(0x6c7967656e657261), secret[1] ^ UINT64_C(0x7465646279746573)};
	size_t whole = message.len / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(v, swar_load(message.ptr + i));
	sip_word(v, little_endian(message.ptr + whole, message.len - whole) | (uint64_t)message.len
										  << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the table: open addressing, linear probing ---- */

void
keymap_init(struct keymap *m, size_t max, const uint64_t secret[2])
{
	*m = (struct keymap){.max = max, .secret = {secret[0], secret[1]}};
}

void
keymap_release(struct keymap *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	*m = (struct keymap){.max = m->max, .secret = {m->secret[0], m->secret[1]}};
}

/* Where the key stands, or the free slot where it would. */
static size_t
slot_of(const struct keymap *m, struct span key, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].key &&
	       (m->slots[i].hash != hash ||
		!span_equal((struct span){m->slots[i].key, m->slots[i].len}, key)))
		i = (i + 1) & (m->cap - 1);
	return i;
}

static bool
grow(struct keymap *m)
{
	struct keymap bigger = *m;

	bigger.cap = m->cap ? m->cap * 2 : 64;
	bigger.slots = calloc(bigger.cap, sizeof bigger.slots[0]);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < m->cap; i++) {
		const struct keymap_slot *s = &m->slots[i];

		if (s->key)
			bigger.slots[slot_of(&bigger, (struct span){s->key, s->len}, s->hash)] = *s;
	}
	free(m->slots);
	*m = bigger;
	return true;
}

bool
keymap_find(const struct keymap *m, struct span key, uint64_t *value)
{
	size_t i;

	if (m->n == 0)
		return false;
	i = slot_of(m, key, siphash24(m->secret, key));
	if (!m->slots[i].key)
		return false;
	*value = m->slots[i].value;
	return true;
}

bool
keymap_put(struct keymap *m, struct span key, uint64_t value)
{
	uint64_t hash = siphash24(m->secret, key);
	struct keymap_slot *s;

	if (m->n + 1 > m->cap / 4 * 3 && !grow(m))
		return false;
	s = &m->slots[slot_of(m, key, hash)];
	if (!s->key) {
		char *copy = m->n < m->max ? malloc(key.len + 1) : NULL;

		if (!copy)
			return false;
		if (key.len)
			memcpy(copy, key.ptr, key.len);
		*s = (struct keymap_slot){.key = copy, .len = key.len, .hash = hash};
		m->n++;
	}
	s->value = value;
	return true;
}

bool
keymap_remove(struct keymap *m, struct span key)
{
	size_t hole, i;

	if (m->n == 0)
		return false;
	hole = slot_of(m, key, siphash24(m->secret, key));
	if (!m->slots[hole].key)
		return false;
	free(m->slots[hole].key);
	/* close the gap: move back whoever may stand nearer to his home */
	for (i = (hole + 1) & (m->cap - 1); m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
		size_t home = m->slots[i].hash & (m->cap - 1);

		if (((i - home) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct keymap_slot){0};
	m->n--;
	return true;
}

bool
keymap_each(const struct keymap *m, size_t *at, struct span *key, uint64_t *value)
{
	while (*at < m->cap) {
		const struct keymap_slot *s = &m->slots[(*at)++];

		if (!s->key)
			continue;
		*key = (struct span){s->key, s->len};
		*value = s->value;
		return true;
	}
	return false;
}
