/* Catches a verify request that crashes its reader, is taken with a key that could break out of a
 * header, or names an instrument or order that is none. */
#include "fuzz.h"
#include "json.h"
#include "leak.h"
#include "okx_id.h"
#include "request.h"

static char memory[1024];

static void
check_header_value(struct span s)
{
	FUZZ_CHECK(s.len >= 1 && s.len <= 256);
	for (size_t i = 0; i < s.len; i++)
		FUZZ_CHECK(s.ptr[i] >= 0x20 && s.ptr[i] <= 0x7e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct credentials none = {{"", 0}, {"", 0}, {"", 0}};
	struct buf secrets = {.ptr = memory, .cap = sizeof memory, .max = sizeof memory}, out;
	struct request r = {0};
	struct request_fault fault = {NULL, NULL, 0};
	uint64_t id;

	if (request_parse(fuzz_span(data, size), &none, &secrets, &r, &fault)) {
		struct span keys[] = {r.keys.api_key, r.keys.secret_key, r.keys.passphrase};

		FUZZ_CHECK(okx_id_parse(r.ord_id, &id) && r.inst_id.len >= 3);
		for (size_t i = 0; i < r.inst_id.len; i++)
			FUZZ_CHECK(!strchr("&=?#/ %\r\n\"", r.inst_id.ptr[i]));
		for (int i = 0; i < 3; i++)
			check_header_value(keys[i]);
		/* what okx-fetch prints of the request is JSON again, without members of secret
		 * names */
		buf_init(&out, 1 << 20);
		leak_strip(r.text, &out);
		FUZZ_CHECK(json_check(buf_span(&out), NULL) == JSON_OK);
		buf_release(&out);
	} else {
		FUZZ_CHECK(fault.what && fault.why);
	}
	return 0;
}
