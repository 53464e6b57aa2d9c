/*
 * exposure: the arithmetic of one account's holding in one asset (gate.h has the rule).
 */
#ifndef TP_EXPOSURE_H
#define TP_EXPOSURE_H

#include "gate.h"

/* What an order of that size and price brings or takes of base and quote; without a price the quote
 * is zero. */
enum decimal_error exposure_need(const struct decimal *px, struct decimal sz, struct decimal *base,
				 struct decimal *quote);

/* The furthest from zero that net can get. */
enum decimal_error exposure_furthest(const struct holding *h, struct decimal *out);

/* Count `more` (below zero: less) as coming or going. A sum that cannot be held breaks the holding.
 */
void exposure_hold(struct holding *h, bool coming, struct decimal more);

/* A fill: net changes by amount, up if in, else down. */
void exposure_fill(struct holding *h, bool in, struct decimal amount);

/* Would `more` as coming or going be within the limit, or at least no worse than now? *fits says;
 * an error when a sum cannot be held. */
enum decimal_error exposure_within(const struct holding *h, bool coming, struct decimal more,
				   const struct decimal *limit, bool *fits);

#endif
