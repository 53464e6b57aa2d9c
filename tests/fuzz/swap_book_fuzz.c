/*
 * Catches a log line that crashes the book, breaks what it knows of itself, or leaves memory; and a
 * receipt that settle-recon reads otherwise than settle does.
 */
#include "fuzz.h"
#include "json.h"
#include "listing.h"
#include "recon.h"
#include "swap_book.h"

static void
ignore(void *context, const struct recon_difference *d)
{
	(void)context;
	FUZZ_CHECK(recon_result_name(d->result));
}

static void
expect_sound(const struct swap_book *b)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < b->swaps_n; i++) {
		const struct swap *s = b->swaps[i];

		FUZZ_CHECK(swap_book_swap(b, span_of(s->id)) == s && s->legs_n <= SWAP_LEGS_MAX);
		for (size_t k = 0; k < s->legs_n; k++) {
			const struct leg *l = s->legs[k];

			FUZZ_CHECK(swap_book_leg(b, span_of(l->id)) == l && l->swap == s);
			FUZZ_CHECK(!s->over || leg_over(l));
			FUZZ_CHECK(!leg_making(l) || leg_making(l)->unsigned_);
		}
		buf_clear(&out);
		listing_swap(s, &out);
		FUZZ_CHECK(!buf_ok(&out) || json_check(buf_span(&out), NULL) == JSON_OK);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t secret[2] = {1, 2};
	struct span rest = fuzz_span(data, size);
	struct swap_book b;
	struct recon r;

	swap_book_init(&b, secret);
	recon_init(&r, secret);
	r.differs = ignore;
	while (rest.len) {
		size_t n = span_find(rest, SPAN_LIT("\n"));
		struct span line = {rest.ptr, n};

		swap_book_apply(&b, line);
		recon_receipt(&r, line);
		n += n < rest.len;
		rest = (struct span){rest.ptr + n, rest.len - n};
	}
	expect_sound(&b);
	recon_transfer(&r, "eth", SPAN_LIT("t"), SPAN_LIT("x"), SPAN_LIT("1"), 1);
	recon_finish(&r, "eth");
	swap_book_release(&b);
	recon_release(&r);
	return 0;
}
