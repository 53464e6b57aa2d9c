/*
 * Catches hex, base64 and UTF-8 that is taken in more than one spelling, or does not come back as
 * it went in.
 */
#include "base64.h"
#include "fuzz.h"
#include "hex.h"
#include "utf8.h"

static void
check_hex(struct span text)
{
	unsigned char bytes[2048], hash[32];
	char printed[4097];
	size_t n = text.len / 2;
	bool lower;

	if (text.len > sizeof printed - 1)
		return;
	lower = hex_parse(text, false, bytes, n);
	if (lower) {
		hex_print(bytes, n, printed);
		FUZZ_CHECK(span_is(text, printed));
	}
	for (size_t i = 0; i < text.len; i++)
		printed[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'F' ? text.ptr[i] | 0x20
									     : text.ptr[i]);
	FUZZ_CHECK(hex_parse(text, true, bytes, n) ==
		   hex_parse((struct span){printed, text.len}, false, bytes, n));
	if (hex_parse_hash(text, hash)) {
		hex_print_hash(hash, printed);
		FUZZ_CHECK(span_is(text, printed));
	}
	hex_print((const unsigned char *)text.ptr, n, printed);
	FUZZ_CHECK(hex_parse(span_of(printed), false, bytes, n) && memcmp(bytes, text.ptr, n) == 0);
}

static void
check_base64(struct span text)
{
	struct buf bytes, again;

	buf_init(&bytes, text.len + 3);
	buf_init(&again, 2 * text.len + 8);
	if (base64_decode(text, &bytes)) {
		base64_append(buf_span(&bytes), &again);
		FUZZ_CHECK(span_equal(buf_span(&again), text));
	}
	buf_clear(&bytes);
	buf_clear(&again);
	base64_append(text, &again);
	FUZZ_CHECK(buf_ok(&again) && again.len == BASE64_LEN(text.len));
	FUZZ_CHECK(base64_decode(buf_span(&again), &bytes) && span_equal(buf_span(&bytes), text));
	buf_release(&bytes);
	buf_release(&again);
}

/* A sequence is well formed if and only if some code point is written so. */
static size_t
naive_width(const unsigned char *p, size_t n)
{
	for (size_t width = 1; width <= 4 && width <= n; width++) {
		uint32_t c = width == 1 ? p[0] : p[0] & (0xffu >> (width + 1));
		char written[4];

		for (size_t i = 1; i < width; i++)
			c = c << 6 | (p[i] & 0x3f);
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			continue;
		if (utf8_encode(c, written) == width && memcmp(written, p, width) == 0)
			return width;
	}
	return 0;
}

static void
check_utf8(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t at = 0, offset = SIZE_MAX, width;
	bool valid = utf8_valid(text, &offset);

	while (at < text.len && (width = naive_width(p + at, text.len - at)) > 0) {
		FUZZ_CHECK(utf8_width(text.ptr + at, text.len - at) == width);
		at += width;
	}
	FUZZ_CHECK(valid == (at == text.len));
	if (!valid)
		FUZZ_CHECK(offset == at && utf8_width(text.ptr + at, text.len - at) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);

	check_hex(text);
	check_base64(text);
	check_utf8(text);
	return 0;
}
