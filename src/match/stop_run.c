/* stop_run.c: what a price has set off goes to the market. */
#include "market_parts.h"

void
stop_run_all(struct market *m)
{
	for (; m->triggered_done < m->triggered_n; m->triggered_done++) {
		uint32_t i = m->triggered[m->triggered_done];
		struct symbol *s = symbol_of(m, order_at(m, i));

		order_at(m, i)->trigger = 0;
		market_emit(m, &(struct event){
				   .type = EVENT_TRIGGERED, .symbol = s, .order = order_at(m, i)});
		order_run(m, s, i);
	}
	m->triggered_n = m->triggered_done = 0;
}
