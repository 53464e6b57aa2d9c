/* Catches a policy or a line of the log that crashes its reader, and a policy that is read and
 * allows an address that none of its rules holds. */
#include "fuzz.h"
#include "json.h"
#include "signlog.h"

static const uint64_t secret[2] = {1, 2};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	static struct tx_spend spends[TX_SIGNATURES_MAX];
	struct ledger_entry entry;
	static struct policy p;
	size_t offset;

	if (policy_read(&p, in, secret)) {
		FUZZ_CHECK(p.chains_n > 0 && p.chains_n <= POLICY_CHAINS_MAX);
		for (size_t i = 0; i < p.assets_n; i++) {
			FUZZ_CHECK(p.assets[i].chain < p.chains_n);
			FUZZ_CHECK(policy_asset(&p, p.assets[i].chain, &p.assets[i].contract) == i);
		}
		for (size_t i = 0; i < p.allows_n; i++)
			FUZZ_CHECK(p.allows[i].to.len > 0 && p.allows[i].chain < p.chains_n);
	} else {
		FUZZ_CHECK(p.fault != NULL);
	}
	if (json_check(in, &offset) == JSON_OK && json_type(json_trim(in)) == JSON_OBJECT &&
	    signlog_read(json_trim(in), &p, spends, &entry))
		FUZZ_CHECK(entry.spends_n <= TX_SIGNATURES_MAX);
	policy_release(&p);
	return 0;
}
