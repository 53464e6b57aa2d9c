/* Unsigned EVM transactions: EIP-155 (nine items, the last three chain id, 0, 0) and EIP-1559 (0x02
 * and nine items). RLP in its one canonical spelling. */
#include "keccak.h"
#include "token.h"

/* The next item of a list's contents; false at its end or when it is malformed (left->ptr NULL). */
static bool
next_item(struct span *left, struct span *item, bool *list)
{
	unsigned first;
	size_t head = 1, len;

	if (left->len == 0 || !left->ptr)
		return false;
	first = (unsigned char)left->ptr[0];
	*list = first >= 0xc0;
	if (first < 0x80) {
		head = 0;
		len = 1;
	} else {
		len = first - (*list ? 0xc0 : 0x80);
		if (len > 55) {
			size_t n = len - 55;

			if (n > 4 || n >= left->len || left->ptr[1] == 0)
				goto malformed;
			len = 0;
			for (size_t i = 1; i <= n; i++)
				len = len << 8 | (unsigned char)left->ptr[i];
			if (len <= 55)
				goto malformed;
			head += n;
		}
	}
	if (len > left->len - head)
		goto malformed;
	*item = (struct span){left->ptr + head, len};
	/* a byte below 0x80 is its own encoding */
	if (head == 1 && len == 1 && !*list && (unsigned char)item->ptr[0] < 0x80)
		goto malformed;
	left->ptr += head + len;
	left->len -= head + len;
	return true;
malformed:
	left->ptr = NULL;
	return false;
}

static bool
number(struct span item, units_int *out)
{
	return (item.len == 0 || item.ptr[0] != 0) && units_of_bytes(item, out);
}

static bool
number_64(struct span item, uint64_t *out)
{
	units_int wide;

	if (!number(item, &wide) || wide > UINT64_MAX)
		return false;
	*out = (uint64_t)wide;
	return true;
}

/* The items of the one list that the payload is; all but the access list are strings. */
static bool
take_items(struct span payload, struct span items[9], bool last_is_list)
{
	struct span contents, unused;
	bool list;

	if (!next_item(&payload, &contents, &list) || !list || payload.len)
		return false;
	for (int i = 0; i < 9; i++) {
		if (!next_item(&contents, &items[i], &list) || list != (last_is_list && i == 8))
			return false;
	}
	return contents.len == 0 && contents.ptr && !next_item(&contents, &unused, &list);
}

static const char *
take_payment(struct span to, struct span value, struct span data, struct tx *out)
{
	struct tx_payment *p = tx_payment_add(out);
	units_int coins;

	if (to.len != TOKEN_ADDRESS_BYTES)
		return to.len ? "an address that has not 20 bytes" : "makes a contract";
	if (!number(value, &coins))
		return "a value that is no number, or of more than 38 digits";
	p->amount = coins;
	if (data.len == 0) {
		tx_name_set(&p->to, to);
		return NULL;
	}
	if (coins != 0)
		return "pays coins to a contract that it calls";
	tx_name_set(&p->asset, to);
	return token_call(data, p);
}

const char *
evm_read(struct span payload, enum tx_form form, struct tx *out)
{
	bool legacy = form == TX_EVM_LEGACY;
	struct span body = payload, items[9];
	units_int price, tip = 0;
	uint64_t gas;

	tx_init(out, form);
	if (!legacy) {
		if (payload.len == 0 || payload.ptr[0] != 2)
			return "not of type 2";
		body = (struct span){payload.ptr + 1, payload.len - 1};
	}
	if (!take_items(body, items, !legacy))
		return "not the RLP of nine items";
	if (legacy) {
		/* nonce, price, gas, to, value, data, chain id, 0, 0 */
		if (items[7].len || items[8].len)
			return "signed already, or without a chain id";
		if (!number_64(items[0], &out->nonce) || !number(items[1], &price) ||
		    !number_64(items[2], &gas) || !number_64(items[6], &out->chain_id))
			return "a number that is none, or too large";
	} else {
		/* chain id, nonce, tip, price, gas, to, value, data, access list */
		if (items[8].len)
			return "has an access list";
		if (!number_64(items[0], &out->chain_id) || !number_64(items[1], &out->nonce) ||
		    !number(items[2], &tip) || !number(items[3], &price) ||
		    !number_64(items[4], &gas))
			return "a number that is none, or too large";
	}
	if (out->chain_id == 0)
		return "without a chain id: it could be replayed anywhere";
	if (tip > price)
		return "a tip above the whole price of gas";
	if (!units_multiply(price, gas, &out->fee))
		return "a fee of more than 38 digits";
	tx_wanted_add(out);
	out->wanted[0].scheme = TX_RECOVERABLE;
	keccak256(payload, out->wanted[0].digest);
	return legacy ? take_payment(items[3], items[4], items[5], out)
		      : take_payment(items[5], items[6], items[7], out);
}
