#include "signing.h"

#include "base64.h"
#include "hashes.h"
#include "hex.h"
#include "signlog.h"
#include "slots.h"

#include <stdlib.h>

/* What a request asks for, beside its payment. */
struct wish {
	struct policy_request policy;
	struct span job, from;
	struct span digests; /* array */
	enum tx_form form;
};

void
signing_init(struct signing *s, const uint64_t secret[2])
{
	ledger_init(&s->ledger, secret);
	keymap_init(&s->kept, LEDGER_JOBS_MAX, secret);
	buf_init(&s->payload, SIGNING_PAYLOAD_MAX);
	buf_init(&s->line, 64u << 10);
}

void
signing_release(struct signing *s)
{
	ledger_release(&s->ledger);
	keymap_release(&s->kept);
	buf_release(&s->payload);
	buf_release(&s->line);
	for (size_t i = 0; i < s->answers_n; i++)
		free(s->answers[i]);
	free(s->answers);
}

/* ---- the request
 * -------------------------------------------------------------------------------- */

/* The members that the frame leaves as they are. */
static bool
take_words(const struct frame_request *q, struct policy_request *out, struct frame_error *e)
{
	static const char *const names[] = {"chain", "kind", "fee"};
	const struct span m[] = {q->chain, q->kind, q->fee};
	struct span *const to[] = {&out->chain, &out->kind, &out->fee};

	for (int i = 0; i < 3; i++) {
		if (!m[i].ptr || json_is_null(m[i]))
			continue;
		if (!json_plain(m[i], to[i]))
			return frame_fail(e, FRAME_REQUEST, "MEMBER", "%s is no plain text",
					  names[i]);
	}
	return out->chain.ptr || frame_fail(e, FRAME_REQUEST, "MEMBER", "chain is wanted");
}

static bool
decode_payload(struct signing *s, struct span text, enum tx_form form)
{
	char *room;

	buf_clear(&s->payload);
	if (form == TX_PSBT || form == TX_SOLANA)
		return base64_decode(text, &s->payload) && buf_ok(&s->payload);
	room = buf_room(&s->payload, text.len / 2 + 1);
	if (!room || !hex_parse(text, false, (unsigned char *)room, text.len / 2))
		return false;
	buf_grown(&s->payload, text.len / 2);
	return true;
}

static bool
take_unsigned(struct signing *s, const struct frame_request *q, struct wish *out,
	      struct frame_error *e)
{
	enum { FORM, PAYLOAD, DIGESTS, N };
	static const char *const names[N] = {"form", "payload", "digests"};
	struct span m[N], form, payload;
	const char *why;

	if (!q->unsigned_.ptr || !json_pick(q->unsigned_, names, N, m, NULL) || !m[FORM].ptr ||
	    !json_plain(m[FORM], &form) || !m[PAYLOAD].ptr || !json_plain(m[PAYLOAD], &payload) ||
	    !m[DIGESTS].ptr || json_type(m[DIGESTS]) != JSON_ARRAY)
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "unsigned wants form, payload and digests");
	if (!tx_form_of(form, &out->form))
		return frame_fail(e, FRAME_REQUEST, "FORM", "a form that is not known");
	if (!decode_payload(s, payload, out->form))
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD",
				  "a payload that is malformed or too long");
	out->digests = m[DIGESTS];
	why = tx_read(out->form, buf_span(&s->payload), &s->tx);
	return !why || frame_fail(e, FRAME_REFUSED, "PAYLOAD", "%s", why);
}

static bool
take_wish(struct signing *s, const struct frame_request *q, struct wish *out, struct frame_error *e)
{
	*out = (struct wish){0};
	if (!q->job.ptr || q->job.len == 0)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "job is wanted");
	if (!take_words(q, &out->policy, e) || !take_unsigned(s, q, out, e))
		return false;
	out->job = q->job;
	out->from = q->from;
	out->policy.asset = q->asset;
	out->policy.to = q->to;
	out->policy.amount = q->amount;
	out->policy.payer = q->payer;
	return true;
}

/* ---- judging
 * ------------------------------------------------------------------------------------ */

static void
add_part(struct sha2 *h, struct span part)
{
	unsigned char len[2] = {(unsigned char)(part.len >> 8), (unsigned char)part.len};

	sha2_add(h, (struct span){(const char *)len, 2});
	sha2_add(h, part);
}

static void
payment_digest(const struct policy *p, const struct policy_verdict *v, unsigned char out[32])
{
	char amount[UNITS_TEXT_MAX];
	struct sha2 h;

	sha2_begin(&h);
	add_part(&h, p->chains[v->chain].name);
	add_part(&h, p->assets[v->asset].name);
	add_part(&h, tx_name_span(&p->assets[v->asset].contract));
	add_part(&h, tx_name_span(&v->to));
	add_part(&h, tx_name_span(&v->payer));
	add_part(&h, (struct span){amount, units_print(v->amount, amount)});
	sha2_end(&h, out);
}

