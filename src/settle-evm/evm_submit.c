/* submit: the same bytes, as often as it takes (adapter(5)). */
#include "evm_node.h"
#include "evm_ops.h"
#include "evm_tx.h"
#include "hex.h"
#include "keccak.h"

/* The bytes are a transaction of this chain, and their hash is txId. */
static bool
check_raw(const struct frame_request *q, const struct evm_settings *s, struct evm_hash *txid,
	  struct frame_error *e)
{
	unsigned char memory[EVM_TX_BYTES];
	struct span bytes = {(char *)memory, q->raw.len / 2};
	struct evm_hash hash;
	struct evm_signature sig;
	struct evm_tx tx;
	enum evm_tx_error bad;

	if (!q->raw.ptr || !q->tx_id.ptr || !evm_hash_parse(q->tx_id, txid))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "raw and txId are wanted");
	if (bytes.len > EVM_TX_BYTES || !hex_parse(q->raw, false, memory, bytes.len))
		return frame_fail(e, FRAME_REQUEST, "RAW", "raw is no hex, or too long");
	bad = evm_tx_read_signed(bytes, &tx, &sig);
	if (bad != EVM_TX_OK)
		return frame_fail(e, FRAME_REQUEST, "RAW", "raw: %s", evm_tx_error_text(bad));
	if (tx.chain_id != s->chain_id)
		return frame_fail(e, FRAME_REFUSED, "CHAIN_ID", "raw is for another chain");
	keccak256(bytes, hash.bytes);
	return evm_hash_equal(&hash, txid) ||
	       frame_fail(e, FRAME_REQUEST, "TX_ID", "txId is not raw's hash");
}

static bool
say(struct buf *answer, const char *result)
{
	buf_json_member_string(answer, "result", span_of(result));
	return true;
}

/* The node said no. What it says of a nonce or of a price may be said of bytes that it has already:
 * so it is asked for them before that is believed. */
static bool
look_again(struct evm_node *n, const struct evm_hash *txid, struct buf *answer,
	   struct frame_error *e)
{
	enum evm_refusal why = evm_refusal_of(n->rpc.error_code, n->rpc.error_message);
	struct frame_error ignored;
	bool there, mined;

	if (why == EVM_REFUSAL_KNOWN)
		return say(answer, "known");
	/* makes the class of the error while its words are there */
	evm_node_refused(n, e);
	if (why == EVM_REFUSAL_NONCE)
		frame_fail(e, FRAME_CONFLICT, "NONCE_TOO_LOW",
			   "another transaction has used the nonce");
	else if (e->class == FRAME_UNDERPRICED)
		memcpy(e->code, "UNDERPRICED", sizeof "UNDERPRICED");
	if (evm_node_transaction(n, txid, &there, &mined, &ignored) && there)
		return say(answer, "known");
	return false;
}

bool
evm_submit(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct evm_node *n = context;
	struct evm_hash txid, got;

	if (!check_raw(q, n->settings, &txid, e) || !evm_node_check(n, e))
		return false;
	if (!evm_node_send(n, q->raw, &got, e))
		return rpc_said_no(&n->rpc) && look_again(n, &txid, answer, e);
	if (!evm_hash_equal(&got, &txid))
		return frame_fail(e, FRAME_CONFIG, "TX_ID",
				  "the node gives the bytes another txId");
	return say(answer, "accepted");
}
