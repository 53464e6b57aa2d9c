/*
 * Catches a number, an RLP item, an address, a call or a transaction of Ethereum's that is written
 * or read otherwise than the standards say. The tables are the official vectors: ethereum/tests
 * (RLPTests, ABITests, BasicTests), EIP-55, EIP-155. Sizes at N-1, N, N+1.
 */
#include "evm_abi.h"
#include "evm_tx.h"
#include "hex.h"
#include "keccak.h"
#include "test.h"

#include <secp256k1_recovery.h>

static unsigned char memory[2048];

static struct span
unhex(const char *text, unsigned char *to)
{
	size_t n = strlen(text) / 2;

	EXPECT(hex_parse(span_of(text), true, to, n));
	return (struct span){(char *)to, n};
}

static const char *
tohex(struct span bytes)
{
	static char text[2][4097];
	static int turn;

	turn = !turn;
	if (bytes.len > 2048)
		return "too long";
	hex_print((const unsigned char *)bytes.ptr, bytes.len, text[turn]);
	return text[turn];
}

/* ---- numbers ---- */

static void
numbers(void)
{
	static const char *const max =
	    "1157920892373161954235709850086879078532699846656405640394575840079131296399"
	    "35";
	struct u256 a, b;
	uint64_t rest;
	char text[U256_DECIMAL_MAX], quantity[U256_QUANTITY_MAX];
	unsigned char bytes[32];

	EXPECT(u256_parse_decimal(span_of(max), &a));
	EXPECT(u256_print_decimal(a, text) == 78);
	EXPECT_STR(text, max);
	EXPECT(u256_print_quantity(a, quantity) == 66);
	EXPECT_STR(quantity, "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	EXPECT(u256_parse_quantity(span_of(quantity), &b) && u256_compare(a, b) == 0);
	EXPECT(!u256_add(a, u256_of(1), &b));
	EXPECT(!u256_multiply(a, 2, &b));
	EXPECT(u256_multiply(a, 1, &b) && u256_compare(a, b) == 0);
	EXPECT(!u256_parse_decimal(SPAN_LIT("115792089237316195423570985008687907853269984665640564"
					    "039457584007913129639936"),
				   &b));
	EXPECT(u256_subtract(a, a, &b) && u256_is_zero(b));
	EXPECT(!u256_subtract(u256_of(0), u256_of(1), &b));
	EXPECT(u256_byte_length(a) == 32 && u256_byte_length(b) == 32);
	EXPECT(u256_byte_length(u256_of(0)) == 0 && u256_byte_length(u256_of(255)) == 1 &&
	       u256_byte_length(u256_of(256)) == 2);
	b = u256_divide(a, 10, &rest);
	EXPECT(rest == 5);
	EXPECT(u256_multiply(b, 10, &b) && u256_add(b, u256_of(5), &b) && u256_compare(a, b) == 0);
	u256_to_bytes(u256_of(UINT64_MAX), bytes);
	b = u256_from_bytes(bytes + 24, 8);
	EXPECT(u256_u64(b, &rest) && rest == UINT64_MAX);
	EXPECT(u256_add(b, u256_of(1), &b) && !u256_u64(b, &rest));
	/* 12.5 % more, rounded up */
	EXPECT(u256_scale_up(u256_of(8), 9, 8, &b) && u256_compare(b, u256_of(9)) == 0);
	EXPECT(u256_scale_up(u256_of(1), 9, 8, &b) && u256_compare(b, u256_of(2)) == 0);
	EXPECT(u256_scale_up(u256_of(0), 9, 8, &b) && u256_is_zero(b));
}

static void
spellings_of_numbers(void)
{
	static const char *const bad_decimal[] = {"",	 "00",	"01", "-1", "+1",
						  "1.0", "1e3", " 1", "0x1"};
	static const char *const bad_quantity[] = {
	    "",	    "0x",
	    "0x00", "0x01",
	    "1",    "0X1",
	    "x1",   "0xg",
	    "-0x1", "0x10000000000000000000000000000000000000000000000000000000000000000"};
	struct u256 v;
	char text[U256_QUANTITY_MAX];

	for (size_t i = 0; i < sizeof bad_decimal / sizeof bad_decimal[0]; i++)
		EXPECT(!u256_parse_decimal(span_of(bad_decimal[i]), &v));
	for (size_t i = 0; i < sizeof bad_quantity / sizeof bad_quantity[0]; i++)
		EXPECT(!u256_parse_quantity(span_of(bad_quantity[i]), &v));
	EXPECT(u256_parse_quantity(SPAN_LIT("0x0"), &v) && u256_is_zero(v));
	EXPECT(u256_print_quantity(v, text) == 3);
	EXPECT_STR(text, "0x0");
	EXPECT(u256_parse_quantity(SPAN_LIT("0xAbC"), &v) && u256_compare(v, u256_of(0xabc)) == 0);
	EXPECT(u256_print_quantity(u256_of(0x400), text) == 5);
	EXPECT_STR(text, "0x400");
}

/* ---- RLP ---- */

static struct rlp_writer
writer(void)
{
	struct rlp_writer w;

	rlp_writer_init(&w, memory, sizeof memory);
	return w;
}

/* RLPTests/rlptest.json: strings */
static void
rlp_strings(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", "80"},
	    {"\x01", "01"},
	    {"\x7f", "7f"},
	    {"dog", "83646f67"},
	    {"Lorem ipsum dolor sit amet, consectetur adipisicing eli",
	     "b74c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475722061"
	     "646970697369"
	     "63696e6720656c69"},
	    {"Lorem ipsum dolor sit amet, consectetur adipisicing elit",
	     "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e736563746574757220"
	     "61646970697369"
	     "63696e6720656c6974"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rlp_writer w = writer();
		struct span in, bytes;

		rlp_put_bytes(&w, span_of(cases[i].in));
		in = rlp_written(&w);
		EXPECT_STR(tohex(in), cases[i].out);
		EXPECT(rlp_check(in) == RLP_OK);
		EXPECT(rlp_next_bytes(&in, &bytes) == RLP_OK && span_is(bytes, cases[i].in));
	}
}

/* RLPTests/rlptest.json: integers */
static void
rlp_integers(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"0", "80"},
	    {"1", "01"},
	    {"16", "10"},
	    {"79", "4f"},
	    {"127", "7f"},
	    {"128", "8180"},
	    {"1000", "8203e8"},
	    {"100000", "830186a0"},
	    {"83729609699884896815286331701780722", "8f102030405060708090a0b0c0d0e0f2"},
	    {"105315505618206987246253880190783558935785933862974822347068935681",
	     "9c0100020003000400050006000700080009000a000b000c000d000e01"},
	    {"115792089237316195423570985008687907853269984665640564039457584007913129639935",
	     "a0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
	};
	struct u256 v, back;
	struct span in;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rlp_writer w = writer();

		EXPECT(u256_parse_decimal(span_of(cases[i].in), &v));
		rlp_put_u256(&w, v);
		in = rlp_written(&w);
		EXPECT_STR(tohex(in), cases[i].out);
		EXPECT(rlp_next_u256(&in, &back) == RLP_OK && u256_compare(v, back) == 0);
	}
	/* "bigint", 2^256: one byte more than the EVM has */
	in = unhex("a1010000000000000000000000000000000000000000000000000000000000000000", memory);
	EXPECT(rlp_next_u256(&in, &v) == RLP_E_RANGE);
	in = unhex("8100", memory);
	EXPECT(rlp_next_u256(&in, &v) == RLP_E_SPELLING);
	in = unhex("00", memory);
	EXPECT(rlp_next_u256(&in, &v) == RLP_E_SPELLING);
	in = unhex("820001", memory);
	EXPECT(rlp_next_u256(&in, &v) == RLP_E_SPELLING);
}

