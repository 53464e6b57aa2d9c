#include "bytes.h"

struct bytes
bytes_of(struct span all)
{
	return (struct bytes){all, false};
}

bool
bytes_done(const struct bytes *b)
{
	return !b->bad && b->left.len == 0;
}

static void
spoil(struct bytes *b)
{
	b->bad = true;
	b->left.len = 0;
}

struct span
bytes_take(struct bytes *b, uint64_t n)
{
	struct span part = {b->left.ptr, (size_t)n};

	if (b->bad || n > b->left.len) {
		spoil(b);
		return (struct span){"", 0};
	}
	b->left.ptr += part.len;
	b->left.len -= part.len;
	return part;
}

static uint64_t
little_endian(struct bytes *b, size_t n)
{
	struct span part = bytes_take(b, n);
	uint64_t value = 0;

	for (size_t i = part.len; i > 0; i--)
		value = value << 8 | (unsigned char)part.ptr[i - 1];
	return value;
}

unsigned
bytes_u8(struct bytes *b)
{
	return (unsigned)little_endian(b, 1);
}

uint32_t
bytes_u32le(struct bytes *b)
{
	return (uint32_t)little_endian(b, 4);
}

uint64_t
bytes_u64le(struct bytes *b)
{
	return little_endian(b, 8);
}

uint64_t
bytes_compact(struct bytes *b)
{
	unsigned first = bytes_u8(b);
	uint64_t value, least;

	if (first < 0xfd)
		return first;
	value = little_endian(b, first == 0xfd ? 2 : first == 0xfe ? 4 : 8);
	least = first == 0xfd ? 0xfd : first == 0xfe ? UINT64_C(1) << 16 : UINT64_C(1) << 32;
	if (value < least) {
		spoil(b);
		return 0;
	}
	return value;
}

unsigned
bytes_short(struct bytes *b)
{
	unsigned value = 0;

	for (unsigned i = 0; i < 3; i++) {
		unsigned byte = bytes_u8(b);

		value |= (byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			if ((i > 0 && byte == 0) || value > 0xffff)
				spoil(b);
			return b->bad ? 0 : value;
		}
	}
	spoil(b);
	return 0;
}

uint64_t
bytes_varint(struct bytes *b)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 10; i++) {
		unsigned byte = bytes_u8(b);

		/* the tenth byte holds the 64th bit */
		if (i == 9 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			if (i > 0 && byte == 0)
				spoil(b);
			return b->bad ? 0 : value;
		}
	}
	spoil(b);
	return 0;
}
