/*
 * Catches a signature that is made or judged otherwise than BIP340, BIP66 and RFC 6979 want it, and
 * a sum of keys that is wrong.
 */
#include "hex.h"
#include "secp.h"
#include "test.h"

static const struct {
	const char *key, *public_key, *aux, *message, *signature;
	bool good;
} bip340_rows[] = {
    {"0000000000000000000000000000000000000000000000000000000000000003",
     "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca821525f66a4a85ea8b71e482a74f382d2"
     "ce5ebeee8fdb2172f477df4900d310536c0",
     true},
    {"b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef",
     "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
     "0000000000000000000000000000000000000000000000000000000000000001",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de33418906d11ac976abccb20b091292bff"
     "4ea897efcb639ea871cfa95f6de339e4b0a",
     true},
    {"c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b14e5c9",
     "dd308afec5777e13121fa72b9cc1b7cc0139715309b086c960e18fd969774eb8",
     "c87aa53824b4d7ae2eb035a2b5bbbccc080e76cdc6d1692c4b0b62d798e6d906",
     "7e2d58d8b3bcdf1abadec7829054f90dda9805aab56c77333024b9d0a508b75c",
     "5831aaeed7b44bb74e5eab94ba9d4294c49bcf2a60728d8b4c200f50dd313c1bab745879a5ad954a72c45a91c3a51"
     "d3c7adea98d82f8481e0e1e03674a6f3fb7",
     true},
    {"0b432b2677937381aef05bb02a66ecd012773062cf3fa2549e44f58ed2401710",
     "25d1dff95105f5253c4022f628a996ad3a0d95fbf21d468a1b33f8c160d8f517",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "7eb0509757e246f19449885651611cb965ecc1a187dd51b64fda1edc9637d5ec97582b9cb13db3933705b32ba982a"
     "f5af25fd78881ebb32771fc5922efc66ea3",
     true},
    {"", "d69c3509bb99e412e68b0fe8544e72837dfa30746d8be2aa65975f29d22dc7b9", "",
     "4df3c3f68fcc83b27e9d42c90431a72499f17875c81a599b566c9889b9696703",
     "00000000000000000000003b78ce563f89a0ed9414f5aa28ad0d96d6795f9c6376afb1548af603b3eb45c9f8207de"
     "e1060cb71c04e80f593060b07d28308d7f4",
     true},
    {"", "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e17776969e89b4c5564d00349106b8497785"
     "dd7d1d713a8ae82b32fa79d5f7fc407d39b",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a14602975563cc27944640ac607cd107ae10923d"
     "9ef7a73c643e166be5ebeafa34b1ac553e2",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "1fa62e331edbc21c394792d2ab1100a7b432b013df3f6ff4f99fcb33e0e1515f28890b3edb6e7189b630448b515ce"
     "4f8622a954cfe545735aaea5134fccdb2bd",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769961764b3aa9b2ffcb6ef947b6887a"
     "226e8d7c93e00c5ed0c1834ff0d0c2e6da6",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "0000000000000000000000000000000000000000000000000000000000000000123dda8328af9c23a94c1feecfd12"
     "3ba4fb73476f0d594dcb65c6425bd186051",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "00000000000000000000000000000000000000000000000000000000000000017615fbaf5ae28864013c099742dea"
     "db4dba87f11ac6754f93780d5a1837cf197",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "4a298dacae57395a15d0795ddbfd1dcb564da82b0f269bc70a74f8220429ba1d69e89b4c5564d00349106b8497785"
     "dd7d1d713a8ae82b32fa79d5f7fc407d39b",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f69e89b4c5564d00349106b8497785"
     "dd7d1d713a8ae82b32fa79d5f7fc407d39b",
     false},
    {"", "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769fffffffffffffffffffffffffffff"
     "ffebaaedce6af48a03bbfd25e8cd0364141",
     false},
    {"", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30", "",
     "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
     "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e17776969e89b4c5564d00349106b8497785"
     "dd7d1d713a8ae82b32fa79d5f7fc407d39b",
     false},
    {"0340034003400340034003400340034003400340034003400340034003400340",
     "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
     "0000000000000000000000000000000000000000000000000000000000000000", "",
     "71535db165ecd9fbbc046e5ffaea61186bb6ad436732fccc25291a55895464cf6069ce26bf03466228f19a3a62db8"
     "a649f2d560fac652827d1af0574e427ab63",
     true},
    {"0340034003400340034003400340034003400340034003400340034003400340",
     "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
     "0000000000000000000000000000000000000000000000000000000000000000", "11",
     "08a20a0afef64124649232e0693c583ab1b9934ae63b4c3511f3ae1134c6a303ea3173bfea6683bd101fa5aa5dbc1"
     "996fe7cacfc5a577d33ec14564cec2bacbf",
     true},
    {"0340034003400340034003400340034003400340034003400340034003400340",
     "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "0102030405060708090a0b0c0d0e0f1011",
     "5130f39a4059b43bc7cac09a19ece52b5d8699d1a71e3c52da9afdb6b50ac370c4a482b77bf960f8681540e25b677"
     "1ece1e5a37fd80e5a51897c5566a97ea5a5",
     true},
    {"0340034003400340034003400340034003400340034003400340034003400340",
     "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "99999999999999",
     "403b12b0d8555a344175ea7ec746566303321e5dbfa8be6f091635163eca79a8585ed3e3170807e7c03b720fc54c7"
     "b23897fcba0e9d0b4a06894cfd249f22367",
     true},
};

