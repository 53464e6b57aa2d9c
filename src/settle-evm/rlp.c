#include "rlp.h"

#include "check.h"

/* Heads: below 0x80 a byte stands for itself; 0x80 + length, 0xb7 + length of the length for bytes;
 * 0xc0 and 0xf7 likewise for lists. */
#define SHORT_BYTES 0x80
#define SHORT_LIST 0xc0
#define SHORT_MAX 55

/* ---- writing ---- */

void
rlp_writer_init(struct rlp_writer *w, unsigned char *memory, size_t size)
{
	*w = (struct rlp_writer){.memory = memory, .size = size, .at = size};
}

static void
put(struct rlp_writer *w, const void *bytes, size_t n)
{
	if (w->overflow || n > w->at) {
		w->overflow = true;
		return;
	}
	w->at -= n;
	if (n)
		memcpy(w->memory + w->at, bytes, n);
}

void
rlp_put_raw(struct rlp_writer *w, struct span items)
{
	put(w, items.ptr, items.len);
}

void
rlp_put_type(struct rlp_writer *w, unsigned char type)
{
	put(w, &type, 1);
}

static void
put_head(struct rlp_writer *w, unsigned char short_head, size_t len)
{
	unsigned char head[9];
	size_t n = 0;

	if (len <= SHORT_MAX) {
		rlp_put_type(w, (unsigned char)(short_head + len));
		return;
	}
	for (size_t left = len; left; left >>= 8)
		head[8 - n++] = (unsigned char)left;
	head[8 - n] = (unsigned char)(short_head + SHORT_MAX + n);
	put(w, head + 8 - n, n + 1);
}

void
rlp_put_bytes(struct rlp_writer *w, struct span bytes)
{
	put(w, bytes.ptr, bytes.len);
	if (bytes.len != 1 || (unsigned char)bytes.ptr[0] >= SHORT_BYTES)
		put_head(w, SHORT_BYTES, bytes.len);
}

void
rlp_put_u256(struct rlp_writer *w, struct u256 v)
{
	unsigned char bytes[U256_BYTES];
	size_t n = u256_byte_length(v);

	u256_to_bytes(v, bytes);
	rlp_put_bytes(w, (struct span){(char *)bytes + U256_BYTES - n, n});
}

void
rlp_put_u64(struct rlp_writer *w, uint64_t v)
{
	rlp_put_u256(w, u256_of(v));
}

size_t
rlp_mark(const struct rlp_writer *w)
{
	return w->at;
}

void
rlp_close_list(struct rlp_writer *w, size_t mark)
{
	CHECK(mark >= w->at);
	put_head(w, SHORT_LIST, mark - w->at);
}

struct span
rlp_written(const struct rlp_writer *w)
{
	if (w->overflow)
		return (struct span){0};
	return (struct span){(char *)w->memory + w->at, w->size - w->at};
}

/* ---- reading ---- */

const char *
rlp_error_text(enum rlp_error e)
{
	switch (e) {
	case RLP_OK: return "ok";
	case RLP_E_TRUNCATED: return "ends within an item";
	case RLP_E_SPELLING: return "not the shortest spelling";
	case RLP_E_DEPTH: return "nested too deep";
	case RLP_E_TRAILING: return "bytes after the end";
	case RLP_E_KIND: return "a list where bytes belong, or bytes where a list does";
	case RLP_E_RANGE: return "a number or a field of the wrong size";
	}
	return "?";
}

/* The length that n bytes after the head give; they are the shortest that do. */
static enum rlp_error
long_length(struct span *in, size_t n, size_t *len)
{
	const unsigned char *p = (const unsigned char *)in->ptr;

	if (n > in->len)
		return RLP_E_TRUNCATED;
	if (p[0] == 0)
		return RLP_E_SPELLING;
	if (n > sizeof *len)
		return RLP_E_TRUNCATED;
	*len = 0;
	for (size_t i = 0; i < n; i++)
		*len = *len << 8 | p[i];
	if (*len <= SHORT_MAX)
		return RLP_E_SPELLING;
	*in = (struct span){in->ptr + n, in->len - n};
	return RLP_OK;
}

enum rlp_error
rlp_next(struct span *in, struct rlp_item *out)
{
	unsigned char head;
	size_t len;

	if (in->len == 0)
		return RLP_E_TRUNCATED;
	head = (unsigned char)in->ptr[0];
	if (head < SHORT_BYTES) {
		*out = (struct rlp_item){false, {in->ptr, 1}};
		*in = (struct span){in->ptr + 1, in->len - 1};
		return RLP_OK;
	}
	out->list = head >= SHORT_LIST;
	len = head - (size_t)(out->list ? SHORT_LIST : SHORT_BYTES);
	*in = (struct span){in->ptr + 1, in->len - 1};
	if (len > SHORT_MAX) {
		enum rlp_error e = long_length(in, len - SHORT_MAX, &len);

		if (e != RLP_OK)
			return e;
	}
	if (len > in->len)
		return RLP_E_TRUNCATED;
	out->body = (struct span){in->ptr, len};
	*in = (struct span){in->ptr + len, in->len - len};
	if (!out->list && len == 1 && (unsigned char)out->body.ptr[0] < SHORT_BYTES)
		return RLP_E_SPELLING;
	return RLP_OK;
}

enum rlp_error
rlp_next_list(struct span *in, struct span *items)
{
	struct rlp_item item;
	enum rlp_error e = rlp_next(in, &item);

	if (e == RLP_OK && !item.list)
		e = RLP_E_KIND;
	if (e == RLP_OK)
		*items = item.body;
	return e;
}

enum rlp_error
rlp_next_bytes(struct span *in, struct span *bytes)
{
	struct rlp_item item;
	enum rlp_error e = rlp_next(in, &item);

	if (e == RLP_OK && item.list)
		e = RLP_E_KIND;
	if (e == RLP_OK)
		*bytes = item.body;
	return e;
}

enum rlp_error
rlp_next_u256(struct span *in, struct u256 *out)
{
	struct span bytes;
	enum rlp_error e = rlp_next_bytes(in, &bytes);

	if (e != RLP_OK)
		return e;
	if (bytes.len && bytes.ptr[0] == 0)
		return RLP_E_SPELLING;
	if (bytes.len > U256_BYTES)
		return RLP_E_RANGE;
	*out = u256_from_bytes((const unsigned char *)bytes.ptr, bytes.len);
	return RLP_OK;
}

enum rlp_error
rlp_next_u64(struct span *in, uint64_t *out)
{
	struct u256 wide;
	enum rlp_error e = rlp_next_u256(in, &wide);

	if (e == RLP_OK && !u256_u64(wide, out))
		e = RLP_E_RANGE;
	return e;
}

enum rlp_error
rlp_check(struct span text)
{
	struct span rest[RLP_DEPTH_MAX]; /* of the lists that are open */
	struct rlp_item item;
	size_t depth = 0;
	enum rlp_error e = rlp_next(&text, &item);

	if (e == RLP_OK && text.len)
		e = RLP_E_TRAILING;
	while (e == RLP_OK) {
		if (item.list) {
			if (depth == RLP_DEPTH_MAX)
				return RLP_E_DEPTH;
			rest[depth++] = item.body;
		}
		while (depth && rest[depth - 1].len == 0)
			depth--;
		if (depth == 0)
			return RLP_OK;
		e = rlp_next(&rest[depth - 1], &item);
	}
	return e;
}