/* RLPTests/rlptest.json: lists */
static void
rlp_lists(void)
{
	struct rlp_writer w = writer();
	size_t outer = rlp_mark(&w), inner;
	struct span in, items, nothing;

	rlp_put_bytes(&w, SPAN_LIT("cat"));
	rlp_put_bytes(&w, SPAN_LIT("god"));
	rlp_put_bytes(&w, SPAN_LIT("dog"));
	rlp_close_list(&w, outer);
	EXPECT_STR(tohex(rlp_written(&w)), "cc83646f6783676f6483636174");
	/* multilist: ["zw", [4], 1] */
	w = writer();
	rlp_put_u64(&w, 1);
	inner = rlp_mark(&w);
	rlp_put_u64(&w, 4);
	rlp_close_list(&w, inner);
	rlp_put_bytes(&w, SPAN_LIT("zw"));
	rlp_close_list(&w, outer);
	EXPECT_STR(tohex(rlp_written(&w)), "c6827a77c10401");
	/* listsoflists2 */
	in = unhex("c7c0c1c0c3c0c1c0", memory);
	EXPECT(rlp_check(in) == RLP_OK);
	EXPECT(rlp_next_list(&in, &items) == RLP_OK && in.len == 0 && items.len == 7);
	EXPECT(rlp_next_list(&items, &nothing) == RLP_OK && nothing.len == 0);
	EXPECT(rlp_next_bytes(&items, &nothing) == RLP_E_KIND);
	/* a list of 55 bytes has a short head, one of 56 a long one */
	for (size_t n = 54; n <= 57; n++) {
		w = writer();
		for (size_t i = 0; i < n; i++)
			rlp_put_u64(&w, 5);
		rlp_close_list(&w, outer);
		in = rlp_written(&w);
		EXPECT(in.len == n + (n < 56 ? 1 : 2) && rlp_check(in) == RLP_OK);
	}
	/* memory that is one byte short */
	rlp_writer_init(&w, memory, 3);
	rlp_put_bytes(&w, SPAN_LIT("dog"));
	EXPECT(rlp_written(&w).ptr == NULL);
}

