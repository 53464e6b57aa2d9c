#include "sol_answer.h"

#include "base64.h"
#include "number.h"

#include <stdlib.h>

/* rows that getRecentPrioritizationFees gives: one a block of the last 150 */
#define PRICES_MAX 256

/* ---- small parts ---- */

static bool
find_u64(struct span object, const char *name, uint64_t *out)
{
	struct span value;

	return json_find(object, name, &value) && number_u64(value, out);
}

static bool
find_key(struct span object, const char *name, struct sol_key *out)
{
	struct span value, text;

	return json_find(object, name, &value) && json_plain(value, &text) &&
	       sol_key_parse(text, out);
}

static bool
is_object(struct span value)
{
	return json_type(value) == JSON_OBJECT;
}

/* {"context":{"slot":N},"value":...} */
static bool
find_value(struct span result, uint64_t *slot, struct span *value)
{
	struct span context;

	return is_object(result) && json_find(result, "context", &context) && is_object(context) &&
	       find_u64(context, "slot", slot) && json_find(result, "value", value);
}

/* ["...","base64"] into at most max bytes. */
static bool
decode_pair(struct span pair, unsigned char *out, size_t max, size_t *len)
{
	struct span element, text, encoding;
	struct json_walk w;
	struct buf bytes;
	bool ok;

	if (json_type(pair) != JSON_ARRAY)
		return false;
	w = json_walk(pair);
	if (!json_next_element(&w, &element) || !json_plain(element, &text) ||
	    !json_next_element(&w, &element) || !json_plain(element, &encoding) ||
	    !span_is(encoding, "base64"))
		return false;
	buf_init(&bytes, max);
	ok = base64_decode(text, &bytes);
	if (ok && bytes.len)
		memcpy(out, bytes.ptr, bytes.len);
	*len = bytes.len;
	buf_release(&bytes);
	return ok;
}

