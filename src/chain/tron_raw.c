#include "tron_raw.h"

#include "check.h"
#include "protobuf.h"

/* field numbers of Transaction, Transaction.raw, Contract, Any and TriggerSmartContract */
enum { TX_RAW = 1, TX_SIGNATURE = 2 };
enum {
	RAW_BLOCK_BYTES = 1,
	RAW_BLOCK_HASH = 4,
	RAW_EXPIRATION = 8,
	RAW_CONTRACT = 11,
	RAW_TIMESTAMP = 14,
	RAW_FEE_LIMIT = 18,
};
enum { CONTRACT_TYPE = 1, CONTRACT_PARAMETER = 2 };
enum { ANY_URL = 1, ANY_VALUE = 2 };
enum { TRIGGER_OWNER = 1, TRIGGER_CONTRACT = 2, TRIGGER_DATA = 4 };

#define TYPE_TRIGGER_SMART_CONTRACT 31
#define TRIGGER_URL SPAN_LIT("type.googleapis.com/protocol.TriggerSmartContract")
#define SPREAD_MS 60000

/* the first four bytes of Keccak-256 over the signatures */
static const unsigned char transfer_call[4] = {0xa9, 0x05, 0x9c, 0xbb};
static const unsigned char transfer_from_call[4] = {0x23, 0xb8, 0x72, 0xdd};

static struct span
bytes_span(const void *bytes, size_t n)
{
	return (struct span){bytes, n};
}

/* ---- the call ---- */

void
tron_word_write(decimal_int value, unsigned char word[32])
{
	memset(word, 0, 32);
	for (unsigned i = 0; i < 16; i++)
		word[31 - i] = (unsigned char)((value >> 8 * i) & 0xff);
}

bool
tron_word_read(const unsigned char word[32], decimal_int *out)
{
	*out = 0;
	for (unsigned i = 0; i < 16; i++) {
		if (word[i])
			return false;
	}
	if (word[16] & 0x80)
		return false;
	for (unsigned i = 16; i < 32; i++)
		*out = *out << 8 | word[i];
	return true;
}

static void
put_address(const struct tron_address *address, unsigned char word[32])
{
	memset(word, 0, 12);
	memcpy(word + 12, address->bytes + 1, 20);
}

size_t
tron_call_write(const struct tron_transfer *t, unsigned char out[TRON_CALL_MAX])
{
	unsigned char *p = out + 4;

	CHECK(t->amount >= 0);
	memcpy(out, t->pull ? transfer_from_call : transfer_call, 4);
	if (t->pull) {
		put_address(&t->from, p);
		p += 32;
	}
	put_address(&t->to, p);
	tron_word_write(t->amount, p + 32);
	return (size_t)(p + 64 - out);
}

static bool
get_address(const unsigned char word[32], struct tron_address *out)
{
	static const unsigned char zeros[12];

	*out = tron_address_of(word + 12);
	return memcmp(word, zeros, sizeof zeros) == 0;
}

static enum tron_raw_error
read_call(struct span data, struct tron_transfer *t)
{
	const unsigned char *p = (const unsigned char *)data.ptr;

	if (data.len == 100 && memcmp(p, transfer_from_call, 4) == 0)
		t->pull = true;
	else if (data.len != 68 || memcmp(p, transfer_call, 4) != 0)
		return TRON_RAW_E_CALL;
	p += 4;
	if (t->pull) {
		if (!get_address(p, &t->from))
			return TRON_RAW_E_CALL;
		p += 32;
	}
	if (!get_address(p, &t->to))
		return TRON_RAW_E_CALL;
	return tron_word_read(p + 32, &t->amount) ? TRON_RAW_OK : TRON_RAW_E_AMOUNT;
}

/* ---- writing ---- */

