/*
 * poll: what has become of a payment, by the chain's own record (adapter(5)).
 *
 * A receipt counts only if its block is the one that the chain has at that height now, and a
 * success only if the contract's Transfer events say that exactly the amount went from payer to
 * recipient. All versions have one nonce: when the account's count has passed it and none of them
 * has a receipt, somebody else's transaction used it, and they are dead.
 */
#include "evm_job.h"
#include "evm_node.h"
#include "evm_ops.h"

#include "diag.h"

struct version {
	struct evm_hash tx;
	char txid[EVM_HASH_TEXT_MAX];
	bool cancels;
};

struct poll {
	struct evm_node *n;
	struct evm_job job;
	uint64_t nonce;
	struct version versions[FRAME_VERSIONS_MAX];
	size_t count;
	struct evm_block head;
};

static bool
bad_version(struct frame_error *e, const char *why)
{
	return frame_fail(e, FRAME_REQUEST, "VERSION", "a version %s", why);
}

static bool
take_version(struct poll *p, const struct frame_version *v, struct frame_error *e)
{
	struct version *to = &p->versions[p->count];
	struct json_walk w;
	struct span element, text;
	struct evm_address a;
	uint64_t nonce;

	if (p->count == FRAME_VERSIONS_MAX || !evm_hash_parse(v->tx_id, &to->tx))
		return bad_version(e, "has a bad txId, or is one too many");
	if (!v->spends.ptr)
		return bad_version(e, "has no spends");
	w = json_walk(v->spends);
	if (!json_next_element(&w, &element) || !json_plain(element, &text) ||
	    !evm_spend_parse(text, &a, &nonce) || !evm_address_equal(&a, &p->job.from) ||
	    (p->count && nonce != p->nonce))
		return bad_version(e, "does not spend the nonce of the others");
	p->nonce = nonce;
	evm_hash_print(&to->tx, to->txid);
	to->cancels = v->kind.ptr && span_is(v->kind, "cancel");
	p->count++;
	return true;
}

static bool
read_poll(struct poll *p, const struct frame_request *q, struct frame_error *e)
{
	struct json_walk w;
	struct frame_version v;

	if (!evm_job_read(q, p->n->settings, &p->job, e))
		return false;
	if (!q->versions.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
	w = json_walk(q->versions);
	while (frame_next_version(&w, &v, e)) {
		if (!take_version(p, &v, e))
			return false;
	}
	if (e->code[0])
		return false;
	return p->count > 0 || frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
}

/* ---- answers ---- */

static bool
say(const struct poll *p, const char *status, const struct version *v, struct buf *answer)
{
	buf_json_member_string(answer, "status", span_of(status));
	if (v)
		buf_json_member_string(answer, "txId", span_of(v->txid));
	buf_json_member_u64(answer, "height", p->head.number);
	return true;
}

static void
say_block(const struct poll *p, const struct evm_receipt *r, struct buf *answer)
{
	char text[U256_DECIMAL_MAX];

	buf_json_member_u64(answer, "confirmations", p->head.number - r->number + 1);
	buf_json_key(answer, "block");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "height", r->number);
	evm_hash_print(&r->block, text);
	buf_json_member_string(answer, "hash", span_of(text));
	buf_byte(answer, '}');
	u256_print_decimal(r->fee, text);
	buf_json_member_string(answer, "fee", span_of(text));
}

static bool
say_failed(const struct poll *p, const struct version *v, const struct evm_receipt *r,
	   const char *code, const char *msg, struct buf *answer)
{
	say(p, "failed", v, answer);
	say_block(p, r, answer);
	buf_json_member_string(answer, "code", span_of(code));
	buf_json_member_string(answer, "msg", span_of(msg));
	return true;
}

/* ---- mined: what did it do? ---- */

static void
say_moved(struct u256 moved, struct buf *answer)
{
	char text[U256_DECIMAL_MAX];

	u256_print_decimal(moved, text);
	buf_json_member_string(answer, "moved", span_of(text));
}

static bool
judge(const struct poll *p, const struct version *v, const struct evm_receipt *r,
      struct buf *answer, struct frame_error *e)
{
	const struct evm_address *token = &p->n->settings->contract;
	struct u256 moved, elsewhere;
	int order;

	if (!evm_answer_moved(r->logs, token, &p->job.payer, &p->job.to, &moved, &elsewhere))
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "a receipt's logs are malformed");
	say_moved(moved, answer);
	if (v->cancels) {
		say(p, "mined", v, answer);
		say_block(p, r, answer);
		return true;
	}
	if (!r->success)
		return say_failed(p, v, r, "REVERTED", "the contract said no", answer);
	order = u256_compare(moved, p->job.amount);
	if (u256_is_zero(moved))
		return say_failed(p, v, r, "NOT_MOVED", "no Transfer event from payer to recipient",
				  answer);
	if (order != 0)
		return say_failed(p, v, r, order < 0 ? "MOVED_LESS" : "MOVED_MORE",
				  "another amount moved than was asked for", answer);
	if (!u256_is_zero(elsewhere))
		diag(DIAG_WARNING, "token-fee", diag_str("tx", v->txid),
		     diag_str("why", "the transfer took more from the payer than it moved"));
	say(p, "mined", v, answer);
	say_block(p, r, answer);
	return true;
}

