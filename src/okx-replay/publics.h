/*
 * publics: the endpoints that anybody may read: the clock, the instruments, the public trades.
 */
#ifndef TP_PUBLICS_H
#define TP_PUBLICS_H

#include "answering.h"

void publics_time(struct answering *a);
void publics_instruments(struct answering *a);
void publics_trades(struct answering *a);
void publics_history_trades(struct answering *a);

#endif