static void
write_contract(const struct tron_transfer *t, struct protobuf *out)
{
	unsigned char call[TRON_CALL_MAX], trigger_bytes[TRON_RAW_MAX], any_bytes[TRON_RAW_MAX];
	size_t call_len = tron_call_write(t, call);
	struct protobuf trigger, any;

	protobuf_init(&trigger, trigger_bytes, sizeof trigger_bytes);
	protobuf_put_bytes(&trigger, TRIGGER_OWNER, bytes_span(t->owner.bytes, TRON_ADDRESS_BYTES));
	protobuf_put_bytes(&trigger, TRIGGER_CONTRACT,
			   bytes_span(t->contract.bytes, TRON_ADDRESS_BYTES));
	protobuf_put_bytes(&trigger, TRIGGER_DATA, bytes_span(call, call_len));
	protobuf_init(&any, any_bytes, sizeof any_bytes);
	protobuf_put_bytes(&any, ANY_URL, TRIGGER_URL);
	protobuf_put_bytes(&any, ANY_VALUE, protobuf_span(&trigger));
	protobuf_put_number(out, CONTRACT_TYPE, TYPE_TRIGGER_SMART_CONTRACT);
	protobuf_put_bytes(out, CONTRACT_PARAMETER, protobuf_span(&any));
	CHECK(!trigger.overflow && !any.overflow && !out->overflow);
}

size_t
tron_raw_write(const struct tron_transfer *t, unsigned char out[TRON_RAW_MAX])
{
	unsigned char contract_bytes[TRON_RAW_MAX];
	struct protobuf contract, raw;

	CHECK(t->expiration_ms > 0 && t->timestamp_ms > 0 && t->fee_limit > 0);
	protobuf_init(&contract, contract_bytes, sizeof contract_bytes);
	write_contract(t, &contract);
	protobuf_init(&raw, out, TRON_RAW_MAX);
	protobuf_put_bytes(&raw, RAW_BLOCK_BYTES, bytes_span(t->block_bytes, 2));
	protobuf_put_bytes(&raw, RAW_BLOCK_HASH, bytes_span(t->block_hash, 8));
	protobuf_put_number(&raw, RAW_EXPIRATION, (uint64_t)t->expiration_ms);
	protobuf_put_bytes(&raw, RAW_CONTRACT, protobuf_span(&contract));
	protobuf_put_number(&raw, RAW_TIMESTAMP, (uint64_t)t->timestamp_ms);
	protobuf_put_number(&raw, RAW_FEE_LIMIT, (uint64_t)t->fee_limit);
	CHECK(!raw.overflow);
	return raw.len;
}

/* ---- reading ---- */

const char *
tron_raw_error_text(enum tron_raw_error e)
{
	switch (e) {
	case TRON_RAW_OK: return "a transfer";
	case TRON_RAW_E_PROTOBUF: return "no protocol buffer message";
	case TRON_RAW_E_CONTRACT: return "not exactly one TriggerSmartContract";
	case TRON_RAW_E_ADDRESS: return "an address of another form";
	case TRON_RAW_E_CALL: return "neither transfer nor transferFrom";
	case TRON_RAW_E_AMOUNT: return "an amount above 2^127";
	case TRON_RAW_E_CANONICAL: return "not written as this program writes a transfer";
	}
	return NULL;
}

/* The field of that number, the last where it stands twice: what is more than need be shows when
 * the message is written again. False when the message is none. */
static bool
find(struct span message, unsigned number, struct protobuf_field *out)
{
	enum protobuf_status status;
	struct protobuf_field f;

	*out = (struct protobuf_field){0};
	while ((status = protobuf_next(&message, &f)) == PROTOBUF_FIELD) {
		if (f.field == number)
			*out = f;
	}
	return status == PROTOBUF_END;
}

static bool
find_address(struct span message, unsigned number, struct tron_address *out)
{
	struct protobuf_field f;

	if (!find(message, number, &f) || f.bytes.len != TRON_ADDRESS_BYTES ||
	    (unsigned char)f.bytes.ptr[0] != TRON_ADDRESS_PREFIX)
		return false;
	memcpy(out->bytes, f.bytes.ptr, TRON_ADDRESS_BYTES);
	return true;
}

static bool
find_positive(struct span message, unsigned number, int64_t *out)
{
	struct protobuf_field f;

	if (!find(message, number, &f) || f.is_bytes || f.number == 0 || f.number > INT64_MAX)
		return false;
	*out = (int64_t)f.number;
	return true;
}

