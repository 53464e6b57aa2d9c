#include "sol_plan.h"

#include "hex.h"
#include "mac.h"

#define MEMO_PREFIX "tp:"
#define MEMO_HASH_BYTES 16

bool
sol_plan_accounts(const struct sol_wallet *w, const struct sol_order *o,
		  struct sol_key at[SOL_ACCOUNTS], unsigned *bump)
{
	at[SOL_AT_SOURCE] = w->source;
	at[SOL_AT_PAYER] = w->payer;
	at[SOL_AT_TO] = o->to;
	return sol_token_account(&o->to, &w->mint, &at[SOL_AT_ACCOUNT], bump);
}

void
sol_memo(struct span job, struct sol_transfer *out)
{
	unsigned char hash[MAC_BYTES];
	char text[sizeof MEMO_PREFIX + 2 * MEMO_HASH_BYTES];
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, job);
	sha2_end(&s, hash);
	memcpy(text, MEMO_PREFIX, sizeof MEMO_PREFIX - 1);
	hex_print(hash, MEMO_HASH_BYTES, text + sizeof MEMO_PREFIX - 1);
	out->memo_len = sizeof text - 1;
	memcpy(out->memo, text, out->memo_len);
}

static bool
check_source(const struct sol_wallet *w, const struct sol_order *o, const struct sol_account *a,
	     struct frame_error *e)
{
	struct sol_token t;

	if (!a->exists)
		return frame_fail(e, FRAME_FUNDS, "FUNDS", "the wallet has no account of the mint");
	if (!sol_read_token(a, &t) || !sol_key_equal(&t.mint, &w->mint) ||
	    !sol_key_equal(&t.owner, &w->authority))
		return frame_fail(e, FRAME_CONFIG, "OWNER",
				  "the authority's token account is not the authority's");
	if (t.frozen)
		return frame_fail(e, FRAME_REFUSED, "FROZEN", "our token account is frozen");
	if (t.amount < o->amount)
		return frame_fail(e, FRAME_FUNDS, "FUNDS", "%llu units, %llu wanted",
				  (unsigned long long)t.amount, (unsigned long long)o->amount);
	return true;
}

/* A token account: the mint's, not frozen, and of that owner (NULL: any). */
static bool
check_account(const struct sol_wallet *w, const struct sol_account *a, const struct sol_key *owner,
	      struct frame_error *e)
{
	struct sol_token t;

	if (!sol_read_token(a, &t))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER", "no token account in use");
	if (!sol_key_equal(&t.mint, &w->mint))
		return frame_fail(e, FRAME_REFUSED, "MINT",
				  "the receiver's account is of another mint");
	if (owner && !sol_key_equal(&t.owner, owner))
		return frame_fail(e, FRAME_REFUSED, "OWNER",
				  "the receiver's associated account was given away");
	if (t.frozen)
		return frame_fail(e, FRAME_REFUSED, "FROZEN", "the receiver's account is frozen");
	return true;
}

/* Where the tokens go: the receiver itself where it is a token account, else the associated account
 * of the wallet that it is. */
static bool
choose_account(const struct sol_wallet *w, const struct sol_order *o, const struct sol_facts *f,
	       const struct sol_key at[], struct sol_transfer *out, struct frame_error *e)
{
	const struct sol_account *to = &f->at[SOL_AT_TO], *account = &f->at[SOL_AT_ACCOUNT];

	if (to->exists && sol_key_equal(&to->owner, &sol_token_program)) {
		out->account = o->to;
		return check_account(w, to, NULL, e);
	}
	if (to->exists && !sol_key_equal(&to->owner, &sol_system_program))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER",
				  "the receiver is a program's account, not a wallet");
	if (!sol_on_curve(&o->to))
		return frame_fail(e, FRAME_REFUSED, "OFF_CURVE",
				  "nobody can have the receiver's key");
	out->account = at[SOL_AT_ACCOUNT];
	/* somebody may have sent lamports to the address before there was an account */
	if (account->exists && !sol_key_equal(&account->owner, &sol_system_program))
		return check_account(w, account, &o->to, e);
	out->create = true;
	out->wallet = o->to;
	return true;
}

static bool
check_fee(const struct sol_order *o, const struct sol_facts *f, const struct sol_transfer *t,
	  uint64_t *fee, struct frame_error *e)
{
	const struct sol_account *payer = &f->at[SOL_AT_PAYER];
	uint64_t have = payer->exists ? payer->lamports : 0;

	if (payer->exists && !sol_key_equal(&payer->owner, &sol_system_program))
		return frame_fail(e, FRAME_CONFIG, "PAYER", "the payer is a program's account");
	if (!sol_fee(t, fee) || __builtin_add_overflow(*fee, t->create ? f->rent : 0, fee) ||
	    *fee > o->fee_max)
		return frame_fail(e, FRAME_UNDERPRICED, "FEE_CAP",
				  "a unit costs %llu micro-lamports, rent %llu lamports",
				  (unsigned long long)f->price,
				  (unsigned long long)(t->create ? f->rent : 0));
	if (have < SOL_LAMPORTS_MIN || have - SOL_LAMPORTS_MIN < *fee)
		return frame_fail(
		    e, FRAME_FUNDS, "FEE_FUNDS",
		    "the payer has %llu lamports, the fee takes %llu and %u must stay",
		    (unsigned long long)have, (unsigned long long)*fee, SOL_LAMPORTS_MIN);
	return true;
}

bool
sol_plan(const struct sol_wallet *w, const struct sol_order *o, const struct sol_facts *f,
	 struct sol_transfer *out, uint64_t *fee, struct frame_error *e)
{
	struct sol_key at[SOL_ACCOUNTS];
	unsigned bump;

	*out = (struct sol_transfer){.version_0 = w->version_0,
				     .payer = w->payer,
				     .authority = w->authority,
				     .source = w->source,
				     .mint = w->mint,
				     .blockhash = f->blockhash,
				     .amount = o->amount,
				     .decimals = w->decimals,
				     .unit_limit = SOL_UNITS_TRANSFER,
				     .unit_price = f->price};
	if (!sol_plan_accounts(w, o, at, &bump))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER", "no account can be derived");
	if (sol_key_equal(&o->to, &w->authority) || sol_key_equal(&o->to, &w->source) ||
	    sol_key_equal(&o->to, &w->mint))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER", "pays ourselves, or the mint");
	if (!check_source(w, o, &f->at[SOL_AT_SOURCE], e) || !choose_account(w, o, f, at, out, e))
		return false;
	if (out->create)
		out->unit_limit += SOL_UNITS_CREATE + (255 - bump) * SOL_UNITS_BUMP;
	sol_memo(o->job, out);
	return check_fee(o, f, out, fee, e);
}
