#include "evm_tx.h"

#include "check.h"

/* The order of secp256k1's group, and half of it (SEC 2). */
static const unsigned char order[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
static const unsigned char half_order[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0};

const char *
evm_tx_error_text(enum evm_tx_error e)
{
	switch (e) {
	case EVM_TX_OK: return "ok";
	case EVM_TX_E_RLP: return "no canonical RLP";
	case EVM_TX_E_TYPE: return "neither a legacy nor an EIP-1559 transaction";
	case EVM_TX_E_FIELD: return "a field of the wrong size";
	case EVM_TX_E_CHAIN: return "bound to no chain";
	case EVM_TX_E_SIGNATURE: return "a signature out of range";
	}
	return "?";
}

bool
evm_signature_in_range(const struct evm_signature *sig)
{
	static const unsigned char zero[32];

	return memcmp(sig->r, zero, 32) != 0 && memcmp(sig->r, order, 32) < 0 &&
	       memcmp(sig->s, zero, 32) != 0 && memcmp(sig->s, half_order, 32) <= 0 &&
	       sig->parity <= 1;
}

/* ---- writing: last field first ---- */

static void
put_call(struct rlp_writer *w, const struct evm_tx *tx)
{
	struct span to = {(const char *)tx->to.bytes, tx->creates ? 0 : EVM_ADDRESS_BYTES};

	rlp_put_bytes(w, tx->data);
	rlp_put_u256(w, tx->value);
	rlp_put_bytes(w, to);
	rlp_put_u64(w, tx->gas);
	rlp_put_u256(w, tx->cap);
}

static void
put_access(struct rlp_writer *w, const struct evm_tx *tx)
{
	size_t mark = rlp_mark(w);

	rlp_put_raw(w, tx->access);
	rlp_close_list(w, mark);
}

static struct span
close_tx(struct rlp_writer *w, const struct evm_tx *tx)
{
	put_call(w, tx);
	if (tx->type == EVM_TX_DYNAMIC)
		rlp_put_u256(w, tx->tip);
	rlp_put_u64(w, tx->nonce);
	if (tx->type == EVM_TX_DYNAMIC)
		rlp_put_u64(w, tx->chain_id);
	rlp_close_list(w, w->size);
	if (tx->type == EVM_TX_DYNAMIC)
		rlp_put_type(w, EVM_TX_DYNAMIC);
	return rlp_written(w);
}

struct span
evm_tx_unsigned(const struct evm_tx *tx, unsigned char *memory, size_t size)
{
	struct rlp_writer w;

	CHECK(tx->chain_id >= 1 && tx->chain_id <= EVM_CHAIN_ID_MAX);
	rlp_writer_init(&w, memory, size);
	if (tx->type == EVM_TX_DYNAMIC) {
		put_access(&w, tx);
	} else {
		rlp_put_u64(&w, 0);
		rlp_put_u64(&w, 0);
		rlp_put_u64(&w, tx->chain_id);
	}
	return close_tx(&w, tx);
}

struct span
evm_tx_signed(const struct evm_tx *tx, const struct evm_signature *sig, unsigned char *memory,
	      size_t size)
{
	struct rlp_writer w;

	CHECK(tx->chain_id >= 1 && tx->chain_id <= EVM_CHAIN_ID_MAX);
	CHECK(evm_signature_in_range(sig));
	rlp_writer_init(&w, memory, size);
	rlp_put_u256(&w, u256_from_bytes(sig->s, 32));
	rlp_put_u256(&w, u256_from_bytes(sig->r, 32));
	if (tx->type == EVM_TX_DYNAMIC) {
		rlp_put_u64(&w, sig->parity);
		put_access(&w, tx);
	} else {
		rlp_put_u64(&w, tx->chain_id * 2 + 35 + sig->parity);
	}
	return close_tx(&w, tx);
}

/* ---- reading ---- */

/* Destination, value, data: the part that both types have in one order, after the gas. */
static enum evm_tx_error
next_call(struct span *in, struct evm_tx *tx)
{
	struct span to;

	if (rlp_next_u64(in, &tx->gas) != RLP_OK || rlp_next_bytes(in, &to) != RLP_OK ||
	    rlp_next_u256(in, &tx->value) != RLP_OK || rlp_next_bytes(in, &tx->data) != RLP_OK)
		return EVM_TX_E_RLP;
	tx->creates = to.len == 0;
	if (!tx->creates && to.len != EVM_ADDRESS_BYTES)
		return EVM_TX_E_FIELD;
	if (!tx->creates)
		memcpy(tx->to.bytes, to.ptr, EVM_ADDRESS_BYTES);
	return EVM_TX_OK;
}

/* [[address, [storage key, ...]], ...] (EIP-2930) */
static bool
is_access_list(struct span entries)
{
	while (entries.len) {
		struct span entry, address, keys, key;

		if (rlp_next_list(&entries, &entry) != RLP_OK ||
		    rlp_next_bytes(&entry, &address) != RLP_OK ||
		    address.len != EVM_ADDRESS_BYTES || rlp_next_list(&entry, &keys) != RLP_OK ||
		    entry.len)
			return false;
		while (keys.len) {
			if (rlp_next_bytes(&keys, &key) != RLP_OK || key.len != U256_BYTES)
				return false;
		}
	}
	return true;
}

static enum evm_tx_error
next_dynamic(struct span *in, struct evm_tx *tx)
{
	enum evm_tx_error e;

	if (rlp_next_u64(in, &tx->chain_id) != RLP_OK || rlp_next_u64(in, &tx->nonce) != RLP_OK ||
	    rlp_next_u256(in, &tx->tip) != RLP_OK || rlp_next_u256(in, &tx->cap) != RLP_OK)
		return EVM_TX_E_RLP;
	e = next_call(in, tx);
	if (e != EVM_TX_OK)
		return e;
	if (rlp_next_list(in, &tx->access) != RLP_OK)
		return EVM_TX_E_RLP;
	if (!is_access_list(tx->access) || u256_compare(tx->tip, tx->cap) > 0)
		return EVM_TX_E_FIELD;
	return tx->chain_id && tx->chain_id <= EVM_CHAIN_ID_MAX ? EVM_TX_OK : EVM_TX_E_CHAIN;
}

static enum evm_tx_error
next_legacy(struct span *in, struct evm_tx *tx)
{
	if (rlp_next_u64(in, &tx->nonce) != RLP_OK || rlp_next_u256(in, &tx->cap) != RLP_OK)
		return EVM_TX_E_RLP;
	return next_call(in, tx);
}

static enum evm_tx_error
next_signature(struct span *in, struct evm_signature *sig)
{
	struct u256 r, s;

	if (rlp_next_u256(in, &r) != RLP_OK || rlp_next_u256(in, &s) != RLP_OK)
		return EVM_TX_E_RLP;
	u256_to_bytes(r, sig->r);
	u256_to_bytes(s, sig->s);
	return evm_signature_in_range(sig) ? EVM_TX_OK : EVM_TX_E_SIGNATURE;
}

/* Type and the one list that the rest is. */
static enum evm_tx_error
open_tx(struct span bytes, struct evm_tx *out, struct span *fields)
{
	*out = (struct evm_tx){.type = EVM_TX_LEGACY};
	if (bytes.len && (unsigned char)bytes.ptr[0] < 0x80) {
		if (bytes.ptr[0] != EVM_TX_DYNAMIC)
			return EVM_TX_E_TYPE;
		out->type = EVM_TX_DYNAMIC;
		bytes = (struct span){bytes.ptr + 1, bytes.len - 1};
	}
	if (rlp_next_list(&bytes, fields) != RLP_OK || bytes.len)
		return EVM_TX_E_RLP;
	return EVM_TX_OK;
}

enum evm_tx_error
evm_tx_read_unsigned(struct span bytes, struct evm_tx *out)
{
	struct span in, zero[2];
	enum evm_tx_error e = open_tx(bytes, out, &in);

	if (e != EVM_TX_OK)
		return e;
	if (out->type == EVM_TX_DYNAMIC) {
		e = next_dynamic(&in, out);
		return e == EVM_TX_OK && in.len ? EVM_TX_E_RLP : e;
	}
	e = next_legacy(&in, out);
	if (e != EVM_TX_OK)
		return e;
	if (in.len == 0)
		return EVM_TX_E_CHAIN;
	if (rlp_next_u64(&in, &out->chain_id) != RLP_OK ||
	    rlp_next_bytes(&in, &zero[0]) != RLP_OK || rlp_next_bytes(&in, &zero[1]) != RLP_OK ||
	    in.len)
		return EVM_TX_E_RLP;
	if (zero[0].len || zero[1].len)
		return EVM_TX_E_FIELD;
	return out->chain_id && out->chain_id <= EVM_CHAIN_ID_MAX ? EVM_TX_OK : EVM_TX_E_CHAIN;
}

enum evm_tx_error
evm_tx_read_signed(struct span bytes, struct evm_tx *out, struct evm_signature *sig)
{
	struct span in;
	uint64_t v;
	enum evm_tx_error e = open_tx(bytes, out, &in);

	if (e == EVM_TX_OK)
		e = out->type == EVM_TX_DYNAMIC ? next_dynamic(&in, out) : next_legacy(&in, out);
	if (e != EVM_TX_OK)
		return e;
	if (rlp_next_u64(&in, &v) != RLP_OK)
		return EVM_TX_E_RLP;
	if (out->type == EVM_TX_LEGACY) {
		if (v < 37)
			return EVM_TX_E_CHAIN;
		out->chain_id = (v - 35) / 2;
		v = (v - 35) % 2;
		if (out->chain_id > EVM_CHAIN_ID_MAX)
			return EVM_TX_E_CHAIN;
	}
	if (v > 1)
		return EVM_TX_E_SIGNATURE;
	sig->parity = (unsigned)v;
	e = next_signature(&in, sig);
	return e == EVM_TX_OK && in.len ? EVM_TX_E_RLP : e;
}
