/* Catches a seed that is read otherwise than BIP39, 32, 84 and 86 have it, a derived key that is
 * not the path's, and a path of a payload that is followed though the policy does not allow it, or
 * though it leads elsewhere than the payload says. */
#include "btc_script.h"
#include "hd.h"
#include "hex.h"
#include "seed.h"
#include "test.h"

#include <sodium.h>

#define H BIP32_HARDENED

static const char words[] = "abandon abandon abandon abandon abandon abandon abandon abandon "
			    "abandon abandon abandon about";
static const uint64_t secret[2] = {1, 2};
static struct key_set keys;
static struct policy policy;
static struct hd hd;

static const char rules[] =
    "{\"type\":\"chain\",\"chain\":\"btc\",\"family\":\"btc\",\"network\":\"main\","
    "\"feeMax\":\"100\",\"feeDayMax\":\"250\"}\n"
    "{\"type\":\"path\",\"chain\":\"btc\",\"key\":\"seed\",\"path\":\"84h/0h/0h\","
    "\"script\":\"p2wpkh\",\"indexMax\":9}\n"
    "{\"type\":\"path\",\"chain\":\"btc\",\"key\":\"seed\",\"path\":\"m/86'/0'/0'\","
    "\"script\":\"p2tr\",\"indexMax\":2147483647}\n";

/* ---- seeds
 * -------------------------------------------------------------------------------------- */

static const char *
xprv_of(const unsigned char master[KEYS_SECRET_MAX])
{
	static char text[BIP32_TEXT_MAX];
	struct bip32_key key = {.secret = true};

	memcpy(key.key + 1, master, 32);
	memcpy(key.chain, master + 32, 32);
	bip32_print(&key, text);
	return text;
}

