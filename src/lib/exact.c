#include "exact.h"

#include "number.h"

/* 2^64 has 20 */
#define DIGITS_MAX 20

bool
exact_starts(const struct exact *x, const char *text)
{
	return !x->bad && span_starts(x->rest, span_of(text));
}

static void
take(struct exact *x, size_t n)
{
	x->rest.ptr += n;
	x->rest.len -= n;
}

void
exact_skip(struct exact *x, const char *text)
{
	if (exact_starts(x, text))
		take(x, strlen(text));
	else
		x->bad = true;
}

uint64_t
exact_u64(struct exact *x, const char *key, uint64_t max)
{
	uint64_t v = 0;
	size_t n = 0;

	exact_skip(x, key);
	while (!x->bad && n < x->rest.len && n < DIGITS_MAX &&
	       (unsigned)(x->rest.ptr[n] - '0') <= 9)
		n++;
	if (x->bad || !number_u64((struct span){x->rest.ptr, n}, &v) || v > max) {
		x->bad = true;
		return 0;
	}
	take(x, n);
	return v;
}

int64_t
exact_i64(struct exact *x, const char *key, int64_t max)
{
	return (int64_t)exact_u64(x, key, (uint64_t)max);
}

static bool
is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == '\\')
			return false;
	return true;
}

struct span
exact_text(struct exact *x, const char *key, size_t max)
{
	struct span text = {"", 0};
	const char *end;

	exact_skip(x, key);
	exact_skip(x, "\"");
	end = x->bad ? NULL : memchr(x->rest.ptr, '"', x->rest.len);
	if (end)
		text = (struct span){x->rest.ptr, (size_t)(end - x->rest.ptr)};
	if (!end || text.len > max || !is_plain(text)) {
		x->bad = true;
		return (struct span){"", 0};
	}
	take(x, text.len + 1);
	return text;
}

struct decimal
exact_decimal(struct exact *x, const char *key)
{
	struct decimal d = {0, 0};
	struct span text = exact_text(x, key, DECIMAL_TEXT_MAX);
	char again[DECIMAL_TEXT_MAX] = "";

	x->bad = x->bad || decimal_parse(text, &d) != DECIMAL_OK;
	if (!x->bad)
		x->bad =
		    decimal_print(d, again) != text.len || memcmp(again, text.ptr, text.len) != 0;
	return x->bad ? (struct decimal){0, 0} : d;
}

/* ---- out ---- */

void
exact_put_u64(struct buf *b, const char *key, uint64_t v)
{
	buf_str(b, key);
	buf_u64(b, v);
}

void
exact_put_i64(struct buf *b, const char *key, int64_t v)
{
	buf_str(b, key);
	buf_i64(b, v);
}

void
exact_put_text(struct buf *b, const char *key, struct span text)
{
	buf_str(b, key);
	buf_byte(b, '"');
	buf_add(b, text);
	buf_byte(b, '"');
}

void
exact_put_decimal(struct buf *b, const char *key, struct decimal d)
{
	char text[DECIMAL_TEXT_MAX];

	exact_put_text(b, key, (struct span){text, decimal_print(d, text)});
}
