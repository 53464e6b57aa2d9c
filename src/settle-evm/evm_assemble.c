/* assemble: an unsigned transaction and its signature to raw bytes and txid (adapter(5)). Pure. */
#include "evm_job.h"
#include "evm_node.h"
#include "evm_ops.h"
#include "hex.h"
#include "keccak.h"
#include "number.h"
#include "secp.h"

static bool
refused(struct frame_error *e, const char *code, const char *why)
{
	return frame_fail(e, FRAME_REFUSED, code, "%s", why);
}

/* The payload's transaction, whose data points into memory. */
static bool
read_payload(struct span object, const struct evm_settings *s, unsigned char memory[EVM_TX_BYTES],
	     struct evm_tx *tx, unsigned char digest[KECCAK_BYTES], struct frame_error *e)
{
	struct span form, payload, bytes;
	enum evm_tx_error bad;

	if (!object.ptr || !json_find(object, "form", &form) || !json_plain(form, &form) ||
	    !json_find(object, "payload", &payload) || !json_plain(payload, &payload))
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "unsigned with form and payload is wanted");
	bytes = (struct span){(char *)memory, payload.len / 2};
	if (bytes.len > EVM_TX_BYTES || !hex_parse(payload, false, memory, bytes.len))
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "payload is no hex, or too long");
	bad = evm_tx_read_unsigned(bytes, tx);
	if (bad != EVM_TX_OK)
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "payload: %s",
				  evm_tx_error_text(bad));
	if (!span_is(form, tx->type == EVM_TX_DYNAMIC ? "evm-1559" : "evm-legacy"))
		return frame_fail(e, FRAME_REQUEST, "FORM", "form is not the payload's");
	if (tx->chain_id != s->chain_id)
		return refused(e, "CHAIN_ID", "the payload is for another chain");
	keccak256(bytes, digest);
	return true;
}

/* Whose signature it must be: the key of the one digest. */
static bool
read_signer(struct span object, const unsigned char digest[KECCAK_BYTES], struct evm_address *out,
	    struct frame_error *e)
{
	struct span digests, one, more, text, key;
	struct json_walk w;
	unsigned char claimed[KECCAK_BYTES];

	if (!json_find(object, "digests", &digests) || json_type(digests) != JSON_ARRAY)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "unsigned.digests is wanted");
	w = json_walk(digests);
	if (!json_next_element(&w, &one) || json_next_element(&w, &more) ||
	    !json_find(one, "key", &key) || !json_plain(key, &key) ||
	    !json_find(one, "digest", &text) || !json_plain(text, &text) ||
	    !hex_parse(text, false, claimed, sizeof claimed))
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "unsigned.digests holds one digest, with its key");
	if (memcmp(claimed, digest, sizeof claimed) != 0)
		return refused(e, "DIGEST", "digest is not the payload's");
	return evm_job_address(key, "key", NULL, out, e);
}

static bool
recovers_to(const unsigned char sig[SECP_SIGNATURE], int recovery,
	    const unsigned char digest[KECCAK_BYTES], const struct evm_address *signer)
{
	unsigned char key[SECP_PUBLIC_LONG];
	struct evm_address a;

	if (!secp_recover(sig, recovery, digest, key))
		return false;
	a = evm_address_of_key(key + 1);
	return evm_address_equal(&a, signer);
}

/* Signers without recovery id (PKCS#11) leave it to us: one of the two fits. */
static bool
read_signature(struct span signatures, const unsigned char digest[KECCAK_BYTES],
	       const struct evm_address *signer, struct evm_signature *out, struct frame_error *e)
{
	struct span one, more, text, recovery;
	struct json_walk w;
	unsigned char sig[SECP_SIGNATURE];
	uint64_t id = 2;

	if (!signatures.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "signatures are wanted");
	w = json_walk(signatures);
	if (!json_next_element(&w, &one) || json_next_element(&w, &more) ||
	    !json_find(one, "sig", &text) || !json_plain(text, &text) ||
	    !hex_parse(text, false, sig, sizeof sig))
		return frame_fail(e, FRAME_REQUEST, "SIGNATURE",
				  "one signature of 128 hex digits is wanted");
	if (json_find(one, "recovery", &recovery) && !json_is_null(recovery) &&
	    (!number_u64(recovery, &id) || id > 1))
		return refused(e, "SIGNATURE", "recovery is neither 0 nor 1");
	memcpy(out->r, sig, 32);
	memcpy(out->s, sig + 32, 32);
	out->parity = 0;
	if (!evm_signature_in_range(out))
		return refused(e, "SIGNATURE", "out of range, or s in the upper half");
	for (unsigned parity = id == 1; parity <= (id == 0 ? 0u : 1u); parity++) {
		out->parity = parity;
		if (recovers_to(sig, (int)parity, digest, signer))
			return true;
	}
	return refused(e, "SIGNATURE", "not the key's signature over this payload");
}

bool
evm_assemble(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	const struct evm_node *n = context;
	unsigned char payload[EVM_TX_BYTES], raw[EVM_TX_BYTES], digest[KECCAK_BYTES];
	char hex[2 * EVM_TX_BYTES + 1], txid[EVM_HASH_TEXT_MAX];
	struct evm_address signer;
	struct evm_signature sig;
	struct evm_tx tx;
	struct span bytes;

	if (!read_payload(q->unsigned_, n->settings, payload, &tx, digest, e) ||
	    !read_signer(q->unsigned_, digest, &signer, e) ||
	    !read_signature(q->signatures, digest, &signer, &sig, e))
		return false;
	bytes = evm_tx_signed(&tx, &sig, raw, sizeof raw);
	if (!bytes.ptr)
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "the transaction is too long");
	keccak256(bytes, digest);
	hex_print((const unsigned char *)bytes.ptr, bytes.len, hex);
	buf_json_member_string(answer, "raw", span_of(hex));
	hex_print_hash(digest, txid);
	buf_json_member_string(answer, "txId", span_of(txid));
	return true;
}
