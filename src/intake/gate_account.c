#include "gate_parts.h"

#include <stdlib.h>

size_t
gate_account_find(const struct gate *g, struct span name)
{
	uint64_t i;

	return keymap_find(&g->by_name, name, &i) ? (size_t)i : GATE_NONE;
}

bool
gate_account_make(struct gate *g, struct span name, size_t *index)
{
	*index = gate_account_find(g, name);
	if (*index != GATE_NONE)
		return true;
	if (g->account_n == g->account_cap) {
		size_t cap = g->account_cap ? g->account_cap * 2 : 64;
		struct gate_account *grown = realloc(g->accounts, cap * sizeof grown[0]);

		if (!grown)
			return false;
		g->accounts = grown;
		g->account_cap = cap;
	}
	if (!keymap_put(&g->by_name, name, g->account_n))
		return false;
	g->accounts[g->account_n] = (struct gate_account){.cooldown_until = INT64_MIN};
	*index = g->account_n++;
	return true;
}

size_t
gate_holding_find(const struct gate_account *a, struct span asset)
{
	for (size_t i = 0; i < a->holding_n; i++)
		if (span_equal((struct span){a->holdings[i].asset, a->holdings[i].asset_len},
			       asset))
			return i;
	return GATE_NONE;
}

bool
gate_holding_make(struct gate_account *a, struct span asset, size_t *index)
{
	struct holding *grown;
	char *name;

	*index = gate_holding_find(a, asset);
	if (*index != GATE_NONE)
		return true;
	name = a->holding_n < GATE_ASSETS_MAX ? malloc(asset.len + 1) : NULL;
	if (!name)
		return false;
	grown = realloc(a->holdings, (a->holding_n + 1) * sizeof grown[0]);
	if (!grown) {
		free(name);
		return false;
	}
	memcpy(name, asset.ptr, asset.len);
	a->holdings = grown;
	grown[a->holding_n] = (struct holding){.asset = name, .asset_len = asset.len};
	*index = a->holding_n++;
	return true;
}

bool
gate_account_ring(struct gate_account *a, unsigned n)
{
	if (!a->cancels)
		a->cancels = calloc(n, sizeof a->cancels[0]);
	return a->cancels != NULL;
}
