/* Catches an accounts file or a blacklist that crashes its reader, or gives somebody a key that is
 * none. */
#include "fuzz.h"
#include "roster.h"

static const uint64_t secret[2] = {1, 2};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct roster a;
	struct keymap names;
	uint64_t line;

	order_signature_init();
	roster_init(&a, secret);
	buf_add(&a.text, in);
	if (roster_read(&a)) {
		for (size_t i = 0; i < a.n; i++) {
			const struct account *one = &a.list[i];

			FUZZ_CHECK(roster_find(&a, one->name) == one);
			FUZZ_CHECK(one->key_n <= ACCOUNT_KEYS_MAX &&
				   one->limit_n <= ACCOUNT_LIMITS_MAX);
			for (size_t k = 0; k < one->key_n; k++)
				FUZZ_CHECK(order_signature_check(&one->keys[k], in, in) != NULL);
		}
	} else {
		FUZZ_CHECK(a.fault && a.fault_line > 0);
	}
	roster_release(&a);
	keymap_init(&names, 1000, secret);
	blacklist_read(&names, in, &line);
	keymap_release(&names);
	return 0;
}
