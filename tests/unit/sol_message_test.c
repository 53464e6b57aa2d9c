/*
 * Catches a token account that is derived wrongly, a message that Solana would read otherwise, and
 * a reader that lets a changed byte through.
 */
#include "ed25519_point.h"
#include "hex.h"
#include "sol_message.h"
#include "test.h"

#include <sodium.h>

#define USDC "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
#define USDT "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"

/* @solana/kit 8.4.0: getProgramDerivedAddress() and isOffCurveAddress() */
static const struct {
	const char *wallet, *mint, *account;
	unsigned bump;
	bool on_curve;
} accounts[] = {
    {"4Devdq4zmRrS76NEriHQVH3N7QDPPhDHspm6WrZkr3zv", USDC,
     "8Y2vzZdJB7gi1ZzBKFQZwrNBimEpCqMwWgKN3JrN6LJe", 255, true},
    {"GqDqQTP5GZ12zpxMF1WYxURVpa1z8LjQp6iKSwCYXFPD", USDT,
     "7VjQB33XM5fSzmkcKikMVL6HWXE2tDK6Lc6Y2xKwcGNA", 255, true},
    {"FJLnTmY6yy8EXA7px5hjgiNExjeeata6YLu1LsXDuVkb", USDC,
     "BSsd7aXHsSQvuSVGo9RaV4Uk6pUG7qz77WtKUAnVHrUv", 255, false},
    {"HN4VdQK1si4sLgMCpZTioJEbHQCzkP75pHD93GeeAiUX", USDT,
     "9QdDkUhbCMtii379XyZSzkzbuopgzgYGsiiiQc7KuLDE", 255, true},
    {"9A3otZGVtHRH54ChPmYtYBHFSzdooPd8z1tjtJxkxszr", USDC,
     "HBHJcXiyBGenmJMboYsiPs8P4FT6189Xey4coz2XyavC", 255, false},
    {"Axs2qVasXsSmsSXoQDJwUjeezX9TkVFEXgqwy5B5CLaB", USDT,
     "Gv8h3VTUMyiE9EePQqGYsyStQwZuSBDyRDQBwZa6eEE7", 255, true},
    {"7v2DHqrkUzyDyocA7JyX6YKxoWRsSWu2UpGpzmYp7B43", USDC,
     "AJWAR4pykQVqBVAHGXBDRg9Q9tSpDWmEm8g5LRn3V9jN", 254, true},
    {"xkEJcKPy2A5LXKC1vJKm8i5o4TciUiTC2C8hdnJQt5b", USDT,
     "AxuqTsJ6iMTYNy1pSaikueuqNSrua4nLjJsXSfy1hYyk", 254, true},
    {"8BS4UcpFNfCqJiZAf78GTfNDLK3P1DKmqPhX5umMgS5H", USDC,
     "5v5aUpdSwJH4ozX1EuicmQ8rY9wfA4e29FT64eEowoBH", 255, false},
    {"9RZc5ASNsodup64pan19VBHi377QBKCRU5mWzcb3c1a3", USDT,
     "EmmoUFAFuDoREFtUVnKGw4bK36qsjFkpbpMYxvFJaZKy", 255, false},
};

static struct sol_key
key(const char *text)
{
	struct sol_key k = {{0}};

	EXPECT(sol_key_parse(span_of(text), &k));
	return k;
}

static void
test_accounts_of_kit(void)
{
	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
		struct sol_key wallet = key(accounts[i].wallet), mint = key(accounts[i].mint);
		struct sol_key account;
		char text[SOL_KEY_TEXT_MAX];
		unsigned bump;

		EXPECT(sol_token_account(&wallet, &mint, &account, &bump));
		sol_key_print(&account, text);
		EXPECT_STR(text, accounts[i].account);
		EXPECT(bump == accounts[i].bump);
		EXPECT(sol_on_curve(&wallet) == accounts[i].on_curve);
		EXPECT(!sol_on_curve(&account));
	}
}

/* RFC 8032's base point, and points of order 1, 2, 4 and 8: none of them in the prime-order group
 * but the first, all of them on the curve. */
static void
test_any_order_is_on_the_curve(void)
{
	static const char *const points[] = {
	    "5866666666666666666666666666666666666666666666666666666666666666",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	};
	static const char none[] =
	    "0200000000000000000000000000000000000000000000000000000000000000";
	struct sol_key k;

	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		EXPECT(hex_parse(span_of(points[i]), false, k.bytes, 32));
		EXPECT(sol_on_curve(&k));
	}
	EXPECT(hex_parse(span_of(none), false, k.bytes, 32));
	EXPECT(!sol_on_curve(&k));
}