static size_t
bytes_of(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	EXPECT(hex_parse(span_of(hex), false, out, n));
	return n;
}

static void
expect_hex(const unsigned char *bytes, size_t n, const char *want)
{
	char hex[2 * 80 + 1];

	hex_print(bytes, n, hex);
	EXPECT_STR(hex, want);
}

static void
schnorr(void)
{
	for (size_t i = 0; i < sizeof bip340_rows / sizeof *bip340_rows; i++) {
		unsigned char key[32], xonly[32], aux[32], message[128], signature[64], have[64];
		struct secp_pair pair;
		size_t n = bytes_of(bip340_rows[i].message, message);

		bytes_of(bip340_rows[i].public_key, xonly);
		bytes_of(bip340_rows[i].signature, signature);
		EXPECT(secp_schnorr_verify(xonly, (struct span){(char *)message, n}, signature) ==
		       bip340_rows[i].good);
		if (!bip340_rows[i].key[0] || n != 32)
			continue;
		bytes_of(bip340_rows[i].key, key);
		bytes_of(bip340_rows[i].aux, aux);
		EXPECT(secp_pair_make(key, &pair));
		EXPECT(secp_schnorr_sign(&pair, message, aux, have));
		expect_hex(have, 64, bip340_rows[i].signature);
		secp_pair_xonly(&pair, have);
		expect_hex(have, 32, bip340_rows[i].public_key);
	}
}

/* Key 1 and the message "Satoshi Nakamoto": the value that many libraries carry in their tests. */
static void
rfc6979(void)
{
	unsigned char key[32] = {[31] = 1}, digest[32], signature[64], again[64], der[SECP_DER_MAX];
	size_t n;

	bytes_of("a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e", digest);
	EXPECT(secp_sign(key, digest, false, signature));
	expect_hex(signature, 64,
		   "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
		   "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5");
	n = secp_der_print(signature, der);
	/* r has its highest bit set: 71 bytes */
	EXPECT(n == 71 && der[0] == 0x30);
	EXPECT(secp_der_parse((struct span){(char *)der, n}, again));
	EXPECT(memcmp(again, signature, 64) == 0);
	EXPECT(!secp_der_parse((struct span){(char *)der, n - 1}, again));
	EXPECT(secp_sign(key, digest, true, signature));
	EXPECT(signature[0] < 0x80 && secp_der_print(signature, der) <= 70);
}

