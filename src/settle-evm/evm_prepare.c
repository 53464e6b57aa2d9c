/* prepare, bump, cancel: unsigned transactions (adapter(5)). */
#include "evm_job.h"
#include "evm_node.h"
#include "evm_ops.h"
#include "hex.h"

/* A plain transfer of the chain's own coin. */
#define GAS_PLAIN 21000

static bool
fees_failed(enum evm_fees_error bad, const struct evm_settings *s, struct frame_error *e)
{
	if (bad == EVM_FEES_E_CAP)
		return frame_fail(e, FRAME_UNDERPRICED, "FEE_CAP",
				  "a gas costs more than %sGAS_PRICE_MAX", s->prefix);
	return frame_fail(e, FRAME_UNDERPRICED, "FEE_CAP", "it would cost more than feeMax");
}

/* ---- what must hold before ---- */

static bool
enough(struct u256 have, struct u256 want, const char *code, const char *what,
       struct frame_error *e)
{
	char a[U256_DECIMAL_MAX], b[U256_DECIMAL_MAX];

	if (u256_compare(have, want) >= 0)
		return true;
	u256_print_decimal(have, a);
	u256_print_decimal(want, b);
	return frame_fail(e, FRAME_FUNDS, code, "%s is %s, %s is wanted", what, a, b);
}

static bool
check_tokens(struct evm_node *n, const struct evm_job *job, struct frame_error *e)
{
	struct u256 have;

	if (!evm_node_balance(n, &job->payer, &have, e) ||
	    !enough(have, job->amount, "BALANCE", "the payer's balance", e))
		return false;
	if (!job->takes)
		return true;
	return evm_node_allowance(n, &job->payer, &job->from, &have, e) &&
	       enough(have, job->amount, "ALLOWANCE", "what the payer has approved", e);
}

/* The call without effect: a contract that says no does so here, before anything is paid for it.
 * No answer at all is what some old tokens give; the Transfer event decides about those. */
static bool
check_call(struct evm_node *n, const struct evm_job *job, struct span data, struct frame_error *e)
{
	struct span answer;
	bool yes;

	if (!evm_node_try(n, &job->from, data, &answer, e))
		return false;
	if (answer.len == 0)
		return true;
	if (!abi_read_bool(answer, &yes))
		return frame_fail(e, FRAME_REFUSED, "BAD_TOKEN", "transfer() answers no bool");
	return yes || frame_fail(e, FRAME_REFUSED, "RETURNS_FALSE", "transfer() answers false");
}

static bool
check_native(struct evm_node *n, const struct evm_job *job, const struct evm_tx *tx,
	     struct frame_error *e)
{
	struct evm_fees fees = {tx->tip, tx->cap};
	struct u256 have, cost;

	return evm_node_native(n, &job->from, &have, e) && evm_fees_cost(&fees, tx->gas, &cost) &&
	       enough(have, cost, "GAS_FUNDS", "the wallet's balance for gas", e);
}

/* A quarter more than the estimate, for the state may change before it is mined. */
static bool
estimate(struct evm_node *n, const struct evm_job *job, struct span data,
	 const struct evm_block *head, uint64_t *gas, struct frame_error *e)
{
	if (!evm_node_estimate(n, &job->from, data, gas, e))
		return false;
	if (*gas > head->gas_limit)
		return frame_fail(e, FRAME_REFUSED, "GAS_LIMIT",
				  "it takes more gas than a block has");
	*gas += *gas / 4 + 1;
	if (*gas > head->gas_limit)
		*gas = head->gas_limit;
	return true;
}

/* ---- prepare ---- */

/* Nonces below the pool's count are taken, whoever holds them; what is busy above it is ours. */
static bool
choose_nonce(struct evm_node *n, const struct evm_job *job, struct evm_tx *tx, struct buf *answer,
	     struct frame_error *e)
{
	uint64_t chain, pool, gaps;

	if (!evm_node_nonce(n, &job->from, "latest", &chain, e) ||
	    !evm_node_nonce(n, &job->from, "pending", &pool, e))
		return false;
	if (pool < chain)
		pool = chain;
	tx->nonce = evm_job_nonce(&job->from, pool, job->busy, &gaps);
	buf_json_key(answer, "nonce");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "next", tx->nonce);
	buf_json_member_u64(answer, "chain", chain);
	buf_json_member_u64(answer, "pool", pool);
	buf_json_member_u64(answer, "gaps", gaps);
	buf_byte(answer, '}');
	return true;
}

