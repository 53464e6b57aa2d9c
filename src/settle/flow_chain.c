/* flow_chain: which chain a payment is on, and who shares its wallet; names of operations. */
#include "flow.h"

#include <string.h>

static const char *const op_names[OPS] = {
    [OP_INFO] = "info",	      [OP_SCREEN] = "screen",	  [OP_PREPARE] = "prepare",
    [OP_SIGN] = "sign",	      [OP_ASSEMBLE] = "assemble", [OP_SUBMIT] = "submit",
    [OP_POLL] = "poll",	      [OP_BUMP] = "bump",	  [OP_CANCEL] = "cancel",
    [OP_BALANCE] = "balance", [OP_HEIGHT] = "height",
};

const char *
flow_op_name(enum flow_op op)
{
	return op_names[op];
}

struct flow_chain *
flow_chain_of(struct flow *f, const struct leg *l)
{
	for (size_t i = 0; i < f->chains_n; i++)
		if (strcmp(f->chains[i].config->name, l->chain) == 0)
			return &f->chains[i];
	return NULL;
}

bool
flow_same_wallet(const struct flow_chain *a, const struct flow_chain *b)
{
	return a == b || (*a->wallet && strcmp(a->wallet, b->wallet) == 0 &&
			  strcmp(a->network, b->network) == 0 &&
			  strcmp(a->config->fee_asset, b->config->fee_asset) == 0);
}