/* RLPTests/invalidRLPTest.json, each of them */
static void
rlp_forgeries(void)
{
	static const char *const cases[] = {
	    "bf0f000000000000021111", "ff0f000000000000021111", "f80180", "f80100", "8100", "8101",
	    "817F",
	    "b90040000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	    "28292a2b"
	    "2c2d2e2f303132333435363738393a3b3c3d3e3f",
	    "b800",
	    "fb00000040000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425"
	    "26272829"
	    "2a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
	    "f800", "b81000112233445566778899aabbccddeeff", "b801ff",
	    "f810000102030405060708090a0b0c0d0e0f", "f803112233", "", "81",
	    "a0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "c5010203",
	    "e201020304050607", "ba010000aabbccddeeff", "b840ffeeddccbbaa99887766554433221100",
	    "f90180", "ffffffffffffffffff0001020304050607",
	    /* not of theirs: something behind the end, a list that ends within its last item */
	    "8080", "c283646f"};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct span in = unhex(cases[i], memory);

		EXPECT(rlp_check(in) != RLP_OK);
		if (rlp_check(in) == RLP_OK)
			printf("taken: %s\n", cases[i]);
	}
}

static void
rlp_depth(void)
{
	for (size_t depth = RLP_DEPTH_MAX - 1; depth <= RLP_DEPTH_MAX + 1; depth++) {
		struct rlp_writer w = writer();

		for (size_t i = 0; i < depth; i++)
			rlp_close_list(&w, sizeof memory);
		EXPECT((rlp_check(rlp_written(&w)) == RLP_OK) == (depth <= RLP_DEPTH_MAX));
	}
}

/* ---- addresses ---- */

/* EIP-55, "Test Cases": all of them, and each with one letter's case turned */
static void
checksums(void)
{
	static const char *const cases[] = {"0x52908400098527886E0F7030069857D2E4169EE7",
					    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
					    "0xde709f2102306220921060314715629080e2fb77",
					    "0x27b1fdb04752bbc536007a920d24acb045561c26",
					    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
					    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
					    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
					    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"};
	struct evm_address a;
	char text[EVM_ADDRESS_TEXT_MAX];
	unsigned refused = 0;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		EXPECT(evm_address_parse(span_of(cases[i]), &a) == EVM_ADDRESS_OK);
		evm_address_print(&a, text);
		EXPECT_STR(text, cases[i]);
		for (size_t k = 2; k < 42; k++) {
			char turned[EVM_ADDRESS_TEXT_MAX];
			enum evm_address_error e;

			memcpy(turned, cases[i], sizeof turned);
			if ((turned[k] | 32) < 'a')
				continue;
			turned[k] ^= 32;
			e = evm_address_parse(span_of(turned), &a);
			EXPECT(e == EVM_ADDRESS_E_CHECKSUM);
			refused++;
		}
	}
	EXPECT(refused > 100);
}

