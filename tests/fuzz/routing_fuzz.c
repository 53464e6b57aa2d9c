/*
 * Catches a line that goes to no shard, or to another one when it is written differently, comes
 * again, or is looked at by somebody who remembers nothing; a shard more that moves symbols between
 * the old ones; and a refusal that is not to be printed.
 */
#include "fuzz.h"
#include "json.h"
#include "routing.h"

static const uint64_t secret[2] = {1, 2};

static bool
same(struct routed a, struct routed b)
{
	return a.route == b.route && a.shard == b.shard && a.reason == b.reason && a.why == b.why;
}

/* The same record: white space around it, and every byte of its symbol that can be as \u00XX. */
static void
rewrite(struct span line, struct buf *out)
{
	struct json_walk w = json_walk(json_trim(line));
	struct span key, value;

	buf_str(out, " \t{");
	for (const char *comma = ""; json_next_member(&w, &key, &value); comma = ",") {
		struct span text;

		buf_str(out, comma);
		buf_str(out, " \"");
		buf_add(out, key);
		buf_str(out, "\" : ");
		if (!json_key_is(key, "symbol") || !json_plain(value, &text)) {
			buf_add(out, value);
			continue;
		}
		buf_byte(out, '"');
		for (size_t i = 0; i < text.len; i++) {
			char escape[8];

			snprintf(escape, sizeof escape, "\\u%04X", (unsigned char)text.ptr[i]);
			if ((unsigned char)text.ptr[i] < 0x80)
				buf_str(out, escape);
			else
				buf_byte(out, text.ptr[i]);
		}
		buf_byte(out, '"');
	}
	buf_str(out, "} ");
}

static void
check_line(struct routing *r, struct routing *more, struct span line)
{
	struct routed one = routing_line(r, line), wider = routing_line(more, line);
	struct routing fresh;
	struct buf text;

	FUZZ_CHECK(same(one, routing_line(r, line)));
	routing_init(&fresh, r->n, secret);
	FUZZ_CHECK(same(one, routing_line(&fresh, line)));
	routing_release(&fresh);
	FUZZ_CHECK(one.route == wider.route && one.shard < r->n && wider.shard <= r->n);
	FUZZ_CHECK((one.route == ROUTE_REFUSED) == (one.reason != NULL && one.why != NULL));
	FUZZ_CHECK(one.route != ROUTE_ONE || wider.shard == one.shard || wider.shard == r->n);
	FUZZ_CHECK(one.route == ROUTE_REFUSED || json_check(line, NULL) == JSON_OK);
	if (one.route == ROUTE_REFUSED)
		return;
	buf_init(&text, 1 << 17);
	rewrite(line, &text);
	if (buf_ok(&text))
		FUZZ_CHECK(same(one, routing_line(r, buf_span(&text))));
	buf_release(&text);
}

/* A byte for the number of shards, then lines. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	unsigned n = 1 + fuzz_byte(&in) % (RENDEZVOUS_SHARDS_MAX - 1);
	struct routing r, more;

	routing_init(&r, n, secret);
	routing_init(&more, n + 1, secret);
	while (in.len)
		check_line(&r, &more, fuzz_until(&in, '\n'));
	routing_release(&r);
	routing_release(&more);
	return 0;
}