static void
high_s(void)
{
	unsigned char key[32] = {[31] = 7}, digest[32] = {1}, low[64], high[64], public_key[33];
	unsigned char order[32];
	int borrow = 0;

	bytes_of("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", order);
	EXPECT(secp_public_of(key, public_key));
	EXPECT(secp_sign(key, digest, false, low));
	memcpy(high, low, 64);
	for (int i = 31; i >= 0; i--) {
		int d = order[i] - low[32 + i] - borrow;

		high[32 + i] = (unsigned char)d;
		borrow = d < 0;
	}
	EXPECT(secp_verify((struct span){(char *)public_key, 33}, digest, low));
	EXPECT(!secp_verify((struct span){(char *)public_key, 33}, digest, high));
	EXPECT(secp_normalise(high) && memcmp(high, low, 64) == 0);
	digest[31] ^= 1;
	EXPECT(!secp_verify((struct span){(char *)public_key, 33}, digest, low));
	memset(high, 0xff, 64);
	EXPECT(!secp_normalise(high));
}

static void
recovery(void)
{
	unsigned char key[32] = {[0] = 3, [31] = 9}, digest[32] = {5}, signature[64], point[65],
		      short_point[33], want[33];
	int id = -1;

	EXPECT(secp_public_of(key, want));
	for (int i = 0; i < 20; i++) {
		digest[1] = (unsigned char)i;
		EXPECT(secp_sign_recoverable(key, digest, signature, &id));
		EXPECT(secp_recover(signature, id, digest, point));
		EXPECT(secp_public_compress((struct span){(char *)point, 65}, short_point));
		EXPECT(memcmp(short_point, want, 33) == 0);
		EXPECT(!secp_recover(signature, 4, digest, point));
		EXPECT(secp_recover(signature, id ^ 1, digest, point));
		EXPECT(secp_public_compress((struct span){(char *)point, 65}, short_point));
		EXPECT(memcmp(short_point, want, 33) != 0);
	}
}

static void
keys(void)
{
	unsigned char zero[32] = {0}, one[32] = {[31] = 1}, order[32], two[32] = {[31] = 2};
	unsigned char a[33], b[33], big[65];

	bytes_of("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", order);
	EXPECT(!secp_key_ok(zero) && !secp_key_ok(order) && secp_key_ok(one));
	order[31]--;
	EXPECT(secp_key_ok(order));
	/* n - 1 + 1 is no key */
	EXPECT(!secp_key_add(order, one));
	EXPECT(secp_public_of(one, a) && secp_public_of(two, b));
	EXPECT(secp_public_add(a, one, a) && memcmp(a, b, 33) == 0);
	EXPECT(secp_key_add(one, one) == true && memcmp(one, two, 32) == 0);
	EXPECT(secp_public_expand((struct span){(char *)a, 33}, big) && big[0] == 4);
	EXPECT(secp_public_ok((struct span){(char *)big, 65}));
	/* the hybrid form */
	big[0] = 6 | (big[64] & 1);
	EXPECT(!secp_public_ok((struct span){(char *)big, 65}));
	a[0] = 4;
	EXPECT(!secp_public_ok((struct span){(char *)a, 33}));
	EXPECT(!secp_public_ok((struct span){(char *)a, 0}));
}

/* What is signed with a tweaked pair verifies under the tweaked x-only key (BIP341's key path). */
static void
tweaks(void)
{
	for (unsigned i = 1; i < 20; i++) {
		unsigned char key[32] = {[3] = (unsigned char)i, [31] = 1}, xonly[32], out[32],
			      have[32], tweak[32] = {[30] = (unsigned char)i}, signature[64];
		struct secp_pair pair;
		int parity;

		EXPECT(secp_pair_make(key, &pair));
		secp_pair_xonly(&pair, xonly);
		EXPECT(secp_xonly_ok(xonly));
		EXPECT(secp_xonly_add(xonly, tweak, out, &parity));
		EXPECT(secp_pair_add(&pair, tweak));
		secp_pair_xonly(&pair, have);
		EXPECT(memcmp(out, have, 32) == 0);
		EXPECT(secp_schnorr_sign(&pair, key, NULL, signature));
		EXPECT(secp_schnorr_verify(out, (struct span){(char *)key, 32}, signature));
		EXPECT(!secp_schnorr_verify(xonly, (struct span){(char *)key, 32}, signature));
	}
}

int
main(void)
{
	secp_init();
	RUN(schnorr);
	RUN(rfc6979);
	RUN(high_s);
	RUN(recovery);
	RUN(keys);
	RUN(tweaks);
	return test_done();
}
