#include "routing.h"

#include "json.h"
#include "limit.h"

void
routing_init(struct routing *r, unsigned n, const uint64_t secret[2])
{
	*r = (struct routing){.n = n};
	keymap_init(&r->known, ROUTING_REMEMBERED_MAX, secret);
	buf_init(&r->name, LIMIT_LINE_BYTES);
}

void
routing_release(struct routing *r)
{
	keymap_release(&r->known);
	buf_release(&r->name);
}

static unsigned
shard_of(struct routing *r, struct span symbol)
{
	uint64_t shard;

	if (keymap_find(&r->known, symbol, &shard))
		return (unsigned)shard;
	shard = rendezvous_shard(symbol, r->n);
	if (symbol.len <= ROUTING_NAME_BYTES)
		keymap_put(&r->known, symbol, shard);
	return (unsigned)shard;
}

static bool
is_reject(struct span type)
{
	struct span text;

	return type.ptr && json_plain(type, &text) && span_is(text, "reject");
}

static struct routed
refuse(const char *reason, const char *why)
{
	return (struct routed){.route = ROUTE_REFUSED, .reason = reason, .why = why};
}

struct routed
routing_line(struct routing *r, struct span line)
{
	static const char *const names[] = {"symbol", "type"};
	struct span m[2], record = json_trim(line);
	enum json_error e = json_check(line, NULL);

	if (e != JSON_OK)
		return refuse("JSON", json_error_text(e));
	if (json_type(record) != JSON_OBJECT || !json_pick(record, names, 2, m, NULL) ||
	    (m[0].ptr && json_type(m[0]) != JSON_STRING))
		return refuse("MEMBER", "an object with at most one symbol, a string");
	if (m[0].ptr) {
		struct span name;

		buf_clear(&r->name);
		json_decode(m[0], &r->name);
		name = r->name.len ? buf_span(&r->name) : SPAN_LIT("");
		return (struct routed){.route = ROUTE_ONE, .shard = shard_of(r, name)};
	}
	if (is_reject(m[1]))
		return (struct routed){.route = ROUTE_ONE};
	return (struct routed){.route = ROUTE_ALL};
}
