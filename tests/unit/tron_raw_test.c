/*
 * Catches a Tron transaction that is written otherwise than tronweb writes it, an id or a signature
 * that differs, and a reader that lets a changed byte through.
 */
#include "digest.h"
#include "hex.h"
#include "protobuf.h"
#include "secp.h"
#include "test.h"
#include "tron_raw.h"

/* tronweb 6.5.1: txJsonToPb(), txPbToTxID() and signTransaction() of these fields */
static const struct row {
	const char *key, *owner, *contract, *from, *to, *amount, *block_bytes, *block_hash;
	int64_t expiration, timestamp, fee_limit;
	const char *raw, *id, *signature;
} rows[] = {
    {"6e2ba2e85e392b90224f541444d496b297bc67d2870ad870310e4d60d3241f97",
     "TTceNyCTzQAoLdDjwuoS4H7zWVVAeDUjnQ", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", NULL,
     "TC3PDx6tgQwBredntxZhHfV52UR59yMqCe", "1", "5b17", "265c98d9f330442b", 1763715600000,
     1763715300000, 30000000,
     "0a025b172208265c98d9f330442b40809d91adaa335aae01081f12a9010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a1541c18eb694be"
     "d751e696441e168fb6099fe0b4e49b121541a614f803b6fd780986a42c78ec9c7f77e6ded13c2244a9059cbb00"
     "000000000000000000000016ba72d36d95463632597fa3ac2bd0c1aab8ba2d0000000000000000000000000000"
     "00000000000000000000000000000000000170a0f5feacaa3390018087a70e",
     "e104821719d403ba019bd4aa6ff053a5e349b7ae91d3bea144ec771d469a030c",
     "ff2132006ae205ce13ca7a0031909f7eb2c5edea8be6e2698d04eb4c0004f2c51822ae722dd8daa21a90480777d7c"
     "f643ca4c24d4105d20e263ca7bfcf93efce1c"},
    {"64ed222173f08463ae36758caa2216886b689c9f90fe70c4ad3fd7629a84f089",
     "TLQoELTRfg1bYLEkiYFkRr26fGSsdHehBg", "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8", NULL,
     "THykcAiiFgjwXimHjx3B2m92jwjkK7LXQv", "1500000", "44ee", "81cc3742caefe372", 1763716834567,
     1763716534566, 100000000,
     "0a0244ee220881cc3742caefe3724087cadcadaa335aae01081f12a9010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a154172883ad089"
     "e7afb0c7e89852ae9775630bf9c8241215413487b63d30b5b2c87fb7ffa8bcfade38eaac1abe2244a9059cbb00"
     "000000000000000000000057db639a659bb8735589ee3a57bb1cacc23b8a680000000000000000000000000000"
     "00000000000000000000000000000016e36070a6a2caadaa33900180c2d72f",
     "47fa233a32a7a5edf0868cae42993966d82e44d5303b9d58a57ab3eb84083381",
     "47f861b3a63782b828f79ca5f98bc6f31afc432256165aada0aa4e9a99dbceda38c33a413e4879a495ec8a4c6c05d"
     "08fc049e4c15eb3afcf3e0d2bcebdec485f1b"},
    {"a2c881d7b74031b7f84c380cfd7fcdb53b67a0d76d0b469ca29cbaf5a32adc65",
     "TJBEn18YJbgGcTUdkDzoP2ZZW2rvdFnVqg", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", NULL,
     "TDcYkRpgix1vSZd5M7c7Pf7A7kmkLT9zWe", "18446744073709551616", "4fd3", "e7b06f1abaedeb3b",
     1763718069134, 1763717769132, 1,
     "0a024fd32208e7b06f1abaedeb3b408ef7a7aeaa335aae01081f12a9010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a15415a077abb5f"
     "1e244e0c9eea5677ddc795e91bd7b4121541a614f803b6fd780986a42c78ec9c7f77e6ded13c2244a9059cbb00"
     "000000000000000000000027f840a603ccccf2ab51261e55ded6a107502b860000000000000000000000000000"
     "00000000000000000001000000000000000070accf95aeaa33900101",
     "ce0a010f190c709ea6f96de2a760bee17a493fbda1a60cbfc7a565d7aa13be82",
     "729d8463a5fd293b42ef0d3d34619c00b73ed817a00f6a3d82559f43edb6291a6c5980ca9d45f4f14572d6d69c961"
     "5ffcb2a6b8f33e040a1ef4882efd2c776f41c"},
    {"c91dd7b0d9a8f58ca008328c51ddbbb04a56cc75a03a0ad4ff58c80c1e590d73",
     "TN7hLRR1AipYRn39ENr7qnd54rr8Nhja6f", "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8", NULL,
     "TDVZsJ8RWxgsqqvKos6LGfkPZd3f9i5hbL", "99999999999999999999999999999999999999", "9b4d",
     "82367c9c2e62da09", 1763719303701, 1763719003698, 15000000000,
     "0a029b4d220882367c9c2e62da094095a4f3aeaa335aae01081f12a9010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a1541853c7d2f02"
     "34d7ec03dffb2e3df79714b426e04d1215413487b63d30b5b2c87fb7ffa8bcfade38eaac1abe2244a9059cbb00"
     "000000000000000000000026a6463ed10ff63290713bafc82e431ff1a087e10000000000000000000000000000"
     "00004b3b4ca85a86c47a098a223fffffffff70b2fce0aeaa33900180acc7f037",
     "c81aac8207ed70a871e24a2dd115b2a282bcee0bdc8ba5b2f95fc8ec80ed6605",
     "324def47bca6baf3aa23dbc90ae27aefce279c1392508227fab776c39fe768e73fc820065e0acef9ee24e67510dcf"
     "81334e94bd1789db2490b37652d9159d46d1c"},
    {"d5655b43ab3ddfca3db856f1c58ba8f96730eb86fe678373730d5c311a6b2a25",
     "TY4TUKLkKzFgnJVDXPU2KWVST352tCXERh", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
     "TGusCdeTMq3WzeEL8BRVLEuh12mVSz61n7", "TGNzgdLj9PMZhrn7fevhmEshEKg3Kso43T", "999", "81ce",
     "65aa8c7c0970ccc6", 1763720538268, 1763720238264, 27250000,
     "0a0281ce220865aa8c7c0970ccc6409cd1beafaa335acf01081f12ca010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e74726163741294010a1541f250ed0c"
     "76e005de34622f2c7bf0e079e6f6511f121541a614f803b6fd780986a42c78ec9c7f77e6ded13c226423b872dd"
     "0000000000000000000000004c271aa0aa55b5ceb10da486882cfd1b7af718d000000000000000000000000046"
     "507496152fcb333d715ebb6d9451bc36f9dd390000000000000000000000000000000000000000000000000000"
     "0000000003e770b8a9acafaa339001d09aff0c",
     "c36f717dad192478627c03e6f75f1259931f86349b2e693eb91acb8f97f1ebbf",
     "d31577929fcb4599cbf1bd09441bbed9c91d0f30ee3f0f0e3f9b7069cd0b27e16e186b24519fa6be8a0c393daf31e"
     "059fd128437ac341074af561ae875654e5d1c"},
    {"0b4b1e47389d32c6b8c0991f8da16ec5bb3753bc07c6e0fe5ea5ca9dd00c9005",
     "TZEVNErkagSsHuNQoKXPjN7zvPfbk3ZJ1i", "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8", NULL,
     "TSSik6mPTLzMpayGwoMT8EpMrZJB3NXyed", "0", "8f01", "e6250735cb41714b", 1763721772835,
     1763721472830, 128,
     "0a028f012208e6250735cb41714b40a3fe89b0aa335aae01081f12a9010a31747970652e676f6f676c65617069"
     "732e636f6d2f70726f746f636f6c2e54726967676572536d617274436f6e747261637412740a1541ff2ecb1dbb"
     "275441229652852b1c47f0a2ebc8bc1215413487b63d30b5b2c87fb7ffa8bcfade38eaac1abe2244a9059cbb00"
     "0000000000000000000000b4b6122a1e29ebbbf9df8e3c78eec51a571ab06e0000000000000000000000000000"
     "00000000000000000000000000000000000070bed6f7afaa3390018001",
     "472595e9d66e290f49c765c8c7e2c5ca144691460686441568d5c0f3e9902b06",
     "058a1010aaf1e768bf4ab4301f3ecd2801b19bdb6598beb2e6b3ae4fd294e3af1647bfbc8555efeb88643876cf5b1"
     "f77d7e3c026d94ffe0d220c912a41fb16901c"},
};

