#include "htlc.h"

#include "build.h"
#include "coin_select.h"
#include "hex.h"
#include "number.h"

#define NONE ((struct span){"", 0})

/* The public key of our receiving chain at an index. */
static bool
own_key(const struct adapter *a, struct wallet_place place, unsigned char out[SECP_PUBLIC])
{
	struct bip32_key child;

	if (!bip32_child(&a->wallet.chains[0][place.chain], place.index, &child))
		return false;
	memcpy(out, child.key, SECP_PUBLIC);
	return true;
}

/* 66 hex digits, or "@INDEX" for a key of ours. */
static bool
take_key(const struct adapter *a, const struct frame_request *q, const char *name,
	 unsigned char out[SECP_PUBLIC], struct frame_error *e)
{
	struct span text;
	uint64_t index;

	if (!frame_text(q, name, &text, e))
		return false;
	if (text.len > 1 && text.ptr[0] == '@' &&
	    number_u64((struct span){text.ptr + 1, text.len - 1}, &index) &&
	    index < a->wallet.pool && a->wallet.n == 1 &&
	    own_key(a, (struct wallet_place){0, (uint32_t)index}, out))
		return true;
	if (hex_parse(text, false, out, SECP_PUBLIC) &&
	    secp_public_ok((struct span){(char *)out, SECP_PUBLIC}))
		return true;
	return frame_fail(e, FRAME_REFUSED, "BAD_KEY", "%s is no compressed key", name);
}

bool
htlc_address(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	char memory[BTC_WITNESS_SCRIPT_MAX], text[BTC_ADDRESS_MAX];
	char hex[2 * BTC_WITNESS_SCRIPT_MAX + 1];
	struct buf b = {memory, 0, sizeof memory, sizeof memory, false};
	struct adapter *a = context;
	struct btc_script script;
	struct btc_htlc h;
	struct span hash;
	uint64_t lock;

	if (!frame_text(q, "hash", &hash, e) || !frame_u64(q, "lock", &lock, e) ||
	    !take_key(a, q, "claimKey", h.claim, e) || !take_key(a, q, "refundKey", h.refund, e))
		return false;
	if (!hex_parse(hash, false, h.hash, HASH_BYTES))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "hash has 64 hex digits");
	if (lock < 1 || lock > UINT32_MAX)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "lock is a height or a time");
	h.lock = (uint32_t)lock;
	btc_htlc_print(&h, &b);
	btc_p2wsh(buf_span(&b), &script);
	btc_address_print(btc_script_span(&script), a->wallet.network, text);
	hex_print((unsigned char *)memory, b.len, hex);
	buf_json_member_string(answer, "address", span_of(text));
	buf_json_member_string(answer, "script", span_of(hex));
	buf_json_member_u64(answer, "lock", lock);
	return true;
}

struct spending {
	struct span script; /* the witness script */
	struct btc_htlc htlc;
	char memory[BTC_WITNESS_SCRIPT_MAX];
};

/* The contract's script, and which coin lies under it. */
static bool
take_coin(struct adapter *a, const struct frame_request *q, struct spending *s,
	  struct adapter_input *in, struct frame_error *e)
{
	struct btc_script script;
	struct node_coin coin;
	struct span text;

	if (!frame_text(q, "script", &text, e))
		return false;
	if (text.len / 2 > sizeof s->memory ||
	    !hex_parse(text, false, (unsigned char *)s->memory, text.len / 2))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "script is in hex digits");
	s->script = (struct span){s->memory, text.len / 2};
	if (!btc_htlc_parse(s->script, &s->htlc))
		return frame_fail(e, FRAME_REFUSED, "SCRIPT", "not the contract's script");
	if (!frame_text(q, "coin", &text, e))
		return false;
	if (!build_spend_parse(text, in->txid, &in->vout))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "coin is TXID:VOUT");
	if (!node_coin(&a->node, in->txid, in->vout, true, &coin, e))
		return false;
	if (!coin.there)
		return frame_fail(e, FRAME_CONFLICT, "SPENT", "no such coin, or it is spent");
	btc_p2wsh(s->script, &script);
	if (!span_equal(btc_script_span(&script), btc_script_span(&coin.script)))
		return frame_fail(e, FRAME_REFUSED, "SCRIPT", "the coin lies under another script");
	in->amount = coin.amount;
	in->script = coin.script;
	return true;
}