/* libsodium says it by adding the base point. */
static bool
sodium_says(const unsigned char key[32])
{
	unsigned char base[32], sum[32];

	memset(base, 0x66, sizeof base);
	base[0] = 0x58;
	return crypto_core_ed25519_add(sum, key, base) == 0;
}

/* Many keys, and those at both ends of the numbers, with the sign bit and without. */
static void
test_points_of_sodium(void)
{
	unsigned char key[32] = {1};
	unsigned on = 0;

	for (unsigned i = 0; i < 3000; i++) {
		crypto_hash_sha256(key, key, sizeof key);
		EXPECT(ed25519_is_point(key) == sodium_says(key));
		on += ed25519_is_point(key);
	}
	EXPECT(on > 1200 && on < 1800);
	for (unsigned i = 0; i < 512; i++) {
		memset(key, i < 256 ? 0xff : 0, sizeof key);
		key[0] = (unsigned char)i;
		for (unsigned sign = 0; sign < 2; sign++) {
			key[31] = (unsigned char)((i < 256 ? 0x7f : 0) | sign << 7);
			EXPECT(ed25519_is_point(key) == sodium_says(key));
		}
	}
	for (unsigned bit = 0; bit < 256; bit++) {
		memset(key, 0, sizeof key);
		key[bit / 8] = (unsigned char)(1 << bit % 8);
		EXPECT(ed25519_is_point(key) == sodium_says(key));
		for (unsigned i = 0; i < sizeof key; i++)
			key[i] ^= 0xff;
		EXPECT(ed25519_is_point(key) == sodium_says(key));
	}
}

static void
test_keys(void)
{
	struct sol_key k;

	/* 43 characters, and 32 bytes all the same */
	EXPECT(sol_key_parse(SPAN_LIT("EPjFWdd5AufqSSqeM2qDQ3Nf5JknLm4K71y9w4G5DNs"), &k));
	EXPECT(!sol_key_parse(SPAN_LIT("1111111111111111111111111111111"), &k));
	EXPECT(!sol_key_parse(SPAN_LIT("111111111111111111111111111111111"), &k));
	EXPECT(!sol_key_parse(SPAN_LIT("0OIl"), &k));
	EXPECT(!sol_key_parse(SPAN_LIT(""), &k));
}

static struct sol_transfer
transfer(bool two_signers, bool version_0, bool create)
{
	struct sol_transfer t = {.version_0 = version_0,
				 .create = create,
				 .payer = key(accounts[0].wallet),
				 .authority = key(accounts[two_signers ? 1 : 0].wallet),
				 .source = key(accounts[0].account),
				 .account = key(accounts[2].account),
				 .mint = key(USDC),
				 .blockhash = key(accounts[5].wallet),
				 .amount = 1500000,
				 .decimals = 6,
				 .unit_limit = 60000,
				 .unit_price = 12345,
				 .memo = "tp:0011223344556677",
				 .memo_len = 19};

	if (create)
		t.wallet = key(accounts[3].wallet);
	return t;
}

/* Checked by @solana/kit's decoder, and run by litesvm (tests/settle-sol.bats does so again). */
static void
test_bytes(void)
{
	unsigned char bytes[SOL_MESSAGE_MAX];
	struct sol_transfer t = transfer(false, false, true);
	char text[2 * SOL_MESSAGE_MAX + 1];
	size_t n = sol_message_write(&t, bytes);

	hex_print(bytes, n, text);
	EXPECT_STR(
	    text, "0100070a2fd0e9814ed2e9964a7baa542b65e1c469c7b567b0a636d94b9525975540fa7f6ff4ff31"
		  "534e4725353fe9202d5ccfcd2a67ef08ad73efd5d1f388042964e2a39b35a0f25437a8d84a7f86fd"
		  "05c6fab7a51e4f8c8c3d18238c27e0be3769ff57c6fa7af3bedbad3a3d65f36aabc97431b1bbe4c2"
		  "d2f6e0e47ca60203452f5d61f3202354f897f1e3a236a94794252fccb374e2bed2405669544be82b"
		  "6edd9a9800000000000000000000000000000000000000000000000000000000000000008c97258f"
		  "4e2489f1bb3d1029148e0d830b5a1399daff1084048e7bd8dbe9f85906ddf6e1d765a193d9cbe146"
		  "ceeb79ac1cb485ed5f5b37913a8cf5857eff00a90306466fe5211732ffecadba72c39be7bc8ce5bb"
		  "c5f7126b2c439b3a40000000054a535a992921064d24e87160da387c7c35b5ddbc92bb81e41fa840"
		  "4105448d9408b2a3ba1d22bbca167cf57ed7a94745e6c2dbb7bcc97e41c62afdfa6b046805080005"
		  "0260ea0000080009033930000000000000060600020403050701010704010302000a0c60e3160000"
		  "0000000609001374703a30303131323233333434353536363737");
}

