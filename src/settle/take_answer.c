/* take_answer: what a program said goes to where it belongs. */
#include "take_parts.h"

#include "check.h"

static void
take_leg(struct flow *f, struct leg *l, enum flow_op op, const struct said *a)
{
	if (!a->ok) {
		take_error(f, l, op, a);
		return;
	}
	switch (op) {
	case OP_SCREEN: take_screened(f, l); break;
	case OP_PREPARE:
	case OP_BUMP:
	case OP_CANCEL: take_prepared(f, l, a, op); break;
	case OP_SIGN: take_signatures(f, l, a); break;
	case OP_ASSEMBLE: take_assembled(f, l, a); break;
	case OP_SUBMIT: take_submitted(f, l, a); break;
	case OP_POLL: take_sight(f, l, a); break;
	case OP_INFO:
	case OP_BALANCE:
	case OP_HEIGHT:
	case OPS: CHECK(false); /* those are about chains */
	}
}

bool
flow_take_answer(void *context, const struct child_request *q, struct span line)
{
	struct flow *f = context;
	enum flow_op op = (enum flow_op)q->op;
	bool of_chain = op == OP_INFO || op == OP_HEIGHT || op == OP_BALANCE;
	const char *job = of_chain ? NULL : ((struct leg *)q->subject)->id;
	struct said said;
	bool read = line.ptr && said_read(line, q->id, flow_op_name(op), job, &said);
	const struct said *a = read ? &said : &said_nothing;

	if (of_chain) {
		struct flow_chain *c = q->subject;

		*(op == OP_INFO	    ? &c->asked_info
		  : op == OP_HEIGHT ? &c->asked_height
				    : &c->asked_balance) = false;
		take_chain(c, op, a);
	} else {
		struct leg *l = q->subject;
		struct flow_chain *c = flow_chain_of(f, l);

		l->live.asked = false;
		if (c->making == l)
			c->making = NULL;
		take_leg(f, l, op, a);
	}
	return !line.ptr || read;
}
