#include "thrift.h"

#include "check.h"

void
thrift_write(struct thrift *t, struct buf *out)
{
	*t = (struct thrift){.out = out};
}

void
thrift_read(struct thrift *t, struct span in)
{
	*t = (struct thrift){.in = in};
}

static void
fault(struct thrift *t)
{
	t->bad = true;
	t->in.len = 0;
}

/* ---- bytes ---- */

static unsigned
take(struct thrift *t)
{
	if (t->in.len == 0) {
		fault(t);
		return 0;
	}
	t->in.len--;
	return (unsigned char)*t->in.ptr++;
}

static void
byte_is(struct thrift *t, unsigned b)
{
	if (t->out)
		buf_byte(t->out, (char)b);
	else if (take(t) != b)
		fault(t);
}

static void
varint(struct thrift *t, uint64_t *v)
{
	uint64_t n = 0;

	if (t->out) {
		for (n = *v; n >= 0x80; n >>= 7)
			buf_byte(t->out, (char)(0x80 | (n & 0x7f)));
		buf_byte(t->out, (char)n);
		return;
	}
	*v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned b = take(t);

		/* ten bytes hold 64 bits and six to spare; a last byte of 0 is not the shortest */
		if ((shift == 63 && b > 1) || (shift > 0 && b == 0))
			break;
		n |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*v = t->bad ? 0 : n;
			return;
		}
	}
	fault(t);
}

static void
signed_varint(struct thrift *t, int64_t *v)
{
	uint64_t u = ((uint64_t)*v << 1) ^ (*v < 0 ? UINT64_MAX : 0);

	varint(t, &u);
	if (!t->out)
		*v = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
}

static void
text_is(struct thrift *t, struct span text)
{
	uint64_t n = text.len;

	varint(t, &n);
	if (t->out) {
		buf_add(t->out, text);
		return;
	}
	if (n != text.len || t->in.len < n || memcmp(t->in.ptr, text.ptr, text.len) != 0) {
		fault(t);
		return;
	}
	t->in.ptr += n;
	t->in.len -= n;
}

/* ---- structures ---- */

static void
field(struct thrift *t, int id, unsigned type)
{
	int delta = id - t->last[t->depth - 1];

	CHECK(delta > 0 && delta < 16);
	t->last[t->depth - 1] = id;
	byte_is(t, (unsigned)delta << 4 | type);
}

void
thrift_begin(struct thrift *t)
{
	CHECK(t->depth < THRIFT_DEPTH_MAX);
	t->last[t->depth++] = 0;
}

void
thrift_end(struct thrift *t)
{
	CHECK(t->depth > 0);
	t->depth--;
	byte_is(t, 0);
}

void
thrift_struct(struct thrift *t, int id)
{
	field(t, id, THRIFT_STRUCT);
	thrift_begin(t);
}

void
thrift_empty(struct thrift *t, int id)
{
	thrift_struct(t, id);
	thrift_end(t);
}

void
thrift_list(struct thrift *t, int id, enum thrift_type of, uint64_t *n, uint64_t max)
{
	unsigned head;

	field(t, id, THRIFT_LIST);
	if (t->out) {
		byte_is(t, (*n < 15 ? (unsigned)*n << 4 : 0xf0) | of);
		if (*n >= 15)
			varint(t, n);
		return;
	}
	head = take(t);
	*n = head >> 4;
	if (*n == 15)
		varint(t, n);
	if ((head & 15) != of || *n > max || (head >> 4 == 15 && *n < 15))
		fault(t);
	if (t->bad)
		*n = 0;
}

void
thrift_list_of(struct thrift *t, int id, enum thrift_type of, uint64_t n)
{
	uint64_t have = n;

	thrift_list(t, id, of, &have, n);
	if (have != n)
		fault(t);
}

/* ---- values ---- */

void
thrift_number(struct thrift *t, int id, enum thrift_type type, int64_t *v)
{
	field(t, id, type);
	signed_varint(t, v);
	if (type == THRIFT_I32 && (*v < INT32_MIN || *v > INT32_MAX))
		fault(t);
}

void
thrift_is(struct thrift *t, int id, enum thrift_type type, int64_t v)
{
	int64_t have = v;

	thrift_number(t, id, type, &have);
	if (have != v)
		fault(t);
}

void
thrift_is_true(struct thrift *t, int id)
{
	field(t, id, THRIFT_BOOL);
}

void
thrift_is_text(struct thrift *t, int id, const char *text)
{
	field(t, id, THRIFT_TEXT);
	text_is(t, span_of(text));
}

void
thrift_item_is(struct thrift *t, int64_t v)
{
	int64_t have = v;

	signed_varint(t, &have);
	if (have != v)
		fault(t);
}

void
thrift_item_is_text(struct thrift *t, const char *text)
{
	text_is(t, span_of(text));
}

void
thrift_bytes_i64(struct thrift *t, int id, int64_t *v)
{
	uint64_t u = (uint64_t)*v, n = 8;

	field(t, id, THRIFT_TEXT);
	varint(t, &n);
	if (n != 8)
		fault(t);
	for (unsigned i = 0; i < 8; i++) {
		if (t->out)
			buf_byte(t->out, (char)(u >> 8 * i & 0xff));
		else
			u = (u & ~(UINT64_C(0xff) << 8 * i)) | (uint64_t)take(t) << 8 * i;
	}
	*v = (int64_t)u;
}
