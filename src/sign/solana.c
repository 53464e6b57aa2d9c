/* Solana's message, by the strict reader that the adapter's writer has: a token transfer, and what
 * goes with it. */
#include "sol_message.h"
#include "tx.h"

/* What the receiver's token account costs, where it has to be made: rent of 165 bytes. */
#define ACCOUNT_LAMPORTS 2039280

static struct span
key_span(const struct sol_key *key)
{
	return (struct span){(const char *)key->bytes, sizeof key->bytes};
}

static void
want(struct tx *out, const struct sol_key *key)
{
	struct tx_wanted *w = tx_wanted_add(out);

	w->scheme = TX_ED25519;
	tx_name_set(&w->key, key_span(key));
}

const char *
solana_read(struct span payload, struct tx *out)
{
	struct tx_payment *p;
	struct sol_transfer t;
	enum sol_message_error bad = sol_message_read(payload, &t);
	uint64_t lamports;

	tx_init(out, TX_SOLANA);
	if (bad != SOL_MESSAGE_OK)
		return sol_message_error_text(bad);
	if (!sol_fee(&t, &lamports))
		return "a fee that is too large";
	out->fee = (units_int)lamports + (t.create ? ACCOUNT_LAMPORTS : 0);
	tx_name_set(&out->from, key_span(&t.authority));
	p = tx_payment_add(out);
	p->amount = t.amount;
	tx_name_set(&p->asset, key_span(&t.mint));
	tx_name_set(&p->to, key_span(&t.account));
	want(out, &t.payer);
	if (!sol_key_equal(&t.payer, &t.authority))
		want(out, &t.authority);
	return NULL;
}

bool
solana_is_associated(struct span account, struct span owner, struct span mint)
{
	struct sol_key wallet, token, derived;

	if (account.len != SOL_KEY_BYTES || owner.len != SOL_KEY_BYTES || mint.len != SOL_KEY_BYTES)
		return false;
	memcpy(wallet.bytes, owner.ptr, SOL_KEY_BYTES);
	memcpy(token.bytes, mint.ptr, SOL_KEY_BYTES);
	return sol_token_account(&wallet, &token, &derived, NULL) &&
	       memcmp(derived.bytes, account.ptr, SOL_KEY_BYTES) == 0;
}