static void
addresses(void)
{
	struct evm_address a;
	char text[EVM_ADDRESS_TEXT_MAX];

	/* a spelling that goes round; the contract's own; without a checksum */
	EXPECT(evm_address_parse(SPAN_LIT("0xA0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"), &a) ==
	       EVM_ADDRESS_E_CHECKSUM);
	EXPECT(evm_address_parse(SPAN_LIT("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), &a) ==
	       EVM_ADDRESS_OK);
	EXPECT(evm_address_parse(SPAN_LIT("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"), &a) ==
	       EVM_ADDRESS_OK);
	evm_address_print(&a, text);
	EXPECT_STR(text, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d");
	EXPECT(evm_address_parse(SPAN_LIT("8ac76a51cc950d9822d68b83fe1ad97b32cd580d"), &a) ==
	       EVM_ADDRESS_E_FORM);
	EXPECT(evm_address_parse(SPAN_LIT("0X8ac76a51cc950d9822d68b83fe1ad97b32cd580d"), &a) ==
	       EVM_ADDRESS_E_FORM);
	EXPECT(evm_address_parse(SPAN_LIT("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580"), &a) ==
	       EVM_ADDRESS_E_FORM);
	EXPECT(evm_address_parse(SPAN_LIT("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d0"), &a) ==
	       EVM_ADDRESS_E_FORM);
	EXPECT(evm_address_parse(SPAN_LIT("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580g"), &a) ==
	       EVM_ADDRESS_E_FORM);
	EXPECT(evm_address_parse(SPAN_LIT("0x0000000000000000000000000000000000000000"), &a) ==
	       EVM_ADDRESS_E_ZERO);
}

/* ---- ABI ---- */

static void
selectors(void)
{
	static const struct {
		uint32_t selector;
		const char *signature;
	} cases[] = {
	    {ABI_BALANCE_OF, "balanceOf(address)"},
	    {ABI_ALLOWANCE, "allowance(address,address)"},
	    {ABI_TRANSFER, "transfer(address,uint256)"},
	    {ABI_TRANSFER_FROM, "transferFrom(address,address,uint256)"},
	    {ABI_APPROVE, "approve(address,uint256)"},
	    {ABI_DECIMALS, "decimals()"},
	    {ABI_SYMBOL, "symbol()"},
	    {ABI_ERROR, "Error(string)"},
	    {ABI_PANIC, "Panic(uint256)"},
	};
	unsigned char hash[32], call[ABI_CALL_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct span data = abi_call(cases[i].selector, NULL, 0, call);

		keccak256(span_of(cases[i].signature), hash);
		EXPECT(data.len == 4 && memcmp(hash, data.ptr, 4) == 0);
	}
	keccak256(SPAN_LIT("Transfer(address,address,uint256)"), hash);
	EXPECT(memcmp(hash, abi_transfer_topic, 32) == 0);
}

/* ABITests/basic_abi_tests.json: all three */
static void
encodings(void)
{
	struct u256 list[] = {u256_of(1110), u256_of(1929)};
	struct abi_value github[] = {
	    abi_uint(u256_of(291)),
	    {.kind = ABI_UINTS, .uints = list, .n = 2},
	    {.kind = ABI_FIXED, .bytes = SPAN_LIT("1234567890")},
	    {.kind = ABI_BYTES, .bytes = SPAN_LIT("Hello, world!")},
	};
	struct abi_value one = abi_uint(u256_of(98127491)), two[2] = {abi_uint(u256_of(324124))};
	struct evm_address a;
	struct buf out;

	buf_init(&out, 4096);
	abi_encode(github, 4, &out);
	EXPECT_STR(tohex(buf_span(&out)),
		   "0000000000000000000000000000000000000000000000000000000000000123"
		   "0000000000000000000000000000000000000000000000000000000000000080"
		   "3132333435363738393000000000000000000000000000000000000000000000"
		   "00000000000000000000000000000000000000000000000000000000000000e0"
		   "0000000000000000000000000000000000000000000000000000000000000002"
		   "0000000000000000000000000000000000000000000000000000000000000456"
		   "0000000000000000000000000000000000000000000000000000000000000789"
		   "000000000000000000000000000000000000000000000000000000000000000d"
		   "48656c6c6f2c20776f726c642100000000000000000000000000000000000000");
	buf_clear(&out);
	abi_encode(&one, 1, &out);
	EXPECT_STR(tohex(buf_span(&out)),
		   "0000000000000000000000000000000000000000000000000000000005d94e83");
	EXPECT(evm_address_parse(SPAN_LIT("0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826"), &a) ==
	       EVM_ADDRESS_OK);
	two[1] = abi_address(&a);
	buf_clear(&out);
	abi_encode(two, 2, &out);
	EXPECT_STR(tohex(buf_span(&out)),
		   "000000000000000000000000000000000000000000000000000000000004f21c"
		   "000000000000000000000000cd2a3d9f938e13cd947ec05abc7fe734df8dd826");
	buf_release(&out);
}

static void
calls_and_answers(void)
{
	struct evm_address a, b;
	struct abi_value args[3];
	struct abi_transfer t;
	unsigned char call[ABI_CALL_MAX], answer[160] = {0};
	struct span data, text;
	struct u256 v;
	bool yes;
	char why[120];

	evm_address_parse(SPAN_LIT("0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826"), &a);
	evm_address_parse(SPAN_LIT("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"), &b);
	args[0] = abi_address(&a);
	args[1] = abi_uint(u256_of(1500000));
	data = abi_call(ABI_TRANSFER, args, 2, call);
	EXPECT_STR(tohex(data),
		   "a9059cbb000000000000000000000000cd2a3d9f938e13cd947ec05abc7fe734df8dd826"
		   "000000000000000000000000000000000000000000000000000000000016e360");
	EXPECT(abi_read_transfer(data, &t) && !t.takes && evm_address_equal(&t.to, &a) &&
	       u256_compare(t.amount, u256_of(1500000)) == 0);
	EXPECT(!abi_read_transfer((struct span){data.ptr, data.len - 1}, &t));
	call[4] = 1; /* an address with bits beyond its own */
	EXPECT(!abi_read_transfer(data, &t));
	args[1] = abi_address(&b);
	args[2] = abi_uint(u256_of(7));
	data = abi_call(ABI_TRANSFER_FROM, args, 3, call);
	EXPECT(data.len == 100 && abi_read_transfer(data, &t) && t.takes &&
	       evm_address_equal(&t.payer, &a) && evm_address_equal(&t.to, &b));
	call[0] ^= 1;
	EXPECT(!abi_read_transfer(data, &t));

	data = (struct span){(char *)answer, 32};
	EXPECT(abi_read_bool(data, &yes) && !yes);
	answer[31] = 1;
	EXPECT(abi_read_bool(data, &yes) && yes);
	answer[31] = 2;
	EXPECT(!abi_read_bool(data, &yes) && abi_read_uint(data, &v));
	EXPECT(!abi_read_bool((struct span){(char *)answer, 31}, &yes));
	EXPECT(!abi_read_uint((struct span){(char *)answer, 64}, &v));
	/* bytes32, as old tokens answer symbol() */
	memcpy(answer, "MKR", 4);
	answer[31] = 0;
	EXPECT(abi_read_string(data, &text) && span_is(text, "MKR"));
	/* a string: offset, length, bytes */
	data = unhex("0000000000000000000000000000000000000000000000000000000000000020"
		     "0000000000000000000000000000000000000000000000000000000000000004"
		     "5553444300000000000000000000000000000000000000000000000000000000",
		     answer);
	EXPECT(abi_read_string(data, &text) && span_is(text, "USDC"));
	answer[63] = 33; /* longer than what is there */
	EXPECT(!abi_read_string(data, &text));
	answer[63] = 32;
	EXPECT(abi_read_string(data, &text) && text.len == 32);
	answer[0] = 0x80; /* an offset of 256 bits */
	EXPECT(!abi_read_string(data, &text));
	abi_revert_reason(
	    unhex("08c379a00000000000000000000000000000000000000000000000000000000000000020"
		  "0000000000000000000000000000000000000000000000000000000000000005"
		  "0a6f776e65720000000000000000000000000000000000000000000000000000",
		  memory),
	    why, sizeof why);
	EXPECT_STR(why, "?owne");
	abi_revert_reason(
	    unhex("4e487b710000000000000000000000000000000000000000000000000000000000000011",
		  memory),
	    why, sizeof why);
	EXPECT_STR(why, "panic 17");
	abi_revert_reason(unhex("e450d38c00", memory), why, sizeof why);
	EXPECT_STR(why, "error 0xe450d38c of the contract's own");
	abi_revert_reason((struct span){0}, why, sizeof why);
	EXPECT_STR(why, "no reason given");
}

/* ---- transactions ---- */

static secp256k1_context *secp;

static struct evm_signature
sign(struct span bytes, const char *key)
{
	unsigned char secret[32], hash[32], out[64];
	secp256k1_ecdsa_recoverable_signature r;
	struct evm_signature sig;
	int recovery;

	unhex(key, secret);
	keccak256(bytes, hash);
	EXPECT(secp256k1_ecdsa_sign_recoverable(secp, &r, hash, secret, NULL, NULL));
	secp256k1_ecdsa_recoverable_signature_serialize_compact(secp, out, &recovery, &r);
	memcpy(sig.r, out, 32);
	memcpy(sig.s, out + 32, 32);
	sig.parity = (unsigned)recovery;
	return sig;
}

/* EIP-155, "Example" */
static void
eip155(void)
{
	struct evm_tx tx = {.type = EVM_TX_LEGACY, .chain_id = 1, .nonce = 9, .gas = 21000}, back;
	struct evm_signature sig, sig_back;
	unsigned char hash[32];
	struct span bytes;

	tx.cap = u256_of(20000000000u);
	tx.value = u256_of(1000000000000000000u);
	memset(tx.to.bytes, 0x35, 20);
	bytes = evm_tx_unsigned(&tx, memory, sizeof memory);
	EXPECT_STR(
	    tohex(bytes),
	    "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008001"
	    "8080");
	keccak256(bytes, hash);
	EXPECT_STR(tohex((struct span){(char *)hash, 32}),
		   "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_OK && back.chain_id == 1 &&
	       back.nonce == 9);
	sig = sign(bytes, "4646464646464646464646464646464646464646464646464646464646464646");
	bytes = evm_tx_signed(&tx, &sig, memory, sizeof memory);
	EXPECT_STR(
	    tohex(bytes),
	    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
	    "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761a"
	    "ecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
	EXPECT(evm_tx_read_signed(bytes, &back, &sig_back) == EVM_TX_OK && back.chain_id == 1 &&
	       sig_back.parity == sig.parity && memcmp(sig.s, sig_back.s, 32) == 0);
}

/* EIP-1559; expected bytes by ethers 6.17.0, key 46...46 */
static void
eip1559(void)
{
	struct evm_tx tx = {.type = EVM_TX_DYNAMIC, .chain_id = 1, .nonce = 7, .gas = 60000}, back;
	struct evm_signature sig, sig_back;
	unsigned char data[ABI_CALL_MAX];
	struct span bytes;

	tx.tip = u256_of(1000000000);
	tx.cap = u256_of(30000000000u);
	evm_address_parse(SPAN_LIT("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), &tx.to);
	tx.data = unhex("a9059cbb000000000000000000000000cd2a3d9f938e13cd947ec05abc7fe734df8dd826"
			"000000000000000000000000000000000000000000000000000000000016e360",
			data);
	bytes = evm_tx_unsigned(&tx, memory, sizeof memory);
	EXPECT_STR(tohex(bytes),
		   "02f86d0107843b9aca008506fc23ac0082ea6094a0b86991c6218b36c1d19d4a2e9eb0ce3606eb4"
		   "880b844a9059cbb000000000000000000000000cd2a3d9f938e13cd947ec05abc7fe734df8dd826"
		   "000000000000000000000000000000000000000000000000000000000016e360c0");
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_OK && back.nonce == 7 &&
	       back.gas == 60000 && back.access.len == 0);
	sig = sign(bytes, "4646464646464646464646464646464646464646464646464646464646464646");
	bytes = evm_tx_signed(&tx, &sig, memory, sizeof memory);
	EXPECT_STR(tohex(bytes),
		   "02f8b00107843b9aca008506fc23ac0082ea6094a0b86991c6218b36c1d19d4a2e9eb0ce3606eb4"
		   "880b844a9059cbb000000000000000000000000cd2a3d9f938e13cd947ec05abc7fe734df8dd826"
		   "000000000000000000000000000000000000000000000000000000000016e360c001a0e2d94f871"
		   "d5a855b2fdfdbbebf56039132129ccd4190128b7657fa3c1096ea8ea03db6ed3df5e54e969a507e"
		   "7008ffbd329cd53f2df692142a4f5d3bf5bf136dd3");
	EXPECT(evm_tx_read_signed(bytes, &back, &sig_back) == EVM_TX_OK &&
	       u256_compare(back.tip, tx.tip) == 0 && u256_compare(back.cap, tx.cap) == 0);
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_E_RLP);
}

/* BasicTests/txtest.json: before EIP-155, so bound to no chain: read by nobody here */
static void
without_chain(void)
{
	struct evm_tx tx;
	struct evm_signature sig;

	EXPECT(evm_tx_read_unsigned(unhex("eb8085e8d4a510008227109413978aee95f38490e9769c39b2773ed7"
					  "63d9cd5f872386f26fc10000"
					  "80808080",
					  memory),
				    &tx) == EVM_TX_E_CHAIN);
	EXPECT(evm_tx_read_signed(unhex("f86b8085e8d4a510008227109413978aee95f38490e9769c39b2773ed7"
					"63d9cd5f872386f26fc10000"
					"801ba0eab47c1a49bf2fe5d40e01d313900e19ca485867d462fe06e139"
					"e3a536c6d4f4a014a569d327"
					"dcda4b29f74f93c0e9729d2f49ad726e703f9cd90dbb0fbf6649f1",
					memory),
				  &tx, &sig) == EVM_TX_E_CHAIN);
	/* the same with its chain left out, as six fields */
	EXPECT(evm_tx_read_unsigned(unhex("e88085e8d4a510008227109413978aee95f38490e9769c39b2773ed7"
					  "63d9cd5f872386f26fc10000"
					  "80",
					  memory),
				    &tx) == EVM_TX_E_CHAIN);
}

static void
forged_transactions(void)
{
	struct evm_tx tx = {.type = EVM_TX_DYNAMIC,
			    .chain_id = 1,
			    .gas = 21000,
			    .tip = {{2}},
			    .cap = {{1}}},
		      back;
	struct evm_signature sig = {.r = {1}, .s = {1}};
	struct span bytes;

	memset(tx.to.bytes, 1, 20);
	bytes = evm_tx_unsigned(&tx, memory, sizeof memory);
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_E_FIELD); /* a tip above the cap */
	tx.cap = u256_of(2);
	bytes = evm_tx_unsigned(&tx, memory, sizeof memory);
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_OK);
	EXPECT(evm_tx_read_unsigned((struct span){bytes.ptr, bytes.len - 1}, &back) ==
	       EVM_TX_E_RLP);
	memory[sizeof memory - bytes.len] = 1; /* type 1 */
	EXPECT(evm_tx_read_unsigned(bytes, &back) == EVM_TX_E_TYPE);
	EXPECT(evm_tx_read_unsigned((struct span){"", 0}, &back) == EVM_TX_E_RLP);
	/* signatures at the edges of their range */
	EXPECT(evm_signature_in_range(&sig));
	memset(sig.s, 0, 32);
	EXPECT(!evm_signature_in_range(&sig));
	unhex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", sig.s);
	EXPECT(evm_signature_in_range(&sig));
	unhex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1", sig.s);
	EXPECT(!evm_signature_in_range(&sig));
	sig.s[0] = 1;
	unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", sig.r);
	EXPECT(evm_signature_in_range(&sig));
	sig.r[31]++;
	EXPECT(!evm_signature_in_range(&sig));
	sig.r[0] = 1;
	sig.parity = 2;
	EXPECT(!evm_signature_in_range(&sig));
}

int
main(void)
{
	secp = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	RUN(numbers);
	RUN(spellings_of_numbers);
	RUN(rlp_strings);
	RUN(rlp_integers);
	RUN(rlp_lists);
	RUN(rlp_forgeries);
	RUN(rlp_depth);
	RUN(checksums);
	RUN(addresses);
	RUN(selectors);
	RUN(encodings);
	RUN(calls_and_answers);
	RUN(eip155);
	RUN(eip1559);
	RUN(without_chain);
	RUN(forged_transactions);
	secp256k1_context_destroy(secp);
	return test_done();
}
