#include "evm_answer.h"

#include "evm_abi.h"
#include "hex.h"

/* ---- values ---- */

bool
evm_hash_equal(const struct evm_hash *a, const struct evm_hash *b)
{
	return memcmp(a->bytes, b->bytes, EVM_HASH_BYTES) == 0;
}

bool
evm_hash_parse(struct span text, struct evm_hash *out)
{
	return text.len == EVM_HASH_TEXT_MAX - 1 && span_starts(text, SPAN_LIT("0x")) &&
	       hex_parse((struct span){text.ptr + 2, text.len - 2}, true, out->bytes,
			 EVM_HASH_BYTES);
}

void
evm_hash_print(const struct evm_hash *h, char out[EVM_HASH_TEXT_MAX])
{
	hex_print_hash(h->bytes, out);
}

bool
evm_answer_u256(struct span json, struct u256 *out)
{
	struct span text;

	return json_plain(json, &text) && u256_parse_quantity(text, out);
}

bool
evm_answer_u64(struct span json, uint64_t *out)
{
	struct u256 v;

	return evm_answer_u256(json, &v) && u256_u64(v, out);
}

bool
evm_answer_hash(struct span json, struct evm_hash *out)
{
	struct span text;

	return json_plain(json, &text) && evm_hash_parse(text, out);
}

bool
evm_answer_bytes(struct span json, unsigned char *to, size_t size, struct span *out)
{
	struct span text;

	if (!json_plain(json, &text) || !span_starts(text, SPAN_LIT("0x")) || text.len % 2)
		return false;
	text = (struct span){text.ptr + 2, text.len - 2};
	*out = (struct span){(char *)to, text.len / 2};
	return out->len <= size && hex_parse(text, true, to, out->len);
}

static bool
address_of(struct span json, struct evm_address *out)
{
	struct span bytes;

	return evm_answer_bytes(json, out->bytes, EVM_ADDRESS_BYTES, &bytes) &&
	       bytes.len == EVM_ADDRESS_BYTES;
}

/* Members that all must be there. */
static bool
pick_all(struct span object, const char *const names[], size_t n, struct span out[])
{
	if (json_type(object) != JSON_OBJECT || !json_pick(object, names, n, out, NULL))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!out[i].ptr)
			return false;
	}
	return true;
}

/* ---- blocks, receipts, transactions ---- */

enum evm_answer
evm_answer_block(struct span json, struct evm_block *out)
{
	enum { NUMBER, HASH, TIME, GAS_LIMIT, N };
	static const char *const names[N] = {"number", "hash", "timestamp", "gasLimit"};
	struct span m[N], base;

	if (json_is_null(json))
		return EVM_ANSWER_NULL;
	if (!pick_all(json, names, N, m) || !evm_answer_u64(m[NUMBER], &out->number) ||
	    !evm_answer_hash(m[HASH], &out->hash) || !evm_answer_u64(m[TIME], &out->time) ||
	    !evm_answer_u64(m[GAS_LIMIT], &out->gas_limit))
		return EVM_ANSWER_BAD;
	out->base = u256_of(0);
	out->dynamic = json_find(json, "baseFeePerGas", &base) && !json_is_null(base);
	if (out->dynamic && !evm_answer_u256(base, &out->base))
		return EVM_ANSWER_BAD;
	return EVM_ANSWER_OK;
}

enum evm_answer
evm_answer_receipt(struct span json, struct evm_receipt *out)
{
	enum { TX, BLOCK, NUMBER, STATUS, GAS, PRICE, LOGS, N };
	static const char *const names[N] = {
	    "transactionHash", "blockHash",	    "blockNumber", "status",
	    "gasUsed",	       "effectiveGasPrice", "logs"};
	struct span m[N];
	struct u256 price;
	uint64_t status, gas;

	if (json_is_null(json))
		return EVM_ANSWER_NULL;
	if (!pick_all(json, names, N, m) || !evm_answer_hash(m[TX], &out->tx) ||
	    !evm_answer_hash(m[BLOCK], &out->block) || !evm_answer_u64(m[NUMBER], &out->number) ||
	    !evm_answer_u64(m[STATUS], &status) || status > 1 || !evm_answer_u64(m[GAS], &gas) ||
	    !evm_answer_u256(m[PRICE], &price) || !u256_multiply(price, gas, &out->fee) ||
	    json_type(m[LOGS]) != JSON_ARRAY)
		return EVM_ANSWER_BAD;
	out->success = status == 1;
	out->logs = m[LOGS];
	return EVM_ANSWER_OK;
}

