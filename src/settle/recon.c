#include "recon.h"

#include "check.h"
#include "heap.h"
#include "json.h"
#include "number.h"

#include <stdlib.h>

/* A chain's name, a newline, a transaction id; Solana's are the longest, 88 characters. */
#define KEY_MAX 256

static const char *const names[] = {
    [RECON_UNBOOKED] = "unbooked", [RECON_MISSING] = "missing",	      [RECON_TWICE] = "twice",
    [RECON_DIFFERS] = "differs",   [RECON_UNFINISHED] = "unfinished",
};

const char *
recon_result_name(enum recon_result r)
{
	return names[r];
}

void
recon_init(struct recon *r, const uint64_t secret[2])
{
	*r = (struct recon){0};
	keymap_init(&r->leg_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&r->tx_names, SWAP_BOOK_NAMES_MAX, secret);
}

void
recon_release(struct recon *r)
{
	for (size_t i = 0; i < r->legs_n; i++) {
		struct recon_leg *l = r->legs[i];
		char *all[] = {l->id, l->chain, l->asset, l->to, l->amount, l->tx_id, l->payer};

		for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
			free(all[k]);
		free(l);
	}
	free(r->legs);
	keymap_release(&r->leg_names);
	keymap_release(&r->tx_names);
}

/* ---- receipts ---- */

static bool
text(struct span line, const char *name, struct span *out)
{
	struct span value;

	*out = (struct span){0};
	return json_find(line, name, &value) && json_plain(value, out);
}

static void
set(char **to, struct span s)
{
	char *p = heap_copy(s);

	if (!p)
		return;
	free(*to);
	*to = p;
}

static bool
key_of(const char *chain, struct span tx_id, char out[KEY_MAX])
{
	size_t n = strlen(chain);

	if (n + 1 + tx_id.len >= KEY_MAX)
		return false;
	memcpy(out, chain, n);
	out[n] = '\n';
	memcpy(out + n + 1, tx_id.ptr, tx_id.len);
	out[n + 1 + tx_id.len] = 0;
	return true;
}

static struct recon_leg *
leg_of(struct recon *r, struct span id, uint64_t *index)
{
	struct recon_leg *l;

	if (keymap_find(&r->leg_names, id, index))
		return r->legs[*index];
	l = calloc(1, sizeof *l);
	CHECK(l);
	r->legs = heap_grown(r->legs, r->legs_n, &r->legs_cap, sizeof(struct recon_leg *));
	*index = r->legs_n;
	r->legs[r->legs_n] = l;
	CHECK(keymap_put(&r->leg_names, id, r->legs_n++));
	set(&l->id, id);
	return l;
}

const char *
recon_receipt(struct recon *r, struct span line)
{
	struct span type, id, chain, asset, to, amount, status, tx_id, payer;
	char key[KEY_MAX];
	struct recon_leg *l;
	uint64_t index;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT)
		return "no JSON object";
	line = json_trim(line);
	if (!text(line, "type", &type) || !span_is(type, "receipt"))
		return NULL;
	if (!text(line, "leg", &id) || !text(line, "chain", &chain) ||
	    !text(line, "asset", &asset) || !text(line, "amount", &amount) ||
	    !text(line, "status", &status) || id.len > 255)
		return "a receipt wants leg, chain, asset, amount and status";
	l = leg_of(r, id, &index);
	if (!leg_status_of(status, &l->status) || !base_units_parse(amount, &l->units))
		return "no such status, or no amount";
	set(&l->chain, chain);
	set(&l->asset, asset);
	set(&l->amount, amount);
	if (text(line, "to", &to))
		set(&l->to, to);
	if (text(line, "payer", &payer))
		set(&l->payer, payer);
	if (!text(line, "txId", &tx_id))
		return NULL;
	set(&l->tx_id, tx_id);
	if (key_of(l->chain, tx_id, key))
		CHECK(keymap_put(&r->tx_names, span_of(key), index));
	return NULL;
}

struct recon_leg *
recon_find(const struct recon *r, const char *chain, struct span tx_id)
{
	char key[KEY_MAX];
	uint64_t index;

	if (!key_of(chain, tx_id, key) || !keymap_find(&r->tx_names, span_of(key), &index))
		return NULL;
	return r->legs[index];
}

/* ---- against the chain ---- */

static void
report(struct recon *r, const struct recon_difference *d)
{
	r->differs(r->context, d);
}

void
recon_transfer(struct recon *r, const char *chain, struct span tx_id, struct span to,
	       struct span amount, uint64_t height)
{
	struct recon_leg *l = recon_find(r, chain, tx_id);
	struct recon_difference d = {RECON_UNBOOKED, l, tx_id, to, amount, height};

	if (!l) {
		report(r, &d);
		return;
	}
	l->height = height;
	l->transfers++;
	if (l->transfers > 1) {
		d.result = RECON_TWICE;
		report(r, &d);
	} else if (!span_is(amount, l->amount) || !l->to || !span_is(to, l->to)) {
		d.result = RECON_DIFFERS;
		report(r, &d);
	} else if (l->status != LEG_CONFIRMED) {
		d.result = RECON_UNFINISHED;
		report(r, &d);
	}
}

void
recon_finish(struct recon *r, const char *chain)
{
	for (size_t i = 0; i < r->legs_n; i++) {
		const struct recon_leg *l = r->legs[i];
		struct recon_difference d = {
		    RECON_MISSING, l, span_of(l->tx_id), span_of(l->to), span_of(l->amount), 0};

		if (l->chain && strcmp(l->chain, chain) == 0 && l->status == LEG_CONFIRMED &&
		    l->transfers == 0)
			report(r, &d);
	}
}
