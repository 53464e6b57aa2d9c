#include "tron_answer.h"

#include "hex.h"
#include "number.h"

#include <stdio.h>

/* Transfer(address,address,uint256) */
static const char transfer_topic[] =
    "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

/* ---- small parts ---- */

static bool
is_object(struct span value)
{
	return json_type(value) == JSON_OBJECT;
}

/* An absent number is 0. */
static bool
find_u64(struct span object, const char *name, uint64_t *out)
{
	struct span value;

	*out = 0;
	return !json_find(object, name, &value) || number_u64(value, out);
}

static bool
find_text(struct span object, const char *name, struct span *out)
{
	struct span value;

	return json_find(object, name, &value) && json_plain(value, out);
}

/* Nodes say {"Error":"class ..."} with status 200 when they cannot. */
static bool
is_answer(struct span answer)
{
	struct span value;

	return is_object(answer) && !json_find(answer, "Error", &value);
}

void
tron_read_message(struct span hex, char *out, size_t max)
{
	size_t n = 0;
	unsigned char byte;

	for (size_t i = 0; i + 1 < hex.len && n + 1 < max; i += 2) {
		if (!hex_parse((struct span){hex.ptr + i, 2}, true, &byte, 1))
			break;
		out[n++] = byte >= 0x20 && byte < 0x7f ? (char)byte : ' ';
	}
	out[n] = 0;
}

/* ---- blocks ---- */

bool
tron_read_block(struct span answer, struct tron_block *out)
{
	struct span id, header, raw;
	uint64_t timestamp;

	if (!is_answer(answer) || !find_text(answer, "blockID", &id) ||
	    !hex_parse(id, false, out->id, TRON_ID_BYTES) ||
	    !json_find(answer, "block_header", &header) || !is_object(header) ||
	    !json_find(header, "raw_data", &raw) || !is_object(raw) ||
	    !find_u64(raw, "number", &out->number) || !find_u64(raw, "timestamp", &timestamp) ||
	    timestamp > INT64_MAX / 2)
		return false;
	out->timestamp_ms = (int64_t)timestamp;
	return true;
}

/* ---- constant calls ---- */

/* Error(string) of Solidity: offset, length, text. */
static void
read_revert(struct span data, char *out, size_t max)
{
	static const size_t head = 8 + 64 + 64;

	if (data.len > head && memcmp(data.ptr, "08c379a0", 8) == 0)
		tron_read_message((struct span){data.ptr + head, data.len - head}, out, max);
	else
		snprintf(out, max, "the call reverts");
	for (size_t n = strlen(out); n > 0 && out[n - 1] == ' ';)
		out[--n] = 0;
}

bool
tron_read_call(struct span answer, struct tron_call *out)
{
	struct span result, ok, message, data, first, text = {0};
	struct json_walk w;

	*out = (struct tron_call){0};
	if (!is_answer(answer) || !json_find(answer, "result", &result) || !is_object(result) ||
	    !find_u64(answer, "energy_used", &out->energy))
		return false;
	if (json_find(answer, "constant_result", &data) && json_type(data) == JSON_ARRAY) {
		w = json_walk(data);
		if (json_next_element(&w, &first) && !json_plain(first, &text))
			return false;
	}
	if (!json_find(result, "result", &ok) || !json_is_true(ok)) {
		out->reverted = true;
		if (find_text(result, "message", &message))
			tron_read_message(message, out->why, sizeof out->why);
		return true;
	}
	/* a revert says "true", and why it is not */
	if (json_find(result, "message", &message)) {
		out->reverted = true;
		read_revert(text, out->why, sizeof out->why);
		return true;
	}
	out->has_word = text.len == 64 && hex_parse(text, false, out->word, 32);
	return out->has_word || text.len == 0;
}

/* ---- prices and accounts ---- */

bool
tron_read_prices(struct span answer, struct tron_prices *out)
{
	struct span list, row, key;
	struct json_walk w;
	uint64_t value;

	*out = (struct tron_prices){0};
	if (!is_answer(answer) || !json_find(answer, "chainParameter", &list) ||
	    json_type(list) != JSON_ARRAY)
		return false;
	w = json_walk(list);
	while (json_next_element(&w, &row)) {
		if (!is_object(row) || !find_text(row, "key", &key))
			return false;
		/* others may be negative */
		if (span_is(key, "getEnergyFee") && find_u64(row, "value", &value))
			out->energy = value;
		if (span_is(key, "getTransactionFee") && find_u64(row, "value", &value))
			out->bandwidth = value;
	}
	return out->energy > 0 && out->bandwidth > 0;
}

bool
tron_read_balance(struct span answer, uint64_t *out)
{
	return is_answer(answer) && find_u64(answer, "balance", out);
}

static bool
read_left(struct span answer, const char *limit, const char *used, uint64_t *out)
{
	uint64_t most, gone;

	if (!find_u64(answer, limit, &most) || !find_u64(answer, used, &gone))
		return false;
	*out = most > gone ? most - gone : 0;
	return true;
}

bool
tron_read_resources(struct span answer, struct tron_resources *out)
{
	uint64_t free_share, staked;

	if (!is_answer(answer) || !read_left(answer, "EnergyLimit", "EnergyUsed", &out->energy) ||
	    !read_left(answer, "freeNetLimit", "freeNetUsed", &free_share) ||
	    !read_left(answer, "NetLimit", "NetUsed", &staked))
		return false;
	out->bandwidth = free_share > staked ? free_share : staked;
	return true;
}

