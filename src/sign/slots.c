#include "slots.h"

#include "hex.h"

/* A key as a request names it: a public key, or an address of its chain. */
static const struct key *
named_key(const struct slots_of *of, struct span text, size_t chain)
{
	const struct policy_chain *c = &of->policy->chains[chain];
	unsigned char bytes[33];
	const struct key *k;
	struct tx_name name;

	if (text.len == 66 && hex_parse(text, false, bytes, 33))
		return keys_find_public(of->keys, (struct span){(const char *)bytes, 33});
	if (c->family == FAMILY_EVM && (k = keys_find_text(of->keys, text)) != NULL)
		return k;
	return address_parse(text, c->family, c->network, &name) ? keys_find(of->keys, &name)
								 : NULL;
}

static bool
in_script(const struct tx_wanted *w, const unsigned char public_key[SECP_PUBLIC])
{
	for (size_t i = 0; i < w->keys_n; i++) {
		if (memcmp(w->keys[i], public_key, SECP_PUBLIC) == 0)
			return true;
	}
	return false;
}

/* The key of what the payload wants: the payload says it, or leaves it open (EVM: the sender does
 * not stand in it; P2WSH: one of the script's). */
static const struct key *
key_for(const struct slots_of *of, const struct tx_wanted *w, struct span named, size_t chain)
{
	const struct key *k;

	if (w->key.len)
		return keys_find(of->keys, &w->key);
	k = named.ptr ? named_key(of, named, chain) : NULL;
	if (!k || k->kind != KEY_SECP256K1 || (w->keys_n && !in_script(w, k->public_key)))
		return NULL;
	return k;
}

/* The same by one of the paths that the payload gives. Of a witness script it must be the key that
 * the request names. */
static bool
leaf_for(const struct slots_of *of, const struct tx *tx, const struct tx_wanted *w,
	 struct span named, size_t chain, struct hd_leaf *out, const char **why)
{
	unsigned char wanted[SECP_PUBLIC];
	const char *refused = NULL;

	if (!w->key.len && (named.len != 66 || !hex_parse(named, false, wanted, SECP_PUBLIC)))
		return false;
	for (size_t i = 0; i < w->paths_n; i++) {
		enum hd_result got;

		if (!w->key.len &&
		    memcmp(tx->paths[w->path_first + i].key, wanted, SECP_PUBLIC) != 0)
			continue;
		got = hd_find(&of->hd, chain, &tx->paths[w->path_first + i], out, &refused);
		if (got == HD_FOUND &&
		    (w->key.len ? hd_owns(&of->hd, out, &w->key) : in_script(w, out->public_key)))
			return true;
		if (got == HD_FOUND)
			refused =
			    "a derivation path to a key that the output to be spent is not of";
		if (refused)
			*why = refused;
	}
	return false;
}

/* One digest of the request: it must be the payload's own. */
static bool
take_digest(struct span element, const struct tx_wanted *w, struct span *named)
{
	enum { DIGEST, SCHEME, KEY, N };
	static const char *const names[N] = {"digest", "scheme", "key"};
	struct span m[N], text;
	char hex[65];

	if (json_type(element) != JSON_OBJECT || !json_pick(element, names, N, m, NULL) ||
	    !m[SCHEME].ptr || !json_plain(m[SCHEME], &text) ||
	    !span_is(text, tx_scheme_name(w->scheme)))
		return false;
	hex_print(w->digest, 32, hex);
	if (w->scheme != TX_ED25519 &&
	    (!m[DIGEST].ptr || !json_plain(m[DIGEST], &text) || !span_is(text, hex)))
		return false;
	return !m[KEY].ptr || json_is_null(m[KEY]) || json_plain(m[KEY], named);
}

static bool
take_key(const struct slots_of *of, const struct tx *tx, const struct tx_wanted *w,
	 struct span named, size_t chain, size_t number, struct slot *out, struct frame_error *e)
{
	const char *why = NULL;

	out->wanted = w;
	out->key = key_for(of, w, named, chain);
	if (out->key || leaf_for(of, tx, w, named, chain, &out->leaf, &why))
		return true;
	if (why)
		return frame_fail(e, FRAME_REFUSED, "PATH", "digest %zu: %s", number, why);
	return frame_fail(e, FRAME_REFUSED, "NO_KEY", "no key here signs digest %zu", number);
}

bool
slots_take(const struct slots_of *of, const struct tx *tx, struct span digests, struct span from,
	   size_t chain, struct slot slots[], size_t *n, struct frame_error *e)
{
	struct json_walk walk = json_walk(digests);
	struct span element;
	size_t at = 0;

	for (*n = 0; json_next_element(&walk, &element); (*n)++) {
		bool repeats = at && tx->wanted[at - 1].keys_n;
		const struct tx_wanted *w = NULL;
		struct span named = from;

		if (*n == TX_SIGNATURES_MAX)
			return frame_fail(e, FRAME_REFUSED, "DIGEST", "more than 128 signatures");
		if (at < tx->wanted_n && take_digest(element, &tx->wanted[at], &named))
			w = &tx->wanted[at++];
		else if (repeats && take_digest(element, &tx->wanted[at - 1], &named))
			w = &tx->wanted[at - 1];
		else
			return frame_fail(e, FRAME_REFUSED, "DIGEST",
					  "digest %zu is not the payload's", *n + 1);
		if (!take_key(of, tx, w, named, chain, *n + 1, &slots[*n], e))
			return false;
	}
	if (at != tx->wanted_n)
		return frame_fail(e, FRAME_REFUSED, "DIGEST",
				  "the payload wants %zu signatures, not %zu", tx->wanted_n, at);
	return true;
}

/* ---- change
 * ------------------------------------------------------------------------------------- */

bool
slots_own(const struct slots_of *of, const struct tx *tx, size_t chain, bool own[TX_PAYMENTS_MAX],
	  struct frame_error *e)
{
	struct hd_leaf leaf;
	const char *why;

	for (size_t i = 0; i < tx->payments_n; i++) {
		const struct tx_payment *p = &tx->payments[i];

		own[i] = p->asset.len == 0 && keys_find(of->keys, &p->to) != NULL;
		for (size_t k = 0; !own[i] && k < p->paths_n; k++) {
			enum hd_result got =
			    hd_find(&of->hd, chain, &tx->paths[p->path_first + k], &leaf, &why);

			if (got == HD_REFUSED)
				return frame_fail(e, FRAME_REFUSED, "PATH", "output %zu: %s", i + 1,
						  why);
			own[i] = got == HD_FOUND && hd_is_change(&of->hd, &leaf, &p->to);
		}
	}
	return true;
}

/* ---- signing
 * ------------------------------------------------------------------------------------ */

const char *
slots_sign(const struct slots_of *of, const struct slot *slot, struct span payload,
	   struct signature *out)
{
	struct key derived;

	if (slot->key)
		return signer_sign(slot->key, of->token, slot->wanted, payload, out);
	if (!hd_secret(&of->hd, &slot->leaf, slot->wanted->scheme, &derived))
		return "the seed has no key there";
	return signer_sign(&derived, NULL, slot->wanted, payload, out);
}
