#include "base64.h"

#include "swar.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_append(struct span bytes, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);
		char quad[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63],
				left > 1 ? alphabet[v >> 6 & 63] : '=',
				left > 2 ? alphabet[v & 63] : '='};

		buf_add(out, (struct span){quad, 4});
	}
}

/* Each letter's value and one; 0: none of the alphabet. */
static const unsigned char places[256] = {['A'] = 1, 2,	 3,  4,	 5,  6,	 7,  8,		 9,
					  10,	     11, 12, 13, 14, 15, 16, 17,	 18,
					  19,	     20, 21, 22, 23, 24, 25, 26,	 ['a'] = 27,
					  28,	     29, 30, 31, 32, 33, 34, 35,	 36,
					  37,	     38, 39, 40, 41, 42, 43, 44,	 45,
					  46,	     47, 48, 49, 50, 51, 52, ['0'] = 53, 54,
					  55,	     56, 57, 58, 59, 60, 61, 62,	 ['+'] = 63,
					  ['/'] = 64};

/* Four letters as 24 bits; above them bits are set where one is none. */
static uint32_t
join(const char *letters)
{
	const unsigned char *l = (const unsigned char *)letters;

	return (places[l[0]] - UINT32_C(1)) << 18 | (places[l[1]] - UINT32_C(1)) << 12 |
	       (places[l[2]] - UINT32_C(1)) << 6 | (places[l[3]] - UINT32_C(1));
}

static void
put(uint32_t v, size_t n, char *to)
{
	for (size_t k = 0; k < n; k++)
		to[k] = (char)(v >> (16 - 8 * k));
}

bool
base64_decode(struct span text, struct buf *out)
{
	size_t quads = text.len / 4, last;
	const char *from = text.ptr;
	char end[4], *to;
	uint32_t v, all = 0;

	if (text.len % 4 != 0)
		return false;
	if (quads == 0)
		return buf_ok(out);
	memcpy(end, from + text.len - 4, 4);
	last = end[3] != '=' ? 3 : end[2] != '=' ? 2 : 1;
	to = buf_room(out, 3 * (quads - 1) + last);
	if (!to)
		return false;
	for (size_t i = 0; i < quads - 1; i++, from += 4, to += 3) {
		v = join(from);
		all |= v;
		/* a fourth byte, which the next quad writes anew */
		swar_store4(to, __builtin_bswap32(v << 8));
	}
	memset(end + 1 + last, 'A', 3 - last);
	v = join(end);
	put(v, last, to);
	/* bits behind the last byte must be zero */
	if ((all | v) >> 24 || v & ((UINT32_C(1) << 8 * (3 - last)) - 1))
		return false;
	buf_grown(out, 3 * (quads - 1) + last);
	return true;
}
