#include "evm_job.h"

#include "check.h"
#include "hex.h"
#include "keccak.h"
#include "number.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- reading ---- */

bool
evm_job_address(struct span text, const char *name, const struct evm_address *otherwise,
		struct evm_address *out, struct frame_error *e)
{
	enum evm_address_error bad;

	if (!text.ptr && otherwise) {
		*out = *otherwise;
		return true;
	}
	if (!text.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "%s is wanted", name);
	bad = evm_address_parse(text, out);
	if (bad == EVM_ADDRESS_OK)
		return true;
	return frame_fail(e, FRAME_REFUSED,
			  bad == EVM_ADDRESS_E_CHECKSUM ? "BAD_CHECKSUM" : "BAD_ADDRESS", "%s: %s",
			  name, evm_address_error_text(bad));
}

/* Tokens sent to their own contract are lost; those sent to where they are cost gas for nothing. */
static bool
check_parties(const struct evm_job *job, const struct evm_settings *s, struct frame_error *e)
{
	if (evm_address_equal(&job->to, &s->contract))
		return frame_fail(e, FRAME_REFUSED, "TO_CONTRACT",
				  "to is the token's own contract");
	if (evm_address_equal(&job->to, &job->payer))
		return frame_fail(e, FRAME_REFUSED, "TO_SELF", "to is who pays");
	return true;
}

bool
evm_job_read(const struct frame_request *q, const struct evm_settings *s, struct evm_job *out,
	     struct frame_error *e)
{
	*out = (struct evm_job){.job = q->job, .busy = q->busy};
	if (!frame_payment(q, e))
		return false;
	if (!span_is(q->asset, s->asset))
		return frame_fail(e, FRAME_REFUSED, "ASSET", "this adapter pays %s", s->asset);
	if (!evm_job_address(q->from, "from", &s->wallet, &out->from, e) ||
	    !evm_job_address(q->to, "to", NULL, &out->to, e) ||
	    !evm_job_address(q->payer, "payer", &out->from, &out->payer, e) ||
	    !check_parties(out, s, e))
		return false;
	out->takes = !evm_address_equal(&out->payer, &out->from);
	if (!u256_parse_decimal(q->amount, &out->amount))
		return frame_fail(e, FRAME_REQUEST, "AMOUNT", "amount is too large");
	out->ceiling.cap = s->price_max;
	memset(&out->ceiling.cost, 0xff, sizeof out->ceiling.cost);
	if (q->fee_max.ptr && !u256_parse_decimal(q->fee_max, &out->ceiling.cost))
		return frame_fail(e, FRAME_REQUEST, "AMOUNT", "feeMax is too large");
	return true;
}

struct span
evm_job_call(const struct evm_job *job, unsigned char memory[ABI_CALL_MAX])
{
	struct abi_value args[] = {abi_address(&job->payer), abi_address(&job->to),
				   abi_uint(job->amount)};

	return job->takes ? abi_call(ABI_TRANSFER_FROM, args, 3, memory)
			  : abi_call(ABI_TRANSFER, args + 1, 2, memory);
}

bool
evm_job_matches(const struct evm_job *job, const struct evm_settings *s, const struct evm_tx *tx)
{
	unsigned char memory[ABI_CALL_MAX];

	return tx->chain_id == s->chain_id && !tx->creates && tx->access.len == 0 &&
	       u256_is_zero(tx->value) && evm_address_equal(&tx->to, &s->contract) &&
	       span_equal(tx->data, evm_job_call(job, memory));
}

/* ---- nonces ---- */

void
evm_spend_print(const struct evm_address *a, uint64_t nonce, char out[EVM_SPEND_MAX])
{
	evm_address_print(a, out);
	snprintf(out + EVM_ADDRESS_TEXT_MAX - 1, EVM_SPEND_MAX - EVM_ADDRESS_TEXT_MAX + 1,
		 "/%" PRIu64, nonce);
}

bool
evm_spend_parse(struct span text, struct evm_address *a, uint64_t *nonce)
{
	const size_t n = EVM_ADDRESS_TEXT_MAX - 1;

	return text.len > n + 1 && text.ptr[n] == '/' &&
	       evm_address_parse((struct span){text.ptr, n}, a) == EVM_ADDRESS_OK &&
	       number_u64((struct span){text.ptr + n + 1, text.len - n - 1}, nonce);
}