static void
test_reads_what_it_writes(void)
{
	for (unsigned i = 0; i < 8; i++) {
		struct sol_transfer t = transfer(i & 1, i & 2, i & 4), back;
		unsigned char bytes[SOL_MESSAGE_MAX];
		size_t n = sol_message_write(&t, bytes);

		EXPECT(sol_message_read((struct span){(const char *)bytes, n}, &back) ==
		       SOL_MESSAGE_OK);
		EXPECT(memcmp(&back, &t, sizeof t) == 0);
		EXPECT(sol_message_signers(&back) == 1 + (i & 1));
	}
}

/* Whom we pay may be who pays the fee. */
static void
test_pays_itself(void)
{
	struct sol_transfer t = transfer(true, true, true), back;
	unsigned char bytes[SOL_MESSAGE_MAX];
	size_t n;

	t.wallet = t.payer;
	n = sol_message_write(&t, bytes);
	EXPECT(sol_message_read((struct span){(const char *)bytes, n}, &back) == SOL_MESSAGE_OK);
	EXPECT(memcmp(&back, &t, sizeof t) == 0);
}

static void
test_changed_bits_show(void)
{
	for (unsigned i = 0; i < 8; i++) {
		struct sol_transfer t = transfer(i & 1, i & 2, i & 4), back;
		unsigned char bytes[SOL_MESSAGE_MAX];
		size_t n = sol_message_write(&t, bytes);
		struct span message = {(const char *)bytes, n};

		for (size_t bit = 0; bit < n * 8; bit++) {
			bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
			if (sol_message_read(message, &back) == SOL_MESSAGE_OK)
				EXPECT(memcmp(&back, &t, sizeof t) != 0);
			bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		for (size_t cut = 0; cut < n; cut++)
			EXPECT(sol_message_read((struct span){message.ptr, cut}, &back) !=
			       SOL_MESSAGE_OK);
	}
}

static void
test_signed(void)
{
	struct sol_transfer t = transfer(true, true, true), back;
	unsigned char bytes[SOL_MESSAGE_MAX], signatures[128], transaction[SOL_TRANSACTION_MAX];
	struct span message = {(const char *)bytes, sol_message_write(&t, bytes)}, m, s, whole;

	memset(signatures, 7, sizeof signatures);
	whole.ptr = (const char *)transaction;
	whole.len = sol_transaction_write(message, signatures, 2, transaction);
	EXPECT(sol_transaction_read(whole, &back, &m, &s) == SOL_MESSAGE_OK);
	EXPECT(span_equal(m, message) && s.len == 128);
	/* one signature where two are wanted */
	whole.len = sol_transaction_write(message, signatures, 1, transaction);
	EXPECT(sol_transaction_read(whole, &back, &m, &s) == SOL_MESSAGE_E_ACCOUNTS);
	whole.len = 64;
	EXPECT(sol_transaction_read(whole, &back, &m, &s) == SOL_MESSAGE_E_TRUNCATED);
}

static void
test_fee(void)
{
	struct sol_transfer t = transfer(false, false, false);
	uint64_t fee;

	t.unit_limit = 60000;
	t.unit_price = 0;
	EXPECT(sol_fee(&t, &fee) && fee == 5000);
	/* a part of a lamport counts as one */
	t.unit_price = 1;
	EXPECT(sol_fee(&t, &fee) && fee == 5001);
	t.unit_limit = 1000000;
	t.unit_price = 1000000;
	EXPECT(sol_fee(&t, &fee) && fee == 1005000);
	t.unit_price = UINT64_MAX;
	EXPECT(!sol_fee(&t, &fee));
	t = transfer(true, false, false);
	t.unit_price = 0;
	EXPECT(sol_fee(&t, &fee) && fee == 10000);
}

int
main(void)
{
	RUN(test_accounts_of_kit);
	RUN(test_any_order_is_on_the_curve);
	RUN(test_points_of_sodium);
	RUN(test_keys);
	RUN(test_bytes);
	RUN(test_reads_what_it_writes);
	RUN(test_pays_itself);
	RUN(test_changed_bits_show);
	RUN(test_signed);
	RUN(test_fee);
	return test_done();
}
