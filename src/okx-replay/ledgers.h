/*
 * ledgers: the private endpoints: what one account may read about itself.
 *
 * Rows are served as the scenario gives them; what an endpoint decides is which: by its parameters,
 * by how long OKX keeps such rows, and by the rules of paging. A row from the future (its time is
 * later than now) is not there yet.
 */
#ifndef TP_LEDGERS_H
#define TP_LEDGERS_H

#include "answering.h"

void ledgers_order(struct answering *a);
void ledgers_orders_history(struct answering *a);
void ledgers_orders_history_archive(struct answering *a);
void ledgers_fills(struct answering *a);
void ledgers_fills_history(struct answering *a);
void ledgers_positions(struct answering *a);
void ledgers_positions_history(struct answering *a);
void ledgers_bills(struct answering *a);
void ledgers_bills_archive(struct answering *a);
void ledgers_config(struct answering *a);
void ledgers_currencies(struct answering *a);

#endif