static bool
is_busy(const struct evm_address *from, uint64_t nonce, struct span busy)
{
	char spend[EVM_SPEND_MAX];

	evm_spend_print(from, nonce, spend);
	return frame_listed(busy, span_of(spend));
}

/* Busy nonces of this account from `first` on: how many, and the highest. */
static uint64_t
count_busy(const struct evm_address *from, uint64_t first, struct span busy, uint64_t *highest)
{
	struct json_walk w = json_walk(busy);
	struct span element, text;
	struct evm_address a;
	uint64_t nonce, n = 0;

	*highest = first;
	while (json_next_element(&w, &element)) {
		if (!json_plain(element, &text) || !evm_spend_parse(text, &a, &nonce) ||
		    !evm_address_equal(&a, from) || nonce < first)
			continue;
		n++;
		*highest = nonce > *highest ? nonce : *highest;
	}
	return n;
}

uint64_t
evm_job_nonce(const struct evm_address *from, uint64_t first, struct span busy, uint64_t *gaps)
{
	uint64_t nonce = first, highest, held;

	*gaps = 0;
	if (!busy.ptr)
		return first;
	held = count_busy(from, first, busy, &highest);
	while (held && nonce < UINT64_MAX && is_busy(from, nonce, busy))
		nonce++;
	if (held && nonce < highest)
		*gaps = highest - first + 1 - held;
	return nonce;
}

/* ---- answering ---- */

void
evm_member_u256(struct buf *out, const char *name, struct u256 v)
{
	char text[U256_DECIMAL_MAX];

	u256_print_decimal(v, text);
	buf_json_member_string(out, name, span_of(text));
}

void
evm_member_address(struct buf *out, const char *name, const struct evm_address *a)
{
	char text[EVM_ADDRESS_TEXT_MAX];

	evm_address_print(a, text);
	buf_json_member_string(out, name, span_of(text));
}

static void
add_unsigned(const struct evm_tx *tx, const struct evm_address *from, struct buf *out)
{
	unsigned char memory[EVM_TX_BYTES], hash[KECCAK_BYTES];
	char hex[2 * EVM_TX_BYTES + 1];
	struct span bytes = evm_tx_unsigned(tx, memory, sizeof memory);

	CHECK(bytes.ptr != NULL);
	buf_json_key(out, "unsigned");
	buf_byte(out, '{');
	buf_json_member_string(out, "form",
			       tx->type == EVM_TX_DYNAMIC ? SPAN_LIT("evm-1559")
							  : SPAN_LIT("evm-legacy"));
	hex_print((const unsigned char *)bytes.ptr, bytes.len, hex);
	buf_json_member_string(out, "payload", span_of(hex));
	keccak256(bytes, hash);
	hex_print(hash, sizeof hash, hex);
	buf_str(out, ",\"digests\":[{");
	buf_json_member_string(out, "digest", span_of(hex));
	buf_json_member_string(out, "scheme", SPAN_LIT("ecdsa-recoverable"));
	evm_member_address(out, "key", from);
	buf_str(out, "}]}");
}

void
evm_job_answer(const struct evm_job *job, const struct evm_settings *s, const char *kind,
	       const struct evm_tx *tx, struct buf *out)
{
	struct evm_fees fees = {tx->tip, tx->cap};
	char spend[EVM_SPEND_MAX];
	struct u256 cost;

	CHECK(evm_fees_cost(&fees, tx->gas, &cost));
	if (job->job.ptr)
		buf_json_member_string(out, "job", job->job);
	buf_json_member_string(out, "asset", span_of(s->asset));
	evm_member_address(out, "from", &job->from);
	evm_member_address(out, "to", &job->to);
	if (job->takes)
		evm_member_address(out, "payer", &job->payer);
	evm_member_u256(out, "amount", job->amount);
	buf_json_member_string(out, "kind", span_of(kind));
	add_unsigned(tx, &job->from, out);
	evm_spend_print(&job->from, tx->nonce, spend);
	buf_json_key(out, "spends");
	buf_byte(out, '[');
	buf_json_string(out, span_of(spend));
	buf_byte(out, ']');
	evm_member_u256(out, "fee", cost);
	evm_member_u256(out, "feeRate", tx->cap);
	buf_json_member_string(out, "feeAsset", span_of(s->fee_asset));
	buf_json_member_raw(out, "expiry", SPAN_LIT("null"));
}