#define ROWS (sizeof rows / sizeof rows[0])

static struct tron_address
address(const char *text)
{
	struct tron_address a = {{0}};

	EXPECT(tron_address_parse(span_of(text), &a));
	return a;
}

static struct tron_transfer
transfer_of(const struct row *r)
{
	struct tron_transfer t = {.owner = address(r->owner),
				  .contract = address(r->contract),
				  .to = address(r->to),
				  .pull = r->from != NULL,
				  .expiration_ms = r->expiration,
				  .timestamp_ms = r->timestamp,
				  .fee_limit = r->fee_limit};
	struct decimal d;

	if (r->from)
		t.from = address(r->from);
	EXPECT(decimal_parse(span_of(r->amount), &d) == DECIMAL_OK);
	t.amount = d.coef;
	EXPECT(hex_parse(span_of(r->block_bytes), false, t.block_bytes, 2));
	EXPECT(hex_parse(span_of(r->block_hash), false, t.block_hash, 8));
	return t;
}

static size_t
write_row(const struct row *r, unsigned char raw[TRON_RAW_MAX])
{
	struct tron_transfer t = transfer_of(r);

	return tron_raw_write(&t, raw);
}

static void
test_bytes_of_tronweb(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		unsigned char raw[TRON_RAW_MAX], id[32];
		char text[2 * TRON_RAW_MAX + 1];
		size_t n = write_row(&rows[i], raw);

		hex_print(raw, n, text);
		EXPECT_STR(text, rows[i].raw);
		sha256((struct span){(const char *)raw, n}, id);
		hex_print(id, 32, text);
		EXPECT_STR(text, rows[i].id);
	}
}