static uint64_t
little_endian(const unsigned char *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* ---- accounts ---- */

static bool
read_account(struct span value, struct sol_account *out)
{
	struct span data, executable;

	*out = (struct sol_account){0};
	if (json_is_null(value))
		return true;
	if (!is_object(value) || !find_u64(value, "lamports", &out->lamports) ||
	    !find_key(value, "owner", &out->owner) ||
	    !json_find(value, "executable", &executable) || !json_find(value, "data", &data))
		return false;
	out->exists = true;
	out->executable = json_is_true(executable);
	return decode_pair(data, out->data, sizeof out->data, &out->len);
}

bool
sol_read_accounts(struct span result, struct sol_account out[], size_t n)
{
	struct span value, element;
	struct json_walk w;
	uint64_t slot;

	if (!find_value(result, &slot, &value) || json_type(value) != JSON_ARRAY)
		return false;
	w = json_walk(value);
	for (size_t i = 0; i < n; i++) {
		if (!json_next_element(&w, &element) || !read_account(element, &out[i]))
			return false;
	}
	return !json_next_element(&w, &element);
}

bool
sol_read_mint(const struct sol_account *a, unsigned *decimals)
{
	if (!a->exists || !sol_key_equal(&a->owner, &sol_token_program) ||
	    a->len != SOL_MINT_BYTES || a->data[45] != 1)
		return false;
	*decimals = a->data[44];
	return true;
}

bool
sol_read_token(const struct sol_account *a, struct sol_token *out)
{
	unsigned state = a->data[108];

	if (!a->exists || !sol_key_equal(&a->owner, &sol_token_program) ||
	    a->len != SOL_TOKEN_BYTES || (state != 1 && state != 2))
		return false;
	memcpy(out->mint.bytes, a->data, SOL_KEY_BYTES);
	memcpy(out->owner.bytes, a->data + 32, SOL_KEY_BYTES);
	out->amount = little_endian(a->data + 64);
	out->frozen = state == 2;
	return true;
}

/* ---- the head of the chain ---- */

bool
sol_read_blockhash(struct span result, struct sol_blockhash *out)
{
	struct span value;

	return find_value(result, &out->slot, &value) && is_object(value) &&
	       find_key(value, "blockhash", &out->hash) &&
	       find_u64(value, "lastValidBlockHeight", &out->last_valid);
}

bool
sol_read_epoch(struct span result, struct sol_epoch *out)
{
	return is_object(result) && find_u64(result, "absoluteSlot", &out->slot) &&
	       find_u64(result, "blockHeight", &out->height);
}

static int
by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

bool
sol_read_price(struct span result, uint64_t *price)
{
	uint64_t prices[PRICES_MAX];
	struct json_walk w;
	struct span row;
	size_t n = 0;

	if (json_type(result) != JSON_ARRAY)
		return false;
	w = json_walk(result);
	while (n < PRICES_MAX && json_next_element(&w, &row)) {
		if (!is_object(row) || !find_u64(row, "prioritizationFee", &prices[n++]))
			return false;
	}
	qsort(prices, n, sizeof prices[0], by_size);
	*price = n ? prices[n * 3 / 4] : 0;
	return true;
}

bool
sol_read_block(struct span result, struct sol_block *out)
{
	return is_object(result) && find_key(result, "blockhash", &out->hash) &&
	       find_u64(result, "blockHeight", &out->height) &&
	       find_u64(result, "blockTime", &out->time);
}

/* ---- transactions ---- */

static bool
read_status(struct span value, struct sol_status *out)
{
	static const char *const names[] = {"processed", "confirmed", "finalized"};
	struct span commitment, text;

	*out = (struct sol_status){0};
	if (json_is_null(value))
		return true;
	if (!is_object(value) || !find_u64(value, "slot", &out->slot) ||
	    !json_find(value, "err", &out->err) ||
	    !json_find(value, "confirmationStatus", &commitment) || !json_plain(commitment, &text))
		return false;
	out->found = true;
	out->failed = !json_is_null(out->err);
	for (unsigned i = 0; i < 3; i++) {
		if (span_is(text, names[i])) {
			out->commitment = (enum sol_commitment)i;
			return true;
		}
	}
	return false;
}

bool
sol_read_statuses(struct span result, struct sol_status out[], size_t n, uint64_t *slot)
{
	struct span value, element;
	struct json_walk w;

	if (!find_value(result, slot, &value) || json_type(value) != JSON_ARRAY)
		return false;
	w = json_walk(value);
	for (size_t i = 0; i < n; i++) {
		if (!json_next_element(&w, &element) || !read_status(element, &out[i]))
			return false;
	}
	return !json_next_element(&w, &element);
}

/* The balance of one account in pre- or postTokenBalances; one that is not there had none. */
static bool
read_balance(struct span meta, const char *name, uint64_t index, const struct sol_key *mint,
	     uint64_t *out)
{
	struct span rows, row, amount, text;
	struct json_walk w;
	struct sol_key of;
	uint64_t at;

	*out = 0;
	if (!json_find(meta, name, &rows) || json_type(rows) != JSON_ARRAY)
		return false;
	w = json_walk(rows);
	while (json_next_element(&w, &row)) {
		if (!is_object(row) || !find_u64(row, "accountIndex", &at))
			return false;
		if (at != index)
			continue;
		return find_key(row, "mint", &of) && sol_key_equal(&of, mint) &&
		       json_find(row, "uiTokenAmount", &amount) && is_object(amount) &&
		       json_find(amount, "amount", &amount) && json_plain(amount, &text) &&
		       number_u64(text, out);
	}
	return true;
}

/* The payer's lamports stand first. */
static bool
read_first(struct span meta, const char *name, uint64_t *out)
{
	struct span rows, row;
	struct json_walk w;

	if (!json_find(meta, name, &rows) || json_type(rows) != JSON_ARRAY)
		return false;
	w = json_walk(rows);
	return json_next_element(&w, &row) && number_u64(row, out);
}

static bool
read_transaction(struct span pair, struct sol_landed *out)
{
	unsigned char bytes[SOL_TRANSACTION_MAX];
	struct span message, signatures;
	size_t len;

	if (!decode_pair(pair, bytes, sizeof bytes, &len) ||
	    sol_transaction_read((struct span){(const char *)bytes, len}, &out->transfer, &message,
				 &signatures) != SOL_MESSAGE_OK)
		return false;
	memcpy(out->signature, signatures.ptr, SOL_SIGNATURE_BYTES);
	return true;
}

bool
sol_read_landed(struct span result, struct sol_landed *out)
{
	struct span meta, err, transaction;
	uint64_t before, after, fee;
	size_t index;

	if (!is_object(result) || !find_u64(result, "slot", &out->slot) ||
	    !json_find(result, "meta", &meta) || !is_object(meta) ||
	    !json_find(meta, "err", &err) || !find_u64(meta, "fee", &fee) ||
	    !read_first(meta, "preBalances", &before) ||
	    !read_first(meta, "postBalances", &after) ||
	    !json_find(result, "transaction", &transaction) || !read_transaction(transaction, out))
		return false;
	/* whoever pays itself by a payment to itself has more, not less */
	out->paid = before > after && before - after > fee ? before - after : fee;
	/* payer, authority where it is another, source, account */
	index = sol_message_signers(&out->transfer) + 1;
	out->failed = !json_is_null(err);
	if (!read_balance(meta, "preTokenBalances", index, &out->transfer.mint, &before) ||
	    !read_balance(meta, "postTokenBalances", index, &out->transfer.mint, &after))
		return false;
	out->rose = after >= before;
	out->moved = out->rose ? after - before : 0;
	return true;
}

/* ---- why not ---- */

struct reason {
	const char *name;
	enum frame_class class;
	const char *code, *why;
};

/* TransactionError, by its name. Others are not known to be for good. */
static const struct reason reasons[] = {
    {"BlockhashNotFound", FRAME_EXPIRED, "BLOCKHASH", "the blockhash is unknown or too old"},
    {"AccountNotFound", FRAME_FUNDS, "FEE_FUNDS", "the payer has no lamports"},
    {"InsufficientFundsForFee", FRAME_FUNDS, "FEE_FUNDS", "too few lamports for the fee"},
    {"InsufficientFundsForRent", FRAME_FUNDS, "FEE_FUNDS", "too few lamports for rent"},
    {"SignatureFailure", FRAME_REFUSED, "SIGNATURE", "a signature is not valid"},
    {"InvalidAccountForFee", FRAME_CONFIG, "PAYER", "the payer cannot pay fees"},
    {"ProgramAccountNotFound", FRAME_CONFIG, "PROGRAM", "a program is not on this chain"},
    {"InvalidProgramForExecution", FRAME_CONFIG, "PROGRAM", "a program cannot run here"},
};

/* The token program's own numbers, and those that other programs share with it. */
static const struct reason token_reasons[] = {
    [1] = {NULL, FRAME_FUNDS, "FUNDS", "too few tokens, or too few lamports for rent"},
    [3] = {NULL, FRAME_CONFIG, "MINT", "an account of another mint"},
    [4] = {NULL, FRAME_CONFIG, "OWNER", "the authority does not own the source"},
    [17] = {NULL, FRAME_REFUSED, "FROZEN", "an account is frozen"},
    [18] = {NULL, FRAME_CONFIG, "DECIMALS", "the mint has other decimals"},
};

static bool
fail_as(const struct reason *r, struct frame_error *e)
{
	return frame_fail(e, r->class, r->code, "%s", r->why);
}

/* [3,{"Custom":1}] or [3,"InvalidAccountData"] */
static bool
fail_instruction(struct span pair, struct frame_error *e)
{
	struct span element, custom;
	struct json_walk w;
	uint64_t number, index;

	if (json_type(pair) != JSON_ARRAY)
		return frame_fail(e, FRAME_REFUSED, "INSTRUCTION", "an instruction failed");
	w = json_walk(pair);
	if (!json_next_element(&w, &element) || !number_u64(element, &index) || index > 255)
		index = 255;
	if (json_next_element(&w, &element) && json_type(element) == JSON_OBJECT &&
	    json_find(element, "Custom", &custom) && number_u64(custom, &number)) {
		if (number < sizeof token_reasons / sizeof token_reasons[0] &&
		    token_reasons[number].code)
			return fail_as(&token_reasons[number], e);
		return frame_fail(e, FRAME_REFUSED, "CUSTOM", "instruction %u: custom error %llu",
				  (unsigned)index, (unsigned long long)number);
	}
	/* an account was closed, or made, since the facts were read */
	if (element.ptr && span_is(element, "\"InvalidAccountData\""))
		return frame_fail(e, FRAME_CONFLICT, "ACCOUNT",
				  "an account is not what it was when this was prepared");
	return frame_fail(e, FRAME_REFUSED, "INSTRUCTION", "instruction %u: %.*s", (unsigned)index,
			  (int)(element.len < 80 ? element.len : 80), element.ptr);
}

bool
sol_fail(struct span err, struct frame_error *e)
{
	struct span name = {0}, value = {0};
	struct json_walk w;

	if (json_type(err) == JSON_STRING) {
		json_plain(err, &name);
	} else if (is_object(err)) {
		w = json_walk(err);
		if (!json_next_member(&w, &name, &value))
			name = (struct span){0};
	}
	for (size_t i = 0; name.ptr && i < sizeof reasons / sizeof reasons[0]; i++) {
		if (span_is(name, reasons[i].name))
			return fail_as(&reasons[i], e);
	}
	if (value.ptr && span_is(name, "InstructionError"))
		return fail_instruction(value, e);
	return frame_fail(e, FRAME_RETRY, "TRANSACTION", "%.*s",
			  (int)(err.len < 120 ? err.len : 120), err.ptr);
}