static void
seeds(void)
{
	/* BIP32's vectors 1 to 4, the words of BIP84 and 86, and the first of BIP39's */
	static const struct {
		const char *text, *passphrase, *xprv;
	} rows[] = {
	    {"000102030405060708090a0b0c0d0e0f", "",
	     "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejM"
	     "RNNU3TGtRBeJgk33yuGBxrMPHi"},
	    {"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a87848"
	     "1"
	     "7e7b7875726f6c696663605d5a5754514e4b484542",
	     "",
	     "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqP"
	     "qm55Qn3LqFtT2emdEXVYsCzC2U"},
	    {"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8"
	     "d"
	     "5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be",
	     "",
	     "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9d"
	     "GuVrtHHs7pXeTzjuxBrCmmhgC6"},
	    {"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678", "",
	     "xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSH"
	     "NAQwhwgNMgZhLtQC63zxwhQmRv"},
	    {words, "",
	     "xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpx"
	     "R86QEC8w35uxmGoggxtQTPvfUu"},
	    {words, "TREZOR",
	     "xprv9s21ZrQH143K3h3fDYiay8mocZ3afhfULfb5GX8kCBdno77K4HiA15Tg23wpbeF1pLfs1c5SPmYHrEpTu"
	     "uRhxMwvKDwqdKiGJS9XFKzUsAF"},
	    {"xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpx"
	     "R86QEC8w35uxmGoggxtQTPvfUu",
	     "",
	     "xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpx"
	     "R86QEC8w35uxmGoggxtQTPvfUu"},
	};
	static const struct {
		const char *text, *passphrase;
	} bad[] = {
	    {"", ""},
	    /* 15 and 65 bytes; capitals; an odd digit */
	    {"000102030405060708090a0b0c0d0e", ""},
	    {"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090"
	     "a"
	     "0b0c0d0e0f000102030405060708090a0b0c0d0e0f00",
	     ""},
	    {"000102030405060708090A0B0C0D0E0F", ""},
	    {"000102030405060708090a0b0c0d0e0f0", ""},
	    {"000102030405060708090a0b0c0d0e0f", "a"},
	    {"abandon abandon abandon", ""},
	    {"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
	     "abandon abandon",
	     ""},
	    /* public; an account's; with a passphrase */
	    {"xpub661MyMwAqRbcFkPHucMnrGNzDwb6teAX1RbKQmqtEF8kK3Z7LZ59qafCjB9eCRLiTVG3uxBxgKvRgbubR"
	     "hqSKXnGGb1aoaqLrpMBDrVxga8",
	     ""},
	    {"xprv9xgqHN7yz9MwCkxsBPN5qetuNdQSUttZNKw1dcYTV4mkaAFiBVGQziHs3NRSWMkCzvgjEe3n9xV8oYywv"
	     "M8at9yRqyaZVz6TYYhX98VjsUk",
	     ""},
	    {"xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpx"
	     "R86QEC8w35uxmGoggxtQTPvfUu",
	     "a"},
	};
	unsigned char out[KEYS_SECRET_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		EXPECT(!seed_read(span_of(rows[i].text), span_of(rows[i].passphrase), out));
		EXPECT_STR(xprv_of(out), rows[i].xprv);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		EXPECT(seed_read(span_of(bad[i].text), span_of(bad[i].passphrase), out));
}

/* ---- accounts
 * ----------------------------------------------------------------------------------- */

static void
open_all(void)
{
	struct master m = {.secret = SPAN_LIT("01234567890123456789012345678901")};
	unsigned char master[KEYS_SECRET_MAX];
	struct span name;

	EXPECT(!seed_read(span_of(words), SPAN_LIT(""), master));
	EXPECT(keys_create(&keys, &m));
	EXPECT(!keys_add(&keys, SPAN_LIT("seed"), KEY_HD, master));
	EXPECT(policy_read(&policy, SPAN_LIT(rules), secret));
	EXPECT(!hd_open(&hd, &policy, &keys, &name) && hd.n == 2);
}

static void
origins(void)
{
	struct bip32_path path;
	char text[HD_ORIGIN_TEXT_MAX];

	EXPECT(bip32_path_parse(SPAN_LIT("86h/0h/0h"), &path));
	EXPECT(hd_origin(&keys.list[0], &path, false, text));
	EXPECT_STR(text, "[73c5da0a/86h/0h/0h]"
			 "xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKD"
			 "P9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ");
	path.n = 0;
	EXPECT(hd_origin(&keys.list[0], &path, false, text));
	EXPECT_STR(text,
		   "[73c5da0a]"
		   "xpub661MyMwAqRbcFkPHucMnrGNzDwb6teAX1RbKQmqtEF8kK3Z7LZ59qafCjB9eCRLiTVG3ux"
		   "BxgKvRgbubRhqSKXnGGb1aoaqLrpMBDrVxga8");
}

static struct tx_path
path_of(uint32_t purpose, uint32_t chain, uint32_t index, const char *key)
{
	struct tx_path p = {.fingerprint = {0x73, 0xc5, 0xda, 0x0a},
			    .steps_n = 5,
			    .steps = {purpose | H, H, H, chain, index}};

	p.key_bytes = (unsigned char)(strlen(key) / 2);
	EXPECT(hex_parse(span_of(key), false, p.key, p.key_bytes));
	return p;
}

static struct tx_name
script_of(const char *hex)
{
	struct tx_name name = {.len = (unsigned char)(strlen(hex) / 2)};

	EXPECT(hex_parse(span_of(hex), false, name.bytes, name.len));
	return name;
}

/* BIP84: pubkey and privkey (WIF); BIP86: internal_key, scriptPubKey, and the key in xprv. */
static const struct {
	uint32_t purpose, chain, index;
	const char *key, *script, *secret;
} leaves[] = {
    {84, 0, 0, "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c",
     "0014c0cebcd6c3d3ca8c75dc5ec62ebe55330ef910e2",
     "KyZpNDKnfs94vbrwhJneDi77V6jF64PWPF8x5cdJb8ifgg2DUc9d"},
    {84, 0, 1, "03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77",
     "00149c90f934ea51fa0f6504177043e0908da6929983",
     "Kxpf5b8p3qX56DKEe5NqWbNUP9MnqoRFzZwHRtsFqhzuvUJsYZCy"},
    {84, 1, 0, "03025324888e429ab8e3dbaf1f7802648b9cd01e9b418485c5fa4c1b9b5700e1a6",
     "00143e34985dca6fddc9fb369940e4c7d8e2873f529c",
     "KxuoxufJL5csa1Wieb2kp29VNdn92Us8CoaUG3aGtPtcF3AzeXvF"},
    {86, 0, 0, "cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115",
     "5120a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c",
     "xprvA449goEeU9okwCzzZaxiy475EQGQzBkc65su82nXEvcwzfSskb2hAt2WymrjyRL6kpbVTGL3cKtp9herYXSjj"
     "Q1j4stsXXiRF7kXkCacK3T"},
    {86, 0, 1, "83dfe85a3151d2517290da461fe2815591ef69f2b18a2ce63f01697a8b313145",
     "5120a82f29944d65b86ae6b5e5cc75e294ead6c59391a1edc5e016e3498c67fc7bbb",
     "xprvA449goEeU9okyiF1LmKiDaTgeXvmh87DVyRd35VPbsSop8n8uALpbtrUhUXByPFKK7C2yuqrB1FrhiDkEMC4R"
     "GmA5KTwsE1aB5jRu9zHsuQ"},
    {86, 1, 0, "399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef",
     "5120882d74e5d0572d5a816cef0041a96b6c1de832f6f9676d9605c44d5e9a97d3dc",
     "xprvA3Ln3Gt3aphvUgzgEDT8vE2cYqb4PjFfpmbiFKphxLg1FjXQpkAk5M1ZKDY15bmCAHA35jTiawbFuwGtbDZog"
     "KF1WfjwxML4gK7WfYW5JRP"},
};

static void
published_secret(const char *text, unsigned char out[32])
{
	unsigned char bytes[40];
	struct bip32_key key;
	size_t n;

	if (text[0] == 'x') {
		EXPECT(bip32_parse(span_of(text), &key));
		memcpy(out, key.key + 1, 32);
		return;
	}
	EXPECT(base58check_parse(span_of(text), bytes, sizeof bytes, &n) && n == 34);
	memcpy(out, bytes + 1, 32);
}

static enum hd_result
find(const struct tx_path *p, const char **why)
{
	struct hd_leaf leaf;

	return hd_find(&hd, 0, p, &leaf, why);
}

/* Other keys take the place of all that are kept. */
static void
push_out(void)
{
	const char *why;

	for (uint32_t i = 0; i < HD_KEPT; i++) {
		struct tx_path p = path_of(86, 1, 1000 + i, leaves[3].key);

		EXPECT(find(&p, &why) == HD_REFUSED);
	}
}

static void
expect_signer(const struct hd_leaf *leaf, const struct tx_name *script, enum tx_scheme scheme,
	      const unsigned char want[32])
{
	unsigned char digest[32] = {1}, signature[64];
	struct key k;

	EXPECT(hd_owns(&hd, leaf, script));
	EXPECT(hd_secret(&hd, leaf, scheme, &k));
	EXPECT(memcmp(k.secret->bytes, want, 32) == 0);
	EXPECT(memcmp(k.public_key, leaf->public_key, SECP_PUBLIC) == 0);
	if (scheme != TX_SCHNORR)
		return;
	EXPECT(memcmp(k.xonly, script->bytes + 2, 32) == 0);
	EXPECT(secp_schnorr_sign(&k.secret->taproot, digest, NULL, signature));
	EXPECT(
	    secp_schnorr_verify(script->bytes + 2, (struct span){(char *)digest, 32}, signature));
}

static void
published_leaves(void)
{
	for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
		struct tx_path p =
		    path_of(leaves[i].purpose, leaves[i].chain, leaves[i].index, leaves[i].key);
		struct tx_name script = script_of(leaves[i].script);
		enum tx_scheme scheme = leaves[i].purpose == 86 ? TX_SCHNORR : TX_ECDSA;
		unsigned char want[32];
		struct hd_leaf leaf;
		const char *why;

		published_secret(leaves[i].secret, want);
		EXPECT(hd_find(&hd, 0, &p, &leaf, &why) == HD_FOUND && !why);
		EXPECT(hd_is_change(&hd, &leaf, &script) == (leaves[i].chain == 1));
		/* derived, kept, and derived again */
		expect_signer(&leaf, &script, scheme, want);
		expect_signer(&leaf, &script, scheme, want);
		push_out();
		expect_signer(&leaf, &script, scheme, want);
		push_out();
		script.bytes[10] ^= 1;
		EXPECT(!hd_owns(&hd, &leaf, &script));
		script.bytes[10] ^= 1;
		expect_signer(&leaf, &script, scheme, want);
		/* another one's script, and the same key's of the other kind */
		script.bytes[10] ^= 1;
		EXPECT(!hd_owns(&hd, &leaf, &script) && !hd_is_change(&hd, &leaf, &script));
	}
}