/* Is the receipt's block the one of its height in the best chain? Not there at all: the node lags.
 */
static bool
is_canonical(struct poll *p, const struct evm_receipt *r, bool *out, struct frame_error *e)
{
	struct evm_block block;
	bool there;

	if (!evm_node_block_at(p->n, r->number, &block, &there, e))
		return false;
	*out = there && evm_hash_equal(&block.hash, &r->block);
	return true;
}

/* The version that is in the best chain. Its receipt's logs live until the next call, so it is
 * asked for last. */
static bool
find_mined(struct poll *p, const struct version **out, struct evm_receipt *r, struct frame_error *e)
{
	*out = NULL;
	for (size_t i = p->count; i-- > 0;) {
		const struct version *v = &p->versions[i];
		struct evm_hash block;
		bool there, canonical;

		if (!evm_node_receipt(p->n, &v->tx, r, &there, e))
			return false;
		if (!there)
			continue;
		block = r->block;
		if (!is_canonical(p, r, &canonical, e) || !evm_node_head(p->n, &p->head, e))
			return false;
		if (!canonical || r->number > p->head.number)
			continue;
		if (!evm_node_receipt(p->n, &v->tx, r, &there, e))
			return false;
		if (!there || !evm_hash_equal(&block, &r->block))
			continue;
		*out = v;
		return true;
	}
	return true;
}

/* ---- not mined ---- */

/* How long the nonce has been used up: the account's count at past heights, by halves; no deeper
 * than asked for, as nodes forget old states. */
static bool
used_since(struct poll *p, uint64_t *confirmations, struct frame_error *e)
{
	uint64_t low = 1, high = p->n->settings->confirmations, count;

	if (high > p->head.number)
		high = p->head.number ? p->head.number : 1;
	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;

		if (!evm_node_nonce_at(p->n, &p->job.from, p->head.number - middle + 1, &count, e))
			return false;
		if (count > p->nonce)
			low = middle;
		else
			high = middle - 1;
	}
	*confirmations = low;
	return true;
}

static bool
say_unmined(struct poll *p, uint64_t count, struct buf *answer, struct frame_error *e)
{
	for (size_t i = p->count; i-- > 0;) {
		bool there, mined;

		if (!evm_node_transaction(p->n, &p->versions[i].tx, &there, &mined, e))
			return false;
		if (!there)
			continue;
		say(p, "pending", &p->versions[i], answer);
		/* it cannot be mined before the nonces below it are */
		if (count < p->nonce)
			buf_json_member_u64(answer, "waitsFor", count);
		return true;
	}
	say(p, "unknown", NULL, answer);
	if (count < p->nonce)
		buf_json_member_u64(answer, "waitsFor", count);
	return true;
}

static bool
say_dead(struct poll *p, struct buf *answer, struct frame_error *e)
{
	uint64_t confirmations;

	if (!used_since(p, &confirmations, e))
		return false;
	say(p, "dead", NULL, answer);
	buf_json_member_u64(answer, "confirmations", confirmations);
	buf_json_member_string(answer, "code", SPAN_LIT("NONCE_USED"));
	buf_json_member_string(answer, "msg",
			       SPAN_LIT("another transaction of the account has used the nonce"));
	return true;
}

/* A block that the coordinator saw it in, and that the chain no longer has: worth a line. */
static void
note_reorg(const struct frame_request *q, const struct evm_receipt *r, const struct version *v)
{
	struct span hash;
	struct evm_hash seen;

	if (!q->block.ptr || !json_find(q->block, "hash", &hash) || !json_plain(hash, &hash) ||
	    !evm_hash_parse(hash, &seen) || (v && evm_hash_equal(&seen, &r->block)))
		return;
	diag(DIAG_WARNING, "reorg", diag_span("job", q->job), diag_span("block", hash),
	     diag_str("now", v ? v->txid : "in-no-block"));
}

bool
evm_poll(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct poll p = {.n = context};
	const struct version *mined;
	struct evm_receipt receipt = {0};
	uint64_t count;

	if (!read_poll(&p, q, e) || !evm_node_check(p.n, e) || !find_mined(&p, &mined, &receipt, e))
		return false;
	if (mined) {
		note_reorg(q, &receipt, mined);
		return judge(&p, mined, &receipt, answer, e);
	}
	note_reorg(q, &receipt, NULL);
	if (!evm_node_head(p.n, &p.head, e) ||
	    !evm_node_nonce(p.n, &p.job.from, "latest", &count, e))
		return false;
	if (count <= p.nonce)
		return say_unmined(&p, count, answer, e);
	/* mined between the two questions? */
	if (!find_mined(&p, &mined, &receipt, e))
		return false;
	return mined ? judge(&p, mined, &receipt, answer, e) : say_dead(&p, answer, e);
}
