#include "address.h"
#include "blocklist.h"
#include "hashes.h"

static void
set_key(struct blocklist_key *k, char kind, const void *bytes, size_t n)
{
	k->bytes[0] = kind;
	memcpy(k->bytes + 1, bytes, n);
	k->len = n + 1;
}

/* Letters of one case in small ones; base58 tells cases apart and stays. */
static void
fold(struct span address, struct blocklist_key *k)
{
	bool hex = address.len > 2 && address.ptr[0] == '0' &&
		   (address.ptr[1] == 'x' || address.ptr[1] == 'X');
	bool lower = false;

	set_key(k, 't', address.ptr, address.len);
	for (size_t i = 0; i < address.len; i++)
		lower |= address.ptr[i] >= 'a' && address.ptr[i] <= 'z';
	/* all in capitals is bech32's other spelling; base58 without a small letter does not happen
	 */
	if (!hex && lower)
		return;
	for (size_t i = 1; i < k->len; i++) {
		if (k->bytes[i] >= 'A' && k->bytes[i] <= 'Z')
			k->bytes[i] = (char)(k->bytes[i] - 'A' + 'a');
	}
}

size_t
blocklist_keys(struct span address, bool listed, struct blocklist_key out[3])
{
	unsigned char script[22] = {0x00, 0x14}, hash[20];
	struct tx_name name = {0};
	bool found = false;

	if (address.len == 0 || address.len > SDN_ADDRESS_MAX)
		return 0;
	for (int n = 0; n < NETWORKS && !found; n++)
		found = address_parse(address, FAMILY_BTC, (enum address_network)n, &name);
	if (!found) {
		fold(address, &out[0]);
		return 1;
	}
	if (name.len == 23) {
		set_key(&out[0], 's', name.bytes + 2, 20);
		return 1;
	}
	if (name.len != 22 && name.len != 25) {
		set_key(&out[0], 'p', name.bytes, name.len);
		return 1;
	}
	set_key(&out[0], 'k', name.bytes + (name.len == 22 ? 2 : 3), 20);
	if (!listed)
		return 1;
	/* the same key, wrapped */
	memcpy(script + 2, out[0].bytes + 1, 20);
	hash160((struct span){(const char *)script, sizeof script}, hash);
	set_key(&out[1], 's', hash, 20);
	return 2;
}