/* The sender's nonce on its chain, which only one transaction can have. */
static void
spend_nonce(struct tx *t, const struct key *sender)
{
	struct tx_spend *spend = tx_spend_add(t);

	memcpy(spend->id, sender->evm.bytes, 20);
	for (int i = 0; i < 8; i++) {
		spend->id[20 + i] = (unsigned char)(t->nonce >> (8 * i));
		spend->id[28 + i] = (unsigned char)(t->chain_id >> (8 * i));
	}
}

/* An EVM payload does not name its sender: under another key it is another payment. */
static void
name_payload(const struct signing *s, const struct key *sender, unsigned char out[32])
{
	struct sha2 h;

	sha2_begin(&h);
	sha2_add(&h, buf_span(&s->payload));
	if (sender)
		sha2_add(&h, tx_name_span(&sender->evm));
	sha2_end(&h, out);
}

static void
make_entry(struct signing *s, const struct wish *wish, const struct policy_verdict *v,
	   const struct key *sender, struct ledger_entry *out)
{
	const struct policy_chain *c = &s->of.policy->chains[v->chain];

	*out = (struct ledger_entry){.job = wish->job,
				     .kind = wish->policy.kind,
				     .chain = v->chain,
				     .asset = v->asset,
				     .amount = v->amount,
				     .fee = s->tx.fee,
				     .at_ms = s->now_ms};
	if (!out->kind.ptr)
		out->kind = SPAN_LIT("pay");
	if (v->asset != POLICY_ASSETS_MAX)
		payment_digest(s->of.policy, v, out->payment);
	name_payload(s, c->family == FAMILY_EVM ? sender : NULL, out->payload);
	if (c->family == FAMILY_EVM)
		spend_nonce(&s->tx, sender);
	if (c->family == FAMILY_TRON)
		out->dead_ms = s->tx.expires_ms + LEDGER_EXPIRY_MARGIN_MS;
	if (c->family == FAMILY_SOLANA)
		out->dead_ms = s->now_ms + (int64_t)c->version_after_s * 1000;
	out->spends = s->tx.spends;
	out->spends_n = s->tx.spends_n;
	out->outpoints = c->family == FAMILY_BTC;
}

static bool
refuse_ledger(const struct ledger_verdict *v, struct frame_error *e)
{
	enum frame_class class = FRAME_REFUSED;

	/* a day's limit is a purse that fills again */
	if (v->later)
		class = strcmp(v->code, "EARLY") == 0 ? FRAME_RETRY : FRAME_FUNDS;
	return frame_fail(e, class, v->code, "%s", v->why);
}

/* ---- signing
 * ------------------------------------------------------------------------------------ */

static bool
sign_all(struct signing *s, const struct slot slots[], size_t n, struct buf *answer,
	 struct frame_error *e)
{
	buf_json_key(answer, "signatures");
	buf_byte(answer, '[');
	for (size_t i = 0; i < n; i++) {
		struct signature one;
		const char *why = slots_sign(&s->of, &slots[i], buf_span(&s->payload), &one);

		if (why) {
			s->failed_total++;
			return frame_fail(e, FRAME_CONFIG, "SIGNER", "signature %zu: %s", i + 1,
					  why);
		}
		if (i)
			buf_byte(answer, ',');
		buf_byte(answer, '{');
		buf_json_member_string(answer, "scheme", span_of(tx_scheme_name(one.scheme)));
		buf_json_member_hex(answer, "sig", one.bytes, one.len);
		if (one.scheme == TX_RECOVERABLE)
			buf_json_member_i64(answer, "recovery", one.recovery);
		buf_json_member_hex(answer, "publicKey", one.public_key, one.public_len);
		buf_byte(answer, '}');
	}
	buf_byte(answer, ']');
	return true;
}

static bool
keep_answer(struct signing *s, const unsigned char payload[32], struct span answer)
{
	char **more = realloc(s->answers, (s->answers_n + 1) * sizeof *more), *copy;

	if (!more)
		return false;
	s->answers = more;
	copy = malloc(answer.len + 1);
	if (!copy)
		return false;
	memcpy(copy, answer.ptr, answer.len);
	copy[answer.len] = '\0';
	s->answers[s->answers_n] = copy;
	return keymap_put(&s->kept, (struct span){(const char *)payload, 32}, s->answers_n++);
}

static bool
uses_token(const struct slot slots[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (slots[i].key && slots[i].key->in_token)
			return true;
	}
	return false;
}

