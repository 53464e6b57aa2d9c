#include "wire.h"

struct span
wire_bytes(struct cursor *c, uint64_t n)
{
	struct span s = {(const char *)c->p, (size_t)n};

	if (c->bad || n > cursor_left(c)) {
		c->bad = true;
		return (struct span){"", 0};
	}
	c->p += n;
	return s;
}

uint64_t
wire_int(struct cursor *c, unsigned bytes)
{
	struct span s = wire_bytes(c, bytes);
	uint64_t v = 0;

	for (size_t i = s.len; i-- > 0;)
		v = v << 8 | (unsigned char)s.ptr[i];
	return v;
}

uint64_t
wire_compact(struct cursor *c)
{
	uint64_t first = wire_int(c, 1), v;

	switch (first) {
	case 0xfd: v = wire_int(c, 2); break;
	case 0xfe: v = wire_int(c, 4); break;
	case 0xff: v = wire_int(c, 8); break;
	default: return first;
	}
	if (v < 0xfd || (first > 0xfd && v < 0x10000) || (first == 0xff && v >> 32 == 0))
		c->bad = true;
	return c->bad ? 0 : v;
}

struct span
wire_run(struct cursor *c)
{
	return wire_bytes(c, wire_compact(c));
}

void
wire_put_int(struct buf *out, uint64_t v, unsigned bytes)
{
	char text[8];

	for (unsigned i = 0; i < bytes; i++)
		text[i] = (char)(unsigned char)(v >> 8 * i);
	buf_add(out, (struct span){text, bytes});
}

unsigned
wire_compact_print(uint64_t v, unsigned char out[9])
{
	unsigned n = v < 0xfd ? 0 : v <= 0xffff ? 2 : v <= 0xffffffff ? 4 : 8;

	if (n == 0) {
		out[0] = (unsigned char)v;
		return 1;
	}
	out[0] = (unsigned char)(n == 2 ? 0xfd : n == 4 ? 0xfe : 0xff);
	for (unsigned i = 0; i < n; i++)
		out[1 + i] = (unsigned char)(v >> 8 * i);
	return 1 + n;
}

void
wire_put_compact(struct buf *out, uint64_t v)
{
	unsigned char text[9];

	buf_add(out, (struct span){(const char *)text, wire_compact_print(v, text)});
}

void
wire_put_run(struct buf *out, struct span s)
{
	wire_put_compact(out, s.len);
	buf_add(out, s);
}
