/* Catches credentials that do not come back from the vault as they went in, or that could end an
 * HTTP header. */
#include "credentials.h"
#include "fuzz.h"

static void
expect_printable(struct span s, size_t min)
{
	FUZZ_CHECK(s.len >= min && s.len <= 256);
	for (size_t i = 0; i < s.len; i++)
		FUZZ_CHECK(s.ptr[i] >= 0x20 && s.ptr[i] <= 0x7e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char first[CREDENTIALS_MAX], second[CREDENTIALS_MAX], printed[CREDENTIALS_MAX];
	struct buf room = {.ptr = first, .cap = sizeof first, .max = sizeof first};
	struct buf room2 = {.ptr = second, .cap = sizeof second, .max = sizeof second};
	struct buf text = {.ptr = printed, .cap = sizeof printed, .max = sizeof printed};
	struct credentials c, back;
	const char *why = NULL;

	if (!credentials_parse(fuzz_span(data, size), &room, &c, &why)) {
		FUZZ_CHECK(why);
		return 0;
	}
	expect_printable(c.api_key, 1);
	expect_printable(c.secret_key, 1);
	expect_printable(c.passphrase, 1);
	expect_printable(c.uid, 0);
	credentials_print(&c, &text);
	FUZZ_CHECK(buf_ok(&text));
	FUZZ_CHECK(credentials_parse(buf_span(&text), &room2, &back, &why));
	FUZZ_CHECK(span_equal(c.api_key, back.api_key) && span_equal(c.uid, back.uid) &&
		   span_equal(c.secret_key, back.secret_key) &&
		   span_equal(c.passphrase, back.passphrase));
	return 0;
}
