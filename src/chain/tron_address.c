#include "tron_address.h"

#include "base58.h"
#include "check.h"
#include "keccak.h"

bool
tron_address_parse(struct span text, struct tron_address *out)
{
	size_t n;

	return base58check_parse(text, out->bytes, TRON_ADDRESS_BYTES, &n) &&
	       n == TRON_ADDRESS_BYTES && out->bytes[0] == TRON_ADDRESS_PREFIX;
}

void
tron_address_print(const struct tron_address *address, char out[TRON_ADDRESS_TEXT_MAX])
{
	char text[BASE58_TEXT_MAX];
	size_t len = base58check_print(address->bytes, TRON_ADDRESS_BYTES, text);

	CHECK(len < TRON_ADDRESS_TEXT_MAX);
	memcpy(out, text, len + 1);
}

bool
tron_address_equal(const struct tron_address *a, const struct tron_address *b)
{
	return memcmp(a->bytes, b->bytes, TRON_ADDRESS_BYTES) == 0;
}

struct tron_address
tron_address_of(const unsigned char evm[20])
{
	struct tron_address a = {{TRON_ADDRESS_PREFIX}};

	memcpy(a.bytes + 1, evm, 20);
	return a;
}

struct tron_address
tron_address_of_key(const unsigned char key[64])
{
	unsigned char hash[KECCAK_BYTES];

	keccak256((struct span){(const char *)key, 64}, hash);
	return tron_address_of(hash + 12);
}