bool
evm_prepare(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct evm_node *n = context;
	const struct evm_settings *s = n->settings;
	unsigned char memory[ABI_CALL_MAX];
	struct evm_job job;
	struct evm_block head;
	struct evm_market market;
	struct evm_fees fees;
	struct evm_tx tx = {.chain_id = s->chain_id, .to = s->contract};
	enum evm_fees_error bad;

	if (!evm_job_read(q, s, &job, e) || !evm_node_check(n, e) || !evm_node_head(n, &head, e) ||
	    !check_tokens(n, &job, e))
		return false;
	tx.data = evm_job_call(&job, memory);
	if (!check_call(n, &job, tx.data, e) || !estimate(n, &job, tx.data, &head, &tx.gas, e) ||
	    !evm_node_market(n, &head, &market, e))
		return false;
	bad = evm_fees_first(&market, tx.gas, &job.ceiling, &fees);
	if (bad != EVM_FEES_OK)
		return fees_failed(bad, s, e);
	tx.type = market.dynamic ? EVM_TX_DYNAMIC : EVM_TX_LEGACY;
	tx.tip = fees.tip;
	tx.cap = fees.cap;
	if (!check_native(n, &job, &tx, e) || !choose_nonce(n, &job, &tx, answer, e))
		return false;
	evm_job_answer(&job, s, "pay", &tx, answer);
	return true;
}

/* ---- new versions ---- */

/* What the versions before have in common, and the highest that they offer. */
struct past {
	uint64_t nonce;
	bool signed_; /* one of them at least has bytes */
	bool cancels; /* the newest one pays nobody */
	struct evm_tx newest;
	unsigned char memory[EVM_TX_BYTES]; /* newest points into it */
	struct evm_fees highest;
	uint64_t gas; /* the most that a payment was given */
};

static struct u256
larger(struct u256 a, struct u256 b)
{
	return u256_compare(a, b) > 0 ? a : b;
}

static bool
bad_version(struct frame_error *e, const char *why)
{
	return frame_fail(e, FRAME_REQUEST, "VERSION", "a version %s", why);
}

/* Its one spend: the nonce. */
static bool
spend_of(const struct frame_version *v, const struct evm_address *from, uint64_t *nonce,
	 struct frame_error *e)
{
	struct json_walk w;
	struct span element, text;
	struct evm_address a;

	if (!v->spends.ptr)
		return bad_version(e, "has no spends");
	w = json_walk(v->spends);
	if (!json_next_element(&w, &element) || !json_plain(element, &text) ||
	    !evm_spend_parse(text, &a, nonce) || !evm_address_equal(&a, from) ||
	    json_next_element(&w, &element))
		return bad_version(e, "does not spend one nonce of from");
	return true;
}

static bool
take_raw(const struct frame_version *v, const struct evm_job *job, const struct evm_settings *s,
	 struct past *past, struct frame_error *e)
{
	struct evm_signature sig;
	struct span bytes = {(char *)past->memory, v->raw.len / 2};

	if (v->raw.len / 2 > EVM_TX_BYTES || !hex_parse(v->raw, false, past->memory, bytes.len))
		return bad_version(e, "has a raw that is no hex, or too long");
	if (evm_tx_read_signed(bytes, &past->newest, &sig) != EVM_TX_OK)
		return bad_version(e, "has a raw that is no transaction");
	if (past->newest.nonce != past->nonce || past->newest.chain_id != s->chain_id)
		return bad_version(e, "has another nonce or chain");
	past->cancels = past->newest.data.len == 0;
	if (!past->cancels && !evm_job_matches(job, s, &past->newest))
		return bad_version(e, "does not pay what the job says");
	past->signed_ = true;
	past->highest.tip = larger(past->highest.tip, past->newest.tip);
	past->highest.cap = larger(past->highest.cap, past->newest.cap);
	if (!past->cancels && past->newest.gas > past->gas)
		past->gas = past->newest.gas;
	return true;
}

static bool
read_past(const struct frame_request *q, const struct evm_job *job, const struct evm_settings *s,
	  struct past *past, struct frame_error *e)
{
	struct json_walk w;
	struct frame_version v;
	uint64_t nonce;
	size_t n = 0;

