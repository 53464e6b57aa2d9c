#include "exchange.h"

#include "utc.h"

int64_t
exchange_after(unsigned seconds)
{
	return utc_monotonic_us() + seconds * EXCHANGE_SECOND;
}

void
exchange_answer(struct exchange *x, unsigned status, struct span type)
{
	x->reply.status = status;
	x->reply.type = type;
	x->reply.body = buf_span(&x->room->answer);
}

/* Always false: what checks return that have refused. */
bool
exchange_refuse_as(struct exchange *x, unsigned status, enum answer_code code, const char *msg,
		   const char *hint)
{
	buf_clear(&x->room->answer);
	answer_error(code, msg, hint, &x->room->answer);
	exchange_answer(x, status, SPAN_LIT("application/json"));
	x->reason = x->reason ? x->reason : msg;
	return false;
}

bool
exchange_refuse(struct exchange *x, unsigned status, const char *msg, const char *hint)
{
	return exchange_refuse_as(x, status, ANSWER_BAD_REQUEST, msg, hint);
}

bool
exchange_fail(struct exchange *x, enum answer_code code, const char *msg, const char *hint)
{
	return exchange_refuse_as(x, answer_code_status(code), code, msg, hint);
}
