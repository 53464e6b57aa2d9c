/*
 * gate_parts: what the parts of the gate know of each other (gate.h is for all others).
 *
 *     gate.c           nonces, cool-downs, what is let in
 *     gate_account.c   accounts and what they hold
 *     gate_order.c     open orders, and what the holdings count for each
 *     gate_limit.c     would a message go beyond a limit? and what it adds
 *     gate_event.c     match's events
 *     gate_snapshot.c  all of it as text, and back
 *
 * Indices stay good until gate_release(); pointers until the next account, holding or order is
 * made.
 */
#ifndef TP_GATE_PARTS_H
#define TP_GATE_PARTS_H

#include "gate.h"

/* An index of nothing. */
#define GATE_NONE SIZE_MAX

/* ---- gate_account.c ---- */

/* GATE_NONE: it has never sent anything that counts. */
size_t gate_account_find(const struct gate *g, struct span name);

/* Made when it is new; false when there is no room. */
bool gate_account_make(struct gate *g, struct span name, size_t *index);

size_t gate_holding_find(const struct gate_account *a, struct span asset);
bool gate_holding_make(struct gate_account *a, struct span asset, size_t *index);

/* The ring of a cancel storm; false when there is no memory. */
bool gate_account_ring(struct gate_account *a, unsigned n);

/* ---- gate_order.c ---- */

struct gate_order *gate_order_find(struct gate *g, size_t account, struct span symbol,
				   struct span id);

/* The caller fills it in. NULL when there is no room. */
struct gate_order *gate_order_open(struct gate *g, size_t account, struct span symbol,
				   struct span id);

/* Its holdings no longer count it, and it is gone. */
void gate_order_close(struct gate *g, struct gate_order *o, struct span symbol, struct span id);

/* Let the holdings count this much for the order, instead of what they do. */
void gate_order_hold(struct gate *g, struct gate_order *o, struct decimal base,
		     struct decimal quote);

/* If nothing is unanswered: count exactly what is left. */
void gate_order_settle(struct gate *g, struct gate_order *o);

/* ---- gate_limit.c ---- */

/* Count what m adds, unless it is refused. limited: account and limits are looked at; not where the
 * log has the last word. A refusal changes nothing. */
enum refusal gate_expose(struct gate *g, const struct account *account, bool limited,
			 const struct incoming *m, const char **why);

#endif
