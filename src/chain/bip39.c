#include "bip39.h"

#include "bip39_words.h"
#include "check.h"
#include "hashes.h"

#include <openssl/evp.h>

#define ROUNDS 2048
#define WORD_BITS 11
#define WORDS_MAX 24

static struct span
word_at(size_t i)
{
	return (struct span){bip39_words[i], strnlen(bip39_words[i], BIP39_LETTERS)};
}

/* The word's place in the list, or -1. The list is sorted. */
static int
find_word(struct span word)
{
	int low = 0, high = BIP39_WORDS - 1;

	while (low <= high) {
		int middle = (low + high) / 2, order = span_compare(word, word_at((size_t)middle));

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return -1;
}

static bool
entropy_bytes_ok(size_t n)
{
	return n >= 16 && n <= BIP39_ENTROPY_MAX && n % 4 == 0;
}

/* The entropy with its checksum behind it: n * 33 / 4 bits. */
static void
with_checksum(const unsigned char *entropy, size_t n, unsigned char out[BIP39_ENTROPY_MAX + 1])
{
	unsigned char hash[HASH_BYTES];

	hash_single((struct span){(const char *)entropy, n}, hash);
	memcpy(out, entropy, n);
	out[n] = hash[0];
	explicit_bzero(hash, sizeof hash);
}

bool
bip39_print(const unsigned char *entropy, size_t n, char out[BIP39_TEXT_MAX])
{
	unsigned char bits[BIP39_ENTROPY_MAX + 1];
	size_t at = 0;

	if (!entropy_bytes_ok(n))
		return false;
	with_checksum(entropy, n, bits);
	for (size_t i = 0; i < n * 3 / 4; i++) {
		unsigned index = 0;
		struct span word;

		for (size_t bit = i * WORD_BITS; bit < (i + 1) * WORD_BITS; bit++)
			index = index << 1 | ((unsigned)bits[bit / 8] >> (7 - bit % 8) & 1u);
		word = word_at(index);
		if (i)
			out[at++] = ' ';
		memcpy(out + at, word.ptr, word.len);
		at += word.len;
	}
	out[at] = 0;
	explicit_bzero(bits, sizeof bits);
	return true;
}

bool
bip39_parse(struct span words, unsigned char entropy[BIP39_ENTROPY_MAX], size_t *n)
{
	unsigned char bits[BIP39_ENTROPY_MAX + 1] = {0}, again[BIP39_ENTROPY_MAX + 1];
	size_t count = 0;
	unsigned char mask;

	for (bool more = true; more; count++) {
		size_t at = span_find(words, SPAN_LIT(" "));
		int index = find_word((struct span){words.ptr, at});

		if (index < 0 || count == WORDS_MAX)
			return false;
		for (unsigned b = 0; b < WORD_BITS; b++)
			if (index >> (WORD_BITS - 1 - b) & 1)
				bits[(count * WORD_BITS + b) / 8] |=
				    (unsigned char)(0x80 >> (count * WORD_BITS + b) % 8);
		more = at < words.len;
		if (more)
			words = (struct span){words.ptr + at + 1, words.len - at - 1};
	}
	*n = count * 4 / 3;
	if (count % 3 != 0 || !entropy_bytes_ok(*n))
		return false;
	memcpy(entropy, bits, *n);
	with_checksum(entropy, *n, again);
	mask = (unsigned char)(0xff00 >> *n / 4);
	return (again[*n] & mask) == bits[*n];
}

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
			return false;
	return true;
}

bool
bip39_seed(struct span words, struct span passphrase, unsigned char out[BIP39_SEED])
{
	unsigned char entropy[BIP39_ENTROPY_MAX], salt[8 + BIP39_PASSPHRASE_MAX] = "mnemonic";
	size_t n;
	bool good = bip39_parse(words, entropy, &n) && is_ascii(passphrase) &&
		    passphrase.len <= BIP39_PASSPHRASE_MAX;

	explicit_bzero(entropy, sizeof entropy);
	if (!good)
		return false;
	if (passphrase.len)
		memcpy(salt + 8, passphrase.ptr, passphrase.len);
	CHECK(PKCS5_PBKDF2_HMAC(words.ptr, (int)words.len, salt, (int)(8 + passphrase.len), ROUNDS,
				EVP_sha512(), BIP39_SEED, out) == 1);
	explicit_bzero(salt, sizeof salt);
	return true;
}
