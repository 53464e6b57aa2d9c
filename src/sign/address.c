#include "address.h"

#include "base58.h"
#include "bech32.h"
#include "hex.h"
#include "keccak.h"
#include "sol_address.h"
#include "tron_address.h"

#include <stdio.h>

static const struct {
	const char *hrp;
	unsigned char key_hash, script_hash; /* versions of base58check */
} networks[NETWORKS] = {{"bc", 0x00, 0x05}, {"tb", 0x6f, 0xc4}, {"bcrt", 0x6f, 0xc4}};

static bool
word_of(struct span name, const char *const words[], int n, int *out)
{
	for (*out = 0; *out < n; (*out)++) {
		if (span_is(name, words[*out]))
			return true;
	}
	return false;
}

bool
address_family_of(struct span name, enum address_family *out)
{
	static const char *const names[FAMILIES] = {"btc", "evm", "solana", "tron"};
	int i;
	bool found = word_of(name, names, FAMILIES, &i);

	*out = (enum address_family)i;
	return found;
}

bool
address_network_of(struct span name, enum address_network *out)
{
	static const char *const names[NETWORKS] = {"main", "test", "regtest"};
	int i;
	bool found = word_of(name, names, NETWORKS, &i);

	*out = (enum address_network)i;
	return found;
}

enum address_family
address_family_of_form(enum tx_form form)
{
	switch (form) {
	case TX_PSBT: return FAMILY_BTC;
	case TX_EVM_LEGACY:
	case TX_EVM_1559: return FAMILY_EVM;
	case TX_SOLANA: return FAMILY_SOLANA;
	case TX_TRON: break;
	}
	return FAMILY_TRON;
}

/* ---- EVM
 * ---------------------------------------------------------------------------------------- */

static void
evm_print(const unsigned char bytes[20], char out[ADDRESS_TEXT_MAX])
{
	unsigned char hash[KECCAK_BYTES];

	out[0] = '0';
	out[1] = 'x';
	hex_print(bytes, 20, out + 2);
	keccak256((struct span){out + 2, 40}, hash);
	for (int i = 0; i < 40; i++) {
		unsigned nibble = (unsigned)hash[i / 2] >> (i % 2 ? 0 : 4) & 15u;

		if (nibble >= 8 && out[2 + i] >= 'a')
			out[2 + i] = (char)(out[2 + i] - 'a' + 'A');
	}
}

static bool
evm_parse(struct span text, struct tx_name *out)
{
	unsigned char bytes[20];
	char right[ADDRESS_TEXT_MAX];
	bool upper = false, lower = false;

	if (text.len != 42 || memcmp(text.ptr, "0x", 2) != 0 ||
	    !hex_parse((struct span){text.ptr + 2, 40}, true, bytes, 20))
		return false;
	for (size_t i = 2; i < 42; i++) {
		upper |= text.ptr[i] >= 'A' && text.ptr[i] <= 'F';
		lower |= text.ptr[i] >= 'a' && text.ptr[i] <= 'f';
	}
	/* in one case there is no checksum */
	if (upper && lower) {
		evm_print(bytes, right);
		if (memcmp(text.ptr, right, 42) != 0)
			return false;
	}
	return tx_name_set(out, (struct span){(const char *)bytes, 20});
}

/* ---- Bitcoin
 * ------------------------------------------------------------------------------------ */

static bool
script(struct tx_name *out, struct span before, const unsigned char *program, size_t n,
       struct span after)
{
	char bytes[TX_NAME_MAX];

	if (before.len + n + after.len > TX_NAME_MAX)
		return false;
	memcpy(bytes, before.ptr, before.len);
	memcpy(bytes + before.len, program, n);
	memcpy(bytes + before.len + n, after.ptr, after.len);
	return tx_name_set(out, (struct span){bytes, before.len + n + after.len});
}

static bool
btc_parse(struct span text, enum address_network network, struct tx_name *out)
{
	unsigned char program[SEGWIT_PROGRAM_MAX];
	unsigned version;
	size_t n;

	if (segwit_parse(text, networks[network].hrp, &version, program, &n)) {
		char before[2] = {(char)(version ? 0x50 + version : 0), (char)n};

		return script(out, (struct span){before, 2}, program, n, SPAN_LIT(""));
	}
	if (!base58check_parse(text, program, 21, &n) || n != 21)
		return false;
	if (program[0] == networks[network].key_hash)
		return script(out, SPAN_LIT("\x76\xa9\x14"), program + 1, 20, SPAN_LIT("\x88\xac"));
	return program[0] == networks[network].script_hash &&
	       script(out, SPAN_LIT("\xa9\x14"), program + 1, 20, SPAN_LIT("\x87"));
}

static void
btc_print(const struct tx_name *name, enum address_network network, char out[ADDRESS_TEXT_MAX])
{
	const unsigned char *b = name->bytes;
	unsigned char payload[21];
	char text[BASE58_TEXT_MAX];

	if (name->len >= 4 && (b[0] == 0 || (b[0] > 0x50 && b[0] <= 0x60)) &&
	    b[1] == name->len - 2) {
		if (!segwit_print(networks[network].hrp, b[0] ? b[0] - 0x50u : 0, b + 2,
				  name->len - 2u, out))
			out[0] = '\0';
		return;
	}
	if (name->len == 25 && memcmp(b, "\x76\xa9\x14", 3) == 0) {
		payload[0] = networks[network].key_hash;
		memcpy(payload + 1, b + 3, 20);
	} else if (name->len == 23 && memcmp(b, "\xa9\x14", 2) == 0) {
		payload[0] = networks[network].script_hash;
		memcpy(payload + 1, b + 2, 20);
	} else {
		return;
	}
	base58check_print(payload, sizeof payload, text);
	snprintf(out, ADDRESS_TEXT_MAX, "%.60s", text);
}

/* ---- all
 * ---------------------------------------------------------------------------------------- */

bool
address_parse(struct span text, enum address_family family, enum address_network network,
	      struct tx_name *out)
{
	struct sol_key key;
	struct tron_address tron;

	switch (family) {
	case FAMILY_BTC: return btc_parse(text, network, out);
	case FAMILY_EVM: return evm_parse(text, out);
	case FAMILY_SOLANA:
		return sol_key_parse(text, &key) &&
		       tx_name_set(out, (struct span){(const char *)key.bytes, sizeof key.bytes});
	case FAMILY_TRON: break;
	}
	return tron_address_parse(text, &tron) &&
	       tx_name_set(out, (struct span){(const char *)tron.bytes, sizeof tron.bytes});
}

void
address_print(const struct tx_name *name, enum address_family family, enum address_network network,
	      char out[ADDRESS_TEXT_MAX])
{
	struct sol_key key;
	struct tron_address tron;

	memset(out, 0, ADDRESS_TEXT_MAX);
	switch (family) {
	case FAMILY_BTC: btc_print(name, network, out); break;
	case FAMILY_EVM:
		if (name->len == 20)
			evm_print(name->bytes, out);
		break;
	case FAMILY_SOLANA:
		if (name->len != sizeof key.bytes)
			break;
		memcpy(key.bytes, name->bytes, sizeof key.bytes);
		sol_key_print(&key, out);
		break;
	case FAMILY_TRON:
		if (name->len != sizeof tron.bytes)
			break;
		memcpy(tron.bytes, name->bytes, sizeof tron.bytes);
		tron_address_print(&tron, out);
		break;
	}
}
