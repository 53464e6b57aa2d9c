#include "evm_fees.h"

#include "check.h"

static struct u256
smaller(struct u256 a, struct u256 b)
{
	return u256_compare(a, b) < 0 ? a : b;
}

static struct u256
larger(struct u256 a, struct u256 b)
{
	return u256_compare(a, b) > 0 ? a : b;
}

bool
evm_fees_cost(const struct evm_fees *fees, uint64_t gas, struct u256 *out)
{
	return u256_multiply(fees->cap, gas, out);
}

/* Is this cap below both limits? */
static enum evm_fees_error
within(struct u256 cap, uint64_t gas, const struct evm_ceiling *ceiling)
{
	struct u256 cost;

	if (u256_compare(cap, ceiling->cap) > 0)
		return EVM_FEES_E_CAP;
	if (!u256_multiply(cap, gas, &cost) || u256_compare(cost, ceiling->cost) > 0)
		return EVM_FEES_E_COST;
	return EVM_FEES_OK;
}

/* What the market wants, between the least that can get into the next block and what is
 * comfortable; false when the numbers do not fit. */
static bool
wanted(const struct evm_market *market, struct u256 *least, struct u256 *most)
{
	if (!market->dynamic) {
		*least = *most = market->tip;
		return true;
	}
	return u256_scale_up(market->base, 9, 8, least) && u256_add(*least, market->tip, least) &&
	       u256_multiply(market->base, 2, most) && u256_add(*most, market->tip, most);
}

enum evm_fees_error
evm_fees_first(const struct evm_market *market, uint64_t gas, const struct evm_ceiling *ceiling,
	       struct evm_fees *out)
{
	struct u256 least, most, affordable;
	enum evm_fees_error e;
	uint64_t rest;

	CHECK(gas != 0);
	if (!wanted(market, &least, &most))
		return EVM_FEES_E_CAP;
	e = within(least, gas, ceiling);
	if (e != EVM_FEES_OK)
		return e;
	affordable = smaller(ceiling->cap, u256_divide(ceiling->cost, gas, &rest));
	/* base fees near 0 make an eighth more than double them */
	out->cap = larger(least, smaller(most, affordable));
	out->tip = market->dynamic ? market->tip : out->cap;
	return EVM_FEES_OK;
}

enum evm_fees_error
evm_fees_bump(const struct evm_market *market, const struct evm_fees *highest, uint64_t gas,
	      const struct evm_ceiling *ceiling, struct evm_fees *out)
{
	struct evm_fees now, raised;
	enum evm_fees_error e = evm_fees_first(market, gas, ceiling, &now);

	if (e != EVM_FEES_OK)
		return e;
	if (!u256_scale_up(highest->tip, 9, 8, &raised.tip) ||
	    !u256_scale_up(highest->cap, 9, 8, &raised.cap))
		return EVM_FEES_E_CAP;
	out->tip = larger(raised.tip, now.tip);
	out->cap = larger(raised.cap, now.cap);
	out->cap = larger(out->cap, out->tip);
	if (!market->dynamic)
		out->tip = out->cap;
	return within(out->cap, gas, ceiling);
}