static void
hostile_paths(void)
{
	const char *first = leaves[0].key, *change = leaves[2].key, *why;
	struct tx_path p = path_of(84, 1, 0, change), good = p;
	struct hd_leaf leaf;
	struct tx_name tr = {.len = 34, .bytes = {0x51, 0x20}};
	unsigned char hash[32];
	int parity;

	EXPECT(find(&good, &why) == HD_FOUND);
	/* our fingerprint, and the rest is not so */
	p = path_of(84, 0, 0, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "another key"));
	p = path_of(84, 1, 0, first);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "another key"));
	p = path_of(84, 1, 10, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "index"));
	p = path_of(84, 1, H, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "index"));
	p = path_of(84, 2, 0, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "chain"));
	p = path_of(84, 1 | H, 0, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "chain"));
	p = path_of(44, 1, 0, change);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "account"));
	p = good;
	p.steps[2] = 1 | H;
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "account"));
	p = good;
	p.steps[0] = 84;
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "account"));
	/* the account itself; a step too few, a step too many; none */
	for (unsigned char n = 0; n <= TX_PATH_MAX; n++) {
		p = good;
		p.steps_n = n;
		EXPECT(find(&p, &why) == (n == 5 ? HD_FOUND : HD_REFUSED));
	}
	/* somebody else's, and another chain's */
	p = good;
	p.fingerprint[3] ^= 1;
	EXPECT(find(&p, &why) == HD_FOREIGN && !why);
	EXPECT(hd_find(&hd, 1, &good, &leaf, &why) == HD_REFUSED);
	/* on chain 1, but as a script that this account does not have */
	EXPECT(hd_find(&hd, 0, &good, &leaf, &why) == HD_FOUND);
	btc_tap_tweak(leaf.public_key + 1, NULL, hash);
	EXPECT(secp_xonly_add(leaf.public_key + 1, hash, tr.bytes + 2, &parity));
	EXPECT(hd_owns(&hd, &leaf, &tr) && !hd_is_change(&hd, &leaf, &tr));
	/* the highest index that there is */
	p = path_of(86, 0, H - 1, leaves[3].key);
	EXPECT(find(&p, &why) == HD_REFUSED && strstr(why, "another key"));
}

