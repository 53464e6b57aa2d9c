/*
 * Catches a sealed record that crashes its check, is judged in two ways, or is good while its root
 * does not follow from it.
 */
#include "fuzz.h"
#include "sealed_check.h"

static void
agrees(const struct sealed_check *c, enum finding result, const struct chain_record *r)
{
	const struct findings *f = &c->findings;

	FUZZ_CHECK((f->failed != NULL) == (result == FINDING_BAD));
	FUZZ_CHECK((result == FINDING_CANNOT_TELL) ==
		   (!r->evidence.ptr || (result != FINDING_BAD && c->missing)));
	if (result == FINDING_BAD || !r->evidence.ptr)
		return;
	/* every leaf that is listed is open, redacted or missing, but for the manifest */
	FUZZ_CHECK(c->open + c->redacted + c->missing == c->sealed.n - 1);
	FUZZ_CHECK(tree_hash_equal(evidence_root(&c->evidence), c->sealed.root));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_fault fault;
	struct sealed_check c;
	struct chain_record r;
	enum finding result;

	if (!chain_parse(fuzz_span(data, size), &r, &fault))
		return 0;
	sealed_check_init(&c);
	result = sealed_check_record(&c, &r);
	agrees(&c, result, &r);
	/* used again, it has forgotten what it saw */
	FUZZ_CHECK(sealed_check_record(&c, &r) == result);
	agrees(&c, result, &r);
	sealed_check_release(&c);
	return 0;
}
