#include "swap.h"

#include "json.h"

#include <stdlib.h>

static const char *const status_names[LEG_STATUSES] = {
    [LEG_NEW] = "new",
    [LEG_SCREENED] = "screened",
    [LEG_PREPARED] = "prepared",
    [LEG_SIGNED] = "signed",
    [LEG_RELEASED] = "released",
    [LEG_SUBMITTED] = "submitted",
    [LEG_CONFIRMING] = "confirming",
    [LEG_CONFIRMED] = "confirmed",
    [LEG_EXPIRED] = "expired",
    [LEG_FAILED] = "failed",
    [LEG_REFUNDED] = "refunded",
    [LEG_CARRIED] = "carried",
    [LEG_HOUSE] = "house",
};

const char *
leg_status_name(enum leg_status s)
{
	return status_names[s];
}

bool
leg_status_of(struct span name, enum leg_status *out)
{
	for (int i = 0; i < LEG_STATUSES; i++) {
		if (span_is(name, status_names[i])) {
			*out = (enum leg_status)i;
			return true;
		}
	}
	return false;
}

bool
leg_over(const struct leg *l)
{
	return l->status == LEG_CONFIRMED || l->status == LEG_FAILED || l->status == LEG_REFUNDED ||
	       l->status == LEG_CARRIED || l->status == LEG_HOUSE;
}

bool
leg_on_its_way(const struct leg *l)
{
	return l->status == LEG_RELEASED || l->status == LEG_SUBMITTED ||
	       l->status == LEG_CONFIRMING;
}

bool
leg_released(const struct leg *l)
{
	return leg_on_its_way(l) || l->cancel;
}

bool
leg_pays(const struct leg *l)
{
	return !l->of && l->status != LEG_CARRIED && l->status != LEG_HOUSE;
}

struct version *
leg_newest(const struct leg *l)
{
	for (size_t i = l->versions_n; i-- > 0;)
		if (l->versions[i].state == VERSION_SIGNED)
			return &l->versions[i];
	return NULL;
}

struct version *
leg_making(const struct leg *l)
{
	struct version *v = l->versions_n ? &l->versions[l->versions_n - 1] : NULL;

	return v && v->state == VERSION_PREPARED ? v : NULL;
}

bool
leg_alive(const struct leg *l)
{
	return leg_newest(l) != NULL;
}

bool
leg_cancelled(const struct leg *l)
{
	for (size_t i = 0; l->tx_id && i < l->versions_n; i++)
		if (l->versions[i].tx_id && strcmp(l->versions[i].tx_id, l->tx_id) == 0)
			return strcmp(l->versions[i].kind, "cancel") == 0;
	return false;
}

bool
leg_has_version(const struct leg *l, struct span tx_id)
{
	for (size_t i = 0; i < l->versions_n; i++)
		if (l->versions[i].state == VERSION_SIGNED && span_is(tx_id, l->versions[i].tx_id))
			return true;
	return false;
}

struct leg *
swap_refund_of(const struct swap *s, const struct leg *failed)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (s->legs[i]->of && strcmp(s->legs[i]->of, failed->id) == 0)
			return s->legs[i];
	return NULL;
}

bool
spends_meet(const char *a, const char *b)
{
	struct json_walk w, u;
	struct span x, y;

	if (!a || !b)
		return false;
	w = json_walk(span_of(a));
	while (json_next_element(&w, &x)) {
		u = json_walk(span_of(b));
		while (json_next_element(&u, &y))
			if (span_equal(x, y))
				return true;
	}
	return false;
}

void
version_free(struct version *v)
{
	char *all[] = {v->kind,	    v->tx_id,  v->raw,	  v->fee,
		       v->fee_rate, v->spends, v->expiry, v->unsigned_};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

void
leg_free(struct leg *l)
{
	char *all[] = {l->id,	l->order_id, l->account, l->chain,  l->asset,
		       l->to,	l->payer,    l->of,	 l->fee,    l->direction,
		       l->code, l->msg,	     l->tx_id,	 l->amount, l->block_hash};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
	for (size_t i = 0; i < l->versions_n; i++)
		version_free(&l->versions[i]);
	free(l->versions);
	free(l);
}

void
swap_free(struct swap *s)
{
	free(s->id);
	free(s->match_id);
	free(s->symbol);
	free(s->digest);
	free(s->trade);
	free(s->held_code);
	buf_release(&s->kept);
	free(s);
}