/* A seed is no key to sign with, and no address of its own is ours. */
static void
seeds_sign_nothing(void)
{
	struct tx_name none = {0}, wpkh = {.len = 22, .bytes = {0, 0x14}};

	hash160((struct span){(char *)keys.list[0].public_key, 33}, wpkh.bytes + 2);
	EXPECT(!keys_find(&keys, &none) && !keys_find(&keys, &wpkh));
}

/* ---- rules
 * -------------------------------------------------------------------------------------- */

static const char *
fault_of(const char *rule)
{
	static char text[2048];
	static struct policy p;

	snprintf(text, sizeof text, "%s%s\n", rules, rule);
	(void)policy_read(&p, span_of(text), secret);
	policy_release(&p);
	return p.fault ? p.fault : "";
}

#define PATH_RULE(path, script, index)                                           \
	"{\"type\":\"path\",\"chain\":\"btc\",\"key\":\"seed\",\"path\":\"" path \
	"\",\"script\":\"" script "\",\"indexMax\":" index "}"

static void
path_rules(void)
{
	EXPECT_STR(fault_of(PATH_RULE("84h/0h/1h", "p2wpkh", "0")), "");
	EXPECT_STR(fault_of(PATH_RULE("1h", "p2tr", "2147483647")), "");
	EXPECT_STR(fault_of(PATH_RULE("1h/2h/3h/4h/5h/6h", "p2tr", "1")), "");
	EXPECT(*fault_of(PATH_RULE("1h/2h/3h/4h/5h/6h/7h", "p2tr", "1")));
	EXPECT(*fault_of(PATH_RULE("m", "p2tr", "1")));
	EXPECT(*fault_of(PATH_RULE("84h/0h/1", "p2tr", "1")));
	EXPECT(*fault_of(PATH_RULE("84h/0h/0h", "p2tr", "1")));
	EXPECT(*fault_of(PATH_RULE("84h/0h/1h", "p2pkh", "1")));
	EXPECT(*fault_of(PATH_RULE("84h/0h/1h", "p2wpkh", "2147483648")));
	EXPECT(*fault_of(PATH_RULE("84h/0h/1h", "p2wpkh", "-1")));
	EXPECT(*fault_of("{\"type\":\"path\",\"chain\":\"btc\",\"key\":\"seed\",\"path\":\"1h\","
			 "\"script\":\"p2tr\"}"));
}

/* A policy that names a key that is none of kind hd does not start. */
static void
unknown_seeds(void)
{
	static struct key_set other;
	struct master m = {.secret = SPAN_LIT("01234567890123456789012345678901")};
	unsigned char one[32] = {[31] = 1};
	struct span name = {0};
	struct hd none;

	EXPECT(keys_create(&other, &m));
	EXPECT(hd_open(&none, &policy, &other, &name) && span_is(name, "seed"));
	hd_release(&none);
	EXPECT(!keys_add(&other, SPAN_LIT("seed"), KEY_SECP256K1, one));
	EXPECT(hd_open(&none, &policy, &other, &name));
	hd_release(&none);
	keys_release(&other);
}

int
main(void)
{
	hashes_init();
	secp_init();
	if (sodium_init() < 0)
		return 1;
	RUN(seeds);
	RUN(open_all);
	RUN(origins);
	RUN(published_leaves);
	RUN(hostile_paths);
	RUN(seeds_sign_nothing);
	RUN(path_rules);
	RUN(unknown_seeds);
	hd_release(&hd);
	keys_release(&keys);
	policy_release(&policy);
	return test_done();
}
