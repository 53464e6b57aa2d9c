/*
 * Catches a verify record that a filter of the chain does not hand on as it came: other bytes, lost
 * or doubled members, no JSON.
 */
#include "chain.h"
#include "fuzz.h"
#include "json.h"

static const char *const names[] = {"meta",  "normalized", "raw",	"perf",
				    "error", "evidence",   "clientMeta"};
#define NAMES (sizeof names / sizeof names[0])

static struct span
member(const struct chain_record *r, size_t i)
{
	const struct span all[NAMES] = {r->meta,  r->normalized, r->raw,	r->perf,
					r->error, r->evidence,	 r->client_meta};

	return all[i];
}

static void
expect_refused(struct span line, const struct chain_fault *fault)
{
	struct chain_record r;
	struct chain_fault other;
	struct buf out;
	size_t offset;

	FUZZ_CHECK(fault->code && fault->why && fault->offset <= line.len);
	FUZZ_CHECK((json_check(line, &offset) != JSON_OK) ==
		   (strncmp(fault->code, "JSON_", 5) == 0));
	buf_init(&out, 1024);
	chain_unreadable(7, fault, &out);
	FUZZ_CHECK(buf_ok(&out) && chain_parse(buf_span(&out), &r, &other) && chain_has_error(&r));
	buf_release(&out);
}

/* With these members added behind, everything else is what it was. */
static void
expect_kept(const struct chain_record *r, struct span error, const char *added)
{
	bool replaced = error.ptr && !chain_has_error(r);
	struct chain_record copy;
	struct chain_fault fault;
	struct buf out;

	buf_init(&out, r->text.len + error.len + 100);
	chain_open(r, error, &out);
	if (added)
		buf_json_member_raw(&out, added, SPAN_LIT("{\"a\":1}"));
	chain_close(&out);
	FUZZ_CHECK(buf_ok(&out));
	if (!chain_parse(buf_span(&out), &copy, &fault))
		FUZZ_CHECK(added && strcmp(fault.code, "DUPLICATE") == 0);
	else
		for (size_t i = 0; i < NAMES; i++) {
			struct span want = member(r, i), have = member(&copy, i);

			if (strcmp(names[i], "error") == 0 && replaced)
				want = error;
			if (added && strcmp(names[i], added) == 0)
				want = SPAN_LIT("{\"a\":1}");
			FUZZ_CHECK((want.ptr != NULL) == (have.ptr != NULL) &&
				   span_equal(want, have));
		}
	if (!replaced) {
		/* byte for byte up to the closing brace and the white space before it */
		struct span body = json_trim((struct span){r->text.ptr, r->text.len - 1});

		FUZZ_CHECK(span_starts(buf_span(&out), body));
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = fuzz_span(data, size);
	struct chain_fault fault = {0};
	struct chain_record r;
	struct buf error;

	if (!chain_parse(line, &r, &fault)) {
		expect_refused(line, &fault);
		return 0;
	}
	for (size_t i = 0; i < NAMES; i++) {
		struct span found;
		bool is_there = json_find(r.text, names[i], &found);

		FUZZ_CHECK(is_there == (member(&r, i).ptr != NULL));
		if (is_there)
			FUZZ_CHECK(found.ptr == member(&r, i).ptr);
	}
	buf_init(&error, 1000);
	chain_error("INTERNAL", SPAN_LIT("said \"so\""), "hint", &error);
	expect_kept(&r, (struct span){0}, NULL);
	expect_kept(&r, (struct span){0}, "evidence");
	expect_kept(&r, (struct span){0}, "perf");
	expect_kept(&r, buf_span(&error), NULL);
	expect_kept(&r, buf_span(&error), "normalized");
	buf_release(&error);
	return 0;
}