	*past = (struct past){0};
	if (!q->versions.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
	w = json_walk(q->versions);
	while (frame_next_version(&w, &v, e)) {
		if (!spend_of(&v, &job->from, &nonce, e))
			return false;
		if (n++ && nonce != past->nonce)
			return bad_version(e, "has another nonce than the others");
		past->nonce = nonce;
		if (v.raw.ptr && !take_raw(&v, job, s, past, e))
			return false;
	}
	if (e->code[0])
		return false;
	return n > 0 || frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
}

/* A nonce that is used up cannot be replaced; one that waits for others needs no higher fee. */
static bool
check_turn(struct evm_node *n, const struct evm_job *job, uint64_t nonce, bool behind_too,
	   struct frame_error *e)
{
	uint64_t chain;

	if (!evm_node_nonce(n, &job->from, "latest", &chain, e))
		return false;
	if (chain > nonce)
		return frame_fail(e, FRAME_CONFLICT, "NONCE_USED",
				  "a transaction of nonce %llu is mined",
				  (unsigned long long)nonce);
	if (chain < nonce && !behind_too)
		return frame_fail(e, FRAME_RETRY, "NONCE_GAP", "it waits for nonce %llu",
				  (unsigned long long)chain);
	return true;
}

/* Fees an eighth above all versions before, or first ones where none was ever signed. */
static bool
raise_fees(struct evm_node *n, const struct evm_job *job, const struct past *past,
	   const struct evm_block *head, struct evm_tx *tx, struct frame_error *e)
{
	struct evm_market market;
	struct evm_fees fees;
	enum evm_fees_error bad;

	if (!evm_node_market(n, head, &market, e))
		return false;
	/* a new version is of its predecessor's type: some pools refuse a change */
	if (past->signed_ && market.dynamic && past->newest.type == EVM_TX_LEGACY &&
	    !u256_add(market.tip, market.base, &market.tip))
		return fees_failed(EVM_FEES_E_CAP, n->settings, e);
	if (past->signed_)
		market.dynamic = past->newest.type == EVM_TX_DYNAMIC;
	bad = past->signed_ ? evm_fees_bump(&market, &past->highest, tx->gas, &job->ceiling, &fees)
			    : evm_fees_first(&market, tx->gas, &job->ceiling, &fees);
	if (bad != EVM_FEES_OK)
		return fees_failed(bad, n->settings, e);
	tx->type = market.dynamic ? EVM_TX_DYNAMIC : EVM_TX_LEGACY;
	tx->tip = fees.tip;
	tx->cap = fees.cap;
	return check_native(n, job, tx, e);
}

static bool
new_version(struct evm_node *n, const struct frame_request *q, bool cancel, struct buf *answer,
	    struct frame_error *e)
{
	const struct evm_settings *s = n->settings;
	unsigned char memory[ABI_CALL_MAX];
	struct evm_job job;
	struct evm_block head;
	struct past past;
	struct evm_tx tx = {.chain_id = s->chain_id, .to = s->contract};

	if (!evm_job_read(q, s, &job, e) || !read_past(q, &job, s, &past, e))
		return false;
	if (!cancel && !past.signed_)
		return bad_version(e, "has no raw");
	if (!evm_node_check(n, e) || !evm_node_head(n, &head, e) ||
	    !check_turn(n, &job, past.nonce, cancel, e))
		return false;
	cancel |= past.cancels;
	tx.nonce = past.nonce;
	tx.gas = GAS_PLAIN;
	if (cancel) {
		tx.to = job.from;
	} else {
		tx.data = evm_job_call(&job, memory);
		if (!estimate(n, &job, tx.data, &head, &tx.gas, e))
			return false;
		tx.gas = past.gas > tx.gas ? past.gas : tx.gas;
	}
	if (!raise_fees(n, &job, &past, &head, &tx, e))
		return false;
	if (cancel) {
		job.to = job.payer = job.from;
		job.takes = false;
		job.amount = u256_of(0);
	}
	evm_job_answer(&job, s, cancel ? "cancel" : "pay", &tx, answer);
	return true;
}

bool
evm_bump(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	return new_version(context, q, false, answer, e);
}

bool
evm_cancel(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	return new_version(context, q, true, answer, e);
}