static void
test_signatures_of_tronweb(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		unsigned char key[32], id[32], signature[65], public_key[65];
		struct tron_address owner;
		char text[131];
		int recovery;

		EXPECT(hex_parse(span_of(rows[i].key), false, key, 32));
		EXPECT(hex_parse(span_of(rows[i].id), false, id, 32));
		EXPECT(secp_sign_recoverable(key, id, signature, &recovery));
		signature[64] = (unsigned char)(27 + recovery);
		hex_print(signature, 65, text);
		EXPECT_STR(text, rows[i].signature);
		EXPECT(secp_recover(signature, recovery, id, public_key));
		owner = tron_address_of_key(public_key + 1);
		tron_address_print(&owner, text);
		EXPECT_STR(text, rows[i].owner);
	}
}

static void
test_reads_what_it_writes(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct tron_transfer t = transfer_of(&rows[i]), back;
		unsigned char raw[TRON_RAW_MAX];
		size_t n = tron_raw_write(&t, raw);

		EXPECT(tron_raw_read((struct span){(const char *)raw, n}, &back) == TRON_RAW_OK);
		EXPECT(back.amount == t.amount && back.pull == t.pull);
		EXPECT(tron_address_equal(&back.owner, &t.owner) &&
		       tron_address_equal(&back.contract, &t.contract) &&
		       tron_address_equal(&back.to, &t.to) &&
		       tron_address_equal(&back.from, &t.from));
		EXPECT(back.expiration_ms == t.expiration_ms &&
		       back.timestamp_ms == t.timestamp_ms && back.fee_limit == t.fee_limit);
	}
}

