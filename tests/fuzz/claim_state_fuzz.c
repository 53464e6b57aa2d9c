/* Catches an amount whose printed form is another amount, or that pays nothing or less. */
#include "claim_state.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	char out[DECIMAL_TEXT_MAX], again[DECIMAL_TEXT_MAX];
	struct decimal a, b;

	if (claim_is_remark(text))
		FUZZ_CHECK(text.len && text.len <= 200 && !memchr(text.ptr, '\n', text.len));
	if (claim_amount(text, out))
		return 0;
	FUZZ_CHECK(decimal_parse(text, &a) == DECIMAL_OK &&
		   decimal_parse(span_of(out), &b) == DECIMAL_OK);
	FUZZ_CHECK(decimal_compare(a, b) == 0 && decimal_sign(a) > 0);
	FUZZ_CHECK(!claim_amount(span_of(out), again) && strcmp(out, again) == 0);
	return 0;
}
