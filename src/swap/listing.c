#include "listing.h"

const char *
listing_state(const struct swap *s)
{
	bool failed = false, paid = false, refunded = false;

	for (size_t i = 0; i < s->legs_n; i++) {
		failed = failed || (s->legs[i]->status == LEG_FAILED && !s->legs[i]->of);
		paid = paid || (s->legs[i]->status == LEG_CONFIRMED && !s->legs[i]->of);
		refunded = refunded || s->legs[i]->status == LEG_REFUNDED;
	}
	if (s->held)
		return "held";
	if (failed && paid)
		return "half";
	if (!s->over)
		return "open";
	return refunded ? "refunded" : failed ? "void" : "settled";
}

static void
member(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_json_member_string(out, name, span_of(value));
}

static void
print_leg(const struct leg *l, struct buf *out)
{
	const struct version *v = leg_newest(l);

	buf_byte(out, '{');
	member(out, "leg", l->id);
	member(out, "account", l->account);
	member(out, "chain", l->chain);
	member(out, "asset", l->asset);
	member(out, "direction", l->direction);
	member(out, "amount", l->amount);
	member(out, "to", l->to);
	member(out, "status", leg_status_name(l->status));
	member(out, "txId", l->tx_id ? l->tx_id : v ? v->tx_id : NULL);
	buf_json_member_u64(out, "versions", l->versions_n);
	member(out, "fee", l->fee);
	member(out, "code", l->code);
	member(out, "msg", l->msg);
	if (l->cancel)
		buf_json_member_bool(out, "cancel", true);
	if (l->reorgs)
		buf_json_member_u64(out, "reorgs", l->reorgs);
	buf_json_member_i64(out, "since", l->since_us);
	buf_byte(out, '}');
}

void
listing_swap(const struct swap *s, struct buf *out)
{
	buf_str(out, "{\"type\":\"swap\"");
	member(out, "swap", s->id);
	member(out, "state", listing_state(s));
	member(out, "code", s->held_code);
	buf_json_member_i64(out, "ts", s->ts);
	buf_json_key(out, "legs");
	buf_byte(out, '[');
	for (size_t i = 0; i < s->legs_n; i++) {
		if (i)
			buf_byte(out, ',');
		print_leg(s->legs[i], out);
	}
	buf_str(out, "]}");
}
