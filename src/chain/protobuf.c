#include "protobuf.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

void
protobuf_init(struct protobuf *p, unsigned char *bytes, size_t cap)
{
	*p = (struct protobuf){.ptr = bytes, .cap = cap};
}

static void
put_varint(struct protobuf *p, uint64_t v)
{
	do {
		if (p->len == p->cap) {
			p->overflow = true;
			return;
		}
		p->ptr[p->len++] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
}

void
protobuf_put_number(struct protobuf *p, unsigned field, uint64_t value)
{
	put_varint(p, (uint64_t)field << 3 | WIRE_VARINT);
	put_varint(p, value);
}

void
protobuf_put_bytes(struct protobuf *p, unsigned field, struct span bytes)
{
	put_varint(p, (uint64_t)field << 3 | WIRE_BYTES);
	put_varint(p, bytes.len);
	if (p->overflow || bytes.len > p->cap - p->len) {
		p->overflow = true;
		return;
	}
	if (bytes.len)
		memcpy(p->ptr + p->len, bytes.ptr, bytes.len);
	p->len += bytes.len;
}

struct span
protobuf_span(const struct protobuf *p)
{
	return (struct span){(const char *)p->ptr, p->len};
}

static bool
get_varint(struct span *in, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64 && in->len; shift += 7) {
		uint64_t byte = (unsigned char)*in->ptr;

		in->ptr++;
		in->len--;
		if (shift == 63 && byte > 1)
			return false;
		*out |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

enum protobuf_status
protobuf_next(struct span *in, struct protobuf_field *out)
{
	uint64_t key, len;

	*out = (struct protobuf_field){0};
	if (in->len == 0)
		return PROTOBUF_END;
	if (!get_varint(in, &key) || key >> 3 == 0)
		return PROTOBUF_BAD;
	out->field = key >> 3;
	if ((key & 7) == WIRE_VARINT)
		return get_varint(in, &out->number) ? PROTOBUF_FIELD : PROTOBUF_BAD;
	if ((key & 7) != WIRE_BYTES || !get_varint(in, &len) || len > in->len)
		return PROTOBUF_BAD;
	out->is_bytes = true;
	out->bytes = (struct span){in->ptr, (size_t)len};
	in->ptr += len;
	in->len -= (size_t)len;
	return PROTOBUF_FIELD;
}
