/* Tron's raw_data, Protocol Buffers in the order of their numbers: one contract, a transfer of TRX
 * or a call of a TRC-20 token. */
#include "bytes.h"
#include "hashes.h"
#include "token.h"

#define ADDRESS 21
/* What a transaction uses of bandwidth where nothing of it is free: 1000 sun a byte, of the raw
 * data, the signature, and what wraps them. */
#define SUN_PER_BYTE UINT64_C(1000)
#define WRAPPING (65 + 64 + 15)

/* The year 9999, in milliseconds: sums with it have room. */
#define EXPIRATION_MAX UINT64_C(253402300799999)

struct field {
	unsigned number;
	bool number_value; /* else bytes */
	uint64_t value;
	struct span bytes;
};

/* False at the end and when it is malformed (b->bad). */
static bool
next_field(struct bytes *b, struct field *f)
{
	uint64_t tag;

	if (b->left.len == 0)
		return false;
	tag = bytes_varint(b);
	*f = (struct field){.number = (unsigned)(tag >> 3), .number_value = (tag & 7) == 0};
	if (tag >> 3 > 64 || ((tag & 7) != 0 && (tag & 7) != 2)) {
		b->bad = true;
		return false;
	}
	if (f->number_value)
		f->value = bytes_varint(b);
	else
		f->bytes = bytes_take(b, bytes_varint(b));
	return !b->bad;
}

/* Take a message apart: each field at most once, none that is not among those wanted, rising. */
static bool
take_message(struct span message, const unsigned numbers[], size_t n, struct field out[])
{
	struct bytes b = bytes_of(message);
	struct field f;
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct field){0};
	while (next_field(&b, &f)) {
		while (at < n && numbers[at] != f.number)
			at++;
		if (at == n)
			return false;
		out[at++] = f;
	}
	return !b.bad;
}

static bool
is_address(const struct field *f)
{
	return f->bytes.len == ADDRESS && f->bytes.ptr[0] == 0x41;
}

static const char *
take_transfer(struct span value, struct tx *out)
{
	static const unsigned numbers[] = {1, 2, 3};
	struct tx_payment *p = &out->payments[0];
	struct field f[3];

	if (!take_message(value, numbers, 3, f) || !is_address(&f[0]) || !is_address(&f[1]) ||
	    !f[2].number_value || f[2].value > INT64_MAX)
		return "a transfer that is malformed";
	tx_name_set(&out->from, f[0].bytes);
	tx_name_set(&p->to, f[1].bytes);
	p->amount = f[2].value;
	return NULL;
}

/* Addresses within a call have no 0x41 before them. */
static void
widen(struct tx_name *name)
{
	if (name->len != TOKEN_ADDRESS_BYTES)
		return;
	memmove(name->bytes + 1, name->bytes, TOKEN_ADDRESS_BYTES);
	name->bytes[0] = 0x41;
	name->len = ADDRESS;
}

static const char *
take_call(struct span value, struct tx *out)
{
	static const unsigned numbers[] = {1, 2, 3, 4, 5, 6};
	struct tx_payment *p = &out->payments[0];
	struct field f[6];
	const char *why;

	if (!take_message(value, numbers, 6, f) || !is_address(&f[0]) || !is_address(&f[1]) ||
	    f[3].number_value)
		return "a call that is malformed";
	if (f[2].value || f[4].value || f[5].value || f[2].bytes.len || f[4].bytes.len ||
	    f[5].bytes.len)
		return "pays coins to a contract that it calls";
	tx_name_set(&out->from, f[0].bytes);
	tx_name_set(&p->asset, f[1].bytes);
	why = token_call(f[3].bytes, p);
	widen(&p->to);
	widen(&p->payer);
	return why;
}

static const char *
take_contract(struct span contract, struct tx *out)
{
	static const unsigned numbers[] = {1, 2}, any[] = {1, 2};
	struct field f[2], a[2];

	if (!take_message(contract, numbers, 2, f) || !f[0].number_value || f[1].number_value ||
	    !take_message(f[1].bytes, any, 2, a) || a[0].number_value || a[1].number_value)
		return "a contract that is malformed, or has a permission of its own";
	tx_payment_add(out);
	if (f[0].value == 1 && span_is(a[0].bytes, "type.googleapis.com/protocol.TransferContract"))
		return take_transfer(a[1].bytes, out);
	if (f[0].value == 31 &&
	    span_is(a[0].bytes, "type.googleapis.com/protocol.TriggerSmartContract"))
		return take_call(a[1].bytes, out);
	return "neither a transfer nor a call of a token";
}

const char *
tron_read(struct span payload, struct tx *out)
{
	/* ref_block_bytes, ref_block_num, ref_block_hash, expiration, contract, timestamp,
	 * fee_limit */
	static const unsigned numbers[] = {1, 3, 4, 8, 11, 14, 18};
	struct field f[7];
	const char *why;

	tx_init(out, TX_TRON);
	if (!take_message(payload, numbers, 7, f))
		return "not a raw_data of one contract, without data, auths and scripts";
	if (f[0].bytes.len != 2 || f[2].bytes.len != 8)
		return "refers to no block";
	if (!f[3].number_value || f[3].value == 0 || f[3].value > EXPIRATION_MAX)
		return "without an expiration, or with one that is too far away";
	if (!f[5].number_value || f[5].value == 0)
		return "without a timestamp";
	if (f[4].number_value || (f[6].bytes.ptr && !f[6].number_value) || f[6].value > INT64_MAX)
		return "a field of another type";
	why = take_contract(f[4].bytes, out);
	if (why)
		return why;
	out->expires_ms = (int64_t)f[3].value;
	out->fee = f[6].value + (payload.len + WRAPPING) * SUN_PER_BYTE;
	tx_wanted_add(out);
	out->wanted[0].scheme = TX_RECOVERABLE;
	out->wanted[0].key = out->from;
	hash_single(payload, out->wanted[0].digest);
	return NULL;
}