enum evm_answer
evm_answer_transaction(struct span json, bool *mined)
{
	struct span block;
	struct evm_hash hash;

	if (json_is_null(json))
		return EVM_ANSWER_NULL;
	if (json_type(json) != JSON_OBJECT)
		return EVM_ANSWER_BAD;
	*mined = json_find(json, "blockHash", &block) && !json_is_null(block);
	return *mined && !evm_answer_hash(block, &hash) ? EVM_ANSWER_BAD : EVM_ANSWER_OK;
}

/* ---- logs ---- */

/* Topics and data of a Transfer; what is of another form is another event. */
static void
read_transfer(struct span topics, struct span data, struct evm_log *out)
{
	struct json_walk w = json_walk(topics);
	unsigned char words[3][ABI_WORD], amount[ABI_WORD];
	struct span topic, bytes;
	size_t n = 0;

	out->transfer = false;
	while (json_next_element(&w, &topic)) {
		if (n == 3 || !evm_answer_bytes(topic, words[n], ABI_WORD, &bytes) ||
		    bytes.len != ABI_WORD)
			return;
		n++;
	}
	out->transfer = n == 3 && memcmp(words[0], abi_transfer_topic, ABI_WORD) == 0 &&
			abi_read_address((struct span){(char *)words[1], ABI_WORD}, &out->from) &&
			abi_read_address((struct span){(char *)words[2], ABI_WORD}, &out->to) &&
			evm_answer_bytes(data, amount, ABI_WORD, &bytes) &&
			abi_read_uint(bytes, &out->amount);
}

bool
evm_answer_log(struct span json, bool with_place, struct evm_log *out)
{
	enum { ADDRESS, TOPICS, DATA, N };
	static const char *const names[N] = {"address", "topics", "data"};
	enum { TX, NUMBER, PLACES };
	static const char *const places[PLACES] = {"transactionHash", "blockNumber"};
	struct span m[N], p[PLACES], removed;

	if (!pick_all(json, names, N, m) || !address_of(m[ADDRESS], &out->contract) ||
	    json_type(m[TOPICS]) != JSON_ARRAY)
		return false;
	if (with_place &&
	    (!pick_all(json, places, PLACES, p) || !evm_answer_hash(p[TX], &out->tx) ||
	     !evm_answer_u64(p[NUMBER], &out->number)))
		return false;
	out->removed = json_find(json, "removed", &removed) && json_is_true(removed);
	read_transfer(m[TOPICS], m[DATA], out);
	return true;
}

bool
evm_answer_moved(struct span logs, const struct evm_address *token, const struct evm_address *payer,
		 const struct evm_address *to, struct u256 *moved, struct u256 *elsewhere)
{
	struct json_walk w = json_walk(logs);
	struct span element;
	struct evm_log log;

	*moved = *elsewhere = u256_of(0);
	while (json_next_element(&w, &element)) {
		struct u256 *sum;

		if (!evm_answer_log(element, false, &log))
			return false;
		if (log.removed || !log.transfer || !evm_address_equal(&log.contract, token) ||
		    !evm_address_equal(&log.from, payer))
			continue;
		sum = evm_address_equal(&log.to, to) ? moved : elsewhere;
		if (!u256_add(*sum, log.amount, sum))
			return false;
	}
	return true;
}

