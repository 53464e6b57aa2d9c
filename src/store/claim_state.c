#include "claim_state.h"

#include "utf8.h"

#define ORDER_MAX 20
#define REMARK_MAX 200
#define AMOUNT_SCALE_MAX 18

static const char *const names[CLAIM_STATES] = {"pending", "approved", "rejected", "paid"};

const char *
claim_state_name(enum claim_state s)
{
	return names[s];
}

bool
claim_state_read(struct span text, enum claim_state *out)
{
	for (int i = 0; i < CLAIM_STATES; i++)
		if (span_is(text, names[i])) {
			*out = (enum claim_state)i;
			return true;
		}
	return false;
}

bool
claim_may_become(enum claim_state from, enum claim_state to)
{
	switch (from) {
	case CLAIM_PENDING: return to == CLAIM_APPROVED || to == CLAIM_REJECTED;
	case CLAIM_APPROVED: return to == CLAIM_PAID || to == CLAIM_REJECTED;
	case CLAIM_REJECTED:
	case CLAIM_PAID: break;
	}
	return false;
}

const char *
claim_amount(struct span text, char out[DECIMAL_TEXT_MAX])
{
	struct decimal amount, bound = {.coef = 1};

	if (decimal_parse(text, &amount) != DECIMAL_OK)
		return "a decimal number such as 1250.50 is needed";
	decimal_print(amount, out);
	/* the printed form has no superfluous zeros to count */
	if (decimal_parse(span_of(out), &amount) != DECIMAL_OK || amount.scale > AMOUNT_SCALE_MAX)
		return "more than 18 digits behind the point";
	for (int i = 0; i < 20; i++)
		bound.coef *= 10;
	if (decimal_sign(amount) <= 0)
		return "an amount is more than zero";
	return decimal_compare(amount, bound) < 0 ? NULL : "more than 20 digits before the point";
}

bool
claim_is_order(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len >= 1 && s.len <= ORDER_MAX;
}

bool
claim_is_remark(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	return s.len >= 1 && s.len <= REMARK_MAX && utf8_valid(s, NULL);
}
