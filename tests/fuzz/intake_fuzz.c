/*
 * Catches a line that crashes order-intake's reader or gate, a signed text that is not its own
 * canonical form, a nonce that is taken twice, and exposure beyond a limit.
 */
#include "fuzz.h"
#include "gate.h"
#include "incoming.h"
#include "json.h"

#include <stdio.h>

static const uint64_t secret[2] = {1, 2};

static void
check_signed_text(struct span line)
{
	struct buf scratch, once, twice;

	buf_init(&scratch, 1 << 16);
	buf_init(&once, 1 << 16);
	buf_init(&twice, 1 << 16);
	if (incoming_signed_text(line, &scratch, &once) == JCS_OK) {
		struct span sig;

		FUZZ_CHECK(json_check(buf_span(&once), NULL) == JSON_OK);
		FUZZ_CHECK(!json_find(buf_span(&once), "sig", &sig));
		FUZZ_CHECK(incoming_signed_text(buf_span(&once), &scratch, &twice) == JCS_OK);
		FUZZ_CHECK(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_release(&scratch);
	buf_release(&once);
	buf_release(&twice);
}

static void
offer(struct gate *g, struct span line)
{
	struct incoming m;
	const char *why = NULL;
	struct decimal before, after, limit = {.coef = 1000};
	bool spent, known;
	enum refusal r = incoming_read(line, &m, &why);

	FUZZ_CHECK(r == REFUSAL_NONE || why);
	if (r != REFUSAL_NONE || m.kind == INCOMING_OTHER || !m.account.ptr)
		return;
	check_signed_text(line);
	known = gate_exposure(g, m.account, SPAN_LIT("BTC"), &before);
	r = gate_decide(g, NULL, &m, &spent, &why);
	/* once it has been looked at, it is used */
	FUZZ_CHECK(!m.has_nonce || gate_nonce_used(g, &m));
	FUZZ_CHECK(!m.has_nonce || gate_decide(g, NULL, &m, &spent, &why) == REFUSAL_NONCE);
	if (!gate_exposure(g, m.account, SPAN_LIT("BTC"), &after))
		return;
	if (r == REFUSAL_LIMIT && known)
		FUZZ_CHECK(decimal_compare(before, after) == 0);
	/* beyond the limit only if it was before, by fills */
	FUZZ_CHECK(decimal_compare(after, limit) <= 0 ||
		   (known && decimal_compare(after, before) <= 0));
}

/* Lines: those that begin with ! are events of match, all others come from clients. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gate_options o = {.limits[0] = {.asset = SPAN_LIT("BTC"), .amount = {.coef = 1000}},
				 .limit_n = 1,
				 .track = true,
				 .releases = true,
				 .storm_cancels = 2,
				 .storm_us = 10,
				 .cooldown_us = 10};
	struct span in = fuzz_span(data, size);
	struct gate g;

	gate_init(&g, &o, secret);
	while (in.len) {
		struct span line = fuzz_until(&in, '\n');
		struct event e;

		if (line.len && line.ptr[0] == '!') {
			line.ptr++;
			line.len--;
			if (!event_read(line, &e))
				gate_event(&g, &e);
		} else {
			offer(&g, line);
		}
	}
	gate_release(&g);
	return 0;
}