/* A token's signatures go into the log before they go out: asked again, the same come. */
static bool
sign_by_token(struct signing *s, const unsigned char payload[32], const struct slot slots[],
	      size_t n, struct buf *answer, struct frame_error *e)
{
	struct span key = {(const char *)payload, 32};
	size_t begin = answer->len;
	uint64_t at;

	if (keymap_find(&s->kept, key, &at)) {
		buf_byte(answer, ',');
		buf_str(answer, s->answers[at]);
		return true;
	}
	if (!sign_all(s, slots, n, answer, e))
		return false;
	/* without the comma before it */
	if (!keep_answer(s, payload,
			 (struct span){answer->ptr + begin + 1, answer->len - begin - 1}))
		return frame_fail(e, FRAME_RETRY, "MEMORY", "no memory");
	buf_clear(&s->line);
	buf_byte(&s->line, '{');
	buf_json_member_string(&s->line, "type", SPAN_LIT("signature"));
	buf_json_member_hex(&s->line, "payload", payload, 32);
	buf_byte(&s->line, ',');
	buf_str(&s->line, s->answers[s->answers_n - 1]);
	buf_str(&s->line, "}\n");
	s->append(s->context, buf_span(&s->line));
	return true;
}

static bool
write_down(struct signing *s, const struct ledger_entry *entry, struct span to,
	   struct frame_error *e)
{
	buf_clear(&s->line);
	signlog_print(entry, s->of.policy, to, &s->line);
	if (!buf_ok(&s->line) || !ledger_enter(&s->ledger, entry))
		return frame_fail(e, FRAME_CONFIG, "FULL", "no room for another job");
	s->append(s->context, buf_span(&s->line));
	return true;
}

static bool
judge_and_sign(struct signing *s, const struct wish *wish, struct buf *answer,
	       struct frame_error *e)
{
	struct slot slots[TX_SIGNATURES_MAX];
	bool own[TX_PAYMENTS_MAX];
	struct ledger_verdict refused;
	struct policy_verdict verdict;
	struct ledger_entry entry;
	enum ledger_result result;
	size_t n;

	if (!slots_own(&s->of, &s->tx, policy_chain(s->of.policy, wish->policy.chain), own, e))
		return false;
	if (!policy_judge(s->of.policy, &wish->policy, &s->tx, own, &verdict))
		return frame_fail(e, FRAME_REFUSED, verdict.code, "%s", verdict.why);
	if (!slots_take(&s->of, &s->tx, wish->digests, wish->from, verdict.chain, slots, &n, e))
		return false;
	make_entry(s, wish, &verdict, slots[0].key, &entry);
	result = ledger_judge(&s->ledger, s->of.policy, &entry, &refused);
	if (result == LEDGER_REFUSED)
		return refuse_ledger(&refused, e);
	if (result == LEDGER_NEW && !write_down(s, &entry, wish->policy.to, e))
		return false;
	if (uses_token(slots, n) ? !sign_by_token(s, entry.payload, slots, n, answer, e)
				 : !sign_all(s, slots, n, answer, e))
		return false;
	s->signed_total += result == LEDGER_NEW;
	s->again_total += result == LEDGER_AGAIN;
	return true;
}

bool
signing_sign(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	struct signing *s = context;
	struct wish wish;

	if (take_wish(s, q, &wish, e) && judge_and_sign(s, &wish, answer, e))
		return true;
	s->refused_total++;
	return false;
}

/* ---- the log
 * ------------------------------------------------------------------------------------ */

static bool
replay_signature(struct signing *s, struct span line)
{
	static const char *const names[] = {"payload", "signatures"};
	unsigned char payload[32];
	struct span m[2], text;

	if (!json_pick(line, names, 2, m, NULL) || !m[0].ptr || !json_plain(m[0], &text) ||
	    !hex_parse(text, false, payload, 32) || !m[1].ptr || json_type(m[1]) != JSON_ARRAY)
		return false;
	buf_clear(&s->line);
	buf_str(&s->line, "\"signatures\":");
	buf_add(&s->line, m[1]);
	return buf_ok(&s->line) && keep_answer(s, payload, buf_span(&s->line));
}

bool
signing_replay(struct signing *s, struct span line)
{
	struct ledger_entry entry;
	struct span type, name;
	size_t offset;

	if (json_check(line, &offset) != JSON_OK || !json_find(line, "type", &type) ||
	    !json_plain(type, &name))
		return false;
	if (span_is(name, "signature"))
		return replay_signature(s, line);
	return span_is(name, "signed") && signlog_read(line, s->of.policy, s->tx.spends, &entry) &&
	       ledger_enter(&s->ledger, &entry);
}
