#include "tron_plan.h"

#include "mac.h"

bool
tron_plan_allowed(const struct tron_wallet *w, const struct tron_order *o, struct frame_error *e)
{
	static const unsigned char nobody[20];
	const struct tron_address zero = tron_address_of(nobody);

	if (tron_address_equal(&o->to, &w->owner) || tron_address_equal(&o->to, &w->contract) ||
	    tron_address_equal(&o->to, &zero))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER",
				  "pays ourselves, the token's contract, or nobody");
	if (o->pull && tron_address_equal(&o->payer, &o->to))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER", "pays its payer");
	return true;
}

void
tron_plan_call(const struct tron_wallet *w, const struct tron_order *o, struct tron_transfer *out)
{
	*out = (struct tron_transfer){.owner = w->owner,
				      .contract = w->contract,
				      .pull = o->pull,
				      .from = o->payer,
				      .to = o->to,
				      .amount = o->amount};
}

static bool
check_tokens(const struct tron_order *o, const struct tron_facts *f, struct frame_error *e)
{
	if (f->tokens < o->amount)
		return frame_fail(e, FRAME_FUNDS, "FUNDS", "who pays has too few tokens");
	if (o->pull && f->allowance < o->amount)
		return frame_fail(e, FRAME_FUNDS, "ALLOWANCE",
				  "the payer has not approved as much");
	/* after the funds: most tokens revert for want of them */
	if (f->trial.reverted)
		return frame_fail(e, FRAME_REFUSED, "REVERT", "%s", f->trial.why);
	return true;
}

/* The margin gives way to the caps; the energy itself does not. */
static bool
set_fee_limit(const struct tron_wallet *w, const struct tron_order *o, const struct tron_facts *f,
	      uint64_t bandwidth, struct tron_transfer *t, struct frame_error *e)
{
	uint64_t left = o->fee_max > bandwidth ? o->fee_max - bandwidth : 0;
	uint64_t cap = left < w->fee_limit_max ? left : w->fee_limit_max;
	uint64_t least, limit;

	if (__builtin_mul_overflow(f->trial.energy, f->prices.energy, &least) ||
	    __builtin_add_overflow(least, least / 2 + 1, &limit) || least >= cap)
		return frame_fail(
		    e, FRAME_UNDERPRICED, "FEE_CAP", "the call takes %llu energy at %llu sun",
		    (unsigned long long)f->trial.energy, (unsigned long long)f->prices.energy);
	t->fee_limit = (int64_t)(limit < cap ? limit : cap);
	return true;
}

static bool
check_balance(const struct tron_facts *f, uint64_t bytes, struct frame_error *e)
{
	uint64_t energy =
	    f->trial.energy > f->resources.energy ? f->trial.energy - f->resources.energy : 0;
	uint64_t need = energy * f->prices.energy;

	if (bytes > f->resources.bandwidth)
		need += bytes * f->prices.bandwidth;
	if (f->balance < need)
		return frame_fail(e, FRAME_FUNDS, "FEE_FUNDS", "%llu sun, %llu wanted",
				  (unsigned long long)f->balance, (unsigned long long)need);
	return true;
}

static void
set_times(const struct tron_wallet *w, const struct tron_order *o, const struct tron_facts *f,
	  struct tron_transfer *t)
{
	unsigned char hash[MAC_BYTES];
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, o->job);
	sha2_end(&s, hash);
	t->block_bytes[0] = f->solid.id[6];
	t->block_bytes[1] = f->solid.id[7];
	memcpy(t->block_hash, f->solid.id + 8, 8);
	t->timestamp_ms = f->now_ms;
	t->expiration_ms = f->now_ms + w->life_ms;
	tron_raw_spread(t, hash);
}

bool
tron_plan(const struct tron_wallet *w, const struct tron_order *o, const struct tron_facts *f,
	  struct tron_transfer *out, uint64_t *fee, struct frame_error *e)
{
	unsigned char raw[TRON_RAW_MAX];
	uint64_t bytes, bandwidth;

	if (!tron_plan_allowed(w, o, e) || !check_tokens(o, f, e))
		return false;
	if (f->now_ms < TRON_LIFE_MS_MAX || f->prices.bandwidth > UINT32_MAX)
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER",
				  "no time, or no price, of this age");
	tron_plan_call(w, o, out);
	set_times(w, o, f, out);
	out->fee_limit = INT64_MAX;
	bytes = tron_raw_write(out, raw) + TRON_WRAPPING_BYTES;
	bandwidth = bytes * f->prices.bandwidth;
	if (!set_fee_limit(w, o, f, bandwidth, out, e) || !check_balance(f, bytes, e))
		return false;
	/* as long as it really is now */
	bytes = tron_raw_write(out, raw) + TRON_WRAPPING_BYTES;
	*fee = (uint64_t)out->fee_limit + bytes * f->prices.bandwidth;
	return true;
}