/* ---- broadcast ---- */

static const struct {
	const char *code;
	enum frame_class class;
} refusals[] = {
    {"SIGERROR", FRAME_REFUSED},
    {"CONTRACT_VALIDATE_ERROR", FRAME_REFUSED},
    {"CONTRACT_EXE_ERROR", FRAME_REFUSED},
    {"BANDWITH_ERROR", FRAME_FUNDS}, /* as the protocol spells it */
    {"TAPOS_ERROR", FRAME_EXPIRED},
    {"TRANSACTION_EXPIRATION_ERROR", FRAME_EXPIRED},
    {"TOO_BIG_TRANSACTION_ERROR", FRAME_REQUEST},
    {"SERVER_BUSY", FRAME_RETRY},
    {"NO_CONNECTION", FRAME_RETRY},
    {"NOT_ENOUGH_EFFECTIVE_CONNECTION", FRAME_RETRY},
    {"BLOCK_UNSOLIDIFIED", FRAME_RETRY},
    {"OTHER_ERROR", FRAME_RETRY},
};

bool
tron_read_broadcast(struct span answer, bool *known, struct span *id, struct frame_error *e)
{
	struct span result, code, message = {0};
	char text[120];

	*known = false;
	*id = (struct span){0};
	if (!is_answer(answer))
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "broadcast: not as documented");
	find_text(answer, "txid", id);
	if (json_find(answer, "result", &result) && json_is_true(result))
		return true;
	if (!find_text(answer, "code", &code))
		return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "broadcast: not as documented");
	if (span_is(code, "DUP_TRANSACTION_ERROR")) {
		*known = true;
		return true;
	}
	find_text(answer, "message", &message);
	tron_read_message(message, text, sizeof text);
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		if (span_is(code, refusals[i].code))
			return frame_fail(e, refusals[i].class, refusals[i].code, "%s", text);
	}
	return frame_fail(e, FRAME_RETRY, "BROADCAST", "%.*s: %s",
			  (int)(code.len < 40 ? code.len : 40), code.ptr, text);
}

/* ---- what a transaction did ---- */

/* Topics and data are words; addresses in them have no prefix. */
static bool
is_address_word(struct span text, const struct tron_address *address)
{
	unsigned char word[32];

	return text.len == 64 && hex_parse(text, true, word, 32) &&
	       memcmp(word + 12, address->bytes + 1, 20) == 0;
}

static bool
is_contract(struct span text, const struct tron_address *contract)
{
	unsigned char bytes[20];

	return text.len == 40 && hex_parse(text, true, bytes, 20) &&
	       memcmp(bytes, contract->bytes + 1, 20) == 0;
}

/* An event of the payment? Its amount then. False only for what is not documented. */
static bool
read_event(struct span event, const struct tron_payment *p, decimal_int *amount)
{
	struct span address, topics, data, topic, text[3];
	unsigned char word[32];
	struct json_walk w;
	size_t n = 0;

	*amount = 0;
	if (!is_object(event) || !find_text(event, "address", &address))
		return false;
	if (!is_contract(address, &p->contract) || !json_find(event, "topics", &topics))
		return true;
	if (json_type(topics) != JSON_ARRAY)
		return false;
	w = json_walk(topics);
	while (n < 3 && json_next_element(&w, &topic)) {
		if (!json_plain(topic, &text[n++]))
			return false;
	}
	if (n < 3 || !span_is(text[0], transfer_topic) || !is_address_word(text[1], &p->from) ||
	    !is_address_word(text[2], &p->to))
		return true;
	return find_text(event, "data", &data) && data.len == 64 &&
	       hex_parse(data, true, word, 32) && tron_word_read(word, amount);
}

static bool
read_events(struct span answer, const struct tron_payment *p, decimal_int *moved)
{
	struct span log, event;
	decimal_int amount;
	struct json_walk w;

	*moved = 0;
	if (!json_find(answer, "log", &log))
		return true;
	if (json_type(log) != JSON_ARRAY)
		return false;
	w = json_walk(log);
	while (json_next_element(&w, &event)) {
		if (!read_event(event, p, &amount) || __builtin_add_overflow(*moved, amount, moved))
			return false;
	}
	return true;
}

bool
tron_read_info(struct span answer, const struct tron_payment *p, struct tron_info *out)
{
	struct span id, receipt, result, failed, message;
	uint64_t timestamp;

	*out = (struct tron_info){0};
	if (!is_answer(answer))
		return false;
	if (!json_find(answer, "id", &id))
		return true;
	if (!find_u64(answer, "blockNumber", &out->block) ||
	    !find_u64(answer, "blockTimeStamp", &timestamp) || timestamp == 0 ||
	    !find_u64(answer, "fee", &out->fee) || !json_find(answer, "receipt", &receipt) ||
	    !is_object(receipt) || !find_text(receipt, "result", &result) ||
	    !read_events(answer, p, &out->moved))
		return false;
	out->found = true;
	out->failed = !span_is(result, "SUCCESS") || json_find(answer, "result", &failed);
	snprintf(out->code, sizeof out->code, "%.*s", (int)(result.len < 40 ? result.len : 40),
		 result.ptr);
	if (find_text(answer, "resMessage", &message))
		tron_read_message(message, out->why, sizeof out->why);
	return true;
}