/* Every changed bit either is refused or shows in what is read. */
static void
test_changed_bits_show(void)
{
	unsigned char raw[TRON_RAW_MAX];
	size_t n = write_row(&rows[4], raw);
	struct tron_transfer t, back;

	EXPECT(tron_raw_read((struct span){(const char *)raw, n}, &t) == TRON_RAW_OK);
	for (size_t i = 0; i < n * 8; i++) {
		raw[i / 8] ^= (unsigned char)(1u << i % 8);
		if (tron_raw_read((struct span){(const char *)raw, n}, &back) == TRON_RAW_OK)
			EXPECT(memcmp(&back, &t, sizeof t) != 0);
		raw[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	for (size_t i = 0; i < n; i++)
		EXPECT(tron_raw_read((struct span){(const char *)raw, i}, &back) != TRON_RAW_OK);
}

static enum tron_raw_error
read_with(struct span tail)
{
	unsigned char raw[TRON_RAW_MAX + 64];
	size_t n = write_row(&rows[0], raw);
	struct tron_transfer t;

	memcpy(raw + n, tail.ptr, tail.len);
	return tron_raw_read((struct span){(const char *)raw, n + tail.len}, &t);
}

static void
test_more_fields_are_refused(void)
{
	EXPECT(read_with(SPAN_LIT("")) == TRON_RAW_OK);
	/* a memo, a second expiration, an unknown field, a group, a cut field */
	EXPECT(read_with(SPAN_LIT("\x52\x02hi")) == TRON_RAW_E_CANONICAL);
	EXPECT(read_with(SPAN_LIT("\x40\x01")) == TRON_RAW_E_CANONICAL);
	EXPECT(read_with(SPAN_LIT("\xf8\x01\x01")) == TRON_RAW_E_CANONICAL);
	EXPECT(read_with(SPAN_LIT("\x0b")) == TRON_RAW_E_PROTOBUF);
	EXPECT(read_with(SPAN_LIT("\x52\x05hi")) == TRON_RAW_E_PROTOBUF);
}

static void
test_words(void)
{
	unsigned char word[32] = {0};
	decimal_int v;

	word[16] = 0x7f;
	memset(word + 17, 0xff, 15);
	EXPECT(tron_word_read(word, &v) && v > 0);
	word[16] = 0x80;
	EXPECT(!tron_word_read(word, &v));
	word[16] = 0;
	word[15] = 1;
	EXPECT(!tron_word_read(word, &v));
}

static void
test_addresses(void)
{
	struct tron_address a;

	EXPECT(tron_address_parse(SPAN_LIT("TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8"), &a));
	EXPECT(!tron_address_parse(SPAN_LIT("TEkxiTehnzSmSe2XqrBj4w32RUN966rdz9"), &a));
	EXPECT(!tron_address_parse(SPAN_LIT("TEkxiTehnzSmSe2XqrBj4w32RUN966rdz"), &a));
	/* Bitcoin's: a good checksum, another prefix */
	EXPECT(!tron_address_parse(SPAN_LIT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), &a));
	EXPECT(!tron_address_parse(SPAN_LIT(""), &a));
}

static void
test_signed(void)
{
	unsigned char raw[TRON_RAW_MAX], signature[65], transaction[TRON_TRANSACTION_MAX];
	size_t n = write_row(&rows[0], raw), len;
	struct span r, s, bytes;

	EXPECT(hex_parse(span_of(rows[0].signature), false, signature, 65));
	len = tron_transaction_write((struct span){(const char *)raw, n}, signature, transaction);
	bytes = (struct span){(const char *)transaction, len};
	EXPECT(tron_transaction_read(bytes, &r, &s));
	EXPECT(r.len == n && memcmp(r.ptr, raw, n) == 0 && memcmp(s.ptr, signature, 65) == 0);
	for (size_t i = 0; i < len; i++)
		EXPECT(!tron_transaction_read((struct span){bytes.ptr, i}, &r, &s));
}

/* Two payments of one amount to one receiver in one block must not be one transaction. */
static void
test_spread(void)
{
	struct tron_transfer t = transfer_of(&rows[0]), a = t, b = t;

	tron_raw_spread(&a, (const unsigned char *)"0123456789abcdef");
	tron_raw_spread(&b, (const unsigned char *)"0123456789abcdeg");
	EXPECT(a.expiration_ms == b.expiration_ms && a.timestamp_ms != b.timestamp_ms);
	EXPECT(a.expiration_ms <= t.expiration_ms && a.expiration_ms > t.expiration_ms - 60000);
	EXPECT(a.timestamp_ms <= t.timestamp_ms && a.timestamp_ms > t.timestamp_ms - 60000);
}

static void
test_protobuf_numbers(void)
{
	static const struct {
		struct span bytes;
		bool ok;
		uint64_t value;
	} table[] = {
	    {{"\x08\x00", 2}, true, 0},
	    {{"\x08\x7f", 2}, true, 127},
	    {{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, true, UINT64_MAX},
	    {{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11}, false, 0},
	    {{"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12}, false, 0},
	    {{"\x08\x80", 2}, false, 0},
	    {{"\x00\x01", 2}, false, 0},
	    {{"\x0d\x01\x01\x01\x01", 5}, false, 0},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct span in = table[i].bytes;
		struct protobuf_field f;

		EXPECT((protobuf_next(&in, &f) == PROTOBUF_FIELD) == table[i].ok);
		EXPECT(!table[i].ok || (f.number == table[i].value && in.len == 0));
	}
}

int
main(void)
{
	secp_init();
	RUN(test_bytes_of_tronweb);
	RUN(test_signatures_of_tronweb);
	RUN(test_reads_what_it_writes);
	RUN(test_changed_bits_show);
	RUN(test_more_fields_are_refused);
	RUN(test_words);
	RUN(test_addresses);
	RUN(test_signed);
	RUN(test_spread);
	RUN(test_protobuf_numbers);
	return test_done();
}
