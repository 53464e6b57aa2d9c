#include "examine.h"

#include "limit.h"

#include <stdio.h>

/* Of a rejected line, what is repeated. */
#define INPUT_BYTES 4096

static enum refusal
check_sender(struct examiner *x, struct examine_item *i)
{
	uint64_t listed;

	if ((i->m.account.ptr && keymap_find(&x->rules->blacklist, i->m.account, &listed)) ||
	    (i->m.pubkey.ptr && keymap_find(&x->rules->blacklist, i->m.pubkey, &listed))) {
		i->why = "the account or the key is on the blacklist";
		return REFUSAL_BLACKLISTED;
	}
	if (!x->has_accounts)
		return REFUSAL_NONE;
	if (!i->m.sig.ptr && !x->allow_unsigned) {
		i->why = "no sig";
		return REFUSAL_UNSIGNED;
	}
	if (!i->m.account.ptr && !i->m.sig.ptr)
		return REFUSAL_NONE;
	i->account = i->m.account.ptr ? roster_find(&x->rules->accounts, i->m.account) : NULL;
	if (!i->account) {
		i->why = "no such account";
		return REFUSAL_UNKNOWN_ACCOUNT;
	}
	return account_allows(i->account, &i->m, &i->why);
}

static enum refusal
check_key(struct examine_item *i)
{
	if (!i->m.pubkey.ptr || !i->m.has_nonce) {
		i->why = "what is signed has pubkey and nonce";
		return REFUSAL_BAD_RECORD;
	}
	i->key = account_key(i->account, i->m.pubkey);
	if (i->key)
		return REFUSAL_NONE;
	i->why = "the key is not one of the account's";
	return REFUSAL_UNKNOWN_KEY;
}

static enum refusal
check_signature(struct examiner *x, unsigned thread, struct examine_item *i)
{
	struct buf *text = &x->text[thread];
	enum jcs_error e;

	buf_clear(text);
	e = incoming_signed_text(i->line, &x->scratch[thread], text);
	if (e != JCS_OK) {
		i->why =
		    e == JCS_E_SPACE ? "longer than a signed record may be" : jcs_error_text(e);
		return REFUSAL_BAD_RECORD;
	}
	i->why = order_signature_check(i->key, i->m.sig, buf_span(text));
	return i->why ? REFUSAL_BAD_SIGNATURE : REFUSAL_NONE;
}

/* By any thread, while nobody changes the gate or the rules. */
void
examine(void *context, unsigned thread, size_t index)
{
	struct examiner *x = context;
	struct examine_item *i = &x->items[index];

	i->m = (struct incoming){0};
	i->account = NULL;
	i->key = NULL;
	i->late_refusal = REFUSAL_NONE;
	if (i->too_long) {
		i->refusal = REFUSAL_TOO_LONG;
		i->why = "longer than 1 MiB";
		return;
	}
	i->refusal = incoming_read(i->line, &i->m, &i->why);
	if (i->refusal == REFUSAL_NONE)
		i->refusal = check_sender(x, i);
	if (i->refusal != REFUSAL_NONE || !i->m.sig.ptr || !x->has_accounts)
		return;
	i->refusal = check_key(i);
	/* a nonce that is used now stays used: spare the work */
	if (i->refusal == REFUSAL_NONE && !gate_nonce_used(x->gate, &i->m))
		i->late_refusal = check_signature(x, thread, i);
}

void
examine_reject(const struct examine_item *i, uint64_t in, enum refusal r, bool spent,
	       const char *why, struct buf *b)
{
	struct span input = i->line;

	if (input.len > INPUT_BYTES)
		input.len = INPUT_BYTES;
	buf_clear(b);
	buf_byte(b, '{');
	buf_json_member_string(b, "type", SPAN_LIT("reject"));
	buf_json_member_u64(b, "in", in);
	if (i->m.id.ptr)
		buf_json_member_string(b, "id", i->m.id);
	if (spent) {
		char text[24];
		size_t n =
		    (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)i->m.nonce);

		buf_json_member_string(b, "account", i->m.account);
		if (i->m.nonce < (UINT64_C(1) << 53))
			buf_json_member_u64(b, "nonce", i->m.nonce);
		else
			buf_json_member_string(b, "nonce", (struct span){text, n});
	}
	buf_json_member_string(b, "reason", span_of(refusal_name(r)));
	buf_json_member_string(b, "msg", span_of(why));
	buf_json_member_string(b, "input", input);
	buf_byte(b, '}');
}