/* ---- refusals ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
says(struct span message, const char *words)
{
	size_t n = strlen(words), k;

	for (size_t i = 0; i + n <= message.len; i++) {
		for (k = 0; k < n && lower(message.ptr[i + k]) == words[k]; k++)
			;
		if (k == n)
			return true;
	}
	return false;
}

/* The first that fits; the narrower words stand before the wider. */
static const struct {
	const char *words;
	enum evm_refusal refusal;
} refusals[] = {
    {"already known", EVM_REFUSAL_KNOWN},
    {"alreadyknown", EVM_REFUSAL_KNOWN},
    {"already imported", EVM_REFUSAL_KNOWN},
    {"known transaction", EVM_REFUSAL_KNOWN},
    {"already in mempool", EVM_REFUSAL_KNOWN},
    {"nonce too low", EVM_REFUSAL_NONCE},
    {"nonce is too low", EVM_REFUSAL_NONCE},
    {"noncetoolow", EVM_REFUSAL_NONCE},
    {"nonce_too_low", EVM_REFUSAL_NONCE},
    {"oldnonce", EVM_REFUSAL_NONCE},
    {"underpriced", EVM_REFUSAL_UNDERPRICED},
    {"less than block base fee", EVM_REFUSAL_UNDERPRICED},
    {"below base fee", EVM_REFUSAL_UNDERPRICED},
    {"below current base fee", EVM_REFUSAL_UNDERPRICED},
    {"feetoolow", EVM_REFUSAL_UNDERPRICED},
    {"fee too low", EVM_REFUSAL_UNDERPRICED},
    {"gas price too low", EVM_REFUSAL_UNDERPRICED},
    {"gas price is below", EVM_REFUSAL_UNDERPRICED},
    {"gas price below", EVM_REFUSAL_UNDERPRICED},
    {"replacement fee", EVM_REFUSAL_UNDERPRICED},
    {"insufficient funds", EVM_REFUSAL_FUNDS},
    {"insufficientfunds", EVM_REFUSAL_FUNDS},
    {"upfront cost exceeds", EVM_REFUSAL_FUNDS},
    {"gas required exceeds allowance", EVM_REFUSAL_FUNDS},
    {"chain id", EVM_REFUSAL_CHAIN},
    {"chainid", EVM_REFUSAL_CHAIN},
    {"invalid sender", EVM_REFUSAL_CHAIN},
    {"invalid signature", EVM_REFUSAL_CHAIN},
    {"intrinsic gas", EVM_REFUSAL_INVALID},
    {"exceeds block gas limit", EVM_REFUSAL_INVALID},
    {"gaslimitexceeded", EVM_REFUSAL_INVALID},
    {"exceeds the configured cap", EVM_REFUSAL_INVALID},
    {"higher than max fee", EVM_REFUSAL_INVALID},
    {"rlp", EVM_REFUSAL_INVALID},
    {"revert", EVM_REFUSAL_REVERT},
    {"invalid opcode", EVM_REFUSAL_REVERT},
    {"txpool is full", EVM_REFUSAL_BUSY},
    {"nonce too high", EVM_REFUSAL_BUSY},
    {"nonce gap", EVM_REFUSAL_BUSY},
    {"rate limit", EVM_REFUSAL_BUSY},
    {"limit exceeded", EVM_REFUSAL_BUSY},
};

/* Code 3 is a revert with data (go-ethereum, and those who followed). */
enum evm_refusal
evm_refusal_of(int64_t code, struct span message)
{
	if (code == 3)
		return EVM_REFUSAL_REVERT;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		if (says(message, refusals[i].words))
			return refusals[i].refusal;
	}
	return EVM_REFUSAL_OTHER;
}

/* "0x...", "Reverted 0x..." (parity), or {"data":"0x..."} (some proxies). */
bool
evm_refusal_data(struct span data, unsigned char *to, size_t size, struct span *out)
{
	struct span text, inner;
	size_t at;

	if (!data.ptr)
		return false;
	if (json_type(data) == JSON_OBJECT) {
		if (!json_find(data, "data", &inner))
			return false;
		data = inner;
	}
	if (!json_plain(data, &text))
		return false;
	at = span_find(text, SPAN_LIT("0x"));
	if (at == text.len)
		return false;
	text = (struct span){text.ptr + at + 2, text.len - at - 2};
	if (text.len % 2 || text.len / 2 > size || !hex_parse(text, true, to, text.len / 2))
		return false;
	*out = (struct span){(char *)to, text.len / 2};
	return true;
}