/* Which key of the pool it is. */
static bool
find_key(const struct adapter *a, const unsigned char key[SECP_PUBLIC], struct wallet_place *out)
{
	unsigned char have[SECP_PUBLIC];

	for (uint32_t i = 0; i < a->wallet.pool; i++) {
		*out = (struct wallet_place){0, i};
		if (own_key(a, *out, have) && memcmp(have, key, SECP_PUBLIC) == 0)
			return true;
	}
	return false;
}

static size_t
weight_of(const struct adapter_plan *plan, const struct spending *s, bool preimage)
{
	/* count, signature, preimage or nothing, which branch, script */
	return build_base_weight(plan) + 4 * (8 + 1 + plan->change_script.n) + 4 * 41 + 1 + 73 +
	       (preimage ? 33 + 2 : 1) + 1 + s->script.len;
}

static bool
spend(struct adapter *a, const struct frame_request *q, const unsigned char *preimage,
      struct buf *answer, struct frame_error *e)
{
	static struct adapter_plan plan;
	static struct spending s;
	struct adapter_input *in = &plan.inputs[0];
	uint64_t rate, increment;
	size_t weight;

	plan = (struct adapter_plan){.inputs_n = 1};
	if (!q->job.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "job is wanted");
	if (!build_check_request(a, q, e) || !follow_ready(&a->follow, e) ||
	    !build_rate(a, &rate, &increment, e) || !take_coin(a, q, &s, in, e))
		return false;
	if (!find_key(a, preimage ? s.htlc.claim : s.htlc.refund, &in->place))
		return frame_fail(e, FRAME_REFUSED, "NOT_OURS", "the key is none of the pool");
	build_change_place(a, q->job, &plan);
	plan.lock = preimage ? 0 : s.htlc.lock;
	weight = weight_of(&plan, &s, preimage != NULL);
	plan.fee = select_fee(rate, weight);
	if (!build_fee_cap(q, plan.fee, e))
		return false;
	if (in->amount < plan.fee + btc_dust(btc_script_span(&plan.change_script)))
		return frame_fail(e, FRAME_REFUSED, "DUST", "the fee would take all of it");
	plan.change = in->amount - plan.fee;
	if (!build_psbt(a, &plan, false, e) ||
	    !wallet_put_origin(&a->wallet, in->place, &a->psbt, 0) ||
	    !psbt_put(&a->psbt, psbt_in(0), PSBT_IN_WITNESS_SCRIPT, NONE, s.script) ||
	    (preimage && !psbt_put(&a->psbt, psbt_in(0), PSBT_IN_SHA256,
				   (struct span){(char *)s.htlc.hash, HASH_BYTES},
				   (struct span){(const char *)preimage, HASH_BYTES})))
		return e->code[0] || frame_fail(e, FRAME_REFUSED, "TOO_LARGE", "no room");
	buf_json_member_string(answer, "job", q->job);
	return build_print(a, &plan, preimage ? "claim" : "refund", weight, answer, e);
}

bool
htlc_claim(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	unsigned char preimage[HASH_BYTES], hash[HASH_BYTES];
	struct span text, script;
	struct btc_htlc h;
	unsigned char raw[BTC_WITNESS_SCRIPT_MAX];

	e->code[0] = 0;
	if (!frame_text(q, "preimage", &text, e) || !frame_text(q, "script", &script, e))
		return false;
	if (!hex_parse(text, false, preimage, HASH_BYTES) || script.len / 2 > sizeof raw ||
	    !hex_parse(script, false, raw, script.len / 2) ||
	    !btc_htlc_parse((struct span){(char *)raw, script.len / 2}, &h))
		return frame_fail(e, FRAME_REFUSED, "SCRIPT", "no preimage of 32 bytes, or script");
	hash_single((struct span){(char *)preimage, HASH_BYTES}, hash);
	if (memcmp(hash, h.hash, HASH_BYTES) != 0)
		return frame_fail(e, FRAME_REFUSED, "PREIMAGE", "the preimage is another hash's");
	return spend(context, q, preimage, answer, e);
}

bool
htlc_refund(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	e->code[0] = 0;
	return spend(context, q, NULL, answer, e);
}
