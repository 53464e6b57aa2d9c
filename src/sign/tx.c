#include "tx.h"

static const char *const forms[TX_FORMS] = {"psbt", "evm-legacy", "evm-1559", "solana-message",
					    "tron-raw"};

const char *
tx_form_name(enum tx_form form)
{
	return forms[form];
}

bool
tx_form_of(struct span name, enum tx_form *out)
{
	for (int i = 0; i < TX_FORMS; i++) {
		if (span_is(name, forms[i])) {
			*out = (enum tx_form)i;
			return true;
		}
	}
	return false;
}

const char *
tx_scheme_name(enum tx_scheme scheme)
{
	static const char *const names[] = {"ecdsa", "ecdsa-recoverable", "schnorr", "ed25519"};

	return names[scheme];
}

bool
tx_name_set(struct tx_name *name, struct span bytes)
{
	if (bytes.len > TX_NAME_MAX)
		return false;
	*name = (struct tx_name){.len = (unsigned char)bytes.len};
	if (bytes.len)
		memcpy(name->bytes, bytes.ptr, bytes.len);
	return true;
}

bool
tx_name_equal(const struct tx_name *a, const struct tx_name *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct span
tx_name_span(const struct tx_name *name)
{
	return (struct span){(const char *)name->bytes, name->len};
}

void
tx_init(struct tx *t, enum tx_form form)
{
	memset(t, 0, offsetof(struct tx, payments));
	t->form = form;
}

struct tx_payment *
tx_payment_add(struct tx *t)
{
	struct tx_payment *p = &t->payments[t->payments_n];

	if (t->payments_n == TX_PAYMENTS_MAX)
		return NULL;
	t->payments_n++;
	*p = (struct tx_payment){.amount = 0};
	return p;
}

struct tx_wanted *
tx_wanted_add(struct tx *t)
{
	struct tx_wanted *w = &t->wanted[t->wanted_n];

	if (t->wanted_n == TX_SIGNATURES_MAX)
		return NULL;
	t->wanted_n++;
	memset(w, 0, sizeof *w);
	return w;
}

struct tx_spend *
tx_spend_add(struct tx *t)
{
	struct tx_spend *s = &t->spends[t->spends_n];

	if (t->spends_n == TX_SIGNATURES_MAX)
		return NULL;
	t->spends_n++;
	*s = (struct tx_spend){{0}, 0};
	return s;
}

struct tx_path *
tx_path_add(struct tx *t)
{
	struct tx_path *p = &t->paths[t->paths_n];

	if (t->paths_n == TX_PATHS_MAX)
		return NULL;
	t->paths_n++;
	*p = (struct tx_path){.key_bytes = 0};
	return p;
}
