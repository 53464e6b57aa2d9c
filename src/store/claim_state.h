/*
 * claim_state: what may become of a claim. Pure.
 *
 *     pending -> approved -> paid
 *     pending or approved -> rejected
 *
 * Nothing leads away from rejected and paid: a rejected order may be claimed again by a new claim,
 * a paid one may not.
 */
#ifndef TP_CLAIM_STATE_H
#define TP_CLAIM_STATE_H

#include "decimal.h"
#include "span.h"

enum claim_state { CLAIM_PENDING, CLAIM_APPROVED, CLAIM_REJECTED, CLAIM_PAID };
#define CLAIM_STATES 4

const char *claim_state_name(enum claim_state s);

/* False when it is none of the four. */
bool claim_state_read(struct span text, enum claim_state *out);

bool claim_may_become(enum claim_state from, enum claim_state to);

/* An amount of money to pay: above zero, at most 18 digits behind the point and 20 before it. The
 * text is its one form, without superfluous zeros. NULL, or why not. */
const char *claim_amount(struct span text, char out[DECIMAL_TEXT_MAX]);

/* OKX's order id: 1 to 20 digits. */
bool claim_is_order(struct span s);

/* What people write, a reason or a payment's reference: 1 to 200 bytes of UTF-8, no control
 * characters. */
bool claim_is_remark(struct span s);

#endif