static bool
find_fixed(struct span message, unsigned number, void *out, size_t n)
{
	struct protobuf_field f;

	if (!find(message, number, &f) || f.bytes.len != n)
		return false;
	memcpy(out, f.bytes.ptr, n);
	return true;
}

static enum tron_raw_error
read_contract(struct span contract, struct tron_transfer *t)
{
	struct protobuf_field f, value, data;

	if (!find(contract, CONTRACT_TYPE, &f) || f.number != TYPE_TRIGGER_SMART_CONTRACT ||
	    !find(contract, CONTRACT_PARAMETER, &f) || !f.is_bytes ||
	    !find(f.bytes, ANY_VALUE, &value) || !value.is_bytes)
		return TRON_RAW_E_CONTRACT;
	if (!find_address(value.bytes, TRIGGER_OWNER, &t->owner) ||
	    !find_address(value.bytes, TRIGGER_CONTRACT, &t->contract))
		return TRON_RAW_E_ADDRESS;
	if (!find(value.bytes, TRIGGER_DATA, &data))
		return TRON_RAW_E_CONTRACT;
	return read_call(data.bytes, t);
}

enum tron_raw_error
tron_raw_read(struct span raw, struct tron_transfer *out)
{
	unsigned char again[TRON_RAW_MAX];
	struct protobuf_field contract;
	enum tron_raw_error e;
	size_t len;

	*out = (struct tron_transfer){0};
	if (!find(raw, RAW_CONTRACT, &contract))
		return TRON_RAW_E_PROTOBUF;
	if (!contract.is_bytes)
		return TRON_RAW_E_CONTRACT;
	e = read_contract(contract.bytes, out);
	if (e != TRON_RAW_OK)
		return e;
	if (!find_fixed(raw, RAW_BLOCK_BYTES, out->block_bytes, 2) ||
	    !find_fixed(raw, RAW_BLOCK_HASH, out->block_hash, 8) ||
	    !find_positive(raw, RAW_EXPIRATION, &out->expiration_ms) ||
	    !find_positive(raw, RAW_TIMESTAMP, &out->timestamp_ms) ||
	    !find_positive(raw, RAW_FEE_LIMIT, &out->fee_limit))
		return TRON_RAW_E_CANONICAL;
	len = tron_raw_write(out, again);
	return span_equal(raw, bytes_span(again, len)) ? TRON_RAW_OK : TRON_RAW_E_CANONICAL;
}

/* ---- signed ---- */

static int64_t
below(const unsigned char bytes[8], int64_t limit)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | bytes[i];
	return (int64_t)(v % (uint64_t)limit);
}

void
tron_raw_spread(struct tron_transfer *t, const unsigned char hash[16])
{
	CHECK(t->expiration_ms > SPREAD_MS && t->timestamp_ms > SPREAD_MS);
	t->expiration_ms -= below(hash, SPREAD_MS);
	t->timestamp_ms -= below(hash + 8, SPREAD_MS);
}

size_t
tron_transaction_write(struct span raw, const unsigned char signature[TRON_SIGNATURE_BYTES],
		       unsigned char out[TRON_TRANSACTION_MAX])
{
	struct protobuf p;

	CHECK(raw.len <= TRON_RAW_MAX);
	protobuf_init(&p, out, TRON_TRANSACTION_MAX);
	protobuf_put_bytes(&p, TX_RAW, raw);
	protobuf_put_bytes(&p, TX_SIGNATURE, bytes_span(signature, TRON_SIGNATURE_BYTES));
	CHECK(!p.overflow);
	return p.len;
}

bool
tron_transaction_read(struct span transaction, struct span *raw, struct span *signature)
{
	unsigned char again[TRON_TRANSACTION_MAX];
	struct protobuf_field r, s;
	size_t len;

	if (!find(transaction, TX_RAW, &r) || !find(transaction, TX_SIGNATURE, &s) ||
	    r.bytes.len > TRON_RAW_MAX || s.bytes.len != TRON_SIGNATURE_BYTES)
		return false;
	*raw = r.bytes;
	*signature = s.bytes;
	len = tron_transaction_write(*raw, (const unsigned char *)signature->ptr, again);
	return span_equal(transaction, bytes_span(again, len));
}
