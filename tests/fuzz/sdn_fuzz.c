/* Catches a block list that crashes its reader, or gives an address that could not be looked up
 * again, or misses itself in another spelling. */
#include "blocklist.h"
#include "fuzz.h"
#include "hashes.h"

static void
found(void *context, struct span address)
{
	struct blocklist_key listed[3], asked[3];
	size_t n = blocklist_keys(address, true, listed);

	(void)context;
	FUZZ_CHECK(address.len > 0 && address.len <= SDN_ADDRESS_MAX && n >= 1 && n <= 3);
	FUZZ_CHECK(blocklist_keys(address, false, asked) == 1);
	FUZZ_CHECK(asked[0].len == listed[0].len &&
		   memcmp(asked[0].bytes, listed[0].bytes, asked[0].len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sdn_form form;

	hashes_init();
	sdn_read(fuzz_span(data, size), found, NULL, &form);
	return 0;
}
