/* Catches a record that would make the store write outside its directory, or print what is no JSON.
 */
#include "entry.h"
#include "fuzz.h"
#include "json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_record r;
	struct chain_fault fault;
	struct entry e;
	const char *why = NULL;
	struct buf out;

	if (!chain_parse(fuzz_span(data, size), &r, &fault))
		return 0;
	if (!entry_read(&r, &e, &why)) {
		FUZZ_CHECK(why);
		return 0;
	}
	FUZZ_CHECK(!strstr(e.path, "..") && strncmp(e.path, "reports/evidence/", 17) == 0 &&
		   strlen(e.path) == 17 + 11 + 29 + 5);
	FUZZ_CHECK(e.user_id.len >= 1 && e.user_id.len <= 128);
	buf_init(&out, size + 4096);
	entry_set_parent(&r, &e, e.root, &out);
	FUZZ_CHECK(json_check(buf_span(&out), NULL) == JSON_OK);
	buf_clear(&out);
	entry_audit_payload(&e, (struct span){0}, &out);
	FUZZ_CHECK(json_check(buf_span(&out), NULL) == JSON_OK);
	buf_release(&out);
	return 0;
}
