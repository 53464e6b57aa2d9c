#include "seed.h"

#include "bip32.h"
#include "bip39.h"
#include "hex.h"
#include "secret.h"

#define SEED_MIN 16
#define SEED_MAX 64

/* What the text becomes on the way, in locked memory. */
struct work {
	unsigned char seed[SEED_MAX];
	struct bip32_key key;
};

static const char *
read_extended(struct span text, struct work *work)
{
	if (!bip32_parse(text, &work->key) || !work->key.secret)
		return "an extended private key that is none";
	return work->key.depth == 0 ? NULL : "an extended private key that is no master key";
}

static const char *
read_seed(struct span text, struct span passphrase, struct work *work)
{
	size_t n = text.len / 2;

	if (memchr(text.ptr, ' ', text.len)) {
		n = BIP39_SEED;
		if (!bip39_seed(text, passphrase, work->seed))
			return "words that are none of BIP39's, or with a wrong checksum";
	} else {
		if (passphrase.len)
			return "a passphrase goes with words alone";
		if (n < SEED_MIN || n > SEED_MAX || !hex_parse(text, false, work->seed, n))
			return "neither words, nor an xprv, nor 32 to 128 lower-case hex digits";
	}
	return bip32_master((struct span){(const char *)work->seed, n}, false, &work->key)
		   ? NULL
		   : "a seed that makes no key";
}

const char *
seed_read(struct span text, struct span passphrase, unsigned char out[KEYS_SECRET_MAX])
{
	struct work *work = (struct work *)(void *)secret_memory(sizeof *work);
	bool extended = text.len > 4 && memcmp(text.ptr + 1, "prv", 3) == 0;
	const char *why = NULL;

	if (text.len == 0)
		why = "no seed";
	else if (extended)
		why = passphrase.len ? "a passphrase goes with words alone"
				     : read_extended(text, work);
	else
		why = read_seed(text, passphrase, work);
	if (!why) {
		memcpy(out, work->key.key + 1, SECP_KEY);
		memcpy(out + SECP_KEY, work->key.chain, BIP32_CHAIN);
	}
	secret_free((char *)work, sizeof *work);
	return why;
}
