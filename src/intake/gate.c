#include "exposure.h"
#include "gate_parts.h"

#include <stdlib.h>

void
gate_init(struct gate *g, const struct gate_options *options, const uint64_t secret[2])
{
	*g = (struct gate){.options = *options};
	keymap_init(&g->by_name, GATE_ACCOUNTS_MAX, secret);
	keymap_init(&g->by_id, GATE_ORDERS_MAX, secret);
	buf_init(&g->key, GATE_KEY_BYTES);
}

void
gate_release(struct gate *g)
{
	for (size_t i = 0; i < g->account_n; i++) {
		for (size_t k = 0; k < g->accounts[i].holding_n; k++)
			free(g->accounts[i].holdings[k].asset);
		free(g->accounts[i].holdings);
		free(g->accounts[i].cancels);
	}
	free(g->accounts);
	free(g->orders);
	keymap_release(&g->by_name);
	keymap_release(&g->by_id);
	buf_release(&g->key);
}

bool
gate_nonce_used(const struct gate *g, const struct incoming *m)
{
	size_t i = m->has_nonce ? gate_account_find(g, m->account) : GATE_NONE;

	return i != GATE_NONE && g->accounts[i].has_nonce && m->nonce <= g->accounts[i].nonce;
}

static void
use_nonce(struct gate_account *a, uint64_t nonce)
{
	if (a->has_nonce && nonce <= a->nonce)
		return;
	a->has_nonce = true;
	a->nonce = nonce;
}

/* ---- deciding ---- */

static enum refusal
refuse(enum refusal r, const char **why, const char *text)
{
	*why = text;
	return r;
}

static bool
note_cancel(struct gate *g, struct gate_account *a)
{
	unsigned n = g->options.storm_cancels;

	if (n == 0)
		return true;
	if (!gate_account_ring(a, n))
		return false;
	a->cancels[a->cancel_n++ % n] = g->stream_ts;
	/* the oldest of the last n stands where the next would go */
	if (a->cancel_n >= n && g->stream_ts - a->cancels[a->cancel_n % n] <= g->options.storm_us &&
	    __builtin_add_overflow(g->stream_ts, g->options.cooldown_us, &a->cooldown_until))
		a->cooldown_until = INT64_MAX;
	return true;
}

static void
note_time(struct gate *g, const struct incoming *m)
{
	if (m->has_ts && m->ts > g->stream_ts)
		g->stream_ts = m->ts;
}

/* What comes with being let in: the account is known, time goes on, a cancel counts. */
static bool
note_accepted(struct gate *g, const struct incoming *m)
{
	size_t i;

	if (!gate_account_make(g, m->account, &i))
		return false;
	note_time(g, m);
	return m->kind != INCOMING_CANCEL || note_cancel(g, &g->accounts[i]);
}

static bool
is_cooling(const struct gate *g, const struct incoming *m)
{
	int64_t now = m->has_ts && m->ts > g->stream_ts ? m->ts : g->stream_ts;
	size_t i = gate_account_find(g, m->account);

	return (m->kind == INCOMING_ORDER || m->kind == INCOMING_AMEND) && i != GATE_NONE &&
	       now < g->accounts[i].cooldown_until;
}

enum refusal
gate_decide(struct gate *g, const struct account *account, const struct incoming *m, bool *spent,
	    const char **why)
{
	enum refusal r;

	*spent = false;
	if (!m->account.ptr)
		return REFUSAL_NONE; /* unsigned, and of nobody */
	if (gate_nonce_used(g, m))
		return refuse(REFUSAL_NONCE, why, "not higher than the account's last nonce");
	if (m->has_nonce && !gate_spent(g, m->account, m->nonce))
		return refuse(REFUSAL_BUSY, why, "too many accounts");
	*spent = m->has_nonce;
	if (is_cooling(g, m))
		return refuse(REFUSAL_COOLDOWN, why, "too many cancels: wait");
	r = gate_expose(g, account, true, m, why);
	if (r == REFUSAL_NONE && !note_accepted(g, m))
		return refuse(REFUSAL_BUSY, why, "too many accounts");
	return r;
}

/* ---- the log ---- */

bool
gate_accepted(struct gate *g, const struct incoming *m)
{
	const char *why;

	if (!m->account.ptr)
		return true;
	if (m->has_nonce && !gate_spent(g, m->account, m->nonce))
		return false;
	return gate_expose(g, NULL, false, m, &why) != REFUSAL_BUSY && note_accepted(g, m);
}

bool
gate_spent(struct gate *g, struct span account, uint64_t nonce)
{
	size_t i;

	if (!gate_account_make(g, account, &i))
		return false;
	use_nonce(&g->accounts[i], nonce);
	return true;
}

bool
gate_exposure(const struct gate *g, struct span account, struct span asset, struct decimal *out)
{
	size_t i = gate_account_find(g, account);
	size_t k = i == GATE_NONE ? GATE_NONE : gate_holding_find(&g->accounts[i], asset);

	return k != GATE_NONE && exposure_furthest(&g->accounts[i].holdings[k], out) == DECIMAL_OK;
}
