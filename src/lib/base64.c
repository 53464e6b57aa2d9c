#include "base64.h"

#include <stdint.h>

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

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(struct span text, struct buf *out)
{
	if (text.len % 4 != 0)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		const char *q = text.ptr + i;
		bool last = i + 4 == text.len;
		size_t n = last && q[3] == '=' ? (q[2] == '=' ? 1 : 2) : 3;
		uint32_t v = 0;
		char bytes[3];

		for (size_t k = 0; k < 4; k++) {
			int d = k <= n ? value_of(q[k]) : 0;

			if (d < 0)
				return false;
			v = v << 6 | (uint32_t)d;
		}
		/* bits behind the last byte must be zero */
		if ((n == 1 && (v & 0xffff)) || (n == 2 && (v & 0xff)))
			return false;
		bytes[0] = (char)(v >> 16);
		bytes[1] = (char)(v >> 8);
		bytes[2] = (char)v;
		buf_add(out, (struct span){bytes, n});
	}
	return buf_ok(out);
}
